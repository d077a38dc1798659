package mask

import (
	"encoding/binary"
	"math/bits"
)

// xorWords is the fast path of [XOR]. key and the result hold the key's first
// byte in their lowest eight bits. All words are little-endian, whatever the
// machine is, so that this order and that of the payload agree everywhere.
//
// It goes down a ladder of block lengths. Where fewer than eight bytes remain
// it does not count them out: the last word of b overlaps the words before it.
// That word is read before anything is written, as otherwise some of its bytes
// would be masked twice.
func xorWords(b []byte, key uint32) uint32 {
	le := binary.LittleEndian

	// §5.3: byte i meets byte i mod 4 of the key. After len(b) bytes the key
	// has turned by as many bytes; whole turns change nothing.
	next := bits.RotateLeft32(key, -8*len(b))

	if len(b) < 8 {
		xorShort(b, key, next)
		return next
	}

	last := (*[8]byte)(b[len(b)-8:])
	tail := le.Uint64(last[:])
	k := double(key)

	// Written out, since the compiler does not unroll loops. A pointer to an
	// array spares a bounds check for each word.
	for len(b) >= 128 {
		p := (*[128]byte)(b)
		le.PutUint64(p[0:], le.Uint64(p[0:])^k)
		le.PutUint64(p[8:], le.Uint64(p[8:])^k)
		le.PutUint64(p[16:], le.Uint64(p[16:])^k)
		le.PutUint64(p[24:], le.Uint64(p[24:])^k)
		le.PutUint64(p[32:], le.Uint64(p[32:])^k)
		le.PutUint64(p[40:], le.Uint64(p[40:])^k)
		le.PutUint64(p[48:], le.Uint64(p[48:])^k)
		le.PutUint64(p[56:], le.Uint64(p[56:])^k)
		le.PutUint64(p[64:], le.Uint64(p[64:])^k)
		le.PutUint64(p[72:], le.Uint64(p[72:])^k)
		le.PutUint64(p[80:], le.Uint64(p[80:])^k)
		le.PutUint64(p[88:], le.Uint64(p[88:])^k)
		le.PutUint64(p[96:], le.Uint64(p[96:])^k)
		le.PutUint64(p[104:], le.Uint64(p[104:])^k)
		le.PutUint64(p[112:], le.Uint64(p[112:])^k)
		le.PutUint64(p[120:], le.Uint64(p[120:])^k)
		b = b[128:]
	}
	if len(b) >= 64 {
		p := (*[64]byte)(b)
		le.PutUint64(p[0:], le.Uint64(p[0:])^k)
		le.PutUint64(p[8:], le.Uint64(p[8:])^k)
		le.PutUint64(p[16:], le.Uint64(p[16:])^k)
		le.PutUint64(p[24:], le.Uint64(p[24:])^k)
		le.PutUint64(p[32:], le.Uint64(p[32:])^k)
		le.PutUint64(p[40:], le.Uint64(p[40:])^k)
		le.PutUint64(p[48:], le.Uint64(p[48:])^k)
		le.PutUint64(p[56:], le.Uint64(p[56:])^k)
		b = b[64:]
	}
	if len(b) == 0 {
		return next // the common sizes are multiples of 64
	}
	if len(b) >= 32 {
		p := (*[32]byte)(b)
		le.PutUint64(p[0:], le.Uint64(p[0:])^k)
		le.PutUint64(p[8:], le.Uint64(p[8:])^k)
		le.PutUint64(p[16:], le.Uint64(p[16:])^k)
		le.PutUint64(p[24:], le.Uint64(p[24:])^k)
		b = b[32:]
	}
	if len(b) >= 16 {
		p := (*[16]byte)(b)
		le.PutUint64(p[0:], le.Uint64(p[0:])^k)
		le.PutUint64(p[8:], le.Uint64(p[8:])^k)
		b = b[16:]
	}
	if len(b) >= 8 {
		p := (*[8]byte)(b)
		le.PutUint64(p[0:], le.Uint64(p[0:])^k)
	}
	// The last eight bytes begin at len(b)-8, which is len(b) modulo 4: what
	// masks them is next.
	le.PutUint64(last[:], tail^double(next))
	return next
}

// xorShort masks fewer than eight bytes. From four on, two words that overlap
// do it; again both are read before one is written.
func xorShort(b []byte, key, next uint32) {
	le := binary.LittleEndian
	if len(b) >= 4 {
		first, last := (*[4]byte)(b), (*[4]byte)(b[len(b)-4:])
		head, tail := le.Uint32(first[:])^key, le.Uint32(last[:])^next
		le.PutUint32(first[:], head)
		le.PutUint32(last[:], tail)
		return
	}
	for i := range b {
		b[i] ^= byte(key >> (8 * i))
	}
}

// double returns the word of two keys in a row.
func double(key uint32) uint64 { return uint64(key)<<32 | uint64(key) }
