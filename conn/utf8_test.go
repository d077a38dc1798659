package conn

import (
	"bytes"
	"testing"
	"unicode/utf8"

	"rfc6455/internal/rfc"
)

// firstImpossible returns how many bytes of p valid text can begin with, by
// means of unicode/utf8 alone. It is what nextPlain and next must return.
func firstImpossible(p []byte) int {
	i := 0
	for i < len(p) {
		r, size := utf8.DecodeRune(p[i:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		i += size
	}
	// Here a character begins that is broken or not complete. As long as it is
	// not full more bytes could complete it.
	for n := i; n < len(p); n++ {
		if utf8.FullRune(p[i : n+1]) {
			return n
		}
	}
	return len(p)
}

// Every sequence of up to three bytes, each byte taken as soon as it may stand
// there. After a refused byte nothing is asked any more.
func TestUTF8Exhaustive(t *testing.T) {
	rfc.Covers(t, "8.1/text-utf8")
	var walk func(s utf8State, p []byte, depth int)
	walk = func(s utf8State, p []byte, depth int) {
		for b := range 256 {
			next, q := s, append(p, byte(b))
			ok := next.nextByte(byte(b))
			if want := firstImpossible(q) == len(q); ok != want {
				t.Fatalf("% x: the last byte is accepted: %v, want %v", q, ok, want)
			}
			if !ok {
				continue
			}
			if next.complete() != utf8.Valid(q) {
				t.Fatalf("% x: complete is %v, want %v", q, next.complete(), utf8.Valid(q))
			}
			if depth > 1 {
				walk(next, q, depth-1)
			}
		}
	}
	walk(utf8State{}, make([]byte, 0, 3), 3)
}

// Every sequence of four bytes out of those at the edges of the ranges in
// nextByte's table, with one more behind.
func TestUTF8Edges(t *testing.T) {
	edges := []byte{
		0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1,
		0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF,
	}
	p := make([]byte, 5)
	for _, p[0] = range edges {
		for _, p[1] = range edges {
			for _, p[2] = range edges {
				for _, p[3] = range edges {
					for _, p[4] = range []byte{0x7F, 0x80} {
						checkUTF8(t, p)
					}
				}
			}
		}
	}
}

// checkUTF8 compares next and nextPlain with unicode/utf8, on pieces of p that
// end at the cuts, which ascend.
func checkUTF8(t *testing.T, p []byte, cuts ...int) {
	want := firstImpossible(p)
	wantComplete := want == len(p) && utf8.Valid(p)
	for name, next := range map[string]func(*utf8State, []byte) int{
		"nextPlain": (*utf8State).nextPlain,
		"next":      (*utf8State).next,
	} {
		var s utf8State
		got, from := 0, 0
		for _, to := range append(cuts, len(p)) {
			n := next(&s, p[from:to])
			got += n
			if n < to-from {
				break
			}
			from = to
		}
		if got != want {
			t.Fatalf("%s took %d bytes of % x, cut at %v; want %d", name, got, p, cuts, want)
		}
		if complete := got == len(p) && s.complete(); complete != wantComplete {
			t.Fatalf("%s says that % x, cut at %v, is complete: %v, want %v", name, p, cuts, complete, wantComplete)
		}
	}
}

// A character may be cut anywhere, and the first impossible byte is the same
// for every cut.
func TestUTF8Cuts(t *testing.T) {
	tests := []struct {
		name string
		text string
		want int // bytes before the first impossible one
	}{
		{"ASCII", "Hello", 5},
		{"two, three and four bytes", "κό€𝄞", 11},
		{"last characters of each length", "\x7f߿\uffff\U0010ffff", 10},
		{"noncharacters are characters", "\ufdd0\ufffe\U0001ffff", 10},

		{"alone", "a\x80b", 1},
		{"longer form of /", "a\xc0\xafb", 1},
		{"longer form in three bytes", "a\xe0\x9f\xbfb", 2},
		{"longer form in four bytes", "a\xf0\x8f\xbf\xbfb", 2},
		{"surrogate", "a\xed\xa0\x80b", 2},
		{"beyond Unicode", "a\xf4\x90\x80\x80b", 2},
		{"far beyond Unicode", "a\xf5\x80\x80\x80b", 1},
		{"ASCII within a character", "a\xe2\x82Ab", 3},
		{"a character within a character", "a\xf0\x9d\x84\xc3\xa9b", 4},
		{"not complete", "a\xf0\x9d\x84", 4},
		{"late", "κόσμε and much more that is good\xff", 37},
	}
	for _, tt := range tests {
		t.Run("8.1/text-utf8/"+tt.name, func(t *testing.T) {
			rfc.Covers(t, "8.1/text-utf8", "5.6/text-is-utf8")
			p := []byte(tt.text)
			if got := firstImpossible(p); got != tt.want {
				t.Fatalf("the first impossible byte is at %d, want %d", got, tt.want)
			}
			for first := range len(p) + 1 {
				for second := first; second <= len(p); second++ {
					checkUTF8(t, p, first, second)
				}
			}
		})
	}
}

func FuzzUTF8(f *testing.F) {
	f.Fuzz(func(t *testing.T, p []byte, cut, length uint16) {
		first := int(cut) % (len(p) + 1)
		second := first + int(length)%(len(p)-first+1)
		checkUTF8(t, p, first, second)
	})
}

func BenchmarkUTF8(b *testing.B) {
	for _, text := range []struct{ name, text string }{
		{"ASCII", "The quick brown fox jumps over the lazy dog. "},
		{"Greek", "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία. "},
	} {
		p := bytes.Repeat([]byte(text.text), 16<<10/len(text.text))
		b.Run(text.name+"/fast", func(b *testing.B) { benchmarkUTF8(b, p, (*utf8State).next) })
		b.Run(text.name+"/plain", func(b *testing.B) { benchmarkUTF8(b, p, (*utf8State).nextPlain) })
	}
}

func benchmarkUTF8(b *testing.B, p []byte, next func(*utf8State, []byte) int) {
	b.SetBytes(int64(len(p)))
	b.ReportAllocs()
	var s utf8State
	for b.Loop() {
		if n := next(&s, p); n < len(p) {
			b.Fatalf("took %d of %d bytes", n, len(p))
		}
	}
}
