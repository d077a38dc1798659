package frame

import (
	"encoding/binary"
	"fmt"

	"rfc6455/mask"
)

// Sizes from §5.2 and §5.5, in bytes.
const (
	MinHeaderLen      = 2   // two bytes, if the length fits in 7 bits and nothing is masked
	MaxHeaderLen      = 14  // two bytes, a 64-bit length, a masking key
	MaxControlPayload = 125 // a control frame always fits in the short form
)

// The 7-bit length field holds the length itself up to 125. The two values
// above say that the length follows, in 16 or in 64 bits.
const (
	max7  = 125
	len16 = 126
	len64 = 127
	max16 = 1<<16 - 1
)

// Header is everything in a frame but its payload (§5.2). Headers are values
// and can be compared with ==.
type Header struct {
	Fin              bool     // last frame of the message
	RSV1, RSV2, RSV3 bool     // for extensions; 0 without one
	Opcode           Opcode   // what the payload is
	Masked           bool     // Key follows the length
	Key              mask.Key // zero if Masked is false
	Length           int64    // of the payload, in bytes; never negative
}

// ParseHeader reads the header at the start of b and returns it with the number
// of bytes that it took. If b ends too early the error is [ErrShort].
//
// It checks syntax only, and fails with a [ProtocolError] for what no peer may
// ever send: a length with its top bit set or longer than it needs to be
// (§5.2), a control frame that is fragmented or longer than 125 bytes (§5.5).
// It fails at the first byte that shows the fault. Whether a reserved bit or
// opcode means something, and whether the frame had to be masked, depends on
// the connection: package conn checks that.
func ParseHeader(b []byte) (h Header, n int, err error) {
	if len(b) == 0 {
		return Header{}, 0, ErrShort
	}
	h.Fin = b[0]&0b1000_0000 != 0
	h.RSV1 = b[0]&0b0100_0000 != 0
	h.RSV2 = b[0]&0b0010_0000 != 0
	h.RSV3 = b[0]&0b0001_0000 != 0
	h.Opcode = Opcode(b[0] & 0b0000_1111)
	// §5.5: control frames are answered at once, between the frames of a
	// message. So they are never in pieces, and short.
	if h.Opcode.IsControl() && !h.Fin {
		return Header{}, 0, errControlFin(h.Opcode)
	}

	if len(b) < MinHeaderLen {
		return Header{}, 0, ErrShort
	}
	h.Masked = b[1]&0b1000_0000 != 0
	h.Length = int64(b[1] & 0b0111_1111)
	if h.Opcode.IsControl() && h.Length > MaxControlPayload {
		return Header{}, 0, errControlLength(h.Opcode)
	}

	n = MinHeaderLen
	switch h.Length {
	case len16:
		if len(b) < n+2 {
			return Header{}, 0, ErrShort
		}
		h.Length = int64(binary.BigEndian.Uint16(b[n:]))
		n += 2
		// §5.2: the shortest form is the only legal one; otherwise one
		// length would have three spellings.
		if h.Length <= max7 {
			return Header{}, 0, errMinimalLength(max7, 16)
		}
	case len64:
		switch {
		// §5.2: the top bit is 0, so that the length fits in a signed integer.
		case len(b) > n && b[n]&0b1000_0000 != 0:
			return Header{}, 0, errTopBit(b[n])
		// With six bytes of zeros, 16 bits would have been enough.
		case len(b) >= n+6 && [6]byte(b[n:]) == [6]byte{}:
			return Header{}, 0, errMinimalLength(max16, 64)
		case len(b) < n+8:
			return Header{}, 0, ErrShort
		}
		h.Length = int64(binary.BigEndian.Uint64(b[n:]))
		n += 8
	}

	if h.Masked {
		if len(b) < n+len(h.Key) {
			return Header{}, 0, ErrShort
		}
		n += copy(h.Key[:], b[n:])
	}
	return h, n, nil
}

// AppendHeader appends the wire form of h to dst, with the length in its
// shortest form, and returns the longer slice. It panics if h.Length is
// negative and ignores h.Key unless h.Masked is set.
func AppendHeader(dst []byte, h Header) []byte {
	if h.Length < 0 {
		panic("frame: negative length in a header")
	}
	b0 := byte(h.Opcode) & 0b0000_1111
	if h.Fin {
		b0 |= 0b1000_0000
	}
	if h.RSV1 {
		b0 |= 0b0100_0000
	}
	if h.RSV2 {
		b0 |= 0b0010_0000
	}
	if h.RSV3 {
		b0 |= 0b0001_0000
	}
	var b1 byte
	if h.Masked {
		b1 = 0b1000_0000
	}
	switch {
	case h.Length <= max7:
		dst = append(dst, b0, b1|byte(h.Length))
	case h.Length <= max16:
		dst = append(dst, b0, b1|len16)
		dst = binary.BigEndian.AppendUint16(dst, uint16(h.Length))
	default:
		dst = append(dst, b0, b1|len64)
		dst = binary.BigEndian.AppendUint64(dst, uint64(h.Length))
	}
	if h.Masked {
		dst = append(dst, h.Key[:]...)
	}
	return dst
}

// The errors are made in functions of their own, so that a header without a
// fault pays nothing for them.

//go:noinline
func errControlFin(op Opcode) error {
	return ProtocolError{"5.5", "control-fin", CloseProtocolError,
		fmt.Sprintf("a %v frame is fragmented; a control frame needs FIN=1", op)}
}

//go:noinline
func errControlLength(op Opcode) error {
	return ProtocolError{"5.5", "control-length", CloseProtocolError,
		fmt.Sprintf("a %v frame is longer than 125 bytes, the most a control frame may carry", op)}
}

//go:noinline
func errMinimalLength(most, bits int) error {
	return ProtocolError{"5.2", "minimal-length", CloseProtocolError,
		fmt.Sprintf("a length of at most %d is written in %d bits; the shortest form that fits is the only legal one", most, bits)}
}

//go:noinline
func errTopBit(first byte) error {
	return ProtocolError{"5.2", "length-top-bit", CloseProtocolError,
		fmt.Sprintf("a 64-bit length begins with the byte %#02x, so its top bit is set; it must be 0", first)}
}
