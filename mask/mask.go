// Package mask hides the payload of a frame behind its masking key (RFC 6455
// §5.3), and draws those keys (§10.3).
//
// # On the wire
//
// A client masks every frame that it sends, a server none. The key is the last
// field of the header, right before the payload:
//
//	+-------------+--------+----------+-----------------------+-------------+
//	| FIN, opcode | MASK=1 | length   | masking key           | payload,    |
//	| 1 byte      | in the length     | 4 bytes               | masked      |
//	+-------------+--------+----------+-----------------------+-------------+
//
// Byte i of the payload is combined with byte i mod 4 of the key by exclusive
// or. The length stays the same, and doing it twice gives back the original, so
// masking and unmasking are one function. "Hello" under the key of §5.7:
//
//	original   48 65 6c 6c 6f     H e l l o
//	key        37 fa 21 3d 37     the fifth byte begins again with the first
//	masked     7f 9f 4d 51 58
//
// # Why
//
// Masking keeps no secret: the key travels in front of what it hides. It takes
// from a script in a browser the power to choose the bytes on the wire. Without
// it a page could send a payload that reads like an HTTP request, and a proxy
// that does not know WebSocket could take it for one and store the attacker's
// "answer" for everybody (§10.3). That only holds if nobody can tell the next
// key: whoever could would mask the wanted bytes with it beforehand.
//
// Reading order: mask.go, reference.go (the rule in five lines), words.go (the
// same, 64 bits at a time).
package mask

import (
	"crypto/rand"
	"encoding/binary"
)

// Key is the 32-bit masking key of one frame, in the order in which its four
// bytes stand on the wire (§5.3).
type Key [4]byte

// NewKey returns a fresh, unpredictable key from crypto/rand (§5.3, §10.3). Each
// frame needs its own. It never fails, does not allocate, and may be called
// from any goroutine.
func NewKey() Key {
	// One draw a key, no stock of random bytes: a draw takes 40 ns where the
	// kernel offers it without a system call and 450 ns where it does not,
	// beside 6 µs for the write of the frame. So no key exists before the
	// frame that it belongs to.
	var key Key
	rand.Read(key[:])
	return key
}

// XOR masks or unmasks b in place and returns the key for the byte after b, so
// that a payload may come in pieces: pass the result to the next call. It does
// not allocate. Two goroutines may call it at once for different b.
func XOR(b []byte, key Key) Key {
	// Small enough to be inlined; the key then travels in a register.
	next := xorWords(b, binary.LittleEndian.Uint32(key[:]))
	binary.LittleEndian.PutUint32(key[:], next)
	return key
}
