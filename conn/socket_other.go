//go:build !unix

package conn

import "io"

// socket is only there where system calls on sockets look as they do on Unix.
// Elsewhere every transport is used through its Read and Write.
type socket struct{}

func newSocket(io.ReadWriteCloser, *incoming) *socket { return nil }

func (*socket) read([]byte) (int, error)        { panic("conn: no sockets here") }
func (*socket) write([]byte, bool) (int, error) { panic("conn: no sockets here") }
