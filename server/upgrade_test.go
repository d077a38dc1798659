package server

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rfc6455/conn"
	"rfc6455/frame"
	"rfc6455/handshake"
	"rfc6455/internal/rfc"
)

// The steps of §4.2.2 that end well, to the byte.
func TestAccepted(t *testing.T) {
	for _, way := range ways {
		t.Run(way, func(t *testing.T) {
			rfc.Covers(t, "4.2.2/handshake-answered", "4.2.2/status-101", "4.2.2/upgrade-header",
				"4.2.2/connection-header", "4.2.2/accept-header", "4.2.1/no-origin-no-browser")
			p := dial(t, start(t, way, &Server{}), opening())
			got := make([]byte, len(accepted))
			if _, err := io.ReadFull(p.r, got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(accepted, string(got)); diff != "" {
				t.Errorf("the answer (-want +got):\n%s", diff)
			}
			io.WriteString(p, text("Hello"))
			p.want(frame.Text, "Hello")
		})
	}
}

// Each rule of §4.2.1 once, to see that its refusal gets through to the wire.
// That every rule is checked, package handshake proves.
func TestRefused(t *testing.T) {
	tests := []struct {
		id      string
		request string
		status  int
		header  http.Header // must be in the answer
		body    string      // must be in the body
	}{
		{"4.2.1/method-get", strings.Replace(opening(), "GET", "POST", 1), 405, http.Header{"Allow": {"GET"}}, "POST"},
		{"4.2.1/http-version", strings.Replace(opening(), "/1.1", "/1.0", 1), 400, nil, "HTTP/1.0"},
		{"4.2.1/host", opening("Host: a b"), 400, nil, ""}, // net/http has its own words
		{"4.2.1/no-body", opening("Content-Length: 5") + "Hello", 400, nil, "Content-Length"},
		{"4.2.1/no-body", opening("Transfer-Encoding: chunked") + "0\r\n\r\n", 400, nil, "Transfer-Encoding"},
		{"4.2.1/upgrade-header", opening("Upgrade:"), 426, http.Header{"Upgrade": {"websocket"}}, "§4.2.1"},
		{"4.2.1/connection-header", opening("Connection: keep-alive"), 400, nil, "Connection: Upgrade"},
		{"4.2.1/key-16-bytes", opening("Sec-WebSocket-Key: AAAA"), 400, nil, "16 random bytes"},
		{"4.4/version-426", opening("Sec-WebSocket-Version: 8"), 426, http.Header{"Sec-Websocket-Version": {"13"}}, "13"},
		{"4.2.2/version-refused", opening("Sec-WebSocket-Version: 14"), 426, http.Header{"Sec-Websocket-Version": {"13"}}, "13"},
		{"10.2/origin-403", opening("Origin: http://evil.example"), 403, nil, "http://evil.example"},
		{"11.3.1/key-once", opening("sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ=="), 400, nil, "2 Sec-WebSocket-Key"},
	}
	for _, way := range ways {
		addr := start(t, way, &Server{})
		for _, tt := range tests {
			t.Run(way+"/"+tt.id, func(t *testing.T) {
				rfc.Covers(t, tt.id, "4.2.1/refusal-status", "10.7/invalid-handshake-status", "7.2.2/server-closes")
				p := dial(t, addr, tt.request)
				resp, body := p.answer()
				if resp.StatusCode != tt.status {
					t.Errorf("status %s, want %d", resp.Status, tt.status)
				}
				for name, values := range tt.header {
					if diff := cmp.Diff(values, resp.Header.Values(name)); diff != "" {
						t.Errorf("%s (-want +got):\n%s", name, diff)
					}
				}
				if !strings.Contains(body, tt.body) {
					t.Errorf("the body is %q, want %q in it", body, tt.body)
				}
				p.wantEnd()
			})
		}
	}
}

// Frames that come in the same packet as the handshake are kept.
func TestEarlyBytes(t *testing.T) {
	long := strings.Repeat("x", 3000)
	for _, way := range ways {
		for _, n := range []int{1, 2, 20} { // bytes that come behind the head at once
			t.Run(way, func(t *testing.T) {
				frames := text("early") + text(long) + text("")
				p := dial(t, start(t, way, &Server{}), opening()+frames[:n])
				p.open()
				io.WriteString(p, frames[n:])
				p.want(frame.Text, "early")
				p.want(frame.Text, long)
				p.want(frame.Text, "")
			})
		}
		t.Run(way+"/all", func(t *testing.T) {
			p := dial(t, start(t, way, &Server{}), opening(), text("early"), text(long), text("late"))
			p.open()
			p.want(frame.Text, "early")
			p.want(frame.Text, long)
			p.want(frame.Text, "late")
		})
	}
}

func TestSubprotocol(t *testing.T) {
	tests := []struct {
		id      string
		offered string
		want    string
	}{
		{"4.2.2/subprotocol-offered", "Sec-WebSocket-Protocol: v1, v2", "v2"},
		{"4.2.2/subprotocol-offered", "Sec-WebSocket-Protocol: x, v1", "v1"},
		{"4.2.2/subprotocol-absent", "Sec-WebSocket-Protocol: x, V2", ""},
		{"4.2.2/subprotocol-absent", "X-Nothing: offered", ""},
	}
	for _, way := range ways {
		agreed := make(chan string, 1)
		addr := start(t, way, &Server{
			Options: &Options{Subprotocols: []string{"v2", "v1"}},
			Handler: func(_ context.Context, c *conn.Conn) { agreed <- c.Subprotocol() },
		})
		for _, tt := range tests {
			t.Run(way+"/"+tt.id, func(t *testing.T) {
				rfc.Covers(t, tt.id)
				p := dial(t, addr, opening(tt.offered))
				resp, _ := p.answer()
				var want []string
				if tt.want != "" {
					want = []string{tt.want}
				}
				if diff := cmp.Diff(want, resp.Header.Values("Sec-WebSocket-Protocol")); diff != "" {
					t.Errorf("Sec-WebSocket-Protocol (-want +got):\n%s", diff)
				}
				if got := receive(t, agreed); got != tt.want {
					t.Errorf("the connection has the subprotocol %q, want %q", got, tt.want)
				}
				p.wantClose(frame.CloseNormal)
			})
		}
	}
}

// No extension is known here, so none is in an answer.
func TestExtensions(t *testing.T) {
	for _, way := range ways {
		t.Run(way, func(t *testing.T) {
			rfc.Covers(t, "4.2.2/extension-selected", "4.2.2/extension-offered", "9/server-unrequested-extension")
			resp, _ := dial(t, start(t, way, &Server{}), opening("Sec-WebSocket-Extensions: foo, bar; x=1")).answer()
			if got := resp.Header.Values("Sec-WebSocket-Extensions"); resp.StatusCode != 101 || got != nil {
				t.Errorf("%s with the extensions %q, want 101 without", resp.Status, got)
			}
		})
	}
}

// wrapper is a middleware's writer.
type wrapper struct{ http.ResponseWriter }

// unwrapper is one as it should be.
type unwrapper struct{ http.ResponseWriter }

func (w unwrapper) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// refuser is one that has another use for its connection.
type refuser struct{ http.ResponseWriter }

func (refuser) Hijack() (net.Conn, *bufio.ReadWriter, error) { return nil, nil, errors.New("no") }

func TestUpgradeThroughMiddleware(t *testing.T) {
	tests := []struct {
		name   string
		wrap   func(http.ResponseWriter) http.ResponseWriter
		status int
		body   string
	}{
		{"Unwrap", func(w http.ResponseWriter) http.ResponseWriter { return unwrapper{unwrapper{w}} }, 101, ""},
		{"refused", func(w http.ResponseWriter) http.ResponseWriter { return unwrapper{refuser{w}} }, 500, "taken over: no"},
		{"no Unwrap", func(w http.ResponseWriter) http.ResponseWriter { return unwrapper{wrapper{w}} }, 500, "server.wrapper has neither Hijack nor Unwrap"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			errs := make(chan error, 1)
			web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				c, err := Upgrade(tt.wrap(w), r, nil)
				errs <- err
				if err == nil {
					echo(r.Context(), c)
				}
			}))
			defer web.Close()
			p := dial(t, web.Listener.Addr().String(), opening(), text("Hello"))
			resp, body := p.answer()
			if resp.StatusCode != tt.status || !strings.Contains(body, tt.body) {
				t.Errorf("%s: %q, want %d with %q", resp.Status, body, tt.status, tt.body)
			}
			err := receive(t, errs)
			if he, _ := errors.AsType[*handshake.Error](err); he != nil && he.Status != tt.status {
				t.Errorf("Upgrade returned %v", err)
			}
			if tt.status == 101 {
				p.want(frame.Text, "Hello")
			}
			p.Close()
		})
	}
}

