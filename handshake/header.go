package handshake

import (
	"iter"
	"strings"
)

// The header lines that the handshake itself uses (§11.3, and HTTP's own).
const (
	fieldHost       = "Host"
	fieldUpgrade    = "Upgrade"
	fieldConnection = "Connection"
	fieldOrigin     = "Origin"
	fieldKey        = "Sec-WebSocket-Key"
	fieldAccept     = "Sec-WebSocket-Accept"
	fieldVersion    = "Sec-WebSocket-Version"
	fieldProtocol   = "Sec-WebSocket-Protocol"
	fieldExtensions = "Sec-WebSocket-Extensions"
	fieldLength     = "Content-Length"
	fieldCoding     = "Transfer-Encoding"
)

// Field is one header line. Value has no white space at its ends.
type Field struct{ Name, Value string }

// Header is the header lines of a request or a response in the order of the
// wire. A name may stand more than once. Names compare without regard to case,
// in ASCII (§4.1).
type Header []Field

// Get returns the value of the first line called name, or "" if there is none.
func (h Header) Get(name string) string {
	value, _ := h.lookup(name)
	return value
}

// Values yields the value of each line called name, in order.
func (h Header) Values(name string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, f := range h {
			if equalFold(f.Name, name) && !yield(f.Value) {
				return
			}
		}
	}
}

// lookup returns the value of the first line called name, and how many lines
// have that name.
func (h Header) lookup(name string) (value string, lines int) {
	for _, f := range h {
		if equalFold(f.Name, name) {
			if lines == 0 {
				value = f.Value
			}
			lines++
		}
	}
	return value, lines
}

// hasToken reports whether the lines called name, read as one comma-separated
// list, have token among their elements, without regard to case.
func (h Header) hasToken(name, token string) bool {
	for value := range h.Values(name) {
		for element := range strings.SplitSeq(value, ",") {
			if equalFold(trim(element), token) {
				return true
			}
		}
	}
	return false
}

// equalFold compares without regard to the case of ASCII letters.
// strings.EqualFold knows more letters than that: for it, a long s (U+017F)
// equals s, and "web\u017focket" would pass for "websocket".
func equalFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// trim removes HTTP's optional white space, which is SP and HTAB and no other
// (RFC 9110 §5.6.3).
func trim(s string) string { return strings.Trim(s, " \t") }

// isToken reports whether s is a token: one or more visible ASCII characters,
// none of them a separator (RFC 2616 §2.2, RFC 9110 §5.6.2).
func isToken(s string) bool {
	for i := range len(s) {
		if !isTokenByte(s[i]) {
			return false
		}
	}
	return s != ""
}

func isTokenByte(c byte) bool {
	return isAlphanumeric(c) || strings.IndexByte("-!#$%&'*+.^_`|~", c) >= 0
}

func isAlphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

// isValue reports whether s may be the value of a header line: no control
// characters but HTAB (RFC 9110 §5.5). Bytes above 127 are allowed and opaque.
func isValue(s string) bool {
	for i := range len(s) {
		if isControl(s[i]) {
			return false
		}
	}
	return true
}

// isControl reports whether c has no place in a line of text. HTAB has.
func isControl(c byte) bool { return c < ' ' && c != '\t' || c == 0x7f }

// isVisible reports whether s is one or more visible ASCII characters.
func isVisible(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return s != ""
}
