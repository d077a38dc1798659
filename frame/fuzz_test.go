package frame

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// FuzzHeader: whatever parses is written again as it was, and all before its
// end is short. Whatever is refused is refused at the first byte that shows it,
// and stays refused.
func FuzzHeader(f *testing.F) {
	f.Fuzz(func(t *testing.T, b []byte) {
		h, n, err := ParseHeader(b)
		if err == nil {
			if n < MinHeaderLen || n > MaxHeaderLen || h.Length < 0 {
				t.Fatalf("% x: took %d bytes for %+v", b, n, h)
			}
			if diff := cmp.Diff(b[:n], AppendHeader(nil, h)); diff != "" {
				t.Errorf("written again (-first +again):\n%s", diff)
			}
			for short := range n {
				if _, _, err := ParseHeader(b[:short]); err != ErrShort {
					t.Errorf("% x: error %v, want ErrShort", b[:short], err)
				}
			}
			return
		}

		shows := 0
		for shows < len(b) && shortHeader(b[:shows]) {
			shows++
		}
		if err == ErrShort {
			if len(b) >= MaxHeaderLen || shows != len(b) {
				t.Errorf("% x: ErrShort, want a verdict after %d bytes", b, shows)
			}
			return
		}
		rule := ruleOf(err)
		for ; shows <= len(b); shows++ {
			if _, _, err := ParseHeader(b[:shows]); ruleOf(err) != rule {
				t.Errorf("% x: error %v, but with more bytes %s", b[:shows], err, rule)
			}
		}
	})
}

// shortHeader reports whether some bytes behind b make a legal header of it, and
// none of b belongs to the payload already.
func shortHeader(b []byte) bool {
	for _, fill := range []byte{0x00, 0x7f} {
		rest := bytes.Repeat([]byte{fill}, MaxHeaderLen)
		_, n, err := ParseHeader(append(bytes.Clone(b), rest...))
		if err == nil && n > len(b) {
			return true
		}
	}
	return false
}

// FuzzClose: what parses is written again as it was. What can be written is
// parsed as it was meant.
func FuzzClose(f *testing.F) {
	f.Fuzz(func(t *testing.T, b []byte) {
		code, reason, err := ParseClose(b)
		if err != nil {
			if ruleOf(err) == "" {
				t.Errorf("error %v is no ProtocolError", err)
			}
			return
		}
		got, err := AppendClose(nil, code, reason)
		if wantErr := len(b) > MaxControlPayload; wantErr != (err != nil) {
			t.Fatalf("payload of %d bytes written again: error %v", len(b), err)
		}
		if err == nil && !bytes.Equal(b, got) {
			t.Errorf("written again (-first +again):\n%s", cmp.Diff(b, got))
		}
	})
}
