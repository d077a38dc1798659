package handshake

import (
	"cmp"
	"strconv"
	"strings"
)

// Request is the head of an HTTP request as it is on the wire. It has no body.
type Request struct {
	Method       string
	Target       string // "/chat?room=1", or an absolute http or https URI (§4.1)
	Major, Minor int    // the HTTP version
	Header       Header // with Host, which is a line like the others
}

// NewRequest returns a client's opening handshake with a fresh key (§4.1). host
// is the value of the Host line, with the port unless it is the scheme's own;
// target is the resource name of §3. extra is sent behind the lines of the
// handshake: Origin, Cookie, Authorization and the like. It must not name a
// line that the handshake itself writes.
//
// What could not be sent as a valid request is refused with an [*Error].
func NewRequest(host, target string, subprotocols []string, extensions []Extension, extra Header) (*Request, error) {
	if err := cmp.Or(checkSubprotocols(subprotocols), checkExtensions(extensions), checkExtra(extra)); err != nil {
		return nil, err
	}
	h := make(Header, 0, 7+len(extra))
	h = append(h,
		Field{fieldHost, host},
		Field{fieldUpgrade, "websocket"},
		Field{fieldConnection, "Upgrade"},
		Field{fieldKey, NewKey()},
		Field{fieldVersion, strconv.Itoa(Version)})
	if len(subprotocols) > 0 {
		h = append(h, Field{fieldProtocol, strings.Join(subprotocols, ", ")})
	}
	if len(extensions) > 0 {
		h = append(h, Field{fieldExtensions, string(AppendExtensions(nil, extensions))})
	}
	r := &Request{Method: "GET", Target: target, Major: 1, Minor: 1, Header: append(h, extra...)}
	// What the server would refuse is not sent.
	if _, err := CheckRequest(r); err != nil {
		return nil, err
	}
	return r, nil
}

// AppendRequest appends the wire form of r to dst, and returns the longer slice.
// It checks nothing, since [NewRequest] does, but a control character in a header
// line is written as a space.
func AppendRequest(dst []byte, r *Request) []byte {
	dst = append(dst, r.Method...)
	dst = append(dst, ' ')
	dst = append(dst, r.Target...)
	dst = append(dst, " HTTP/"...)
	dst = strconv.AppendInt(dst, int64(r.Major), 10)
	dst = append(dst, '.')
	dst = strconv.AppendInt(dst, int64(r.Minor), 10)
	dst = append(dst, "\r\n"...)
	dst = appendHeader(dst, r.Header)
	return append(dst, "\r\n"...)
}

func appendHeader(dst []byte, h Header) []byte {
	for _, f := range h {
		dst = appendText(dst, f.Name)
		dst = append(dst, ": "...)
		dst = appendText(dst, f.Value)
		dst = append(dst, "\r\n"...)
	}
	return dst
}

// appendText appends s with a space for each control character. An application
// that puts a visitor's text into a refusal, such as the Location of a redirect,
// does not let the visitor write lines of the response.
func appendText(dst []byte, s string) []byte {
	start := len(dst)
	dst = append(dst, s...)
	for i, c := range dst[start:] {
		if isControl(c) {
			dst[start+i] = ' '
		}
	}
	return dst
}

// The next three check what a caller wants to send. A value that is no token
// could smuggle in further elements of a list; one with a line break, further
// lines or a whole request.

func checkSubprotocols(list []string) *Error {
	for _, s := range list {
		if !isToken(s) {
			return fault("4.1", "subprotocol-token", "the subprotocol %s is not a token; use letters, digits and the signs of RFC 9110 §5.6.2", quote(s))
		}
	}
	return nil
}

func checkExtensions(list []Extension) *Error {
	for _, e := range list {
		if !isToken(e.Name) {
			return fault("9.1", "extension-grammar", "the name of the extension %s is not a token", quote(e.Name))
		}
		for _, p := range e.Params {
			if !isToken(p.Name) || p.Value != "" && !isToken(p.Value) {
				return fault("9.1", "extension-grammar", "the parameter %s with the value %s is not made of tokens", quote(p.Name), quote(p.Value))
			}
		}
	}
	return nil
}

func checkExtra(extra Header) *Error {
	for _, f := range extra {
		switch {
		case !isToken(f.Name) || !isValue(f.Value) || trim(f.Value) != f.Value:
			return fault("4.1", "extra-header", "the extra header line %s with the value %s is not valid; a name is a token, a value has no control characters and no white space at its ends", quote(f.Name), quote(f.Value))
		case isReserved(f.Name):
			return fault("4.1", "extra-header", "the extra header line %s is one that the handshake writes itself; leave it out", f.Name)
		}
	}
	return nil
}

// isReserved reports whether only the handshake itself may write the line.
func isReserved(name string) bool {
	const prefix = "Sec-WebSocket-"
	if len(name) >= len(prefix) && equalFold(name[:len(prefix)], prefix) {
		return true
	}
	for _, reserved := range [...]string{fieldHost, fieldUpgrade, fieldConnection, fieldLength, fieldCoding} {
		if equalFold(name, reserved) {
			return true
		}
	}
	return false
}
