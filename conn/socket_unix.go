//go:build unix

package conn

import (
	"io"
	"net"
	"os"
	"sync"
	"syscall"
)

// socket is a TCP or Unix socket, read without the buffer of a blocked call:
// package net says when bytes are there, and only then memory is borrowed to
// read them into.
type socket struct {
	raw   syscall.RawConn       // nil if the transport is none
	try   func(fd uintptr) bool // incoming.trySocket, bound once
	n     int16                 // what it has read, or noBuffer
	errno int32                 // why it has not
}

// noBuffer says that bytes are there and the pool has no buffer for them. To
// make one takes a deep stack, and trySocket is deep already: a goroutine whose
// stack has grown from 2 to 4 KiB keeps it.
const noBuffer = -1

// open finds out whether rw is a socket.
func (in *incoming) open(rw io.ReadWriteCloser) {
	switch rw := rw.(type) {
	case *net.TCPConn:
		in.socket.raw, _ = rw.SyscallConn()
	case *net.UnixConn:
		in.socket.raw, _ = rw.SyscallConn()
	}
	if in.socket.raw != nil {
		in.socket.try = in.trySocket
	}
}

// readSocket waits for bytes and reads them behind those of in.bytes.
func (in *incoming) readSocket() (int, error) {
	s := &in.socket
	for {
		s.n, s.errno = 0, 0
		in.borrow()
		err := s.raw.Read(s.try)
		switch {
		case err != nil:
			in.giveBack()
			return 0, err
		case s.errno != 0:
			return 0, os.NewSyscallError("read", syscall.Errno(s.errno))
		case s.n == 0:
			return 0, io.EOF
		case s.n > 0:
			return int(s.n), nil
		}
	}
}

// trySocket is called when the socket may have bytes, and returns false to wait.
func (in *incoming) trySocket(fd uintptr) bool {
	if in.buf == nil {
		b, ok := buffers.Get().(*buffer)
		if !ok {
			in.socket.n = noBuffer
			return true
		}
		in.use(b)
	}
	for {
		n, err := syscall.Read(int(fd), in.buf.data[in.w:])
		switch err {
		case nil:
			in.socket.n = int16(n)
			in.w += int16(n)
			return true
		case syscall.EINTR:
		case syscall.EAGAIN:
			in.giveBack()
			return false
		default:
			in.socket.errno = int32(err.(syscall.Errno))
			return true
		}
	}
}

// writeOp is one call of socket.write. They are pooled, since raw.Write takes a
// function without arguments.
type writeOp struct {
	p    []byte
	wait bool
	n    int
	err  error
	try  func(fd uintptr) bool
}

var writeOps = sync.Pool{New: func() any {
	op := new(writeOp)
	op.try = op.tryWrite
	return op
}}

// write writes p. Without wait it stops where the socket takes no more, and n is
// then less than len(p) with a nil error.
func (s *socket) write(p []byte, wait bool) (n int, err error) {
	op := writeOps.Get().(*writeOp)
	op.p, op.wait, op.n, op.err = p, wait, 0, nil
	err = s.raw.Write(op.try)
	if err == nil {
		err = op.err
	}
	n = op.n
	op.p = nil
	writeOps.Put(op)
	return n, err
}

func (op *writeOp) tryWrite(fd uintptr) bool {
	for op.n < len(op.p) {
		n, err := syscall.Write(int(fd), op.p[op.n:])
		switch err {
		case nil:
			op.n += n
		case syscall.EINTR:
		case syscall.EAGAIN:
			return !op.wait
		default:
			op.err = os.NewSyscallError("write", err)
			return true
		}
	}
	return true
}
