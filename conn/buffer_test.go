package conn

import (
	"bytes"
	"io"
	"math"
	"math/rand/v2"
	"testing"

	"rfc6455/frame"
	"rfc6455/internal/rfc"
)

// arrivals is a transport that brings as many bytes at a time as it is told.
type arrivals struct {
	io.ReadWriteCloser
	next byte // counts up from byte to byte
	n    int
}

func (a *arrivals) Read(p []byte) (int, error) {
	n := min(len(p), a.n)
	for i := range n {
		p[i] = a.next
		a.next++
	}
	return n, nil
}

// Bytes arrive, are taken, and the buffer is given back, in any order. What
// arrived must still be there afterwards, also when others use the buffer in
// the meantime.
func TestIncomingBytes(t *testing.T) {
	random := rand.New(rand.NewPCG(6, 455))
	transport := &arrivals{}
	c := New(transport, Client, nil)
	in := &c.in
	var want []byte
	for range 20_000 {
		switch random.IntN(3) {
		case 0:
			// Between frames, more is only asked for when a header is short.
			in.machine.inFrame = len(want) >= frame.MaxHeaderLen || random.IntN(2) == 0
			first := transport.next
			transport.n = random.IntN(40)
			if random.IntN(10) == 0 {
				transport.n = bufferSize
			}
			n, err := c.receive(nil)
			if err != nil {
				t.Fatal(err)
			}
			for i := range n {
				want = append(want, first+byte(i))
			}
		case 1:
			n := random.IntN(len(want) + 1)
			in.skip(n)
			want = want[n:]
		case 2:
			in.giveBack()
			// The longest header itself may be in either place.
			if n := len(want); n < frame.MaxHeaderLen && in.buf != nil || n > frame.MaxHeaderLen && in.buf == nil {
				t.Fatalf("%d bytes are not parsed, and the buffer is given back: %v", n, in.buf == nil)
			}
			b := getBuffer()
			for i := range b.data {
				b.data[i] = 0xEE
			}
			putBuffer(b)
		}
		if got := in.bytes(); !bytes.Equal(got, want) {
			t.Fatalf("%d bytes % .20x, want %d bytes % .20x", len(got), got, len(want), want)
		}
	}
}

// The memory for a message follows the bytes that have arrived, whatever the
// header has announced.
func TestGrow(t *testing.T) {
	rfc.Covers(t, "10.4/message-limit")
	for _, length := range []int64{1, trust, trust + 1, 1 << 20, 1 << 31, math.MaxInt64} {
		for _, piece := range []int{1, 1460, bufferSize, math.MaxInt32} {
			var dst []byte
			taken := 0 // bytes of memory in all
			for left := length; left > 0 && len(dst) < 1<<20; {
				before := cap(dst)
				dst = grow(dst, left)
				if cap(dst) != before {
					taken += cap(dst)
				}
				n := int(min(int64(piece), left, int64(cap(dst)-len(dst))))
				if n == 0 {
					t.Fatalf("%d bytes announced: no room behind %d bytes", length, len(dst))
				}
				// A slice may grow to a quarter more than it was asked for.
				if limit := 2 * max(len(dst), trust) * 5 / 4; cap(dst) > limit {
					t.Fatalf("%d bytes announced, %d here: %d bytes of memory, want at most %d", length, len(dst), cap(dst), limit)
				}
				dst = dst[:len(dst)+n]
				left -= int64(n)
			}
			if limit := 3*len(dst) + 2*trust; taken > limit {
				t.Errorf("%d bytes in pieces of %d took %d bytes of memory one after the other, want at most %d", len(dst), piece, taken, limit)
			}
		}
	}

	t.Run("room enough", func(t *testing.T) {
		dst := append(make([]byte, 0, 100), "before"...)
		got := grow(dst, 94)
		if cap(got) != 100 || string(got) != "before" {
			t.Errorf("grew to %d bytes, %q", cap(got), got)
		}
	})
}
