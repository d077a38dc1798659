package conn

import (
	"math"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"rfc6455/frame"
)

// FuzzMachine shows a machine whatever parses as frames. How the payload is cut
// must not matter: the same messages and control frames come out, the same rule
// is broken, and a byte that text cannot have is found in the piece that holds
// it.
func FuzzMachine(f *testing.F) {
	f.Fuzz(func(t *testing.T, wire, cuts []byte, server bool) {
		opts := &Options{MaxMessageSize: 64, MaxFrames: 4}
		m := machine{role: Client, opts: opts}
		if server {
			m.role = Server
		}
		sizes := []int{math.MaxInt32}
		if len(cuts) > 0 {
			sizes = nil
		}
		for _, c := range cuts {
			sizes = append(sizes, 1+int(c))
		}

		frames := parse(wire)
		want, at, _ := judge(m, frames, 1)
		got, from, to := judge(m, frames, sizes...)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("byte by byte and in pieces of %v (-bytes +pieces):\n%s", sizes, diff)
		}
		if want.Err == "8.1/text-utf8" && (at < from || at >= to) {
			t.Errorf("the impossible byte is number %d, it was found in those from %d to %d", at, from, to)
		}
		for _, e := range want.Events {
			checkEvent(t, e, opts)
		}
	})
}

// parse returns the frames that wire holds, up to the first that is not legal.
// The last may lack some of its payload.
func parse(wire []byte) []sent {
	var frames []sent
	for {
		h, n, err := frame.ParseHeader(wire)
		if err != nil {
			return frames
		}
		wire = wire[n:]
		p := wire[:min(h.Length, int64(len(wire)))]
		wire = wire[len(p):]
		frames = append(frames, sent{h, string(p)})
	}
}

// checkEvent sees to it that nothing is delivered that the rules forbid.
func checkEvent(t *testing.T, event string, opts *Options) {
	kind, quoted, _ := strings.Cut(event, " ")
	p, err := strconv.Unquote(quoted)
	if err != nil {
		t.Fatal(err)
	}
	switch kind {
	case "text", "binary":
		if int64(len(p)) > opts.MaxMessageSize {
			t.Errorf("a message of %d bytes, the limit is %d", len(p), opts.MaxMessageSize)
		}
		if kind == "text" && !utf8.ValidString(p) {
			t.Errorf("text that is not UTF-8: %q", p)
		}
	case "close", "ping", "pong":
	default:
		t.Errorf("a frame of no known kind was delivered: %s", event)
	}
}
