package conn

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"rfc6455/frame"
)

// NetConn returns the connection as a stream of bytes, for protocols that know
// no messages. Each Write sends one message of the given opcode, Text or Binary;
// Read returns the bytes of incoming messages of any opcode one after the other,
// and [io.EOF] when the peer has closed with 1000 or 1001. Close does the closing
// handshake with 1000. A read deadline loses nothing, and a write deadline ends
// the connection only in the middle of a frame, see [Conn.Write].
//
// The Conn must not be read otherwise meanwhile.
func (c *Conn) NetConn(op frame.Opcode) net.Conn {
	n := &netConn{c: c, op: op}
	n.SetDeadline(time.Time{})
	return n
}

type netConn struct {
	c           *Conn
	op          frame.Opcode
	read, write deadline

	mu  sync.Mutex // held by Read
	msg *stream    // the message under way, or nil
}

func (n *netConn) Read(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for {
		if n.msg == nil {
			_, r, err := n.c.Reader(n.read.context())
			if err != nil {
				return 0, streamError(err)
			}
			n.msg = r.(*stream)
		}
		n.msg.ctx = n.read.context() // the deadline may have moved
		m, err := n.msg.Read(p)
		if err == io.EOF {
			n.msg, err = nil, nil
			continue
		}
		return m, streamError(err)
	}
}

func (n *netConn) Write(p []byte) (int, error) {
	if err := n.c.Write(n.write.context(), n.op, p); err != nil {
		return 0, streamError(err)
	}
	return len(p), nil
}

// streamError turns the errors of a Conn into those that users of a net.Conn
// know.
func streamError(err error) error {
	var ce CloseError
	switch {
	case errors.As(err, &ce) && (ce.Code == frame.CloseNormal || ce.Code == frame.CloseGoingAway):
		return io.EOF
	case errors.Is(err, context.Canceled): // by the deadline; nobody else can
		return os.ErrDeadlineExceeded
	}
	return err
}

func (n *netConn) Close() error         { return n.c.Close(frame.CloseNormal, "") }
func (n *netConn) LocalAddr() net.Addr  { return n.addr(net.Conn.LocalAddr) }
func (n *netConn) RemoteAddr() net.Addr { return n.addr(net.Conn.RemoteAddr) }

func (n *netConn) addr(of func(net.Conn) net.Addr) net.Addr {
	if t, ok := n.c.rw.(net.Conn); ok {
		return of(t)
	}
	return pipeAddr{}
}

// pipeAddr is the address of a transport that has none.
type pipeAddr struct{}

func (pipeAddr) Network() string { return "websocket" }
func (pipeAddr) String() string  { return "websocket" }

func (n *netConn) SetDeadline(t time.Time) error {
	n.read.reset(t)
	n.write.reset(t)
	return nil
}
func (n *netConn) SetReadDeadline(t time.Time) error  { n.read.reset(t); return nil }
func (n *netConn) SetWriteDeadline(t time.Time) error { n.write.reset(t); return nil }

// deadline is a deadline that can be moved, as a context that ends with it.
type deadline struct {
	mu    sync.Mutex
	ctx   context.Context
	end   context.CancelFunc
	timer *time.Timer // nil without a deadline
}

func (d *deadline) context() context.Context {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.ctx
}

// reset moves the deadline to t, or takes it away if t is zero. Calls that wait
// already follow it.
func (d *deadline) reset(t time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ctx == nil || d.ctx.Err() != nil || d.timer != nil && !d.timer.Stop() {
		d.ctx, d.end = context.WithCancel(context.Background())
	}
	d.timer = nil
	if !t.IsZero() {
		d.timer = time.AfterFunc(time.Until(t), d.end)
	}
}
