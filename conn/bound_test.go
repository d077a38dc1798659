package conn

import (
	"fmt"
	"math"
	"testing"
	"time"
)

func TestBound(t *testing.T) {
	start := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	const s = time.Second

	tests := []struct {
		name  string
		after time.Duration // since the deadline was set for 10 s, that is to 20 s
		d     time.Duration
		want  time.Duration // the new deadline since start, or 0 for none
	}{
		{"at once", 0, 10 * s, 0},
		{"as long as it is far enough ahead", 10 * s, 10 * s, 0},
		{"too near", 10*s + 1, 10 * s, 30*s + 1},
		{"over", 25 * s, 10 * s, 45 * s},
		{"longer wait", 0, 20 * s, 0},
		{"too long a wait", 0, 20*s + 1, 40*s + 2},
		{"shorter wait", 5 * s, 7500 * time.Millisecond, 0},
		{"too short a wait", 5 * s, 7 * s, 19 * s},
		{"without a limit", 0, math.MaxInt64, 2 * maxBound},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var b bound
			if until, ok := b.extend(start, 10*s); !ok || !until.Equal(start.Add(20*s)) {
				t.Fatalf("the first deadline is %v, set: %v", until, ok)
			}
			until, ok := b.extend(start.Add(tt.after), tt.d)
			if ok != (tt.want != 0) || ok && !until.Equal(start.Add(tt.want)) {
				t.Errorf("deadline after %v, set: %v; want %v", until.Sub(start), ok, tt.want)
			}
		})
	}

	// Whatever comes after what, the wait ends after d at the earliest and
	// twice that at the latest, and a deadline that will do is not set again.
	t.Run("all pairs", func(t *testing.T) {
		times := []time.Duration{1, time.Millisecond, s, time.Minute, maxBound, maxBound + 1, math.MaxInt64}
		for _, first := range times {
			for _, d := range times {
				for _, after := range []time.Duration{0, 1, s, time.Hour} {
					name := fmt.Sprintf("%v and %v later %v", first, after, d)
					var b bound
					inForce, _ := b.extend(start, first)
					now := start.Add(after)
					if until, ok := b.extend(now, d); ok {
						inForce = until
					}
					d := min(d, maxBound)
					if ahead := inForce.Sub(now); ahead < d || ahead > 2*d {
						t.Errorf("%s: the deadline is %v ahead", name, ahead)
					}
					if until, ok := b.extend(now, d); ok {
						t.Errorf("%s: set a second time, to %v", name, until)
					}
				}
			}
		}
	})
}
