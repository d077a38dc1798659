package frame

import (
	"bytes"
	"errors"
	"io"
	"math"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"rfc6455/internal/rfc"
	"rfc6455/mask"
)

var helloKey = mask.Key{0x37, 0xfa, 0x21, 0x3d}

// The frames of §5.7 and of the package's doc comment.
func TestReadAndWrite(t *testing.T) {
	zeros := func(n int) string { return strings.Repeat("\x00", n) }
	tests := []struct {
		name    string
		header  Header
		payload string
		wire    string
	}{
		{"text", Header{Fin: true, Opcode: Text, Length: 5}, "Hello", "\x81\x05Hello"},
		{"text, masked", Header{Fin: true, Opcode: Text, Masked: true, Key: helloKey, Length: 5},
			"Hello", "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"},
		{"first fragment", Header{Opcode: Text, Length: 3}, "Hel", "\x01\x03Hel"},
		{"last fragment", Header{Fin: true, Opcode: Continuation, Length: 2}, "lo", "\x80\x02lo"},
		{"ping", Header{Fin: true, Opcode: Ping, Length: 5}, "Hello", "\x89\x05Hello"},
		{"pong, masked", Header{Fin: true, Opcode: Pong, Masked: true, Key: helloKey, Length: 5},
			"Hello", "\x8a\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"},
		{"256 bytes", Header{Fin: true, Opcode: Binary, Length: 256}, zeros(256), "\x82\x7e\x01\x00" + zeros(256)},
		{"64 KiB", Header{Fin: true, Opcode: Binary, Length: 65536}, zeros(65536), "\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00" + zeros(65536)},

		{"empty", Header{Fin: true, Opcode: Close}, "", "\x88\x00"},
		{"empty, masked", Header{Fin: true, Opcode: Close, Masked: true, Key: helloKey}, "", "\x88\x80\x37\xfa\x21\x3d"},
		{"doc", Header{Fin: true, Opcode: Text, Length: 2}, "Hi", "\x81\x02\x48\x69"},
		{"doc, masked", Header{Fin: true, Opcode: Text, Masked: true, Key: mask.Key{1, 2, 3, 4}, Length: 2},
			"Hi", "\x81\x82\x01\x02\x03\x04\x49\x6b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			given := tt.header
			given.Length = 99 // Write goes by the payload
			payload := []byte(tt.payload)
			var w oneWrite
			if err := Write(&w, given, payload); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.wire, w.wire); diff != "" {
				t.Errorf("Write (-want +got):\n%s", diff)
			}
			if string(payload) != tt.payload {
				t.Errorf("Write changed the caller's payload to %q", payload)
			}

			for name, wrap := range map[string]func(io.Reader) io.Reader{
				"whole":             func(r io.Reader) io.Reader { return r },
				"byte by byte":      iotest.OneByteReader,
				"halves":            iotest.HalfReader,
				"end with the data": iotest.DataErrReader,
			} {
				next := strings.NewReader(tt.wire + "next")
				h, p, err := Read(wrap(next), int64(len(tt.payload)))
				if err != nil || h != tt.header || string(p) != tt.payload {
					t.Errorf("Read, %s: %q with error %v, header (-want +got):\n%s", name, p, err, cmp.Diff(tt.header, h))
				}
				if name != "end with the data" && next.Len() != len("next") { // this one reads ahead
					t.Errorf("Read, %s: %d bytes are left behind the frame, want 4", name, next.Len())
				}
			}
		})
	}
}

// oneWrite takes one call of Write.
type oneWrite struct{ wire string }

func (w *oneWrite) Write(p []byte) (int, error) {
	if w.wire != "" {
		return 0, errors.New("a second Write")
	}
	w.wire = string(p)
	return len(p), nil
}

func TestWriteFails(t *testing.T) {
	want := errors.New("no")
	r, w := io.Pipe()
	r.CloseWithError(want)
	if err := Write(w, Header{Fin: true, Opcode: Text}, []byte("Hello")); err != want {
		t.Errorf("error %v, want the writer's", err)
	}
}

