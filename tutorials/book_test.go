package main

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"rfc6455/client"
	"rfc6455/conn"
	"rfc6455/frame"
	"rfc6455/handshake"
)

// openBook runs the book until the test ends, or until shut is called. It
// returns the URL that it prints.
func openBook(t *testing.T) (base string, shut func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r, w := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, "localhost:0", w)
		w.Close()
	}()
	var err error
	stopped := false
	shut = func() error {
		if !stopped {
			stopped = true
			cancel()
			err = <-ended
		}
		return err
	}
	t.Cleanup(func() {
		if err := shut(); err != nil {
			t.Errorf("the book did not close well: %v", err)
		}
	})
	base = printedURL(t, r)
	go io.Copy(io.Discard, r)
	return base, shut
}

func get(t *testing.T, req *http.Request) (*http.Response, string) {
	t.Helper()
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

func request(t *testing.T, url string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

func TestPages(t *testing.T) {
	base, _ := openBook(t)
	resp, _ := get(t, request(t, base))
	if at := resp.Header.Get("Location"); resp.StatusCode != http.StatusFound || at != "/00-one-connection/" {
		t.Fatalf("%s answers %d to %q, want 302 to the first chapter", base, resp.StatusCode, at)
	}
	for path, kind := range map[string]string{
		"00-one-connection/":           "text/html",
		"00-one-connection/chapter.js": "text/javascript",
		"web/frame.js":                 "text/javascript",
		"web/book.css":                 "text/css",
		"web/icon.svg":                 "image/svg+xml",
	} {
		resp, _ := get(t, request(t, base+path))
		if resp.StatusCode != http.StatusOK || !strings.HasPrefix(resp.Header.Get("Content-Type"), kind) {
			t.Errorf("%s: %d, %s; want 200, %s", path, resp.StatusCode, resp.Header.Get("Content-Type"), kind)
		}
		csp := resp.Header.Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: the policy is %q", path, csp)
		}
	}
	for _, path := range []string{"web/", "go.mod", "00-one-connection/README.md", "echo/nobody"} {
		if resp, _ := get(t, request(t, base+path)); resp.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d, want 404", path, resp.StatusCode)
		}
	}
}

// A page of another site can reach localhost, but not under its name.
func TestHost(t *testing.T) {
	base, _ := openBook(t)
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]int{
		"localhost:" + u.Port():              http.StatusOK,
		"127.0.0.1:" + u.Port():              http.StatusOK,
		"[::1]:" + u.Port():                  http.StatusOK,
		"localhost":                          http.StatusMisdirectedRequest,
		"localhost:1":                        http.StatusMisdirectedRequest,
		"evil.example:" + u.Port():           http.StatusMisdirectedRequest,
		"evil.example":                       http.StatusMisdirectedRequest,
		"localhost.evil.example:" + u.Port(): http.StatusMisdirectedRequest,
	} {
		for _, path := range []string{"00-one-connection/", "feed"} {
			req := request(t, base+path)
			req.Host = host
			resp, body := get(t, req)
			if want == http.StatusOK && path == "feed" {
				want = http.StatusUpgradeRequired // a plain GET
			}
			if resp.StatusCode != want {
				t.Errorf("%s with Host %s: %d (%s), want %d", path, host, resp.StatusCode, body, want)
			}
		}
	}
}

func dial(t *testing.T, base, path, origin string) (*conn.Conn, error) {
	t.Helper()
	header := http.Header{}
	if origin != "" {
		header.Set("Origin", origin)
	}
	c, _, err := client.Dial(t.Context(), "ws"+strings.TrimPrefix(base, "http")+path, &client.Options{Header: header})
	if err == nil {
		t.Cleanup(func() { c.CloseNow() })
	}
	return c, err
}

func TestOrigin(t *testing.T) {
	base, _ := openBook(t)
	for origin, welcome := range map[string]bool{
		strings.TrimSuffix(base, "/"): true,
		"":                            true, // not a browser
		"http://evil.example":         false,
		"http://localhost":            false, // another port is another origin
		"null":                        false,
	} {
		_, err := dial(t, base, "feed", origin)
		if welcome != (err == nil) {
			t.Errorf("origin %q: %v", origin, err)
		}
		if err != nil && !strings.Contains(err.Error(), "403") {
			t.Errorf("origin %q: %v, want 403", origin, err)
		}
	}
}

// wireFeed is the page's side of a feed.
type wireFeed struct {
	t *testing.T
	c *conn.Conn
}

// next returns the next event of a type, and its bytes from hex.
func (f wireFeed) next(kind string) (e struct {
	Type, From, Session, Text          string
	Request, Response, Header, Payload string
}) {
	f.t.Helper()
	for {
		_, p, err := f.c.Read(f.t.Context())
		if err != nil {
			f.t.Fatalf("waiting for a %s event: %v", kind, err)
		}
		if err := json.Unmarshal(p, &e); err != nil {
			f.t.Fatal(err)
		}
		if e.Type != kind {
			continue
		}
		for _, digits := range []*string{&e.Request, &e.Response, &e.Header, &e.Payload} {
			b, err := hex.DecodeString(*digits)
			if err != nil {
				f.t.Fatal(err)
			}
			*digits = string(b)
		}
		return e
	}
}

