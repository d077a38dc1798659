package server

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"rfc6455/frame"
	"rfc6455/internal/rfc"
)

// A peer that does not get its handshake done is cut off, whatever it does.
func TestSlowPeer(t *testing.T) {
	tests := []struct {
		name  string
		send  func(net.Conn)
		limit time.Duration // HandshakeTimeout
		want  time.Duration // until the answer 408
	}{
		{"nothing", func(net.Conn) {}, 0, DefaultHandshakeTimeout},
		{"a part", func(nc net.Conn) { io.WriteString(nc, "GET ") }, time.Second, time.Second},
		{"a byte a second", func(nc net.Conn) {
			for range time.Tick(time.Second) {
				if _, err := nc.Write([]byte("G")); err != nil {
					return
				}
			}
		}, 0, DefaultHandshakeTimeout},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ln := newPipes()
				run(t, "tcp", &Server{HandshakeTimeout: tt.limit}, ln)
				begin := time.Now()
				p := newPeer(t, ln.dial())
				var sender sync.WaitGroup
				sender.Go(func() { tt.send(p) })
				if resp, body := p.answer(); resp.StatusCode != 408 || !strings.Contains(body, tt.want.String()) {
					t.Errorf("%s: %s, want 408 and the limit", resp.Status, body)
				}
				if took := time.Since(begin); took != tt.want {
					t.Errorf("cut off after %v, want %v", took, tt.want)
				}
				p.wantEnd()
				sender.Wait()
			})
		})
	}
}

// Nor does it help to take no answer.
func TestSlowReader(t *testing.T) {
	for _, request := range []string{opening(), "nonsense\r\n\r\n"} {
		synctest.Test(t, func(t *testing.T) {
			ln := newPipes()
			run(t, "tcp", &Server{}, ln)
			p := newPeer(t, ln.dial(), request)
			<-time.After(DefaultHandshakeTimeout + 1)
			p.wantEnd()
		})
	}
}

// The limit of the head, at its edge.
func TestMaxHeaderBytes(t *testing.T) {
	rfc.Covers(t, "4.2.1/head-limit")
	addr := start(t, "tcp", &Server{MaxHeaderBytes: 1000})
	padded := func(n int) string { // an opening handshake of n bytes
		return opening("X-Pad: " + strings.Repeat("x", n-len(opening())-len("X-Pad: \r\n")))
	}
	dial(t, addr, padded(1000), text("Hello")).open().want(frame.Text, "Hello")
	if resp, body := dial(t, addr, padded(1001)).answer(); resp.StatusCode != 431 {
		t.Errorf("%s: %s, want 431", resp.Status, body)
	}
	// However long it goes on, the answer gets through.
	resp, body := dial(t, addr, padded(1<<20)).answer()
	if resp.StatusCode != 431 || !strings.Contains(body, "1000 bytes") {
		t.Errorf("%s: %s, want 431 and the limit", resp.Status, body)
	}
	// A large head that is within the limit takes memory of its own.
	addr = start(t, "tcp", &Server{})
	dial(t, addr, padded(10000), text("Hello")).open().want(frame.Text, "Hello")
}

// The server's own page is an https one here.
func TestTLS(t *testing.T) {
	web := httptest.NewTLSServer(Handler(nil, echo)) // has a certificate
	defer web.Close()
	trust := web.Client().Transport.(*http.Transport).TLSClientConfig
	raw := start(t, "tcp", &Server{TLSConfig: web.TLS})
	listener := tls.NewListener(listen(t), web.TLS)
	run(t, "tcp", &Server{}, listener)
	tests := []struct{ name, addr string }{
		{"net/http", web.Listener.Addr().String()},
		{"tcp, TLSConfig", raw},
		{"tcp, TLS listener", listener.Addr().String()},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rfc.Covers(t, "4.2.2/tls-carries-all", "10.6/tls-supported")
			nc, err := tls.Dial("tcp", tt.addr, trust)
			if err != nil {
				t.Fatal(err)
			}
			p := newPeer(t, nc, opening("Origin: https://server.example.com")).open()
			io.WriteString(p, text("Hello"))
			p.want(frame.Text, "Hello")
		})
		t.Run(tt.name+"/page without TLS", func(t *testing.T) {
			nc, err := tls.Dial("tcp", tt.addr, trust)
			if err != nil {
				t.Fatal(err)
			}
			p := newPeer(t, nc, opening("Origin: http://server.example.com"))
			if resp, body := p.answer(); resp.StatusCode != 403 || !strings.Contains(body, "https://server.example.com") {
				t.Errorf("%s: %s, want 403", resp.Status, body)
			}
			p.wantEnd()
		})
	}
}

