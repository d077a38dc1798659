package handshake

import (
	"bytes"
	"io"
)

const (
	// DefaultMaxHead is a limit for [ReadHead] that fits the browsers of today:
	// they send less than 1 KiB, and up to 4 KiB for each cookie. Node.js has
	// the same default.
	DefaultMaxHead = 16 << 10
	// MaxFields is how many header lines a request or a response may have. A
	// browser sends about 15. Apache httpd has the same default.
	MaxFields = 100
	// MaxItems is how many subprotocols, or extensions with their parameters, a
	// handshake may list. A browser offers one extension with one parameter.
	// It bounds the memory that a head of many short elements would take, and
	// the comparisons of each with each.
	MaxItems = 64
)

// ReadHead reads the head of a request or a response from r, up to and
// including the empty line that ends it. buf may hold bytes that were read
// before; its spare capacity is used. rest is what came behind the head, which
// are the first frames. Both share their memory with buf or with each other.
//
// At most limit bytes are held in memory, or len(buf) if that is more. A head
// that does not end within limit bytes is an [*Error] with status 431. The work
// is linear in the bytes read, however few of them each Read returns. If r ends
// before the first byte the error is [io.EOF], later it is
// [io.ErrUnexpectedEOF]; other errors of r are returned as they are.
func ReadHead(r io.Reader, buf []byte, limit int) (head, rest []byte, err error) {
	searched, idle := 0, 0
	for {
		if end := headEnd(buf, searched); end >= 0 && end <= limit {
			return buf[:end:end], buf[end:], nil
		}
		if len(buf) >= limit {
			full := fault("4.2.1", "head-limit", "the head has no end within %d bytes, the limit of the receiver; send fewer or shorter header lines, or raise the limit there", limit)
			full.Status = 431
			return nil, nil, full
		}
		switch {
		case err == io.EOF && len(buf) > 0:
			return nil, nil, io.ErrUnexpectedEOF
		case err != nil:
			return nil, nil, err
		}
		searched = len(buf)
		buf = grow(buf, limit)
		var n int
		n, err = r.Read(buf[len(buf):min(cap(buf), limit)])
		buf = buf[:len(buf)+n]
		if n > 0 {
			idle = 0
		} else if idle++; idle == maxIdleReads && err == nil {
			err = io.ErrNoProgress
		}
	}
}

const (
	minRead      = 1 << 10 // a browser's head fits, unless it has large cookies
	maxIdleReads = 100     // reads in a row that return neither bytes nor an error; as in bufio
)

// grow returns buf with spare capacity: twice as much as before, so that the
// copies add up to no more than the bytes read, but never more than limit.
func grow(buf []byte, limit int) []byte {
	if len(buf) < cap(buf) {
		return buf
	}
	return append(make([]byte, 0, min(max(minRead, 2*cap(buf)), limit)), buf...)
}

// headEnd returns the index behind the first empty line of b, or -1. The bytes
// before searched are known to hold none. A bare LF ends a line here, so that a
// peer that sends those gets the parser's refusal and not silence.
func headEnd(b []byte, searched int) int {
	for end := searched; ; {
		i := bytes.IndexByte(b[end:], '\n')
		if i < 0 {
			return -1
		}
		end += i + 1
		before := bytes.TrimSuffix(b[:end-1], []byte{'\r'})
		if len(before) == 0 || before[len(before)-1] == '\n' {
			return end
		}
	}
}