// The client learns what to do: HTTP/2 connections cannot become WebSockets.
func TestUpgradeHTTP2(t *testing.T) {
	rfc.Covers(t, "4.2.1/http-version")
	web := httptest.NewUnstartedServer(Handler(nil, echo))
	web.EnableHTTP2 = true
	web.StartTLS()
	defer web.Close()
	resp, err := web.Client().Get(web.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	if resp.StatusCode != 505 || !strings.Contains(string(body), "HTTP/1.1") {
		t.Errorf("%s: %q, want 505 and a word about HTTP/1.1", resp.Status, body)
	}
}

// Header lines that were set on the writer go out with the answer.
func TestUpgradeHeader(t *testing.T) {
	tests := []struct {
		name, line string
		status     int
	}{
		{"cookie", "Set-Cookie: session=1", 101},
		{"one of the handshake's own", "Sec-WebSocket-Protocol: chat", 500},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			name, value, _ := strings.Cut(tt.line, ": ")
			web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set(name, value)
				if c, err := Upgrade(w, r, nil); err == nil {
					c.CloseNow()
				}
			}))
			defer web.Close()
			resp, _ := dial(t, web.Listener.Addr().String(), opening()).answer()
			if resp.StatusCode != tt.status || tt.status == 101 && resp.Header.Get(name) != value {
				t.Errorf("%s, %v: want %d", resp.Status, resp.Header, tt.status)
			}
		})
	}
}

