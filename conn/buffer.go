package conn

import (
	"net"
	"sync"
)

// bufferSize is what a connection reads and writes at once. A 16 KiB message
// with its header fits, and so does a full TLS record. Places in it are counted
// in int16, since each connection holds four.
const bufferSize = 16<<10 + 2<<10

// buffer is memory that a connection borrows while bytes are on their way
// through it. Between messages it holds none.
type buffer struct {
	data [bufferSize]byte
	two  [2][]byte   // a header and a long payload …
	vec  net.Buffers // … for one writev
}

var buffers sync.Pool // of *buffer

func getBuffer() *buffer {
	if b, ok := buffers.Get().(*buffer); ok {
		return b
	}
	return new(buffer)
}

func putBuffer(b *buffer) { buffers.Put(b) }
