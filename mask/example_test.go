package mask_test

import (
	"fmt"

	"rfc6455/mask"
)

// The masked "Hello" of §5.7.
func ExampleXOR() {
	payload := []byte("Hello")
	key := mask.Key{0x37, 0xfa, 0x21, 0x3d}

	mask.XOR(payload, key)
	fmt.Printf("% x\n", payload)

	mask.XOR(payload, key) // the same again unmasks
	fmt.Printf("%s\n", payload)
	// Output:
	// 7f 9f 4d 51 58
	// Hello
}

// A payload that arrives in two pieces. The key that XOR returns carries the
// place in the key from one to the next.
func ExampleXOR_pieces() {
	first, second := []byte{0x7f, 0x9f, 0x4d}, []byte{0x51, 0x58}
	key := mask.Key{0x37, 0xfa, 0x21, 0x3d}

	key = mask.XOR(first, key)
	mask.XOR(second, key)
	fmt.Printf("%s%s\n", first, second)
	// Output: Hello
}

func ExampleNewKey() {
	payload := []byte("Hello")
	key := mask.NewKey() // another one for each frame
	mask.XOR(payload, key)
	mask.XOR(payload, key)
	fmt.Printf("%d bytes of key, %s\n", len(key), payload)
	// Output: 4 bytes of key, Hello
}