// hijacked is a writer whose connection is recorded.
type hijacked struct {
	*httptest.ResponseRecorder
	nc *recorder
}

func (h hijacked) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return h.nc, bufio.NewReadWriter(bufio.NewReader(h.nc), bufio.NewWriter(h.nc)), nil
}

// recorder is a connection that notes what is done to it, and reads in.
type recorder struct {
	net.Conn
	in    strings.Reader
	fault error // of Write
	calls []string
}

func (r *recorder) Read(p []byte) (int, error) { return r.in.Read(p) }

func (r *recorder) Write(p []byte) (int, error) {
	r.calls = append(r.calls, string(p))
	return len(p), r.fault
}

func (r *recorder) Close() error { return r.note("close") }

func (r *recorder) SetDeadline(t time.Time) error      { return r.note("deadline " + which(t)) }
func (r *recorder) SetWriteDeadline(t time.Time) error { return r.note("write deadline " + which(t)) }

func which(t time.Time) string {
	if t.IsZero() {
		return "none"
	}
	return "set"
}

func (r *recorder) note(call string) error {
	r.calls = append(r.calls, call)
	return nil
}

// The answer is one write under a deadline, and no deadline is left behind.
func TestAnswerWrite(t *testing.T) {
	errFull := errors.New("the pipe is full")
	tests := []struct {
		name  string
		fault error
		want  []string
	}{
		{"written", nil, []string{"write deadline set", accepted, "deadline none"}},
		{"not written", errFull, []string{"write deadline set", accepted, "close"}},
	}
	for _, tt := range tests {
		t.Run("net/http/"+tt.name, func(t *testing.T) {
			r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(opening())))
			if err != nil {
				t.Fatal(err)
			}
			nc := &recorder{fault: tt.fault}
			c, err := Upgrade(hijacked{httptest.NewRecorder(), nc}, r, nil)
			if !errors.Is(err, tt.fault) {
				t.Errorf("Upgrade returned %v, want %v", err, tt.fault)
			}
			if (c == nil) != (tt.fault != nil) {
				t.Errorf("Upgrade returned the connection %v", c)
			}
			if diff := cmp.Diff(tt.want, nc.calls); diff != "" {
				t.Errorf("what was done to the connection (-want +got):\n%s", diff)
			}
			if c != nil && c.Transport() != nc {
				t.Errorf("the connection is on %T, want what net/http gave", c.Transport())
			}
		})
		t.Run("tcp/"+tt.name, func(t *testing.T) {
			nc := &recorder{fault: tt.fault, in: *strings.NewReader(opening())}
			_, c, err := new(Server).shake(nc)
			if !errors.Is(err, tt.fault) {
				t.Errorf("shake returned %v, want %v", err, tt.fault)
			}
			want := []string{accepted}
			if c != nil {
				want = append(want, "deadline none")
			}
			if diff := cmp.Diff(want, nc.calls); diff != "" {
				t.Errorf("what was done to the connection (-want +got):\n%s", diff)
			}
		})
	}
}
