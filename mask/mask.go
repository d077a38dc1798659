package mask

import "crypto/rand"

// Key is the 32-bit masking key of one frame, in the order in which its four
// bytes stand on the wire (§5.3).
type Key [4]byte

// NewKey returns a fresh, unpredictable key from crypto/rand (§10.3).
func NewKey() Key {
	var k Key
	rand.Read(k[:])
	return k
}

// XOR masks b in place and returns the key for the byte after b.
func XOR(b []byte, key Key) Key {
	for i := range b {
		b[i] ^= key[i&3]
	}
	n := len(b) & 3
	return Key{key[n], key[(n+1)&3], key[(n+2)&3], key[(n+3)&3]}
}
