package server

import (
	"io"
	"net"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// BenchmarkIdle tells what a connection costs that has echoed one message and is
// idle now: resident memory of the process, goroutine included, in B/conn. The
// clients are bare file descriptors, which cost this process nothing.
func BenchmarkIdle(b *testing.B) {
	const conns = 4000
	for _, way := range ways {
		b.Run(way, func(b *testing.B) {
			s := &Server{Options: &Options{MaxConnsPerAddr: -1}}
			addr := start(b, way, s)
			connectRaw(b, addr, 100) // pools and the like are there now
			before := resident(b)
			for b.Loop() {
				connectRaw(b, addr, conns)
			}
			b.ReportMetric(float64(resident(b)-before)/float64(conns*b.N), "B/conn")
		})
	}
}

// connectRaw opens n connections to addr, each of which echoes a message.
func connectRaw(b *testing.B, addr string, n int) {
	b.Helper()
	host, port, _ := net.SplitHostPort(addr)
	number, _ := strconv.Atoi(port)
	sa := &syscall.SockaddrInet4{Port: number, Addr: [4]byte(net.ParseIP(host).To4())}
	send := []byte(opening() + text("Hello"))
	receive := make([]byte, len(accepted)+len("\x81\x05Hello"))
	for range n {
		fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { syscall.Close(fd) })
		if err := syscall.Connect(fd, sa); err != nil {
			b.Fatal(err)
		}
		if _, err := syscall.Write(fd, send); err != nil {
			b.Fatal(err)
		}
		if _, err := io.ReadFull(rawReader(fd), receive); err != nil {
			b.Fatal(err)
		}
	}
}

type rawReader int

func (fd rawReader) Read(p []byte) (int, error) {
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
