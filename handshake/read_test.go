package handshake_test

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"rfc6455/handshake"
	"rfc6455/internal/rfc"
)

func TestReadHead(t *testing.T) {
	frames := "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"
	tests := []struct {
		name string
		r    io.Reader
		buf  []byte
	}{
		{"all at once", strings.NewReader(sampleRequest + frames), nil},
		{"a byte at a time", iotest.OneByteReader(strings.NewReader(sampleRequest + frames)), nil},
		{"with the error", iotest.DataErrReader(strings.NewReader(sampleRequest + frames)), nil},
		{"some read before", strings.NewReader(sampleRequest[20:] + frames), []byte(sampleRequest[:20])},
		{"all read before", iotest.ErrReader(io.ErrClosedPipe), []byte(sampleRequest + frames)},
		{"into a large buffer", strings.NewReader(sampleRequest + frames), make([]byte, 0, 4096)},
		{"into a small buffer", strings.NewReader(sampleRequest + frames), make([]byte, 0, 3)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			head, rest, err := handshake.ReadHead(tt.r, tt.buf, handshake.DefaultMaxHead)
			if err != nil {
				t.Fatal(err)
			}
			if string(head) != sampleRequest {
				t.Errorf("head is %q", head)
			}
			// What is not in rest is still in the reader.
			more, _ := io.ReadAll(tt.r)
			if got := string(rest) + string(more); got != frames {
				t.Errorf("behind the head is %q, want %q", got, frames)
			}
			_ = append(head, "not over the frames"...)
			if got := string(rest) + string(more); got != frames {
				t.Errorf("an append to head changed rest to %q", got)
			}
		})
	}
}

func TestReadHeadShort(t *testing.T) {
	for n := range len(sampleRequest) {
		want := io.ErrUnexpectedEOF
		if n == 0 {
			want = io.EOF
		}
		_, _, err := handshake.ReadHead(strings.NewReader(sampleRequest[:n]), nil, handshake.DefaultMaxHead)
		if err != want {
			t.Errorf("%d bytes: error %v, want %v", n, err, want)
		}
		// The parser is never asked, but would not panic.
		if r, err := handshake.ParseRequest([]byte(sampleRequest[:n])); err == nil {
			t.Errorf("%d bytes parse as %+v", n, r)
		}
	}
}

// A peer that ends its lines in a bare LF is told so, and not left waiting.
func TestReadHeadBareLF(t *testing.T) {
	rfc.Covers(t, "4.2.1/http-syntax")
	for _, end := range []string{"\n\n", "\n\r\n", "\r\n\n"} {
		want := "GET / HTTP/1.1\r\nHost: a" + end
		head, rest, err := handshake.ReadHead(strings.NewReader(want+"x"), nil, handshake.DefaultMaxHead)
		if err != nil || string(head) != want || string(rest) != "x" {
			t.Errorf("%q: head %q, rest %q, error %v", end, head, rest, err)
			continue
		}
		_, err = handshake.ParseRequest(head)
		checkError(t, err, "4.2.1/http-syntax", 400)
	}
}

// counter counts the bytes and the calls that its reader is asked for.
type counter struct {
	r            io.Reader
	bytes, calls int
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.bytes += n
	c.calls++
	return n, err
}

func TestReadHeadLimit(t *testing.T) {
	rfc.Covers(t, "4.2.1/head-limit")
	const limit = 2000
	endless := func() io.Reader {
		return strings.NewReader("GET / HTTP/1.1\r\nX: " + strings.Repeat("y", 1<<20))
	}
	for _, r := range []io.Reader{endless(), iotest.OneByteReader(endless())} {
		c := &counter{r: r}
		_, _, err := handshake.ReadHead(c, nil, limit)
		checkError(t, err, "4.2.1/head-limit", 431)
		if c.bytes > limit {
			t.Errorf("read %d bytes, the limit is %d", c.bytes, limit)
		}
	}

	t.Run("boundary", func(t *testing.T) {
		n := len(sampleRequest)
		for _, buf := range [][]byte{nil, make([]byte, 0, 4096), []byte(sampleRequest)} {
			// Read in one go, more than the head may be there. It counts
			// only the head.
			for limit, ok := range map[int]bool{0: false, n - 1: false, n: true, n + 1: true} {
				_, _, err := handshake.ReadHead(strings.NewReader(sampleRequest[len(buf):]+"frames"), buf, limit)
				if (err == nil) != ok {
					t.Errorf("limit %d of %d: error %v", limit, n, err)
				}
			}
		}
	})
}

// allocated returns how many bytes f allocates in all, also those that it drops.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// The memory depends on the bytes read and not on how they come. All in all,
// with what was outgrown on the way, it is less than four times the limit.
func TestReadHeadMemory(t *testing.T) {
	const limit = 1 << 20
	head := "GET / HTTP/1.1\r\nX: " + strings.Repeat("y", limit-100) + "\r\n\r\n"
	for _, r := range []io.Reader{strings.NewReader(head), iotest.OneByteReader(strings.NewReader(head))} {
		got := allocated(func() {
			if _, _, err := handshake.ReadHead(r, nil, limit); err != nil {
				t.Error(err)
			}
		})
		if got > 4*limit {
			t.Errorf("%T: %d bytes allocated, the limit is %d", r, got, limit)
		}
	}
}

func TestReadHeadErrors(t *testing.T) {
	broken := errors.New("broken")
	r := io.MultiReader(strings.NewReader("GET"), iotest.ErrReader(broken))
	if _, _, err := handshake.ReadHead(r, nil, handshake.DefaultMaxHead); err != broken {
		t.Errorf("error %v, want the one of the reader", err)
	}
	if _, _, err := handshake.ReadHead(idle{}, nil, handshake.DefaultMaxHead); err != io.ErrNoProgress {
		t.Errorf("error %v for a reader that never returns a byte, want io.ErrNoProgress", err)
	}
}

// idle breaks the contract of io.Reader: it returns nothing, for ever.
type idle struct{}

func (idle) Read([]byte) (int, error) { return 0, nil }

// Parsing allocates three times, however many lines there are: the text, the
// list of lines, the request.
func TestParseRequestAllocations(t *testing.T) {
	for _, lines := range []int{1, 10, handshake.MaxFields} {
		head := []byte("GET / HTTP/1.1\r\n" + strings.Repeat("Name: value\r\n", lines) + "\r\n")
		n := testing.AllocsPerRun(100, func() {
			if _, err := handshake.ParseRequest(head); err != nil {
				t.Fatal(err)
			}
		})
		if n > 3 {
			t.Errorf("%d lines: %v allocations, want 3", lines, n)
		}
	}
}

// A head of a million lines is refused before memory is taken for them.
func TestFieldLimitBeforeMemory(t *testing.T) {
	rfc.Covers(t, "4.2.1/field-limit")
	head := append([]byte("GET / HTTP/1.1\r\n"), bytes.Repeat([]byte("a:\r\n"), 1<<20)...)
	got := allocated(func() {
		_, err := handshake.ParseRequest(head)
		checkError(t, err, "4.2.1/field-limit", 431)
	})
	if got > uint64(2*len(head)) {
		t.Errorf("%d bytes allocated for a head of %d", got, len(head))
	}
}
