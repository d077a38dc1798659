package main

import (
	"bytes"
	"fmt"
	"testing"
)

// Whoever is measured must do the same work.
func TestContendersAgree(t *testing.T) {
	for _, c := range contenders[1:] {
		t.Run(c.name, func(t *testing.T) {
			for _, size := range sizes[:len(sizes)-1] {
				for offset := range 8 {
					want, got := newMemory(size), newMemory(size)
					contenders[0].mask(payloads(want, size, offset, 0))
					c.mask(payloads(got, size, offset, 0))
					if !bytes.Equal(got, want) {
						t.Fatalf("%d bytes at offset %d are not masked as rfc6455 does it", size, offset)
					}
				}
			}
		})
	}
}

func BenchmarkMask(b *testing.B) {
	for _, size := range []int{4, 16, 125, 1 << 10, 16 << 10, 64 << 10, 1 << 20} {
		for _, c := range contenders {
			b.Run(fmt.Sprintf("%d/%s", size, c.name), func(b *testing.B) {
				list := payloads(newMemory(size), size, 1, 0)
				b.SetBytes(int64(size * len(list)))
				for b.Loop() {
					c.mask(list)
				}
			})
		}
	}
}
