package conn

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"rfc6455/frame"
	"rfc6455/mask"
)

// outgoing is the writing half of a Conn.
type outgoing struct {
	lock lock // held for each frame; guards what follows

	buf       *buffer // frames that are not sent yet: buf.data[r:w]; nil if there are none
	r, w      int16
	closeSent bool // nothing may follow (§5.5.1)
	watch     watch
	bound     bound // the transport's write deadline

	message atomic.Pointer[messageWriter] // of a message in pieces that is not finished

	// Work for whoever holds the lock next, see flushDue.
	unsent atomic.Bool            // buf holds frames that should be on their way
	more   atomic.Bool            // Gather: the reader has another frame to answer first
	pong   atomic.Pointer[[]byte] // the newest ping that is not answered
}

// due reports whether something waits to be sent.
func (o *outgoing) due() bool {
	return o.pong.Load() != nil || o.unsent.Load() && !o.more.Load()
}

// flushDue sends what waits, unless another goroutine holds the lock: that one
// will, when it lets go. What ctx keeps from being sent goes on waiting.
func (c *Conn) flushDue(ctx context.Context) {
	if c.out.lock.try() {
		c.releaseWriter(ctx)
	}
}

// releaseWriter lets the next writer in, after what waits to be sent is sent.
func (c *Conn) releaseWriter(ctx context.Context) {
	o := &c.out
	for {
		err := c.writePong(ctx)
		if err == nil && o.unsent.Load() && !o.more.Load() {
			err = c.flush(ctx)
		}
		o.lock.release()
		// A reader may have come with something to send and found the
		// lock taken.
		if err != nil || !o.due() || !o.lock.try() {
			return
		}
	}
}

// answer sends a pong for a ping with payload p (§5.5.2), or leaves it to the
// goroutine that is writing. If that one is slow only the newest ping is
// answered (§5.5.3), so that a flood of pings takes no memory.
//
// The pongs for pings that arrive together go out together, at the latest before
// the connection waits for more bytes.
func (c *Conn) answer(ctx context.Context, p []byte) {
	o := &c.out
	if !o.lock.try() {
		p = bytes.Clone(p)
		o.pong.Store(&p)
		return
	}
	if c.putPong(ctx, p) != nil {
		p = bytes.Clone(p)
		o.pong.Store(&p)
	}
	o.lock.release()
}

// writePong puts the pong that is due behind the frames that wait to be sent.
// The caller holds the lock.
func (c *Conn) writePong(ctx context.Context) error {
	p := c.out.pong.Swap(nil)
	if p == nil {
		return nil
	}
	err := c.putPong(ctx, *p)
	if err != nil {
		c.out.pong.CompareAndSwap(nil, p) // unless there is a newer one
	}
	return err
}

// putPong appends a pong to the frames that wait, if it still may be sent.
func (c *Conn) putPong(ctx context.Context, p []byte) error {
	if c.out.closeSent || c.ended.Load() {
		return nil
	}
	if err := c.makeRoom(ctx, len(p)); err != nil {
		return err
	}
	c.put(frame.Header{Fin: true, Opcode: frame.Pong}, p)
	c.out.unsent.Store(true)
	return nil
}

// makeRoom sends what waits if a frame with n bytes of payload would not fit
// behind it. The caller holds the lock.
func (c *Conn) makeRoom(ctx context.Context, n int) error {
	o := &c.out
	if int(o.w)+frame.MaxHeaderLen+n > bufferSize {
		if err := c.flush(ctx); err != nil {
			return err
		}
	}
	if o.buf == nil {
		o.buf = getBuffer()
	}
	return nil
}

// put appends a frame to those that wait. There must be room for it.
func (c *Conn) put(h frame.Header, p []byte) {
	o := &c.out
	h.Length = int64(len(p))
	key := c.putHeader(&h, p)
	n := copy(o.buf.data[o.w:], p)
	if h.Masked {
		mask.XOR(o.buf.data[o.w:int(o.w)+n], key)
	}
	o.w += int16(n)
}

// putHeader appends the header of a frame with payload p, with a key of its own
// if this end is the client (§5.1, §5.3).
func (c *Conn) putHeader(h *frame.Header, p []byte) mask.Key {
	o := &c.out
	if c.Role() == Client {
		h.Masked, h.Key = true, mask.NewKey()
	}
	b := frame.AppendHeader(o.buf.data[:o.w], *h)
	o.w = int16(len(b))
	if t := c.options().Trace; t != nil && t.Sent != nil {
		t.Sent(c, *h, 0, p)
	}
	return h.Key
}

