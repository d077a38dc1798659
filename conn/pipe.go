package conn

import "net"

// Pipe returns the two ends of a connection in memory, for tests. It is built on
// [net.Pipe]: a write waits until the other end reads, and it works under
// testing/synctest. Either options may be nil.
func Pipe(client, server *Options) (*Conn, *Conn) {
	c, s := net.Pipe()
	return New(c, Client, client), New(s, Server, server)
}
