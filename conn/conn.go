package conn

import (
	"io"
	"sync"
	"sync/atomic"
	"time"

	"rfc6455/frame"
)

// Conn is one end of a WebSocket connection after its opening handshake.
//
// Any number of goroutines may write, ping and close at the same time, and one
// may read. Reads of a second goroutine wait for the first. Pings of the peer
// are answered, and so is its close frame, while any goroutine reads.
type Conn struct {
	rw    io.ReadWriteCloser
	in    incoming
	out   outgoing
	ended atomic.Bool // state.err is set

	mu    sync.Mutex // guards state and the watches
	later *state     // nil until the connection needs one
}

// state is what a connection needs when it pings, when somebody waits for its
// end, and when it ends. An idle one has none of it.
type state struct {
	pings

	phase          phase
	by             time.Time  // when the closing handshake must be over; zero before it begins
	sent, received CloseError // how each side closed
	err            error      // why the connection ended
	closed         bool       // the transport is
	done           chan struct{}
}

// defaults stand for a nil *Options. They are never written to.
var defaults Options

// New returns the connection that speaks over rw in the given role. The opening
// handshake must be over; package client and package server do both.
//
// A TCP or Unix socket of package net is used as such: the connection waits for
// bytes without holding a buffer. Any other rw should have SetReadDeadline and
// SetWriteDeadline as a [net.Conn] has them. Without these, a context that ends
// closes rw, and WriteTimeout and MessageTimeout are not kept.
//
// New panics if role is neither Client nor Server.
func New(rw io.ReadWriteCloser, role Role, opts *Options) *Conn {
	if role != Client && role != Server {
		panic("conn: " + role.String() + " is no role")
	}
	if opts == nil {
		opts = &defaults
	}
	c := &Conn{rw: rw}
	c.in.machine = machine{role: role, opts: opts}
	c.in.open(rw)
	if len(opts.Buffered) > 0 {
		c.in.more().early = opts.Buffered
	}
	if opts.KeepAlive > 0 {
		c.startKeepAlive()
	}
	return c
}

func (c *Conn) options() *Options { return c.in.machine.opts }

// Role returns the side of the connection that this end plays.
func (c *Conn) Role() Role { return c.in.machine.role }

// Subprotocol returns what the handshake agreed on, or "".
func (c *Conn) Subprotocol() string { return c.options().Subprotocol }

// Transport returns what the connection was made on. Do not read from it or
// write to it.
func (c *Conn) Transport() io.ReadWriteCloser { return c.rw }

// Done returns a channel that is closed when the connection has ended and its
// transport is closed.
func (c *Conn) Done() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.state()
	if s.done == nil {
		s.done = make(chan struct{})
		if s.closed {
			close(s.done)
		}
	}
	return s.done
}

// CloseStatus returns how each end has closed: the code and reason of the close
// frame that went out and of the one that came in. The code is 1005 for a frame
// without one, and 1006 as long as no close frame has gone that way (§7.1.5).
// The closing handshake was clean if neither is 1006.
func (c *Conn) CloseStatus() (sent, received CloseError) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.state()
	return s.sent, s.received
}

// state returns the connection's state, made when it is first needed. The caller
// holds c.mu.
func (c *Conn) state() *state {
	if c.later == nil {
		none := CloseError{Code: frame.CloseAbnormal}
		c.later = &state{sent: none, received: none}
	}
	return c.later
}

// cause returns why the connection ended.
func (c *Conn) cause() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state().err
}
