package conn

import (
	"context"
	"fmt"
	"net"
	"time"
)

// watch is the tie between a context and the blocking calls of one direction:
// when the context ends, the call is cut short. It stays tied between calls, so
// that the same context costs nothing the next time.
type watch struct {
	done <-chan struct{} // of the context; nil if it never ends
	stop func() bool
}

// watch ties w to ctx, and reports whether the context before has ended and cut a
// call short. The caller holds the direction's lock and has seen that w is tied
// to another context, or to none.
func (c *Conn) watch(w *watch, ctx context.Context) (cut bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	cut = w.stop != nil && !w.stop()
	w.done, w.stop = ctx.Done(), nil
	if w.done != nil && ctx.Err() == nil && !c.ended.Load() {
		w.stop = context.AfterFunc(ctx, func() { c.cut(w, ctx) })
	}
	return cut
}

// untie lets the context go after a call on a transport without deadlines: if it
// ends later, nobody waits any more, and the connection must stay.
func (c *Conn) untie(w *watch) {
	if w.done == nil || c.hasDeadlines() {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if w.stop != nil {
		w.stop()
	}
	w.done, w.stop = nil, nil
}

// unwatch lets the contexts go. The caller holds c.mu.
func (c *Conn) unwatch() {
	for _, w := range []*watch{&c.in.watch, &c.out.watch} {
		if w.stop != nil {
			w.stop()
			w.stop = nil
		}
	}
}

// past is a deadline that ends a call at once.
var past = time.Unix(1, 0)

// grace is how long a write over TLS may go on after its context has ended. TLS
// cannot go on after a write that was cut, so only one that hangs is.
const grace = 100 * time.Millisecond

// cut ends the calls of a direction that wait under ctx: by the deadline of the
// transport, if it has deadlines.
func (c *Conn) cut(w *watch, ctx context.Context) {
	c.mu.Lock()
	done := true
	switch {
	case w.done != ctx.Done(): // nobody waits under ctx any more
	case w == &c.in.watch:
		done = c.setReadDeadline(past)
	case c.belowTLS() != nil:
		c.setWriteDeadline(time.Now().Add(grace))
	default:
		done = c.setWriteDeadline(past)
	}
	c.mu.Unlock()
	if !done {
		c.finish(fmt.Errorf("%w: %w", errNoDeadline, ctx.Err()))
	}
}

func (c *Conn) hasDeadlines() bool {
	_, ok := c.rw.(interface{ SetReadDeadline(time.Time) error })
	return ok
}

// belowTLS returns the transport that TLS runs on, or nil without TLS.
func (c *Conn) belowTLS() net.Conn {
	if t, ok := c.rw.(interface{ NetConn() net.Conn }); ok {
		return t.NetConn()
	}
	return nil
}

// The deadline setters report whether the transport has deadlines.

func (c *Conn) setReadDeadline(t time.Time) bool {
	d, ok := c.rw.(interface{ SetReadDeadline(time.Time) error })
	if ok {
		d.SetReadDeadline(t)
	}
	return ok
}

func (c *Conn) setWriteDeadline(t time.Time) bool {
	d, ok := c.rw.(interface{ SetWriteDeadline(time.Time) error })
	if ok {
		d.SetWriteDeadline(t)
	}
	return ok
}

// bound remembers the deadline that a direction of the transport has. Setting
// one costs more than looking at the clock, so it is set to twice the time that
// is wanted and left as long as it is far enough ahead.
type bound struct {
	until int64 // in Unix nanoseconds
}

// maxBound stands for each wait that is longer, or has no bound. Doubled it still
// is a Duration.
const maxBound = 100 * 365 * 24 * time.Hour

// extend returns the deadline that must be set to bound a wait by d, or false if
// the one before still does.
func (b *bound) extend(now time.Time, d time.Duration) (time.Time, bool) {
	d = min(d, maxBound)
	if ahead := time.Duration(b.until - now.UnixNano()); ahead >= d && ahead <= 2*d {
		return time.Time{}, false
	}
	t := now.Add(2 * d)
	b.until = t.UnixNano()
	return t, true
}