func (f wireFeed) ask(command string) {
	f.t.Helper()
	if err := f.c.Write(f.t.Context(), frame.Text, []byte(command)); err != nil {
		f.t.Fatal(err)
	}
}

// openSession opens a feed and a subject that it tells about.
func openSession(t *testing.T, base string) (f wireFeed, subject *conn.Conn) {
	t.Helper()
	c, err := dial(t, base, "feed", "")
	if err != nil {
		t.Fatal(err)
	}
	f = wireFeed{t, c}
	id := f.next("session").Session
	subject, err = dial(t, base, "echo/"+id, "")
	if err != nil {
		t.Fatal(err)
	}
	e := f.next("handshake")
	if want := "GET /echo/" + id + " HTTP/1.1\r\n"; !strings.HasPrefix(e.Request, want) || !strings.HasSuffix(e.Request, "\r\n\r\n") {
		t.Errorf("the request is told as %q, want it to begin with %q", e.Request, want)
	}
	_, key, _ := strings.Cut(e.Request, "Sec-WebSocket-Key: ")
	key, _, _ = strings.Cut(key, "\r\n")
	if want := "Sec-WebSocket-Accept: " + handshake.Accept(key) + "\r\n"; !strings.Contains(e.Response, want) || !strings.HasSuffix(e.Response, "\r\n\r\n") {
		t.Errorf("the response is told as %q, want %q in it", e.Response, want)
	}
	return f, subject
}

func TestSession(t *testing.T) {
	base, _ := openBook(t)
	f, subject := openSession(t, base)

	if err := subject.Write(t.Context(), frame.Text, []byte("Hello")); err != nil {
		t.Fatal(err)
	}
	fromClient, fromServer := f.next("frame"), f.next("frame")
	h, p, err := frame.Read(strings.NewReader(fromClient.Header+fromClient.Payload), 100)
	if want := (frame.Header{Fin: true, Opcode: frame.Text, Masked: true, Key: h.Key, Length: 5}); err != nil || h != want || string(p) != "Hello" {
		t.Errorf("the client's frame is told as %v %q (%v)", h, p, err)
	}
	if got := fromServer.Header + fromServer.Payload; got != "\x81\x05Hello" {
		t.Errorf("the echo is told as %q", got)
	}

	// The subject's own reads answer the ping.
	messages := make(chan string, 10)
	go func() {
		defer close(messages)
		for m := range subject.Messages(context.Background()) {
			messages <- string(m.Data)
		}
	}()
	f.ask(`{"do":"ping"}`)
	ping, pong := f.next("frame"), f.next("frame")
	if ping.From != "server" || ping.Header != "\x89\x08" {
		t.Errorf("the ping is told as %+q", ping)
	}
	if h, p, err := frame.Read(strings.NewReader(pong.Header+pong.Payload), 100); pong.From != "client" || err != nil || h.Opcode != frame.Pong || string(p) != ping.Payload {
		t.Errorf("the pong is told as %+q", pong)
	}

	f.ask(`{"do":"fragments"}`)
	var got []string
	for range 5 {
		e := f.next("frame")
		h, _, err := frame.ParseHeader([]byte(e.Header))
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, h.Opcode.String())
	}
	if got := strings.Join(got, " "); got != "text ping pong continuation continuation" {
		t.Errorf("the fragments are %s", got)
	}

	f.ask(`{"do":"close","code":1005}`)
	if e := f.next("trouble"); !strings.Contains(e.Text, "1005") {
		t.Errorf("the trouble with code 1005 is %q", e.Text)
	}
	f.ask(`{"do":"close","code":4000}`)
	f.next("end")
	if sent, received := subject.CloseStatus(); received.Code != 4000 || sent.Code != 4000 {
		t.Errorf("the subject was closed with %v and answered %v, want 4000", received, sent)
	}
	for _, want := range []string{"Hello", "Hello"} { // the echo, and the fragments together
		if got := <-messages; got != want {
			t.Errorf("the subject received %q, want %q", got, want)
		}
	}
	f.ask(`{"do":"ping"}`)
	f.next("trouble")
}

// When the book is closed, both connections of a page are, with 1001.
func TestGoodbye(t *testing.T) {
	base, shut := openBook(t)
	f, subject := openSession(t, base)
	ended := make(chan error)
	go func() {
		_, _, err := subject.Read(context.Background())
		ended <- err
	}()
	closed := make(chan error)
	go func() { closed <- shut() }()

	f.next("end")
	_, _, feedErr := f.c.Read(t.Context())
	for name, err := range map[string]error{"subject": <-ended, "feed": feedErr} {
		if ce, ok := errors.AsType[conn.CloseError](err); !ok || ce.Code != frame.CloseGoingAway {
			t.Errorf("the %s ended with %v, want 1001", name, err)
		}
	}
	if err := <-closed; err != nil {
		t.Errorf("closing the book: %v", err)
	}
}

// A page that goes away takes its subject with it.
func TestPageLeft(t *testing.T) {
	base, _ := openBook(t)
	f, subject := openSession(t, base)
	if err := f.c.Close(frame.CloseGoingAway, ""); err != nil {
		t.Fatal(err)
	}
	if _, _, err := subject.Read(t.Context()); err == nil {
		t.Error("the subject is still there")
	}
}
