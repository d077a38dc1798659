package conn_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"rfc6455/conn"
	"rfc6455/frame"
)

// BenchmarkEcho is one message that a connection reads and sends back over TCP.
// The peer has all its bytes ready, and so costs little more than its system
// calls.
func BenchmarkEcho(b *testing.B) {
	for _, role := range roles {
		for _, size := range []int{125, 1 << 10, 16 << 10, 1 << 20} {
			b.Run(fmt.Sprintf("%v/%d", role, size), func(b *testing.B) {
				benchmarkEcho(b, role, nil, size, 1)
			})
		}
	}
}

// BenchmarkGather is 16 messages that arrive together, of which each is
// answered: one by one, and with Options.Gather in one write.
func BenchmarkGather(b *testing.B) {
	for _, gather := range []bool{false, true} {
		b.Run(fmt.Sprintf("Gather=%v", gather), func(b *testing.B) {
			benchmarkEcho(b, conn.Server, &conn.Options{Gather: gather}, 125, 16)
		})
	}
}

// benchmarkEcho has a connection echo n messages of the given size at a time.
func benchmarkEcho(b *testing.B, role conn.Role, opts *conn.Options, size, n int) {
	c, p := tcp.open(b, role, opts)
	payload := string(pattern(size))
	messages := []byte(strings.Repeat(p.whole(frame.Binary, payload), n))
	answers := make([]byte, n*len(from(role).whole(frame.Binary, payload)))
	go echo(c)
	b.SetBytes(int64(n * size))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Write(messages); err != nil {
			b.Fatal(err)
		}
		if _, err := io.ReadFull(p, answers); err != nil {
			b.Fatal(err)
		}
	}
}