// A reader that ends between two frames has ended well, one that ends within a
// frame has not.
func TestReadEnds(t *testing.T) {
	failure := errors.New("reset")
	for _, h := range []Header{
		{Fin: true, Opcode: Binary},
		{Fin: true, Opcode: Binary, Masked: true, Key: helloKey},
		{Fin: true, Opcode: Binary, Masked: true, Key: helloKey, Length: 70000},
	} {
		var wire bytes.Buffer
		if err := Write(&wire, h, make([]byte, h.Length)); err != nil {
			t.Fatal(err)
		}
		for _, n := range []int{0, 1, 2, 3, 5, 6, 9, 10, 13, 14, 15, 1000, 70013} {
			if n >= wire.Len() {
				break
			}
			want := io.ErrUnexpectedEOF
			if n == 0 {
				want = io.EOF
			}
			start := wire.Bytes()[:n]
			if _, p, err := Read(bytes.NewReader(start), math.MaxInt64); err != want || p != nil {
				t.Errorf("%d of %d bytes: %d bytes of payload and error %v, want none and %v", n, wire.Len(), len(p), err, want)
			}
			broken := io.MultiReader(bytes.NewReader(start), iotest.ErrReader(failure))
			if _, p, err := Read(broken, math.MaxInt64); err != failure || p != nil {
				t.Errorf("failure after %d of %d bytes: %d bytes of payload and error %v, want none and %v", n, wire.Len(), len(p), err, failure)
			}
		}
	}
}

func TestReadFault(t *testing.T) {
	// The rest of the header is not waited for.
	r := io.MultiReader(bytes.NewReader(unhex(t, "09")), iotest.ErrReader(errors.New("read too far")))
	if _, _, err := Read(r, 125); ruleOf(err) != "5.5/control-fin" {
		t.Errorf("error %v, want 5.5/control-fin", err)
	}
}

func TestReadLimit(t *testing.T) {
	rfc.Covers(t, "10.4/frame-limit")

	t.Run("10.4/frame-limit", func(t *testing.T) {
		tests := []struct {
			name  string
			wire  string // then zeros without end
			limit int64
			want  bool
		}{
			{"nothing", "82 00", 0, true},
			{"one byte over nothing", "82 01", 0, false},
			{"at the limit", "82 7e 01 00", 256, true},
			{"one more", "82 7e 01 01", 256, false},
			{"2^31", "82 7f 00 00 00 00 80 00 00 00", math.MaxInt32, false},
			{"2^32", "82 7f 00 00 00 01 00 00 00 00", 1 << 20, false},
			{"2^63-1", "82 7f 7f ff ff ff ff ff ff ff", math.MaxInt64 - 1, false},
			{"2^63-1, masked", "82 ff 7f ff ff ff ff ff ff ff 01 02 03 04", 1 << 20, false},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				wire := unhex(t, tt.wire)
				header, _, err := ParseHeader(wire)
				if err != nil {
					t.Fatal(err)
				}
				h, p, err := Read(io.MultiReader(bytes.NewReader(wire), zeroReader{}), tt.limit)
				if h != header {
					t.Errorf("header (-want +got):\n%s", cmp.Diff(header, h))
				}
				switch {
				case tt.want && (err != nil || int64(len(p)) != header.Length):
					t.Errorf("%d bytes and error %v, want %d bytes", len(p), err, header.Length)
				case !tt.want && (p != nil || ruleOf(err) != "10.4/frame-limit" || err.(ProtocolError).Code != CloseMessageTooBig):
					t.Errorf("%d bytes and error %v, want 10.4/frame-limit with code 1009", len(p), err)
				}
			})
		}
	})

	// A peer that announces much and sends little costs little, also where the
	// limit would let it pass.
	t.Run("memory", func(t *testing.T) {
		for _, wire := range []string{
			"82 7f 00 00 01 00 00 00 00 00",             // 1 TiB
			"82 7f 7f ff ff ff ff ff ff ff",             // 2^63-1
			"82 ff 00 00 00 00 80 00 00 00 01 02 03 04", // 2^31
		} {
			for _, limit := range []int64{1 << 20, math.MaxInt64} {
				// The runtime allocates now and then too: the least of
				// several counts.
				took := uint64(math.MaxUint64)
				for range 5 {
					r := bytes.NewReader(append(unhex(t, wire), make([]byte, 1000)...))
					var before, after runtime.MemStats
					runtime.ReadMemStats(&before)
					_, _, err := Read(r, limit)
					runtime.ReadMemStats(&after)
					if err == nil {
						t.Errorf("%s, limit %d: no error", wire, limit)
					}
					took = min(took, after.TotalAlloc-before.TotalAlloc)
				}
				if took >= 64<<10 {
					t.Errorf("%s, limit %d: took %d bytes of memory, want less than 64 KiB", wire, limit, took)
				}
			}
		}
	})
}

type zeroReader struct{}

func (zeroReader) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
