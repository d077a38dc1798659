package conn_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"runtime"
	"strings"
	"testing"

	"rfc6455/conn"
	"rfc6455/frame"
	"rfc6455/internal/rfc"
)

// wantFault sees to it that the connection has failed with the code, and has
// told the peer.
func wantFault(t *testing.T, got outcome, err error, code frame.CloseCode) {
	t.Helper()
	var pe frame.ProtocolError
	if !errors.As(err, &pe) || pe.Code != code {
		t.Errorf("%v; want a ProtocolError with %v", err, code)
	}
	if n := len(got.Sent); n == 0 || !strings.HasPrefix(got.Sent[n-1], fmt.Sprintf("close %d ", code)) {
		t.Errorf("it sends %q; want close %d", got.Sent, code)
	}
}

// The header alone shows that a message is too long. No byte of its payload has
// to come.
func TestMaxMessageSize(t *testing.T) {
	rfc.Covers(t, "10.4/message-limit", "10.4/frame-limit")
	for _, role := range roles {
		p := from(other(role))
		for _, limit := range []int64{0, 1, 125, 126, 65536, 1 << 20, 1 << 31, math.MaxInt64 - 1} {
			opts := &conn.Options{MaxMessageSize: limit}
			if limit == 0 {
				limit = conn.DefaultMaxMessageSize
			}
			got, err := play(t, role, opts, strings.NewReader(p.header(frame.Binary, limit+1)))
			wantFault(t, got, err, frame.CloseMessageTooBig)

			if limit > 1<<20 {
				continue
			}
			whole := p.whole(frame.Binary, string(pattern(int(limit))))
			if got, err := play(t, role, opts, strings.NewReader(whole)); len(got.Messages) != 1 {
				t.Errorf("%d bytes under a limit of %d: %v", limit, limit, err)
			}

			// The same in fragments: what is too much is in the last.
			parts := p.part(frame.Binary, string(pattern(int(limit-1)))) + p.whole(frame.Ping, "no part of it") + p.part(frame.Continuation, "x")
			if got, err := play(t, role, opts, strings.NewReader(parts+p.whole(frame.Continuation, ""))); len(got.Messages) != 1 {
				t.Errorf("%d bytes in fragments under a limit of %d: %v", limit, limit, err)
			}
			got, err = play(t, role, opts, strings.NewReader(parts+p.header(frame.Continuation, 1)))
			wantFault(t, got, err, frame.CloseMessageTooBig)
		}
	}
}

func TestMaxFrames(t *testing.T) {
	rfc.Covers(t, "10.4/frames-limit")
	for _, role := range roles {
		p := from(other(role))
		message := func(frames int) string {
			return p.part(frame.Text, "") + strings.Repeat(p.part(frame.Continuation, ""), frames-2) + p.whole(frame.Ping, "") + p.whole(frame.Continuation, "")
		}
		const limit = 10
		opts := &conn.Options{MaxFrames: limit}
		if got, err := play(t, role, opts, strings.NewReader(message(limit)+message(limit))); len(got.Messages) != 2 {
			t.Errorf("messages of %d frames under a limit of as many: %v", limit, err)
		}
		got, err := play(t, role, opts, strings.NewReader(message(limit+1)))
		wantFault(t, got, err, frame.ClosePolicyViolation)

		// Nobody sends empty fragments for ever.
		got, err = play(t, role, nil, strings.NewReader(message(1_000_000)))
		wantFault(t, got, err, frame.ClosePolicyViolation)
		if got, err := play(t, role, &conn.Options{MaxFrames: -1}, strings.NewReader(message(1_000_000))); len(got.Messages) != 1 {
			t.Errorf("a million frames without a limit: %v", err)
		}
	}
}

