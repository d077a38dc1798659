package conn

import (
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"rfc6455/frame"
)

// incoming is the reading half of a Conn. Whoever holds its lock is the reader.
type incoming struct {
	lock    lock
	machine machine
	socket  *socket // nil if the transport is no socket
	watch   watch
	bound   bound
	waited  time.Duration // for the rest of the message under way
	extra   *incomingExtra

	// The bytes that have arrived and are not parsed: buf.data[r:w]. While
	// the connection waits for more it holds no buffer, and the start of a
	// header that may be there already is in start[:w].
	buf     *buffer
	r, w    int32
	start   [frame.MaxHeaderLen]byte
	arrived atomic.Uint32 // counts reads that brought something, for KeepAlive
}

// incomingExtra is what few connections need, and only for a while.
type incomingExtra struct {
	early   []byte  // Options.Buffered, what of it is not read
	control []byte  // a control frame that is not complete
	kept    []kept  // messages that were read before they were asked for
	stream  *stream // the reader that Conn.Reader gave out, until its message ends
}

// kept is a message, or the part of one, that was read when nobody could take
// it: by a Ping, or by a Read whose context ended.
type kept struct {
	Message
	whole bool // otherwise the machine is still within it; only the last can be
}

func (in *incoming) more() *incomingExtra {
	if in.extra == nil {
		in.extra = new(incomingExtra)
	}
	return in.extra
}

// keep puts p, of the message under way, where the next read will find it.
func (in *incoming) keep(op frame.Opcode, p []byte, whole bool) {
	x := in.more()
	x.kept = append(x.kept, kept{Message{op, p}, whole})
}

// takeKept returns the first kept message, if there is one.
func (in *incoming) takeKept() (kept, bool) {
	if in.extra == nil || len(in.extra.kept) == 0 {
		return kept{}, false
	}
	k := in.extra.kept[0]
	in.extra.kept = slices.Delete(in.extra.kept, 0, 1)
	return k, true
}

// bytes returns what has arrived and is not parsed.
func (in *incoming) bytes() []byte {
	if in.buf == nil {
		return in.start[:in.w]
	}
	return in.buf.data[in.r:in.w]
}

// borrow makes room for bytes that are about to arrive.
func (in *incoming) borrow() {
	if in.buf == nil {
		in.buf = getBuffer()
		copy(in.buf.data[:], in.start[:in.w])
	} else if in.r > 0 {
		in.w = int32(copy(in.buf.data[:], in.buf.data[in.r:in.w]))
		in.r = 0
	}
}

// giveBack returns the buffer if no more than the start of a header is in it.
func (in *incoming) giveBack() {
	if in.buf != nil && in.w-in.r < frame.MaxHeaderLen {
		in.w = int32(copy(in.start[:], in.buf.data[in.r:in.w]))
		in.r = 0
		putBuffer(in.buf)
		in.buf = nil
	}
}

// fill waits for bytes and puts them behind those of in.bytes, of which there
// must be no more than the start of a header.
func (c *Conn) fill(ctx context.Context) error {
	in := &c.in
	if x := in.extra; x != nil && len(x.early) > 0 {
		in.borrow()
		n := copy(in.buf.data[in.w:], x.early)
		x.early = x.early[n:]
		in.w += int32(n)
		return nil
	}
	_, err := c.pull(ctx, nil)
	return err
}

// pull waits for bytes and reads them into p, or behind in.bytes if p is nil.
// The error is ctx's, or the one that ends the connection.
func (c *Conn) pull(ctx context.Context, p []byte) (int, error) {
	in := &c.in
	if c.out.due() {
		c.flushDue(ctx)
	}
	inMessage := in.machine.message != frame.Continuation
	for {
		if ctx.Done() != in.watch.done {
			c.watch(&in.watch, ctx, c.cutRead)
		}
		var start time.Time
		if inMessage {
			start = time.Now()
			c.boundRead(start)
		}
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		n, err := c.receive(p)
		if inMessage {
			in.waited += time.Since(start)
		}
		if n > 0 {
			in.arrived.Add(1)
			return n, nil
		}
		if err = c.readFault(ctx, err); err != nil {
			return 0, err
		}
	}
}

// receive reads once, into p or behind in.bytes. Where the transport is no
// socket it waits with the few bytes of in.start as its buffer, and borrows one
// when these are full.
func (c *Conn) receive(p []byte) (int, error) {
	in := &c.in
	if p != nil {
		in.giveBack()
	}
	if in.socket != nil {
		return in.socket.read(p)
	}
	if p == nil && in.buf == nil && in.w < frame.MaxHeaderLen {
		n, err := c.rw.Read(in.start[in.w:])
		in.w += int32(n)
		return n, err
	}
	if p == nil {
		in.borrow()
		n, err := c.rw.Read(in.buf.data[in.w:])
		in.w += int32(n)
		return n, err
	}
	return c.rw.Read(p)
}

// readFault decides about a read that brought nothing: nil means to try again.
func (c *Conn) readFault(ctx context.Context, err error) error {
	switch {
	case err == nil: // as io.Reader allows
		return nil
	case !errors.Is(err, os.ErrDeadlineExceeded):
		if err == io.EOF || !c.ended.Load() {
			c.finish(lost(err))
		}
		return c.cause()
	case ctx.Err() != nil:
		return ctx.Err()
	}
	if t := c.messageTimeout(); t > 0 && c.in.waited >= t {
		return c.fail(ctx, frame.ProtocolError{Section: "10.4", Rule: "message-time", Code: frame.ClosePolicyViolation,
			Detail: "the rest of the message did not come in time; raise Options.MessageTimeout to wait longer"})
	}
	// A deadline that was set for an earlier message, or cut for an earlier
	// context.
	c.in.bound.until = 0
	c.setReadDeadline(time.Time{})
	return nil
}

// boundRead sees to it that the wait for the rest of a message ends.
func (c *Conn) boundRead(now time.Time) {
	t := c.messageTimeout()
	if t <= 0 {
		return
	}
	// Less than a millisecond is not worth a wait of its own.
	if until, ok := c.in.bound.extend(now, max(t-c.in.waited, time.Millisecond)); ok {
		c.setReadDeadline(until)
	}
}

func (c *Conn) messageTimeout() time.Duration {
	if c.opts.MessageTimeout == 0 {
		return DefaultMessageTimeout
	}
	return c.opts.MessageTimeout
}

// trust is how many bytes of memory the length in a header is worth. What goes
// beyond is taken as bytes arrive (§10.4).
const trust = 32 << 10

// grow makes room at the end of dst for some of the left bytes of a frame.
func grow(dst []byte, left int64) []byte {
	n := int(min(left, int64(max(len(dst), trust))))
	if cap(dst)-len(dst) >= n {
		return dst
	}
	return slices.Grow(dst, n)
}
