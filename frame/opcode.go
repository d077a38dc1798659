package frame

import "strconv"

// Opcode says what a frame carries (§5.2, §11.8). It is four bits wide: values
// above 15 do not exist on the wire.
type Opcode byte

// The opcodes that RFC 6455 defines. The others are reserved.
const (
	Continuation Opcode = 0x0 // the message goes on
	Text         Opcode = 0x1 // a message of UTF-8 text begins
	Binary       Opcode = 0x2 // a message of arbitrary bytes begins
	Close        Opcode = 0x8 // the closing handshake (§5.5.1)
	Ping         Opcode = 0x9 // are you there? (§5.5.2)
	Pong         Opcode = 0xA // yes (§5.5.3)
)

// IsControl reports whether o is a control opcode (§5.5): the top bit of the
// four is set. Reserved control opcodes count too.
func (o Opcode) IsControl() bool { return o&0b1000 != 0 }

// IsReserved reports whether o has no meaning in RFC 6455 (§5.2). An extension
// may define one; without it, a frame that carries o fails the connection.
func (o Opcode) IsReserved() bool {
	switch o {
	case Continuation, Text, Binary, Close, Ping, Pong:
		return false
	}
	return true
}

// String returns the RFC's name of o, or "reserved 0x3" and the like.
func (o Opcode) String() string {
	switch o {
	case Continuation:
		return "continuation"
	case Text:
		return "text"
	case Binary:
		return "binary"
	case Close:
		return "close"
	case Ping:
		return "ping"
	case Pong:
		return "pong"
	}
	return "reserved 0x" + strconv.FormatUint(uint64(o), 16)
}
