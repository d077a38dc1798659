package conn_test

import (
	"context"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"testing"

	"rfc6455/frame"
)

// Append and Write allocate nothing, in either role, under a context that can be
// cancelled.
func TestAllocs(t *testing.T) {
	if raceDetector() {
		t.Skip("skipped under -race, where a sync.Pool drops at random what it is given")
	}
	for _, tr := range []transport{tcp, pipe} {
		for _, role := range roles {
			for _, size := range []int{125, 16 << 10} {
				t.Run(fmt.Sprintf("%s/%v/%d", tr.name, role, size), func(t *testing.T) {
					c, p := tr.open(t, role, nil)
					// The peer sends the same bytes again and again, and has
					// nothing to allocate.
					message := []byte(p.whole(frame.Binary, string(pattern(size))))
					answer := make([]byte, len(from(role).whole(frame.Binary, string(pattern(size)))))
					turn := make(chan struct{})
					defer meanwhile(func() {
						for range turn {
							p.Write(message)
							io.ReadFull(p, answer)
						}
					})()
					defer close(turn)

					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					buf := make([]byte, 0, size)
					echo := func() {
						turn <- struct{}{}
						op, msg, err := c.Append(ctx, buf)
						if err != nil {
							t.Fatal(err)
						}
						if len(msg) != size {
							t.Fatalf("a message of %d bytes, want %d", len(msg), size)
						}
						if err := c.Write(ctx, op, msg); err != nil {
							t.Fatal(err)
						}
					}
					if n := testing.AllocsPerRun(500, echo); n != 0 {
						t.Errorf("%v allocations for each echo, want 0", n)
					}
				})
			}
		}
	}
}

// raceDetector reports whether the tests were built with -race.
func raceDetector() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}
