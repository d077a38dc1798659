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
					want, got := buffers(size, offset), buffers(size, offset)
					contenders[0].mask(want)
					c.mask(got)
					if !bytes.Equal(bytes.Join(got, nil), bytes.Join(want, nil)) {
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
				bufs := buffers(size, 1)
				b.SetBytes(int64(size * len(bufs)))
				for b.Loop() {
					c.mask(bufs)
				}
			})
		}
	}
}
