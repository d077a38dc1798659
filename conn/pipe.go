package conn

import "net"

// Pipe returns the two ends of a connection in memory, for tests. It is built on
// [net.Pipe]: a write waits until the other end reads, and it works under
// testing/synctest. Either options may be nil.
func Pipe(client, server *Options) (*Conn, *Conn) {
	c, s := net.Pipe()
	return New(c, Client, client), New(pipeEnd{s}, Server, server)
}

// pipeEnd can be closed at once where a socket would only say that nothing more
// comes: no byte is on its way in a pipe, since a write is over when it is read.
type pipeEnd struct{ net.Conn }

func (p pipeEnd) CloseWrite() error { return p.Close() }
