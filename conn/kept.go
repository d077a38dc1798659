package conn

import (
	"bytes"

	"rfc6455/frame"
)

// kept is a message, or the part of one, that was read when nobody could take
// it: by a Ping, or by a Read whose context ended.
type kept struct {
	Message
	whole bool // otherwise the machine is still within it; only the last can be
}

// keptOverhead is what is counted for each of them beside its data: empty
// messages take memory too.
const keptOverhead = 64

// keep puts p, of the message under way, where the next read will find it.
func (in *incoming) keep(op frame.Opcode, p []byte, whole bool) {
	x := in.more()
	x.kept = append(x.kept, kept{Message{op, p}, whole})
	x.held += int64(len(p)) + keptOverhead
}

// takeKept returns the first kept message, if there is one.
func (in *incoming) takeKept() (kept, bool) {
	if in.extra == nil || len(in.extra.kept) == 0 {
		return kept{}, false
	}
	x := in.extra
	k := x.kept[0]
	x.kept[0] = kept{}
	x.kept = x.kept[1:]
	x.held -= int64(len(k.Data)) + keptOverhead
	return k, true
}

// takePart returns what is kept of the message under way, to go on with it.
func (in *incoming) takePart() []byte {
	if in.extra == nil || len(in.extra.kept) == 0 {
		return nil
	}
	x := in.extra
	last := len(x.kept) - 1
	if x.kept[last].whole {
		return nil
	}
	part := x.kept[last].Data
	x.kept = x.kept[:last]
	x.held -= int64(len(part)) + keptOverhead
	return part
}

// full reports whether more is kept than one message may have.
func (in *incoming) full() bool {
	if in.extra == nil {
		return false
	}
	limit := in.machine.maxSize()
	if limit == noLimit {
		limit = DefaultMaxMessageSize
	}
	return in.extra.held-keptOverhead > limit
}

// keptOpcode returns the opcode of the first message that is kept, or
// Continuation if there is none.
func (in *incoming) keptOpcode() frame.Opcode {
	if in.extra != nil && len(in.extra.kept) > 0 {
		return in.extra.kept[0].Opcode
	}
	return frame.Continuation
}

// appendKept appends the first kept message, or the part of one, to dst. It
// returns the opcode of a whole message, and otherwise Continuation.
func (in *incoming) appendKept(dst []byte) ([]byte, frame.Opcode) {
	k, _ := in.takeKept()
	dst = append(dst, k.Data...)
	if !k.whole {
		return dst, frame.Continuation
	}
	return dst, k.Opcode
}

// keepRest keeps what there is of a message whose read was given up.
func (c *Conn) keepRest(p []byte) {
	if op := c.in.machine.message; op != frame.Continuation && !c.ended.Load() {
		c.in.keep(op, bytes.Clone(p), false)
	}
}
