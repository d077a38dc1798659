package server

import (
	"bufio"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// What a browser sends, more or less.
var browser = opening(
	"Origin: http://server.example.com",
	"Pragma: no-cache",
	"Cache-Control: no-cache",
	"User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
	"Accept-Encoding: gzip, deflate, br, zstd",
	"Accept-Language: en-US,en;q=0.9",
	"Cookie: session=0123456789abcdef0123456789abcdef",
	"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
)

// sink is a connection that costs nothing.
type sink struct {
	net.Conn
	in strings.Reader
}

func (s *sink) Read(p []byte) (int, error)       { return s.in.Read(p) }
func (s *sink) Write(p []byte) (int, error)      { return len(p), nil }
func (s *sink) SetDeadline(time.Time) error      { return nil }
func (s *sink) SetWriteDeadline(time.Time) error { return nil }

// BenchmarkShake is an upgrade on raw TCP, without the socket: all that it costs
// beside accepting the connection and starting to serve it.
func BenchmarkShake(b *testing.B) {
	s := &Server{Options: &Options{}}
	nc := &sink{}
	b.ReportAllocs()
	for b.Loop() {
		nc.in.Reset(browser)
		if _, _, err := s.shake(nc); err != nil {
			b.Fatal(err)
		}
	}
}

// sinkWriter is net/http's end of it.
type sinkWriter struct {
	http.ResponseWriter
	nc  net.Conn
	buf *bufio.ReadWriter
}

func (w sinkWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) { return w.nc, w.buf, nil }

// BenchmarkUpgrade is the same behind net/http, which has parsed the request.
func BenchmarkUpgrade(b *testing.B) {
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(browser)))
	if err != nil {
		b.Fatal(err)
	}
	nc := &sink{}
	buf := bufio.NewReadWriter(bufio.NewReader(nc), bufio.NewWriter(nc))
	w := sinkWriter{httptest.NewRecorder(), nc, buf}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Upgrade(w, r, nil); err != nil {
			b.Fatal(err)
		}
	}
}