func TestTLSFails(t *testing.T) {
	rfc.Covers(t, "4.2.2/tls-failure-closes")
	web := httptest.NewTLSServer(nil)
	defer web.Close()
	logger, lines := logLines()
	addr := start(t, "tcp", &Server{TLSConfig: web.TLS, ErrorLog: logger})

	p := dial(t, addr, "nothing that TLS knows")
	io.Copy(io.Discard, p.r) // an alert, and the end
	if line := receive(t, lines); !strings.Contains(line, p.LocalAddr().String()) {
		t.Errorf("the log says %q, want the peer's address", line)
	}

	p = dial(t, addr, opening())
	if resp, body := p.answer(); resp.StatusCode != 400 || !strings.Contains(body, "wss://") {
		t.Errorf("%s: %s, want 400 and a word about wss", resp.Status, body)
	}
	p.wantEnd()
}

// failing is a listener that only has errors.
type failing struct {
	pipes
	errs []error
	at   []time.Duration // of each call of Accept, since the first
	zero time.Time
}

func (l *failing) Accept() (net.Conn, error) {
	if l.zero.IsZero() {
		l.zero = time.Now()
	}
	l.at = append(l.at, time.Since(l.zero))
	if len(l.errs) == 0 {
		return nil, net.ErrClosed
	}
	err := l.errs[0]
	l.errs = l.errs[1:]
	return nil, err
}

type temporary struct{}

func (temporary) Error() string   { return "too many open files" }
func (temporary) Temporary() bool { return true }

// Serve waits longer and longer after an error that may pass, up to a second,
// and not at all after one that does not.
func TestAcceptErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		logger, lines := logLines()
		s := &Server{Handler: echo, ErrorLog: logger}
		ln := &failing{pipes: *newPipes()}
		for range 10 {
			ln.errs = append(ln.errs, &net.OpError{Op: "accept", Err: temporary{}})
		}
		if err := s.Serve(ln); !errors.Is(err, net.ErrClosed) {
			t.Errorf("Serve returned %v, want the listener's error", err)
		}
		var want []time.Duration
		for _, ms := range []int{0, 5, 15, 35, 75, 155, 315, 635, 1275, 2275, 3275} {
			want = append(want, time.Duration(ms)*time.Millisecond)
		}
		if diff := cmp.Diff(want, ln.at); diff != "" {
			t.Errorf("Accept was called at (-want +got):\n%s", diff)
		}
		if len(lines) != 10 {
			t.Errorf("the log has %d lines, want one an error", len(lines))
		}
		select {
		case <-ln.closed:
		default:
			t.Error("Serve left the listener open")
		}
	})
}

func TestServeRefusesToBegin(t *testing.T) {
	closed := &Server{Handler: echo}
	closed.Close()
	tests := []struct {
		name string
		s    *Server
		want string
	}{
		{"no Handler", &Server{}, "no Handler"},
		{"no pattern", &Server{Handler: echo, Options: &Options{Origins: []string{"*"}}}, "Options.Origins"},
		{"closed", closed, ErrServerClosed.Error()},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ln := newPipes()
			if err := tt.s.Serve(ln); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Serve returned %v, want %q in it", err, tt.want)
			}
			if _, err := ln.Accept(); err == nil {
				t.Error("Serve left the listener open")
			}
		})
	}
}

func TestListenAndServe(t *testing.T) {
	for _, config := range []*tls.Config{nil, {}} {
		s := &Server{Handler: echo, Addr: "nowhere.invalid:0:0", TLSConfig: config}
		if err := s.ListenAndServe(); err == nil {
			t.Error("ListenAndServe listens nowhere")
		}
	}
	s := &Server{Handler: echo, Addr: "127.0.0.1:0"}
	done := make(chan error)
	go func() { done <- s.ListenAndServe() }()
	s.Shutdown(context.Background())
	if err := receive(t, done); err != ErrServerClosed {
		t.Errorf("ListenAndServe returned %v, want ErrServerClosed", err)
	}
}
