package client_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"rfc6455/client"
	"rfc6455/conn"
	"rfc6455/frame"
	"rfc6455/handshake"
	"rfc6455/internal/rfc"
)

func TestRequest(t *testing.T) {
	rfc.Covers(t, "4.1/connection-sequence", "4.1/direct-connect", "4.1/handshake-sent", "4.1/http-syntax",
		"4.1/method-get", "4.1/http-version", "4.1/request-target", "4.1/host", "4.1/upgrade-header",
		"4.1/connection-header", "4.1/key-header", "4.1/version-header", "4.1/version-13")
	plain := handshake.Header{{Name: "Host", Value: "example.com"}, {Name: "Upgrade", Value: "websocket"},
		{Name: "Connection", Value: "Upgrade"}, {Name: "Sec-WebSocket-Version", Value: "13"}}
	with := func(host string, extra ...handshake.Field) handshake.Header {
		h := append(handshake.Header{}, plain...)
		h[0].Value = host
		return append(h, extra...)
	}
	for _, tt := range []struct {
		id, url string
		opts    client.Options
		addr    string
		want    handshake.Request
	}{
		{"4.1/request-target", "ws://example.com", client.Options{}, "example.com:80",
			handshake.Request{Target: "/", Header: plain}},
		{"4.1/request-target", "ws://example.com:8080/chat?room=ü", client.Options{}, "example.com:8080",
			handshake.Request{Target: "/chat?room=%C3%BC", Header: with("example.com:8080")}},
		{"4.1/subprotocol-header", "ws://example.com/", client.Options{Subprotocols: []string{"chat.v2", "chat"}}, "example.com:80",
			handshake.Request{Target: "/", Header: with("example.com", handshake.Field{Name: "Sec-WebSocket-Protocol", Value: "chat.v2, chat"})}},
		{"4.1/origin-allowed", "ws://example.com/", client.Options{Header: http.Header{"origin": {"https://example.com"}}}, "example.com:80",
			handshake.Request{Target: "/", Header: with("example.com", handshake.Field{Name: "Origin", Value: "https://example.com"})}},
		{"4.1/other-headers", "ws://example.com/", client.Options{Header: http.Header{"X-B": {"1", "2"}, "X-A": {"3"}}}, "example.com:80",
			handshake.Request{Target: "/", Header: with("example.com", handshake.Field{Name: "X-A", Value: "3"},
				handshake.Field{Name: "X-B", Value: "1"}, handshake.Field{Name: "X-B", Value: "2"})}},
		{"4.1/other-headers", "ws://Aladdin:open%20sesame@example.com/", client.Options{}, "example.com:80",
			handshake.Request{Target: "/", Header: with("example.com", handshake.Field{Name: "Authorization", Value: "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="})}},
		{"4.1/other-headers", "ws://me:secret@example.com/", client.Options{Header: http.Header{"authorization": {"Bearer x"}}}, "example.com:80",
			handshake.Request{Target: "/", Header: with("example.com", handshake.Field{Name: "Authorization", Value: "Bearer x"})}},
		{"4.1/host", "ws://example.com/", client.Options{Header: http.Header{"host": {"virtual.example:81"}}}, "example.com:80",
			handshake.Request{Target: "/", Header: with("virtual.example:81")}},
	} {
		t.Run(tt.id+" "+tt.url, func(t *testing.T) {
			rfc.Covers(t, tt.id)
			requests, addrs := make(chan *handshake.Request, 1), make(chan string, 1)
			tt.opts.DialContext = pipeTo(t, func(nc net.Conn, addr string) {
				addrs <- addr
				requests <- accept(t, nc, "")
			})
			c, _, err := client.Dial(t.Context(), tt.url, &tt.opts)
			if err != nil {
				t.Fatal(err)
			}
			c.CloseNow()
			got := <-requests
			got.Header, _ = without(got.Header, "Sec-WebSocket-Key") // CheckRequest has looked at it
			tt.want.Method, tt.want.Major, tt.want.Minor = "GET", 1, 1
			if diff := cmp.Diff(&tt.want, got); diff != "" {
				t.Error("-want +got\n" + diff)
			}
			if addr := <-addrs; addr != tt.addr {
				t.Errorf("dialled %s, want %s", addr, tt.addr)
			}
		})
	}
}

