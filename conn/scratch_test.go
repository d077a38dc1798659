package conn

import (
	"context"
	"fmt"
	"net"
	"testing"
	"unsafe"

	"rfc6455/frame"
)

func tcpPair(t testing.TB, co, so *Options) (*Conn, *Conn) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	a, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	b, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	return New(a, Client, co), New(b, Server, so)
}

func TestScratch(t *testing.T) {
	fmt.Println(unsafe.Sizeof(Conn{}), unsafe.Sizeof(incoming{}), unsafe.Sizeof(outgoing{}), unsafe.Sizeof(machine{}), unsafe.Sizeof(socket{}))
	for _, mk := range []func(testing.TB, *Options, *Options) (*Conn, *Conn){tcpPair, func(t testing.TB, a, b *Options) (*Conn, *Conn) { return Pipe(a, b) }} {
		c, s := mk(t, &Options{MaxMessageSize: -1}, &Options{MaxMessageSize: -1})
		ctx := t.Context()
		done := make(chan error)
		go func() {
			var buf []byte
			for {
				op, b, err := s.Append(ctx, buf[:0])
				if err != nil {
					done <- err
					return
				}
				buf = b
				if err := s.Write(ctx, op, buf); err != nil {
					done <- err
					return
				}
			}
		}()
		for _, n := range []int{0, 1, 125, 126, 127, 16384, 65535, 65536, 1 << 20} {
			p := make([]byte, n)
			for i := range p {
				p[i] = byte(i * 7)
			}
			go func() {
				if err := c.Write(ctx, frame.Binary, p); err != nil {
					t.Error(err)
				}
			}()
			op, got, err := c.Read(ctx)
			if err != nil || op != frame.Binary || string(got) != string(p) {
				t.Fatal(n, op, len(got), err)
			}
		}
		if err := c.Ping(ctx); err != nil {
			t.Fatal(err)
		}
		fmt.Println(c.RoundTrip())
		fmt.Println(c.Close(1000, "bye"))
		fmt.Println(<-done)
	}
}

func BenchmarkEcho(b *testing.B) {
	for _, n := range []int{125, 1024, 16384, 1 << 20} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			c, s := tcpPair(b, &Options{MaxMessageSize: -1}, &Options{MaxMessageSize: -1})
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			go func() {
				var buf []byte
				for {
					op, b, err := s.Append(ctx, buf[:0])
					if err != nil {
						return
					}
					buf = b
					s.Write(ctx, op, buf)
				}
			}()
			p := make([]byte, n)
			var buf []byte
			for b.Loop() {
				if err := c.Write(ctx, frame.Binary, p); err != nil {
					b.Fatal(err)
				}
				_, bb, err := c.Append(ctx, buf[:0])
				if err != nil {
					b.Fatal(err)
				}
				buf = bb
			}
		})
	}
}
