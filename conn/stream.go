package conn

import (
	"context"
	"errors"
	"io"

	"rfc6455/frame"
)

// Reader waits for the next message and returns its opcode and a reader of its
// data, which returns [io.EOF] at the end of the message. The reader uses ctx,
// and its other errors are those of [Conn.Read]. A message that is not read to
// its end is dropped by the next Read, Append or Reader, and its own reader then
// fails.
//
// Text is checked as it arrives: what was read before an error was valid.
func (c *Conn) Reader(ctx context.Context) (frame.Opcode, io.Reader, error) {
	in := &c.in
	if err := in.lock.acquire(ctx); err != nil {
		return 0, nil, err
	}
	defer c.releaseReader(ctx)
	if err := c.leaveStream(ctx); err != nil {
		return 0, nil, err
	}
	op := in.keptOpcode()
	if op == frame.Continuation {
		if err := c.dataFrame(ctx); err != nil {
			return 0, nil, err
		}
		op = in.machine.message
	}
	s := &stream{c: c, ctx: ctx}
	in.more().stream = s
	return op, s, nil
}

// stream reads one message.
type stream struct {
	c    *Conn
	ctx  context.Context
	read bool // to its end
	left bool // for a later message
}

var errLeft = errors.New("conn: the message of this reader was dropped, since a later one was asked for")

func (s *stream) Read(p []byte) (int, error) {
	in := &s.c.in
	if err := in.lock.acquire(s.ctx); err != nil {
		return 0, err
	}
	defer s.c.releaseReader(s.ctx)
	switch {
	case s.left:
		return 0, errLeft
	case s.read:
		return 0, io.EOF
	case len(p) == 0:
		return 0, nil
	}
	return s.next(s.ctx, p)
}

// next reads the next piece of the message.
func (s *stream) next(ctx context.Context, p []byte) (int, error) {
	c, x, m := s.c, s.c.in.extra, &s.c.in.machine
	for {
		if len(x.kept) > 0 {
			k := &x.kept[0]
			if n := copy(p, k.Data); n > 0 {
				k.Data = k.Data[n:]
				x.held -= int64(n)
				return n, nil
			}
			if k, _ := c.in.takeKept(); k.whole {
				return 0, s.end()
			}
		}
		if err := c.dataFrame(ctx); err != nil {
			return 0, err
		}
		if m.left > 0 {
			return c.payload(ctx, p)
		}
		op, err := c.endFrame(ctx)
		if err != nil {
			return 0, err
		}
		if op != frame.Continuation {
			return 0, s.end()
		}
	}
}

func (s *stream) end() error {
	s.c.in.extra.stream = nil
	s.read = true
	return io.EOF
}

// leaveStream drops what a stream has left of its message.
func (c *Conn) leaveStream(ctx context.Context) error {
	x := c.in.extra
	if x == nil || x.stream == nil {
		return nil
	}
	s := x.stream
	s.left = true // also if ctx ends here, with a hole in the message
	scratch := make([]byte, 4<<10)
	var err error
	for err == nil {
		_, err = s.next(ctx, scratch)
	}
	if err == io.EOF {
		return nil
	}
	return err
}

// dataFrame reads up to a frame of data, unless it is within one, and handles
// the control frames before it.
func (c *Conn) dataFrame(ctx context.Context) error {
	for {
		if c.ended.Load() {
			return c.cause()
		}
		if !c.in.machine.inFrame {
			if err := c.header(ctx); err != nil {
				return err
			}
		}
		if !c.in.machine.header.Opcode.IsControl() {
			return nil
		}
		if err := c.control(ctx); err != nil {
			return err
		}
	}
}