func TestRequestRefused(t *testing.T) {
	rfc.Covers(t, "4.1/extra-header", "4.1/subprotocol-token", "4.1/subprotocol-unique", "4.1/url-invalid-fails")
	header := func(name, value string) client.Options {
		return client.Options{Header: http.Header{name: {value}}}
	}
	for _, tt := range []struct {
		id, url string
		opts    client.Options
	}{
		{"4.1/url-invalid-fails", "ws://example.com/#", client.Options{}},
		{"4.1/extra-header", "ws://example.com/", header("Upgrade", "h2c")},
		{"4.1/extra-header", "ws://example.com/", header("connection", "close")},
		{"4.1/extra-header", "ws://example.com/", header("Content-Length", "1")},
		{"4.1/extra-header", "ws://example.com/", header("Transfer-Encoding", "chunked")},
		{"4.1/extra-header", "ws://example.com/", header("sec-websocket-key", "x")},
		{"4.1/extra-header", "ws://example.com/", header("Sec-WebSocket-Protocol", "x")},
		{"4.1/extra-header", "ws://example.com/", header("X", "a\r\nY: b")},
		{"4.1/extra-header", "ws://example.com/", header("X Y", "a")},
		{"4.1/extra-header", "ws://example.com/", header("Host", "a b")},
		{"4.1/extra-header", "ws://example.com/", client.Options{Header: http.Header{"Host": {"a", "b"}}}},
		{"4.1/subprotocol-token", "ws://example.com/", client.Options{Subprotocols: []string{""}}},
		{"4.1/subprotocol-token", "ws://example.com/", client.Options{Subprotocols: []string{"a,b"}}},
		{"4.1/subprotocol-unique", "ws://example.com/", client.Options{Subprotocols: []string{"a", "a"}}},
	} {
		t.Run(tt.id, func(t *testing.T) {
			tt.opts.DialContext = func(context.Context, string, string) (net.Conn, error) {
				t.Error("a request that cannot be sent opened a connection")
				return nil, errors.ErrUnsupported
			}
			c, resp, err := client.Dial(t.Context(), tt.url, &tt.opts)
			if _, ok := errors.AsType[client.DialError](err); !ok || c != nil || resp != nil {
				t.Errorf("%v, %v, %v", c, resp, err)
			}
		})
	}
}

func TestKeyIsFresh(t *testing.T) {
	rfc.Covers(t, "4.1/key-nonce", "4.1/key-fresh")
	keys := make(chan string, 1)
	opts := &client.Options{DialContext: pipeTo(t, func(nc net.Conn, _ string) {
		_, key := without(accept(t, nc, "").Header, "Sec-WebSocket-Key")
		keys <- key
	})}
	seen := map[string]bool{}
	for range 3 {
		c, _, err := client.Dial(t.Context(), "ws://example.com/", opts)
		if err != nil {
			t.Fatal(err)
		}
		c.CloseNow()
		seen[<-keys] = true
	}
	if len(seen) != 3 {
		t.Errorf("three dials had the keys %v", seen)
	}
}

// The whole request is one write, and nothing follows it before the answer.
func TestWaitsForAnswer(t *testing.T) {
	rfc.Covers(t, "4.1/waits-for-answer")
	synctest.Test(t, func(t *testing.T) {
		dial := pipeTo(t, func(nc net.Conn, _ string) {
			buf := make([]byte, 4096)
			n, err := nc.Read(buf) // a pipe returns at most what one Write wrote
			if err != nil {
				t.Error(err)
			}
			r, err := handshake.ParseRequest(buf[:n])
			if err != nil {
				t.Errorf("the first write is %q: %v", buf[:n], err)
				return
			}
			nc.SetReadDeadline(time.Now().Add(20 * time.Second))
			if n, err := nc.Read(buf); !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("%q, %v before the answer", buf[:n], err)
			}
			offer, err := handshake.CheckRequest(r)
			if err != nil {
				t.Error(err)
				return
			}
			answer, _ := offer.Answer("", nil, nil)
			nc.Write(handshake.AppendResponse(nil, answer))
		})
		c, _, err := client.Dial(t.Context(), "ws://example.com/", &client.Options{DialContext: dial})
		if err != nil {
			t.Fatal(err)
		}
		c.CloseNow()
	})
}

