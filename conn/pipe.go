package conn

import (
	"net"
	"time"
)

// Pipe returns the two ends of a connection in memory, for tests. It is built on
// [net.Pipe]: a write waits until the other end reads, and it works under
// testing/synctest. Either options may be nil.
func Pipe(client, server *Options) (*Conn, *Conn) {
	fromClient, toServer := net.Pipe()
	fromServer, toClient := net.Pipe()
	return New(pipeEnd{toClient, fromClient}, Client, client), New(pipeEnd{toServer, fromServer}, Server, server)
}

// pipeEnd is one end of two pipes, one for each direction. So an end can say that
// nothing more comes from it, and go on reading, as in TCP.
type pipeEnd struct {
	net.Conn          // to read from
	to       net.Conn // to write to
}

func (p pipeEnd) Write(b []byte) (int, error) { return p.to.Write(b) }
func (p pipeEnd) CloseWrite() error           { return p.to.Close() }

func (p pipeEnd) Close() error {
	p.to.Close()
	return p.Conn.Close()
}

func (p pipeEnd) SetDeadline(t time.Time) error {
	p.to.SetWriteDeadline(t)
	return p.SetReadDeadline(t)
}

func (p pipeEnd) SetWriteDeadline(t time.Time) error { return p.to.SetWriteDeadline(t) }
