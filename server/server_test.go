package server

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"rfc6455/conn"
	"rfc6455/frame"
	"rfc6455/internal/rfc"
)

// What the function that serves does becomes a close code.
func TestServeEnds(t *testing.T) {
	tests := []struct {
		name  string
		serve func(context.Context, *conn.Conn)
		code  frame.CloseCode
		log   string
	}{
		{"returns", func(context.Context, *conn.Conn) {}, frame.CloseNormal, ""},
		{"panics", func(context.Context, *conn.Conn) { panic("out of tea") }, frame.CloseInternalError, "out of tea"},
		{"aborts", func(context.Context, *conn.Conn) { panic(http.ErrAbortHandler) }, frame.CloseInternalError, ""},
		{"has closed", func(_ context.Context, c *conn.Conn) { c.Close(frame.CloseTryAgainLater, "") }, frame.CloseTryAgainLater, ""},
	}
	for _, way := range ways {
		for _, tt := range tests {
			t.Run(way+"/"+tt.name, func(t *testing.T) {
				rfc.Covers(t, "7.1.2/close-frame-sent", "7.1.1/server-closes-tcp-first", "7.1.1/server-closes-at-once")
				logger, lines := logLines()
				p := dial(t, start(t, way, &Server{Handler: tt.serve, ErrorLog: logger}), opening()).open()
				if tt.log != "" {
					if line := receive(t, lines); !strings.Contains(line, tt.log) || !strings.Contains(line, p.LocalAddr().String()) {
						t.Errorf("the log says %q, want %q and the peer's address", line, tt.log)
					}
				}
				p.wantClose(tt.code)
				if len(lines) > 0 {
					t.Errorf("the log says %q too", <-lines)
				}
			})
		}
	}
}

// When the client closes, the server answers and closes TCP.
func TestClientCloses(t *testing.T) {
	for _, way := range ways {
		t.Run(way, func(t *testing.T) {
			rfc.Covers(t, "5.5.1/server-closes-at-once", "7.1.1/server-closes-tcp-first")
			p := dial(t, start(t, way, &Server{}), opening()).open()
			io.WriteString(p, closing(frame.CloseGoingAway))
			p.want(frame.Close, "\x03\xe9")
			p.wantEnd()
		})
	}
}

// Behind net/http, its log is used, its values are there, and the end of the
// request is not the end of the context.
func TestHandlerInsideHTTPServer(t *testing.T) {
	logger, lines := logLines()
	requests := make(chan context.Context, 1)
	handler := Handler(nil, func(ctx context.Context, c *conn.Conn) {
		<-receive(t, requests).Done()
		if err := ctx.Err(); err != nil {
			t.Errorf("the context has ended: %v", err)
		}
		if _, ok := ctx.Value(http.LocalAddrContextKey).(net.Addr); !ok {
			t.Error("the values of net/http are not in the context")
		}
		panic("out of tea")
	})
	web := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler.ServeHTTP(w, r)
		requests <- r.Context()
	}))
	web.Config.ErrorLog = logger
	web.Start()
	defer web.Close()
	p := dial(t, web.Listener.Addr().String(), opening()).open()
	if line := receive(t, lines); !strings.Contains(line, "out of tea") {
		t.Errorf("the log says %q", line)
	}
	p.wantClose(frame.CloseInternalError)
}

func TestHandlerPanicsOnMistakes(t *testing.T) {
	tests := []struct {
		name  string
		opts  *Options
		serve func(context.Context, *conn.Conn)
	}{
		{"nobody to serve", nil, nil},
		{"no pattern", &Options{Origins: []string{"example.com"}}, echo},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("Handler did not panic")
				}
			}()
			Handler(tt.opts, tt.serve)
		})
	}
}

// A hook that panics costs its request and nothing else.
func TestAuthorizePanics(t *testing.T) {
	for _, way := range ways {
		t.Run(way, func(t *testing.T) {
			logger, lines := logLines()
			s := &Server{Options: &Options{Authorize: panicking, MaxConns: 1}, ErrorLog: logger}
			addr := start(t, way, s)
			for range 3 { // the one connection that is allowed comes free again
				p := dial(t, addr, opening())
				if line := receive(t, lines); !strings.Contains(line, "out of tea") {
					t.Errorf("the log says %q", line)
				}
				p.wantEnd()
				waitIdle(s)
			}
		})
	}
}

func TestLogDefault(t *testing.T) {
	lines := make(chan string, 1)
	writer, flags := log.Writer(), log.Flags()
	defer func() {
		log.SetOutput(writer)
		log.SetFlags(flags)
	}()
	log.SetOutput(lineWriter(lines))
	log.SetFlags(0)
	new(Server).logf(t.Context(), "out of %s", "tea")
	if line := receive(t, lines); line != "out of tea\n" {
		t.Errorf("package log was told %q", line)
	}
}