// Frames that a server sends together with its answer are the first ones read.
func TestEarlyFrames(t *testing.T) {
	opts := &client.Options{DialContext: accepting(t, "\x81\x05Hello\x81\x02yo")}
	c, resp, err := client.Dial(t.Context(), "ws://example.com/", opts)
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseNow()
	if resp.Status != 101 {
		t.Errorf("status %d", resp.Status)
	}
	for _, want := range []string{"Hello", "yo"} {
		op, p, err := c.Read(t.Context())
		if op != frame.Text || string(p) != want || err != nil {
			t.Errorf("%v %q, %v; want %q", op, p, err, want)
		}
	}
}

func TestConnOptions(t *testing.T) {
	shared := &conn.Options{MaxMessageSize: 3, Subprotocol: "left over", Buffered: []byte("left over")}
	before := *shared
	opts := &client.Options{
		Subprotocols: []string{"chat"},
		DialContext:  accepting(t, "\x81\x02yo\x81\x04long"),
		Conn:         shared,
	}
	c, resp, err := client.Dial(t.Context(), "ws://example.com/", opts)
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseNow()
	if c.Subprotocol() != "chat" || resp.Subprotocol != "chat" {
		t.Errorf("subprotocol %q, in the response %q; want chat", c.Subprotocol(), resp.Subprotocol)
	}
	if _, p, err := c.Read(t.Context()); string(p) != "yo" || err != nil {
		t.Errorf("%q, %v", p, err)
	}
	if _, p, err := c.Read(t.Context()); err == nil {
		t.Errorf("%q is longer than MaxMessageSize", p)
	}
	if diff := cmp.Diff(&before, shared); diff != "" {
		t.Error("the caller's options changed: -before +after\n" + diff)
	}
}

// The end of the context that Dial had does not touch the connection, nor does a
// deadline that the dial function left.
func TestContextEndsAfterDial(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dial := pipeTo(t, func(nc net.Conn, _ string) {
			accept(t, nc, "")
			<-time.After(time.Hour)
			nc.Write([]byte("\x81\x05Hello"))
		})
		ctx, cancel := context.WithCancel(t.Context())
		c, _, err := client.Dial(ctx, "ws://example.com/", &client.Options{
			DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
				nc, err := dial(ctx, network, addr)
				nc.SetDeadline(time.Now().Add(time.Minute))
				return nc, err
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		defer c.CloseNow()
		cancel()
		if _, p, err := c.Read(t.Context()); string(p) != "Hello" || err != nil {
			t.Errorf("%q, %v", p, err)
		}
	})
}

// Without options, over TCP: the connection has the socket itself.
func TestTCP(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	served := make(chan struct{})
	go func() {
		defer close(served)
		nc, err := l.Accept()
		if err != nil {
			t.Error(err)
			return
		}
		defer nc.Close()
		accept(t, nc, "\x81\x05Hello")
	}()
	c, _, err := client.Dial(t.Context(), "ws://"+l.Addr().String(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseNow()
	if _, ok := c.Transport().(*net.TCPConn); !ok {
		t.Errorf("the transport is a %T", c.Transport())
	}
	if _, p, err := c.Read(t.Context()); string(p) != "Hello" || err != nil {
		t.Errorf("%q, %v", p, err)
	}
	<-served
}

// Dials may share their options.
func TestConcurrentDials(t *testing.T) {
	opts := &client.Options{
		Header:       http.Header{"Origin": {"https://example.com"}},
		Subprotocols: []string{"chat"},
		DialContext:  accepting(t, "\x81\x05Hello"),
		Conn:         &conn.Options{},
	}
	var dials sync.WaitGroup
	for range 8 {
		dials.Go(func() {
			c, _, err := client.Dial(t.Context(), "ws://me:secret@example.com/", opts)
			if err != nil {
				t.Error(err)
				return
			}
			defer c.CloseNow()
			if _, p, err := c.Read(t.Context()); string(p) != "Hello" || err != nil {
				t.Errorf("%q, %v", p, err)
			}
		})
	}
	dials.Wait()
}

func TestConnectFails(t *testing.T) {
	rfc.Covers(t, "4.1/connect-failure-fails")
	refused := errors.New("connection refused")
	c, resp, err := client.Dial(t.Context(), "ws://example.com/", &client.Options{
		DialContext: func(context.Context, string, string) (net.Conn, error) { return nil, refused },
	})
	if c != nil || resp != nil || !errors.Is(err, refused) {
		t.Errorf("%v, %v, %v", c, resp, err)
	}
	const want = "client: dial ws://example.com/: cannot connect to example.com:80: connection refused (RFC 6455 §4.1)"
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Error("-want +got\n" + diff)
	}
}
