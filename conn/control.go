package conn

import (
	"context"

	"rfc6455/frame"
)

// control reads the rest of the control frame that is under way and does what it
// asks for (§5.5).
func (c *Conn) control(ctx context.Context) error {
	m := &c.in.machine
	op := m.header.Opcode
	p, err := c.controlPayload(ctx)
	if err != nil {
		return err
	}
	m.end() // of a control frame has no error
	switch op {
	case frame.Ping:
		c.answer(ctx, p)
	case frame.Pong:
		c.ponged(p)
	case frame.Close:
		return c.closed(ctx, p)
	}
	return nil
}

// controlPayload returns the payload, unmasked. It is only valid until the next
// bytes are read.
func (c *Conn) controlPayload(ctx context.Context) ([]byte, error) {
	in := &c.in
	m := &in.machine
	var p []byte
	if have := in.bytes(); in.buf != nil && int64(len(have)) >= m.left && m.left == m.header.Length {
		p = have[:m.left]
		in.skip(len(p))
		m.payload(p)
	} else {
		// It comes in pieces. They are kept aside, so that the connection
		// waits for the rest without a buffer, and can be interrupted.
		x := in.more()
		for m.left > 0 {
			if len(in.bytes()) == 0 {
				if err := c.fill(ctx); err != nil {
					return nil, err
				}
			}
			piece := in.bytes()
			piece = piece[:min(int64(len(piece)), m.left)]
			n := len(x.control)
			x.control = append(x.control, piece...)
			in.skip(len(piece))
			m.payload(x.control[n:])
		}
		p, x.control = x.control, nil
	}
	if len(p) > 0 {
		c.traceReceived(m.header, 0, p)
	}
	return p, nil
}
