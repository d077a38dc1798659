package client_test

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"rfc6455/client"
	"rfc6455/handshake"
	"rfc6455/internal/rfc"
)

// dialRefused dials and returns the error, which must have the response that
// Dial returns.
func dialRefused(t *testing.T, url string, opts *client.Options) (client.DialError, *handshake.Response) {
	t.Helper()
	c, resp, err := client.Dial(t.Context(), url, opts)
	if c != nil {
		t.Error("Dial returned a connection")
	}
	var byValue client.DialError
	var byPointer *client.DialError
	if !errors.As(err, &byValue) || !errors.As(err, &byPointer) {
		t.Fatalf("%#v is no DialError", err)
	}
	if diff := cmp.Diff(resp, byPointer.Response); diff != "" {
		t.Error("-returned +in the error\n" + diff)
	}
	return byValue, resp
}

func TestRefusal(t *testing.T) {
	rfc.Covers(t, "4.1/status-101")
	for _, tt := range []struct{ name, answer, body, want string }{
		{"length", "HTTP/1.1 403 Forbidden\r\nContent-Length: 11\r\n\r\nbad origin\nand more that is not body", "bad origin\n",
			`the server answered 403 Forbidden, "bad origin"; many servers check the Origin line; set it in Options.Header`},
		{"chunked", "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: Chunked\r\n\r\n3\r\nno \r\n4\r\nroom\r\n0\r\n\r\n", "no room",
			`the server answered 404 Not Found, "no room"; look at the path of the URL`},
		{"until it closes", "HTTP/1.0 400 Bad Request\r\n\r\n\r\n  Client sent an HTTP request to an HTTPS server.\r\n", "\r\n  Client sent an HTTP request to an HTTPS server.\r\n",
			`the server answered 400 Bad Request, "Client sent an HTTP request to an HTTPS server."`},
		{"truncated", "HTTP/1.1 500 \r\nContent-Length: 100\r\n\r\nsorry", "sorry",
			`the server answered 500, "sorry"`},
		{"no body", "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 next", "",
			`the server answered 204 No Content`},
		{"empty body", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "",
			`the server answered 200 OK; there is a page and no WebSocket at this path`},
		{"bad length", "HTTP/1.1 418 I'm a teapot\r\nContent-Length: -1\r\n\r\nshort", "",
			`the server answered 418 I'm a teapot`},
		{"credentials", "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", "",
			`the server answered 401 Unauthorized; it wants credentials; set Authorization in Options.Header`},
		{"version", "HTTP/1.1 426 Upgrade Required\r\nSec-WebSocket-Version: 12, 8\r\nContent-Length: 0\r\n\r\n", "",
			`the server answered 426 Upgrade Required; this client speaks version 13 of the protocol, the server lists "12, 8"`},
		{"too many", "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", "",
			`the server answered 503 Service Unavailable; it has too many connections; try again later`},
		{"redirect", "HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n", "",
			`the server answered 302 Found; it redirects to "/b"; Options.MaxRedirects lets Dial follow`},
		{"long line", "HTTP/1.1 400 Bad Request\r\n\r\n" + strings.Repeat("x", 300), strings.Repeat("x", 300),
			`the server answered 400 Bad Request, "` + strings.Repeat("x", 200) + `"`},
		{"long body", "HTTP/1.1 400 Bad Request\r\n\r\na\n" + strings.Repeat("x", 10000), "a\n" + strings.Repeat("x", 4094),
			`the server answered 400 Bad Request, "a"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e, resp := dialRefused(t, "ws://me:secret@example.com/chat?token=secret",
				&client.Options{DialContext: answering(t, tt.answer)})
			if diff := cmp.Diff("client: dial ws://example.com/chat?…: "+tt.want+" (RFC 6455 §4.1)", e.Error()); diff != "" {
				t.Error("-want +got\n" + diff)
			}
			if diff := cmp.Diff(tt.body, string(resp.Body)); diff != "" {
				t.Error("body: -want +got\n" + diff)
			}
		})
	}
}

// A server that keeps the connection open does not hold Dial up for its body.
func TestRefusalThenSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		_, resp := dialRefused(t, "ws://example.com/", &client.Options{DialContext: pipeTo(t, func(nc net.Conn, _ string) {
			readRequest(t, nc)
			nc.Write([]byte("HTTP/1.1 403 Forbidden\r\n\r\nno"))
			io.Copy(io.Discard, nc) // until Dial closes
		})})
		if took := time.Since(start); took != time.Second {
			t.Errorf("Dial took %v", took)
		}
		if string(resp.Body) != "no" || resp.Status != 403 {
			t.Errorf("%d %q", resp.Status, resp.Body)
		}
	})
}

func TestAnswerRefused(t *testing.T) {
	const lines = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
	for _, tt := range []struct {
		id      string
		rewrite func(answer string) string
	}{
		{"4.1/answer-upgrade", func(s string) string { return strings.Replace(s, "Upgrade: websocket", "Upgrade: h2c", 1) }},
		{"4.1/answer-connection", func(s string) string { return strings.Replace(s, "Connection: Upgrade\r\n", "", 1) }},
		{"4.1/accept-matches", func(s string) string { return strings.Replace(s, "Accept: ", "Accept: A", 1) }},
		{"4.1/answer-extension-offered", func(s string) string {
			return strings.Replace(s, "\r\n\r\n", "\r\nSec-WebSocket-Extensions: x\r\n\r\n", 1)
		}},
		{"4.1/answer-subprotocol-offered", func(s string) string {
			return strings.Replace(s, "\r\n\r\n", "\r\nSec-WebSocket-Protocol: x\r\n\r\n", 1)
		}},
		{"4.1/answer-conforms", func(s string) string { return strings.Replace(s, lines, "Sec-WebSocket-Accept: x\r\n"+lines, 1) }},
		{"4.1/answer-conforms", func(s string) string { return strings.Replace(s, "HTTP/1.1", "HTTP/1.0", 1) }},
		{"4.1/answer-conforms", func(string) string { return "SSH-2.0-OpenSSH_9.2\r\n\r\n" }},
	} {
		t.Run(tt.id, func(t *testing.T) {
			rfc.Covers(t, tt.id, "4.1/answer-validated", "10.7/input-validated", "10.7/tcp-dropped")
			_, _, err := client.Dial(t.Context(), "ws://example.com/", &client.Options{DialContext: pipeTo(t, func(nc net.Conn, _ string) {
				offer, err := handshake.CheckRequest(readRequest(t, nc))
				if err != nil {
					t.Error(err)
					return
				}
				answer, _ := offer.Answer("", nil, nil)
				io.WriteString(nc, tt.rewrite(string(handshake.AppendResponse(nil, answer))))
				if n, err := nc.Read(make([]byte, 1)); err != io.EOF {
					t.Errorf("%d bytes, %v behind the answer; want the end", n, err)
				}
			})})
			if _, ok := errors.AsType[handshake.Error](err); !ok {
				t.Errorf("%v has no handshake.Error", err)
			}
			if _, ok := errors.AsType[client.DialError](err); !ok {
				t.Errorf("%v is no DialError", err)
			}
		})
	}
}

// Without an offer, an answer without a subprotocol leaves none.
func TestSubprotocolNotTaken(t *testing.T) {
	rfc.Covers(t, "4.1/subprotocol-header")
	opts := &client.Options{Subprotocols: []string{"chat"}, DialContext: pipeTo(t, func(nc net.Conn, _ string) {
		offer, err := handshake.CheckRequest(readRequest(t, nc))
		if err != nil {
			t.Error(err)
			return
		}
		answer, _ := offer.Answer("", nil, nil)
		nc.Write(handshake.AppendResponse(nil, answer))
	})}
	c, resp, err := client.Dial(t.Context(), "ws://example.com/", opts)
	if err != nil {
		t.Fatal(err)
	}
	c.CloseNow()
	if c.Subprotocol() != "" || resp.Subprotocol != "" {
		t.Errorf("%q, %q", c.Subprotocol(), resp.Subprotocol)
	}
}

// RFC 9110 §15.2: interim answers may come first.
func TestInterimAnswers(t *testing.T) {
	const interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
	c, resp, err := client.Dial(t.Context(), "ws://example.com/", &client.Options{DialContext: pipeTo(t, func(nc net.Conn, _ string) {
		offer, err := handshake.CheckRequest(readRequest(t, nc))
		if err != nil {
			t.Error(err)
			return
		}
		answer, _ := offer.Answer("", nil, nil)
		nc.Write(append(handshake.AppendResponse([]byte(interim), answer), "\x81\x05Hello"...))
	})})
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseNow()
	if resp.Status != 101 {
		t.Errorf("status %d", resp.Status)
	}
	if _, p, err := c.Read(t.Context()); string(p) != "Hello" || err != nil {
		t.Errorf("%q, %v", p, err)
	}
}

func TestMaxHeaderBytes(t *testing.T) {
	// answer is a refusal with a header of n bytes.
	answer := func(n int) string {
		const begin, end = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nX: ", "\r\n\r\n"
		return begin + strings.Repeat("x", n-len(begin)-len(end)) + end
	}
	const interim = "HTTP/1.1 102 Processing\r\n\r\n"
	for _, tt := range []struct {
		name, answer string
		max          int
		fits         bool
	}{
		{"default", answer(client.DefaultMaxHeaderBytes), 0, true},
		{"default+1", answer(client.DefaultMaxHeaderBytes + 1), 0, false},
		{"negative", answer(client.DefaultMaxHeaderBytes), -1, true},
		{"own", answer(100), 100, true},
		{"own+1", answer(101), 100, false},
		{"interim", interim + answer(100), 100 + len(interim), true},
		{"interim+1", interim + answer(101), 100 + len(interim), false},
		{"interim without end", strings.Repeat(interim, 1000), 0, false},
		{"line without end", strings.Repeat("x", 1<<20), 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e, resp := dialRefused(t, "ws://example.com/", &client.Options{MaxHeaderBytes: tt.max, DialContext: answering(t, tt.answer)})
			if (resp != nil) != tt.fits {
				t.Errorf("%v, %v", resp, e)
			}
			if !tt.fits && !strings.Contains(e.Error(), "Options.MaxHeaderBytes") {
				t.Errorf("%v does not name the limit", e)
			}
		})
	}
}

func TestClosedWithoutAnswer(t *testing.T) {
	e, _ := dialRefused(t, "ws://example.com/", &client.Options{DialContext: answering(t, "")})
	if !errors.Is(e, io.EOF) || !strings.Contains(e.Error(), "does this port want TLS?") {
		t.Error(e)
	}
	e, _ = dialRefused(t, "ws://example.com/", &client.Options{DialContext: answering(t, "HTTP/1.1 101")})
	if !errors.Is(e, io.ErrUnexpectedEOF) {
		t.Error(e)
	}
}

// The jar's cookies go along with the caller's, and those of the answer are
// kept, whatever its status.
func TestCookies(t *testing.T) {
	rfc.Covers(t, "4.1/other-headers")
	jar, _ := cookiejar.New(nil)
	site := &url.URL{Scheme: "https", Host: "example.com", Path: "/"}
	jar.SetCookies(site, []*http.Cookie{{Name: "a", Value: "1"}, {Name: "b", Value: "2", Secure: true}})
	sent := make(chan string, 1)
	opts := &client.Options{
		Jar:    jar,
		Header: http.Header{"cookie": {"own=0"}},
		DialContext: pipeTo(t, func(nc net.Conn, _ string) {
			sent <- readRequest(t, nc).Header.Get("Cookie")
			io.WriteString(nc, "HTTP/1.1 401 Unauthorized\r\nSet-Cookie: c=3; Path=/\r\nSet-Cookie: =\r\nset-cookie: d=4; Path=/elsewhere\r\nContent-Length: 0\r\n\r\n")
		}),
	}
	// Over ws, the secure cookie stays at home.
	for _, want := range []string{"own=0; a=1", "own=0; a=1; c=3"} {
		dialRefused(t, "ws://example.com/", opts)
		if diff := cmp.Diff(want, <-sent); diff != "" {
			t.Error("-want +got\n" + diff)
		}
	}
	var kept []string
	for _, c := range jar.Cookies(&url.URL{Scheme: "https", Host: "example.com", Path: "/elsewhere"}) {
		kept = append(kept, c.Name)
	}
	if diff := cmp.Diff([]string{"d", "a", "b", "c"}, kept); diff != "" {
		t.Error("-want +got\n" + diff)
	}
}
