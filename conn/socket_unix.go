//go:build unix

package conn

import (
	"io"
	"net"
	"os"
	"sync"
	"syscall"
)

// socket reads and writes a TCP or Unix socket without the buffer of a blocked
// call: package net says when bytes are there, and only then memory is borrowed
// to read them into.
type socket struct {
	raw  syscall.RawConn
	in   *incoming
	try  func(fd uintptr) bool // tryRead, bound once
	into []byte                // where tryRead reads to; nil means the buffer of in
	n    int
	err  error
}

// newSocket returns nil if rw is no socket.
func newSocket(rw io.ReadWriteCloser, in *incoming) *socket {
	var sc syscall.Conn
	switch rw := rw.(type) {
	case *net.TCPConn:
		sc = rw
	case *net.UnixConn:
		sc = rw
	default:
		return nil
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return nil
	}
	s := &socket{raw: raw, in: in}
	s.try = s.tryRead
	return s
}

// read waits for bytes and reads them into p, or behind the bytes of in if p is
// nil.
func (s *socket) read(p []byte) (int, error) {
	s.into, s.n, s.err = p, 0, nil
	err := s.raw.Read(s.try)
	s.into = nil
	if err == nil {
		err = s.err
	}
	return s.n, err
}

// tryRead is called when the socket may have bytes, and returns false to wait.
func (s *socket) tryRead(fd uintptr) bool {
	p := s.into
	if p == nil {
		s.in.borrow()
		p = s.in.buf.data[s.in.w:]
	}
	n, err := syscall.Read(int(fd), p)
	for err == syscall.EINTR {
		n, err = syscall.Read(int(fd), p)
	}
	if err == syscall.EAGAIN {
		if s.into == nil {
			s.in.giveBack()
		}
		return false
	}
	switch {
	case err != nil:
		s.err = os.NewSyscallError("read", err)
	case n == 0:
		s.err = io.EOF
	default:
		s.n = n
		if s.into == nil {
			s.in.w += int32(n)
		}
	}
	return true
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
