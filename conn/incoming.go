package conn

import (
	"context"
	"errors"
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
	socket  socket
	watch   watch
	extra   *extra // nil until needed

	// The bytes that have arrived and are not parsed: buf.data[r:w]. While
	// the connection waits for more it holds no buffer, and the start of a
	// header that may be there already is in start[:w].
	buf   *buffer
	r, w  int16
	start [frame.MaxHeaderLen]byte

	arrived atomic.Uint32 // counts reads that brought something, for KeepAlive
}

// extra is what few connections need.
type extra struct {
	early   []byte  // Options.Buffered, what of it is not read
	control []byte  // a control frame that is not complete
	kept    []kept  // messages that were read before they were asked for
	held    int64   // bytes that these take
	stream  *stream // the reader that Conn.Reader gave out, until its message ends

	bound  bound         // the transport's read deadline
	since  time.Time     // the connection waits for the rest of a message
	waited time.Duration // for that in all
}

func (in *incoming) more() *extra {
	if in.extra == nil {
		in.extra = new(extra)
	}
	return in.extra
}

// hasEarly reports whether a part of Options.Buffered comes before the bytes of
// the transport.
func (in *incoming) hasEarly() bool { return in.extra != nil && len(in.extra.early) > 0 }

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
		in.use(getBuffer())
	} else if in.r > 0 {
		in.w = int16(copy(in.buf.data[:], in.buf.data[in.r:in.w]))
		in.r = 0
	}
}

// use makes b the buffer of a connection that has none.
func (in *incoming) use(b *buffer) {
	in.buf = b
	copy(b.data[:], in.start[:in.w])
}

// giveBack returns the buffer if no more than the start of a header is in it.
func (in *incoming) giveBack() {
	if in.buf != nil && in.w-in.r < frame.MaxHeaderLen {
		in.w = int16(copy(in.start[:], in.buf.data[in.r:in.w]))
		in.r = 0
		putBuffer(in.buf)
		in.buf = nil
	}
}

// fill waits for bytes and puts them behind those of in.bytes, of which there
// must be no more than the start of a header.
func (c *Conn) fill(ctx context.Context) error {
	in := &c.in
	if in.hasEarly() {
		in.borrow()
		n := copy(in.buf.data[in.w:], in.extra.early)
		in.extra.early = in.extra.early[n:]
		in.w += int16(n)
		return nil
	}
	_, err := c.pull(ctx, nil)
	return err
}

// pull waits for bytes and reads them into p, or behind in.bytes if p is nil.
// The error is ctx's, or the one that ends the connection.
//
// An idle connection waits in here: the fewer variables pull and its callers
// have, the smaller the stack of each waiting goroutine.
func (c *Conn) pull(ctx context.Context, p []byte) (int, error) {
	if c.out.more.Load() {
		c.out.more.Store(false) // Gather: now the answers have to go
	}
	if c.out.due() {
		c.flushDue(ctx)
	}
	for {
		if ctx.Done() != c.in.watch.done {
			c.watch(&c.in.watch, ctx)
		}
		if c.in.machine.message != frame.Continuation {
			c.boundRead()
		}
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		n, err := c.receive(p)
		if c.in.machine.message != frame.Continuation {
			c.in.extra.waited += time.Since(c.in.extra.since)
		}
		if n > 0 {
			c.in.arrived.Add(1)
			return n, nil
		}
		if err = c.readFault(ctx, err); err != nil {
			return 0, err
		}
	}
}

// receive reads once, into p or behind in.bytes.
func (c *Conn) receive(p []byte) (n int, err error) {
	in := &c.in
	switch {
	case p != nil:
		in.giveBack()
		n, err = c.rw.Read(p)
	case in.socket.raw != nil:
		return in.readSocket()
	case in.machine.inFrame:
		in.borrow()
		n, err = c.rw.Read(in.buf.data[in.w:])
		in.w += int16(n)
	default:
		// Where the transport is no socket, the few bytes of in.start are
		// the buffer to wait with for the next frame.
		in.giveBack()
		n, err = c.rw.Read(in.start[in.w:])
		in.w += int16(n)
	}
	c.untie(&in.watch)
	return n, err
}

// readFault decides about a read that brought nothing: nil means to try again.
func (c *Conn) readFault(ctx context.Context, err error) error {
	switch {
	case err == nil: // as io.Reader allows
		return nil
	case !errors.Is(err, os.ErrDeadlineExceeded):
		c.finish(lost(err))
		return c.cause()
	case ctx.Err() != nil:
		return ctx.Err()
	}
	x := c.in.more()
	if t := c.messageTimeout(); t > 0 && x.waited >= t {
		return c.fail(ctx, frame.ProtocolError{Section: "10.4", Rule: "message-time", Code: frame.ClosePolicyViolation,
			Detail: "the rest of the message did not come in time; raise Options.MessageTimeout to wait longer"})
	}
	// A deadline that was set for an earlier message, or cut for an earlier
	// context.
	x.bound.until = 0
	c.setReadDeadline(time.Time{})
	return nil
}

// boundRead sees to it that the wait for the rest of a message ends.
func (c *Conn) boundRead() {
	x := c.in.more()
	x.since = time.Now()
	if t := c.messageTimeout(); t > 0 {
		// Less than a millisecond is not worth a wait of its own.
		if until, ok := x.bound.extend(x.since, max(t-x.waited, time.Millisecond)); ok {
			c.setReadDeadline(until)
		}
	}
}

func (c *Conn) messageTimeout() time.Duration {
	if c.options().MessageTimeout == 0 {
		return DefaultMessageTimeout
	}
	return c.options().MessageTimeout
}

// trust is how many bytes of memory the length in a header is worth. What goes
// beyond is taken as bytes arrive (§10.4).
const trust = 32 << 10

// grow makes room at the end of dst, if there is none, for some of the left bytes
// of a frame: for as many as have arrived, so that all the copies of a long
// message together cost no more than the message.
func grow(dst []byte, left int64) []byte {
	if len(dst) < cap(dst) {
		return dst
	}
	return slices.Grow(dst, int(min(left, int64(max(len(dst), trust)))))
}
