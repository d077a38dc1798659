package server

import (
	"io"
	"net/netip"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// BenchmarkIdle tells what a connection costs that has echoed one message and is
// idle now: resident memory of the process, goroutine included, in B/conn. The
// time is that of waking one of them. The clients are bare file descriptors,
// which cost this process nothing.
//
// The runtime never gives back some memory that it has once used for
// connections. So look at one way in each process:
//
//	go test -run - -bench Idle/tcp ./server
func BenchmarkIdle(b *testing.B) {
	const conns, warm = 9000, 100
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil || files.Cur < 2*(conns+2*warm) {
		b.Skipf("%d connections need two files each, and %d may be open", conns, files.Cur)
	}
	for _, way := range ways {
		b.Run(way, func(b *testing.B) {
			s := &Server{Options: &Options{MaxConnsPerAddr: -1}}
			addr := netip.MustParseAddrPort(start(b, way, s))
			var fds []bareSocket
			connect := func(n int) {
				for range n {
					fds = append(fds, connectBare(b, addr))
				}
			}
			connect(warm) // pools and the like are there now
			before := resident(b)
			connect(conns)
			perConn := float64(resident(b)-before) / conns
			for i := 0; b.Loop(); i++ {
				exchange(b, fds[i%len(fds)], text("Hello"), len("\x81\x05Hello"))
			}
			b.ReportMetric(perConn, "B/conn")
			for _, fd := range fds {
				syscall.Close(int(fd))
			}
		})
	}
}

// bareSocket is a connection that package net does not know.
type bareSocket int

// connectBare opens a connection to addr that has echoed a message.
func connectBare(b *testing.B, addr netip.AddrPort) bareSocket {
	b.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		b.Fatal(err)
	}
	if err := syscall.Connect(fd, &syscall.SockaddrInet4{Port: int(addr.Port()), Addr: addr.Addr().As4()}); err != nil {
		b.Fatal(err)
	}
	exchange(b, bareSocket(fd), opening(), len(accepted))
	exchange(b, bareSocket(fd), text("Hello"), len("\x81\x05Hello"))
	return bareSocket(fd)
}

// exchange sends a request and reads the answer, which has n bytes.
func exchange(b *testing.B, fd bareSocket, request string, n int) {
	b.Helper()
	if _, err := syscall.Write(int(fd), []byte(request)); err != nil {
		b.Fatal(err)
	}
	if _, err := io.CopyN(io.Discard, fd, int64(n)); err != nil {
		b.Fatal(err)
	}
}

func (fd bareSocket) Read(p []byte) (int, error) {
	n, err := syscall.Read(int(fd), p)
	if n == 0 && err == nil {
		err = io.EOF
	}
	return max(n, 0), err
}

// resident returns the resident memory of the process in bytes.
func resident(b *testing.B) int {
	b.Helper()
	for range 4 { // the stacks of idle goroutines shrink by half each time
		debug.FreeOSMemory()
	}
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		b.Fatal(err)
	}
	pages, err := strconv.Atoi(strings.Fields(string(statm))[1])
	if err != nil {
		b.Fatal(err)
	}
	return pages * os.Getpagesize()
}
