package conn

import (
	"io"
	"sync"
	"sync/atomic"

	"rfc6455/frame"
)

// Conn is one end of a WebSocket connection after its opening handshake.
//
// Any number of goroutines may write, ping and close at the same time, and one
// may read. Reads of a second goroutine wait for the first. Pings of the peer
// are answered, and its close frame is, while any goroutine reads.
type Conn struct {
	rw   io.ReadWriteCloser
	opts *Options

	in  incoming
	out outgoing

	ended atomic.Bool // err is set
	mu    sync.Mutex  // guards what follows
	err   error       // why the connection ended
	done  chan struct{}
	phase phase
	end   *closing // nil while phase is open
	pings *pings   // nil until the first
}

// New returns the connection that speaks over rw in the given role. The opening
// handshake must be over; package client and package server do both.
//
// rw is used as a TCP or Unix socket of package net if it is one: the
// connection then waits for bytes without holding a buffer. Any other rw should
// have SetReadDeadline and SetWriteDeadline as a [net.Conn] has them. Without
// these, a context that ends closes rw, and WriteTimeout and MessageTimeout are
// not kept.
//
// New panics if role is neither Client nor Server.
func New(rw io.ReadWriteCloser, role Role, opts *Options) *Conn {
	if role != Client && role != Server {
		panic("conn: " + role.String() + " is no role")
	}
	if opts == nil {
		opts = &Options{}
	}
	c := &Conn{rw: rw, opts: opts}
	c.in.machine = machine{role: role, opts: opts}
	c.in.socket = newSocket(rw, &c.in)
	if len(opts.Buffered) > 0 {
		c.in.more().early = opts.Buffered
	}
	if opts.KeepAlive > 0 {
		c.startKeepAlive()
	}
	return c
}

// Role returns the side of the connection that this end plays.
func (c *Conn) Role() Role { return c.in.machine.role }

// Subprotocol returns what the handshake agreed on, or "".
func (c *Conn) Subprotocol() string { return c.opts.Subprotocol }

// Transport returns what the connection was made on. Do not read from it or
// write to it.
func (c *Conn) Transport() io.ReadWriteCloser { return c.rw }

// Done returns a channel that is closed when the connection has ended and its
// transport is closed.
func (c *Conn) Done() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done == nil {
		c.done = make(chan struct{})
		if c.end != nil && c.end.transport {
			close(c.done)
		}
	}
	return c.done
}

// CloseStatus returns how each end has closed: the code and reason of the close
// frame that went out and of the one that came in. The code is 1005 for a frame
// without one, and 1006 as long as no close frame has gone that way (§7.1.5).
// The closing handshake was clean if neither is 1006.
func (c *Conn) CloseStatus() (sent, received CloseError) {
	c.mu.Lock()
	defer c.mu.Unlock()
	sent.Code, received.Code = frame.CloseAbnormal, frame.CloseAbnormal
	if c.end != nil {
		sent, received = c.end.sent, c.end.received
	}
	return sent, received
}
