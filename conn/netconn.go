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
		m, err := n.next(p)
		switch {
		case err == io.EOF: // of a message
			n.msg = nil
			continue
		case closedWell(err):
			return m, io.EOF
		}
		return m, n.timeout(err)
	}
}

// next reads from the message under way, or from the next one.
func (n *netConn) next(p []byte) (int, error) {
	ctx := n.read.context() // the deadline may have moved
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if n.msg == nil {
		_, r, err := n.c.Reader(ctx)
		if err != nil {
			return 0, err
		}
		n.msg = r.(*stream)
	}
	n.msg.ctx = ctx
	return n.msg.Read(p)
}

func (n *netConn) Write(p []byte) (int, error) {
	if err := n.c.Write(n.write.context(), n.op, p); err != nil {
		return 0, n.timeout(err)
	}
	return len(p), nil
}

// timeout turns the error of a context, which only the deadline can end, into
// that of a deadline. If the connection has ended there is nothing to try again.
func (n *netConn) timeout(err error) error {
	if errors.Is(err, context.Canceled) && !n.c.ended.Load() {
		return os.ErrDeadlineExceeded
	}
	return err
}

// closedWell reports whether err says that the peer has closed with 1000 or
// 1001.
func closedWell(err error) bool {
	var ce CloseError
	return errors.As(err, &ce) && (ce.Code == frame.CloseNormal || ce.Code == frame.CloseGoingAway)
}

func (n *netConn) Close() error {
	if err := n.c.Close(frame.CloseNormal, ""); !closedWell(err) {
		return err
	}
	return nil // the peer was first
}

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
	switch wait := time.Until(t); {
	case t.IsZero():
	case wait <= 0:
		d.end()
	default:
		d.timer = time.AfterFunc(wait, d.end)
	}
}
