package conn

import (
	"context"
	"time"
)

// watch is the tie between a context and the blocking calls of one direction:
// when the context ends, the call is cut short. It stays tied between calls, so
// that the same context costs nothing the next time.
type watch struct {
	done <-chan struct{} // of the context; nil if it never ends
	stop func() bool
}

// watch ties w to ctx. The caller holds the direction's lock and has seen that
// w is tied to another context, or to none.
func (c *Conn) watch(w *watch, ctx context.Context, cut func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if w.stop != nil {
		w.stop()
	}
	w.done, w.stop = ctx.Done(), nil
	if w.done != nil && !c.ended.Load() {
		w.stop = context.AfterFunc(ctx, cut)
	}
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

func (c *Conn) watchRead(ctx context.Context)  { c.watch(&c.in.watch, ctx, c.cutRead) }
func (c *Conn) watchWrite(ctx context.Context) { c.watch(&c.out.watch, ctx, c.cutWrite) }

func (c *Conn) cutRead()  { c.cut(c.setReadDeadline) }
func (c *Conn) cutWrite() { c.cut(c.setWriteDeadline) }

// cut ends the blocking calls of a direction, by its deadline if it has one.
func (c *Conn) cut(setDeadline func(time.Time) bool) {
	if !setDeadline(past) {
		c.finish(errNoDeadline)
	}
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

// extend returns the deadline that must be set to bound a wait by d, or false if
// the one before still does.
func (b *bound) extend(now time.Time, d time.Duration) (time.Time, bool) {
	if ahead := time.Duration(b.until - now.UnixNano()); ahead >= d && ahead <= 2*d {
		return time.Time{}, false
	}
	t := now.Add(2 * d)
	b.until = t.UnixNano()
	return t, true
}