// flush sends the frames that wait. If it fails they stay as far as they are not
// sent. The caller holds the lock.
func (c *Conn) flush(ctx context.Context) error { return c.flushFrame(ctx, c.out.w, nil) }

// flushFrame sends the frames that wait; the last of them begins at begin, and p
// is the rest of it. If ctx ends before a byte of that frame is sent it is taken
// out again, and later the connection is closed.
func (c *Conn) flushFrame(ctx context.Context, begin int16, p []byte) error {
	o := &c.out
	if o.buf == nil {
		return nil
	}
	before := int(begin - o.r) // bytes of the other frames
	n, err := c.send(ctx, o.buf.data[o.r:o.w], p)
	switch {
	case err == nil || c.ended.Load():
		o.r = o.w
	case n <= before:
		o.r += int16(n)
		o.w = begin
	default:
		err = c.halfFrame(err)
		o.r = o.w
	}
	if o.r == o.w {
		putBuffer(o.buf)
		o.buf, o.r, o.w = nil, 0, 0
		o.unsent.Store(false)
	}
	return err
}

// halfFrame ends the connection because a frame is sent in part only.
func (c *Conn) halfFrame(err error) error {
	err = fmt.Errorf("%w: %w", errHalfFrame, err)
	c.finish(err)
	return err
}

// send writes p and then q to the transport, and returns how many bytes it took.
// It fails with ctx's error if ctx ends first; every other error has ended the
// connection. The caller holds the lock.
func (c *Conn) send(ctx context.Context, p, q []byte) (int, error) {
	if c.in.socket.raw == nil || len(q) > 0 {
		return c.sendSlowly(ctx, p, q)
	}
	// Most writes to a socket do not have to wait, and then need neither a
	// deadline nor a tie to the context.
	n, err := c.in.socket.write(p, false)
	switch {
	case n == len(p):
		return n, nil
	case err != nil && !errors.Is(err, os.ErrDeadlineExceeded):
		return n, c.writeFault(err)
	}
	m, err := c.sendSlowly(ctx, p[n:], nil)
	return n + m, err
}

// sendSlowly is send where it may have to wait.
func (c *Conn) sendSlowly(ctx context.Context, p, q []byte) (sent int, err error) {
	o := &c.out
	for {
		start := time.Now()
		if ctx.Done() != o.watch.done && c.watch(&o.watch, ctx) {
			o.bound.until = 0
		}
		timeout := c.writeTimeout()
		if until, ok := o.bound.extend(start, timeout); ok {
			c.setWriteDeadline(until)
		}
		if err := ctx.Err(); err != nil {
			return sent, err
		}
		n, err := c.write(p, q)
		c.untie(&o.watch)
		sent += n
		switch {
		case err == nil:
			return sent, nil
		case !errors.Is(err, os.ErrDeadlineExceeded):
			return sent, c.writeFault(err)
		case ctx.Err() != nil && c.belowTLS() != nil:
			// Nobody knows how much of a record has gone, and TLS writes
			// no other.
			return sent, c.halfFrame(ctx.Err())
		case ctx.Err() != nil:
			return sent, ctx.Err()
		case n == 0 && time.Since(start) >= timeout:
			return sent, c.writeFault(errWriteTimeout)
		case n == 0:
			return sent, c.writeFault(err)
		}
		// Some bytes went: the peer is slow, and not stuck.
		o.bound.until = 0
		if n < len(p) {
			p = p[n:]
		} else {
			p, q = q[n-len(p):], nil
		}
	}
}

// write writes p and then q once, without copying either.
func (c *Conn) write(p, q []byte) (int, error) {
	switch {
	case len(q) > 0: // see sendLong: only on a socket
		b := c.out.buf
		b.two = [2][]byte{p, q}
		b.vec = b.two[:]
		n, err := b.vec.WriteTo(c.rw)
		b.two = [2][]byte{}
		return int(n), err
	case c.in.socket.raw != nil:
		return c.in.socket.write(p, true)
	}
	return c.rw.Write(p)
}

func (c *Conn) writeTimeout() time.Duration {
	switch t := c.options().WriteTimeout; {
	case t == 0:
		return DefaultWriteTimeout
	case t < 0:
		return maxBound
	default:
		return t
	}
}

// writeFault ends the connection because a write failed.
func (c *Conn) writeFault(err error) error {
	if err != errWriteTimeout {
		err = lost(err)
	}
	c.finish(err)
	return c.cause()
}
