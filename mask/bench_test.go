package mask

import (
	"fmt"
	"testing"
)

var sizes = []int{4, 16, 125, 1 << 10, 16 << 10, 1 << 20}

func BenchmarkXOR(b *testing.B) {
	for _, size := range sizes {
		b.Run(fmt.Sprint(size), func(b *testing.B) { benchmark(b, size, XOR) })
	}
}

func BenchmarkReference(b *testing.B) {
	for _, size := range sizes {
		b.Run(fmt.Sprint(size), func(b *testing.B) { benchmark(b, size, xorBytes) })
	}
}

func benchmark(b *testing.B, size int, xor func([]byte, Key) Key) {
	p, key := make([]byte, size), Key{1, 2, 3, 4}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		key = xor(p, key)
	}
}

func BenchmarkNewKey(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		NewKey()
	}
}
