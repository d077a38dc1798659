package mask

// xorBytes is [XOR] as §5.3 writes it down, a byte at a time. The tests hold
// xorWords to it.
func xorBytes(b []byte, key Key) Key {
	for i := range b {
		b[i] ^= key[i%4]
	}
	n := len(b)
	return Key{key[n%4], key[(n+1)%4], key[(n+2)%4], key[(n+3)%4]}
}
