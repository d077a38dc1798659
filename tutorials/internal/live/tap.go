package live

import (
	"bytes"
	"context"
	"net"
	"sync"
)

// maxHead bounds the bytes of a head that are kept. The HTTP server refuses a
// longer one anyway.
const maxHead = 16 << 10

// Listen returns ln with connections that keep the first HTTP head in each
// direction, so that the page can be shown the opening handshake as it was sent
// (§1.3). Give [ConnContext] to the http.Server that serves it, and let each
// connection serve one request only.
func Listen(ln *net.TCPListener) net.Listener { return listener{ln} }

type listener struct{ *net.TCPListener }

func (l listener) Accept() (net.Conn, error) {
	c, err := l.AcceptTCP()
	if err != nil {
		return nil, err
	}
	return &tap{TCPConn: c}, nil
}

// tap is a connection that keeps the first head in each direction.
type tap struct {
	*net.TCPConn
	in, out head
}

func (t *tap) Read(p []byte) (int, error) {
	n, err := t.TCPConn.Read(p)
	t.in.add(p[:n])
	return n, err
}

func (t *tap) Write(p []byte) (int, error) {
	n, err := t.TCPConn.Write(p)
	t.out.add(p[:n])
	return n, err
}

// head is what has been seen of an HTTP head.
type head struct {
	mu   sync.Mutex // reads and writes have goroutines of their own
	buf  []byte
	full bool
}

func (h *head) add(p []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.full {
		return
	}
	from := max(0, len(h.buf)-3) // the end may stand across two reads
	h.buf = append(h.buf, p[:min(len(p), maxHead-len(h.buf))]...)
	if i := bytes.Index(h.buf[from:], []byte("\r\n\r\n")); i >= 0 {
		h.buf = h.buf[:from+i+4]
		h.full = true
	}
	h.full = h.full || len(h.buf) == maxHead
}

func (h *head) bytes() []byte {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.buf
}

type tapKey struct{}

// ConnContext is for the field of the same name of http.Server: it lets a
// handler find what [Listen] has kept.
func ConnContext(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, tapKey{}, c)
}

// heads returns the request and the response with which the connection of ctx
// began.
func heads(ctx context.Context) (request, response []byte) {
	t, ok := ctx.Value(tapKey{}).(*tap)
	if !ok {
		return nil, nil
	}
	return t.in.bytes(), t.out.bytes()
}