// The lengths at which integers end, on machines of 32 bits too.
func TestHugeLengths(t *testing.T) {
	rfc.Covers(t, "5.2/length-top-bit", "10.4/message-limit")
	p := from(conn.Client)
	for name, header := range map[string]string{
		"2^31-1": p.header(frame.Binary, 1<<31-1), "2^31": p.header(frame.Binary, 1<<31), "2^32-1": p.header(frame.Binary, 1<<32-1), "2^32": p.header(frame.Binary, 1<<32),
		"1 TiB": p.header(frame.Binary, 1<<40), "2^63-1": p.header(frame.Binary, 1<<63-1),
	} {
		got, err := play(t, conn.Server, nil, strings.NewReader(header))
		wantFault(t, got, err, frame.CloseMessageTooBig)

		// Without a limit it is only the bytes that come which take memory.
		in := header + string(pattern(100))
		size := allocated(func() {
			_, err = play(t, conn.Server, &conn.Options{MaxMessageSize: -1}, strings.NewReader(in))
		})
		if size >= 64<<10 && !raceDetector() { // with it the pool drops buffers at random
			t.Errorf("a header with length %s takes %d bytes of memory", name, size)
		}
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("length %s without a limit: %v; want io.ErrUnexpectedEOF", name, err)
		}
	}
	for _, length := range []string{"\x80\x00\x00\x00\x00\x00\x00\x00", "\xff\xff\xff\xff\xff\xff\xff\xff"} { // 2^63, 2^64-1
		for _, limit := range []int64{0, -1} {
			got, err := play(t, conn.Server, &conn.Options{MaxMessageSize: limit}, strings.NewReader("\x82\xff"+length+"\x01\x02\x03\x04"))
			wantFault(t, got, err, frame.CloseProtocolError)
		}
	}
}

// allocated returns how many bytes f allocates, of several times the fewest:
// others may allocate meanwhile.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	least := uint64(math.MaxUint64)
	for range 5 {
		runtime.ReadMemStats(&before)
		f()
		runtime.ReadMemStats(&after)
		least = min(least, after.TotalAlloc-before.TotalAlloc)
	}
	return least
}

// Memory grows with what has arrived.
func TestMemoryGrowsWithBytes(t *testing.T) {
	if raceDetector() {
		t.Skip("skipped under -race, where a sync.Pool drops at random what it is given")
	}
	p := from(conn.Client)
	for _, arrived := range []int{100, 1 << 10, 100 << 10, 1 << 20} {
		in := p.header(frame.Binary, 1<<40) + string(pattern(arrived))
		size := allocated(func() { play(t, conn.Server, &conn.Options{MaxMessageSize: -1}, strings.NewReader(in)) })
		if limit := uint64(64<<10 + 8*arrived); size >= limit {
			t.Errorf("%d bytes of a message of 1 TiB take %d bytes of memory; want less than %d", arrived, size, limit)
		}
	}
}

// Buffers go from one connection to the next. What was in them does not.
func TestNothingOfOthers(t *testing.T) {
	p := from(conn.Client)
	secret := p.whole(frame.Text, strings.Repeat("secret", 10_000))
	for range 100 {
		for _, n := range []int{0, 1, 125, 126, 10_000} {
			play(t, conn.Server, nil, strings.NewReader(secret))
			writing(t, conn.Client, nil, func(ctx context.Context, c *conn.Conn) error {
				return c.Write(ctx, frame.Text, []byte(strings.Repeat("secret", 1000)))
			})

			var seen strings.Builder
			rw := &tape{Reader: strings.NewReader(p.whole(frame.Text, string(pattern(n))) + p.whole(frame.Ping, "") + p.header(frame.Binary, 30<<10) + "few")}
			c := conn.New(rw, conn.Server, &conn.Options{Trace: &conn.Trace{
				Received: func(_ *conn.Conn, _ frame.Header, _ int64, p []byte) { seen.Write(p) },
			}})
			dst := make([]byte, 0, 1<<10)
			_, got, err := c.Append(t.Context(), dst)
			if err != nil || string(got) != string(pattern(n)) {
				t.Fatalf("a message of %d bytes: %d bytes, %v", n, len(got), err)
			}
			if err := c.Write(t.Context(), frame.Binary, got); err != nil {
				t.Fatal(err)
			}
			_, rest, err := c.Append(t.Context(), nil)
			if len(rest) > 0 || err == nil {
				t.Fatalf("a message that breaks off: %q, %v", rest, err)
			}
			all := seen.String() + strings.Join(rw.writes, "") + string(got[:cap(got)]) + string(rest[:cap(rest)])
			if strings.Contains(all, "sec") || strings.Contains(all, "ret") {
				t.Fatal("it has bytes of another connection")
			}
		}
	}
}
