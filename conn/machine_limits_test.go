package conn

import (
	"fmt"
	"math"
	"testing"

	"rfc6455/frame"
	"rfc6455/internal/rfc"
)

// Lengths near the ends of the integers, under all limits.
func TestMachineLengths(t *testing.T) {
	tests := []struct {
		limit, length int64
		want          bool
	}{
		{0, DefaultMaxMessageSize, true},
		{0, DefaultMaxMessageSize + 1, false},
		{0, math.MaxInt32, false},
		{0, 1 << 31, false},
		{0, 1 << 32, false},
		{0, math.MaxInt64, false},
		{1 << 31, 1 << 31, true},
		{1 << 31, 1<<31 + 1, false},
		{1 << 32, 1 << 32, true},
		{math.MaxInt64 - 1, math.MaxInt64, false},
		{math.MaxInt64, math.MaxInt64, true},
		{-1, 1 << 31, true},
		{-1, 1 << 32, true},
		{-1, math.MaxInt64, true},
		{math.MinInt64, math.MaxInt64, true},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("10.4/message-limit/%d under %d", tt.length, tt.limit), func(t *testing.T) {
			rfc.Covers(t, "10.4/message-limit")
			opts := &Options{MaxMessageSize: tt.limit}
			m := machine{role: Client, opts: opts}
			err := m.begin(frame.Header{Opcode: frame.Binary, Length: tt.length})
			if (err == nil) != tt.want {
				t.Fatalf("first frame: error %v", err)
			}
			if err != nil {
				return
			}
			if m.left != tt.length {
				t.Errorf("%d bytes of payload are to come, want %d", m.left, tt.length)
			}
			// The message is as long as a message can be. What follows may add
			// nothing to it, and must not make the sum negative.
			m.left = 0
			m.end()
			room := m.maxSize() - tt.length
			for _, more := range []int64{1, 1 << 31, math.MaxInt64} {
				m := m
				err := m.begin(frame.Header{Opcode: frame.Continuation, Length: more})
				if (err == nil) != (more <= room) {
					t.Errorf("%d bytes more, with room for %d: error %v", more, room, err)
				}
			}
			if err := m.begin(frame.Header{Fin: true, Opcode: frame.Continuation}); err != nil {
				t.Errorf("an empty last frame: error %v", err)
			}
		})
	}
}

// A message that never ends costs a peer two bytes a fragment.
func TestMachineEndlessFragments(t *testing.T) {
	tests := []struct{ limit, want int }{
		{0, DefaultMaxFrames},
		{1, 1},
		{1000, 1000},
		{-1, 1_000_000}, // all of them
		{math.MaxInt, 1_000_000},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("10.4/frames-limit/%d", tt.limit), func(t *testing.T) {
			rfc.Covers(t, "10.4/frames-limit")
			m := machine{role: Client, opts: &Options{MaxFrames: tt.limit}}
			h := frame.Header{Opcode: frame.Text}
			var err error
			n := 0
			for ; n < 1_000_000; n++ {
				if err = m.begin(h); err != nil {
					break
				}
				m.end()
				h.Opcode = frame.Continuation
			}
			if n != tt.want || (err == nil) != (n == 1_000_000) {
				t.Errorf("%d frames were taken, want %d; error %v", n, tt.want, err)
			}
		})
	}
}

func TestMachineAllocations(t *testing.T) {
	frames := sentTo(Server, []sent{part(frame.Text, "Hel"), whole(frame.Ping, "?"), whole(frame.Continuation, "lo")})
	m := machine{role: Server, opts: &Options{}}
	p := make([]byte, 8)
	n := testing.AllocsPerRun(100, func() {
		for _, f := range frames {
			if err := m.begin(f.h); err != nil {
				t.Fatal(err)
			}
			if err := m.payload(p[:copy(p, f.payload)]); err != nil {
				t.Fatal(err)
			}
			if _, err := m.end(); err != nil {
				t.Fatal(err)
			}
		}
	})
	if n != 0 {
		t.Errorf("a message takes %v allocations, want 0", n)
	}
}
