package conn

import (
	"bytes"
	"context"

	"rfc6455/frame"
)

// Prepared is a message that is checked once and can be written to many
// connections. It does not change, and may be shared.
type Prepared struct {
	op  frame.Opcode
	p   []byte
	err error // what Write would refuse
}

// Prepare returns p as a message; op is Text or Binary. It keeps a copy of p. An
// opcode that is neither, or text that is not UTF-8, is reported by
// WritePrepared.
func Prepare(op frame.Opcode, p []byte) *Prepared {
	return &Prepared{op, bytes.Clone(p), checkMessage(op, p)}
}

// WritePrepared sends a prepared message. Otherwise it is [Conn.Write].
func (c *Conn) WritePrepared(ctx context.Context, m *Prepared) error {
	if m.err != nil {
		return m.err
	}
	return c.writeFrame(ctx, frame.Header{Fin: true, Opcode: m.op}, m.p, nil)
}
