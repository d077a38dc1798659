//go:build !unix

package conn

import "io"

// socket is only used where system calls on sockets look as they do on Unix.
// Elsewhere every transport is used through its Read and Write.
type socket struct{ raw *struct{} }

func (*incoming) open(io.ReadWriteCloser)       {}
func (*incoming) readSocket() (int, error)      { panic("conn: no sockets here") }
func (*socket) write([]byte, bool) (int, error) { panic("conn: no sockets here") }
