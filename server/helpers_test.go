package server

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"rfc6455/conn"
	"rfc6455/frame"
	"rfc6455/mask"
)

// opening returns the opening handshake of §1.3 with the lines changed: one that
// begins with a name of the handshake's own replaces that line, one without a
// value takes it out, any other is added.
func opening(lines ...string) string {
	request := []string{
		"Host: server.example.com",
		"Upgrade: websocket",
		"Connection: Upgrade",
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
		"Sec-WebSocket-Version: 13",
	}
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ":")
		own := slices.IndexFunc(request[:min(5, len(request))], func(s string) bool { return strings.HasPrefix(s, name+":") })
		switch {
		case own >= 0 && value == "":
			request = slices.Delete(request, own, own+1)
		case own >= 0:
			request[own] = line
		default:
			request = append(request, line)
		}
	}
	return "GET /chat HTTP/1.1\r\n" + strings.Join(request, "\r\n") + "\r\n\r\n"
}

// accepted is the answer to opening().
const accepted = "HTTP/1.1 101 Switching Protocols\r\n" +
	"Upgrade: websocket\r\n" +
	"Connection: Upgrade\r\n" +
	"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"

// ways are the two ways into a Server. What does not differ is tested on both.
var ways = []string{"net/http", "tcp"}

// start runs s on a port of its own until the test ends, and returns where.
func start(t testing.TB, way string, s *Server) (addr string) {
	t.Helper()
	ln := listen(t)
	run(t, way, s, ln)
	return ln.Addr().String()
}

func listen(t testing.TB) net.Listener {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return ln
}

// run serves ln until the test ends, and sees to it that serving ends then.
func run(t testing.TB, way string, s *Server, ln net.Listener) {
	if s.Handler == nil {
		s.Handler = echo
	}
	var wg sync.WaitGroup
	if way == "net/http" {
		web := &http.Server{Handler: s, ErrorLog: s.ErrorLog}
		wg.Go(func() { web.Serve(ln) })
		t.Cleanup(func() { web.Close() })
	} else {
		wg.Go(func() {
			if err := s.Serve(ln); err != ErrServerClosed {
				t.Errorf("Serve returned %v, want ErrServerClosed", err)
			}
		})
	}
	t.Cleanup(func() {
		s.Close()
		ln.Close()
		wg.Wait()
	})
}

// echo is a Handler that sends back what it gets.
func echo(ctx context.Context, c *conn.Conn) {
	for {
		op, p, err := c.Read(ctx)
		if err != nil || c.Write(ctx, op, p) != nil {
			return
		}
	}
}

// waitIdle returns when s has no connections any more. That is a moment after
// the last peer saw the end of TCP.
func waitIdle(s *Server) {
	for busy := true; busy; runtime.Gosched() {
		s.registry.mu.Lock()
		busy = s.registry.total > 0
		s.registry.mu.Unlock()
	}
}

// peer is a client that writes bytes and frames as the test says.
type peer struct {
	net.Conn
	t testing.TB
	r *bufio.Reader
}

// dial connects to addr and sends the bytes, all at once.
func dial(t testing.TB, addr string, send ...string) *peer {
	t.Helper()
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	return newPeer(t, nc, send...)
}

func newPeer(t testing.TB, nc net.Conn, send ...string) *peer {
	t.Helper()
	t.Cleanup(func() { nc.Close() })
	if _, err := io.WriteString(nc, strings.Join(send, "")); err != nil {
		t.Fatal(err)
	}
	return &peer{nc, t, bufio.NewReader(nc)}
}

// answer reads the answer to the handshake, with its body.
func (p *peer) answer() (resp *http.Response, body string) {
	p.t.Helper()
	resp, err := http.ReadResponse(p.r, nil)
	if err != nil {
		p.t.Fatalf("no answer: %v", err)
	}
	if resp.StatusCode != http.StatusSwitchingProtocols {
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			p.t.Fatalf("the body of the answer: %v", err)
		}
		body = string(b)
	}
	return resp, body
}

// open reads the answer 101.
func (p *peer) open() *peer {
	p.t.Helper()
	if resp, body := p.answer(); resp.StatusCode != http.StatusSwitchingProtocols {
		p.t.Fatalf("refused: %s: %s", resp.Status, body)
	}
	return p
}

// text returns a masked text frame, as a client sends it.
func text(s string) string { return masked(frame.Text, []byte(s)) }

// closing returns a masked close frame.
func closing(code frame.CloseCode) string {
	p, err := frame.AppendClose(nil, code, "")
	if err != nil {
		panic(err)
	}
	return masked(frame.Close, p)
}

func masked(op frame.Opcode, p []byte) string {
	var b bytes.Buffer
	frame.Write(&b, frame.Header{Fin: true, Opcode: op, Masked: true, Key: mask.NewKey()}, p)
	return b.String()
}

// want reads the next frame and compares it.
func (p *peer) want(op frame.Opcode, payload string) {
	p.t.Helper()
	h, got, err := frame.Read(p.r, 1<<20)
	if err != nil {
		p.t.Fatalf("no frame: %v", err)
	}
	if h.Opcode != op || string(got) != payload {
		p.t.Fatalf("got a %v frame with %q, want %v with %q", h.Opcode, got, op, payload)
	}
}

// wantClose reads a close frame, answers it, and then the end of TCP.
func (p *peer) wantClose(code frame.CloseCode) {
	p.t.Helper()
	h, payload, err := frame.Read(p.r, 1<<20)
	if err != nil {
		p.t.Fatalf("no frame: %v", err)
	}
	got, _, err := frame.ParseClose(payload)
	if h.Opcode != frame.Close || err != nil || got != code {
		p.t.Fatalf("got a %v frame with %q (%v), want a close frame with %v", h.Opcode, payload, err, code)
	}
	io.WriteString(p, closing(code))
	p.wantEnd()
}

// wantEnd reads the end of the transport.
func (p *peer) wantEnd() {
	p.t.Helper()
	if rest, err := io.ReadAll(p.r); len(rest) > 0 {
		p.t.Fatalf("got %q (%v), want the end", rest, err)
	}
}

// pipes is a listener whose connections are pipes, for use in a bubble of
// testing/synctest.
type pipes struct {
	accepted chan net.Conn
	closed   chan struct{}
	once     sync.Once
}

func newPipes() *pipes {
	return &pipes{accepted: make(chan net.Conn), closed: make(chan struct{})}
}

func (l *pipes) Accept() (net.Conn, error) {
	select {
	case nc := <-l.accepted:
		return nc, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipes) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "unix"} }

// dial returns the client's end of a new connection.
func (l *pipes) dial() net.Conn {
	client, server := net.Pipe()
	l.accepted <- server
	return client
}

// logLines is a log whose lines a test can wait for.
func logLines() (*log.Logger, <-chan string) {
	lines := make(chan string, 100)
	return log.New(lineWriter(lines), "", 0), lines
}

type lineWriter chan<- string

func (w lineWriter) Write(p []byte) (int, error) {
	w <- string(p)
	return len(p), nil
}

// patience ends tests that would hang. Nothing is measured by it.
const patience = 30 * time.Second

// receive waits for a value of a channel.
func receive[T any](t testing.TB, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(patience):
		t.Fatal("nothing came")
		panic("unreachable")
	}
}
