package conn

import (
	"context"
	"iter"

	"rfc6455/frame"
)

// Message is one whole message.
type Message struct {
	Opcode frame.Opcode // Text or Binary
	Data   []byte
}

// Read waits for the next message and returns its opcode, Text or Binary, and
// its data, which the caller owns. Text is valid UTF-8.
//
// When ctx ends, Read returns its error and nothing is lost: the next Read goes
// on where the bytes stopped, also in the middle of a frame. Only a close frame
// that is here is answered first, within Options.CloseTimeout. Every other error
// is the end of the connection and will be returned again: a [CloseError] if
// the peer closed or was lost, a [frame.ProtocolError] if it broke a rule or a
// limit, or one that wraps [net.ErrClosed] if this end closed.
func (c *Conn) Read(ctx context.Context) (frame.Opcode, []byte, error) {
	return c.Append(ctx, nil)
}

// Append is Read into the caller's memory: it appends the data to dst and
// returns the longer slice, growing it only where its capacity does not
// suffice. If there is an error dst is returned as it was.
func (c *Conn) Append(ctx context.Context, dst []byte) (frame.Opcode, []byte, error) {
	if err := c.in.lock.acquire(ctx); err != nil {
		return 0, dst, err
	}
	// Most of its life a connection waits at this place.
	var err error
	if c.in.idle() && !c.ended.Load() {
		err = c.fill(ctx)
	}
	var op frame.Opcode
	if err == nil {
		op, dst, err = c.message(ctx, dst)
	}
	c.releaseReader(ctx)
	return op, dst, err
}

// idle reports whether nothing of the next message is here.
func (in *incoming) idle() bool {
	return in.w == in.r && !in.machine.inFrame && in.machine.message == frame.Continuation && in.extra == nil
}

// message reads up to the end of a message and appends it to dst. If that fails
// it keeps what it has for the next time, and dst stays as it was.
//
//go:noinline
func (c *Conn) message(ctx context.Context, dst []byte) (frame.Opcode, []byte, error) {
	out := dst
	if c.in.extra != nil {
		if err := c.leaveStream(ctx); err != nil {
			return 0, dst, err
		}
		var whole frame.Opcode
		if out, whole = c.in.appendKept(dst); whole != frame.Continuation {
			return whole, out, nil
		}
	}
	for {
		var op frame.Opcode
		var err error
		out, op, err = c.progress(ctx, out)
		if op != frame.Continuation {
			return op, out, nil
		}
		if err != nil {
			c.keepRest(out[len(dst):])
			return 0, dst, err
		}
	}
}

// progress takes in the next thing: a header, a control frame, or a piece of
// payload, which it appends to dst. The opcode is that of the message which has
// ended with it, or Continuation.
func (c *Conn) progress(ctx context.Context, dst []byte) ([]byte, frame.Opcode, error) {
	if c.ended.Load() {
		return dst, 0, c.cause()
	}
	m := &c.in.machine
	if !m.inFrame {
		if err := c.header(ctx); err != nil {
			return dst, 0, err
		}
	}
	if m.header.Opcode.IsControl() {
		return dst, 0, c.control(ctx)
	}
	if m.left > 0 {
		dst = grow(dst, m.left)
		n, err := c.payload(ctx, dst[len(dst):cap(dst)])
		dst = dst[:len(dst)+n]
		if err != nil || m.left > 0 {
			return dst, 0, err
		}
	}
	op, err := c.endFrame(ctx)
	return dst, op, err
}

// header waits for the next header and shows it to the machine.
func (c *Conn) header(ctx context.Context) error {
	in := &c.in
	for {
		h, n, err := frame.ParseHeader(in.bytes())
		if err == frame.ErrShort {
			if err := c.fill(ctx); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return c.fail(ctx, err)
		}
		in.skip(n)
		err = in.machine.begin(h)
		if err != nil || h.Length == 0 {
			c.traceReceived(h, 0, nil)
		}
		if err != nil {
			return c.fail(ctx, err)
		}
		return nil
	}
}

// payload reads into p what is there of the frame's payload, or else what comes
// next, and shows it to the machine.
func (c *Conn) payload(ctx context.Context, p []byte) (int, error) {
	in := &c.in
	p = p[:min(int64(len(p)), in.machine.left)]
	n := copy(p, in.bytes())
	switch {
	case n > 0:
		in.skip(n)
	case len(p) >= bufferSize/4 && !in.hasEarly():
		// Straight to where it belongs, without a copy.
		var err error
		if n, err = c.pull(ctx, p); err != nil {
			return 0, err
		}
	default:
		if err := c.fill(ctx); err != nil {
			return 0, err
		}
		n = copy(p, in.bytes())
		in.skip(n)
	}
	m := &in.machine
	err := m.payload(p[:n])
	c.traceReceived(m.header, m.header.Length-m.left-int64(n), p[:n])
	if err != nil {
		return 0, c.fail(ctx, err)
	}
	return n, nil
}

// endFrame ends a frame of data.
func (c *Conn) endFrame(ctx context.Context) (frame.Opcode, error) {
	op, err := c.in.machine.end()
	if err != nil {
		return 0, c.fail(ctx, err)
	}
	if op != frame.Continuation && c.in.extra != nil {
		c.in.extra.waited = 0
	}
	return op, nil
}

// releaseReader lets the next reader in. Pongs that are due go out now, since the
// next read may be far off.
func (c *Conn) releaseReader(ctx context.Context) {
	in := &c.in
	if in.buf != nil && in.r == in.w {
		in.giveBack()
	}
	if c.options().Gather {
		// What is due goes out with the answer to the message that is read
		// now, or before the connection waits.
		c.out.more.Store(in.holdsFrame())
	} else if c.out.due() {
		c.flushDue(ctx)
	}
	in.lock.release()
}

// holdsFrame reports whether the rest of the frame under way, or else the next
// frame, is here in full.
func (in *incoming) holdsFrame() bool {
	b := in.bytes()
	if left := in.machine.left; left > 0 {
		return left <= int64(len(b))
	}
	h, n, err := frame.ParseHeader(b)
	return err == nil && h.Length <= int64(len(b)-n)
}

func (in *incoming) skip(n int) {
	in.r += int16(n)
	if in.buf == nil { // the bytes are in start
		copy(in.start[:], in.start[in.r:in.w])
		in.w -= in.r
		in.r = 0
	}
}

func (c *Conn) traceReceived(h frame.Header, offset int64, p []byte) {
	if t := c.options().Trace; t != nil && t.Received != nil {
		t.Received(c, h, offset, p)
	}
}

// Messages returns the messages as they come, each with memory of its own. It
// ends without an error when the peer has closed with 1000 or 1001, and
// otherwise yields the error as its last element. It can be left and ranged over
// again.
func (c *Conn) Messages(ctx context.Context) iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		for {
			op, p, err := c.Read(ctx)
			if closedWell(err) {
				return
			}
			if !yield(Message{op, p}, err) || err != nil {
				return
			}
		}
	}
}
