package handshake_test

import (
	"bytes"
	"testing"

	"rfc6455/handshake"
)

// browserRequest has the lines that a browser of today sends.
const browserRequest = "GET /socket HTTP/1.1\r\n" +
	"Host: localhost:6455\r\n" +
	"Connection: Upgrade\r\n" +
	"Pragma: no-cache\r\n" +
	"Cache-Control: no-cache\r\n" +
	"User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36\r\n" +
	"Upgrade: websocket\r\n" +
	"Origin: http://localhost:6455\r\n" +
	"Sec-WebSocket-Version: 13\r\n" +
	"Accept-Encoding: gzip, deflate, br, zstd\r\n" +
	"Accept-Language: en-US,en;q=0.9\r\n" +
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
	"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n" +
	"\r\n"

// All that a server does for a handshake, but for the network: read, parse,
// check, answer, write.
func BenchmarkUpgrade(b *testing.B) {
	b.ReportAllocs()
	wire := []byte(browserRequest)
	r := bytes.NewReader(nil)
	in := make([]byte, 0, 4096)
	out := make([]byte, 0, 512)
	for b.Loop() {
		r.Reset(wire)
		head, _, err := handshake.ReadHead(r, in, handshake.DefaultMaxHead)
		if err != nil {
			b.Fatal(err)
		}
		req, err := handshake.ParseRequest(head)
		if err != nil {
			b.Fatal(err)
		}
		offer, err := handshake.CheckRequest(req)
		if err != nil {
			b.Fatal(err)
		}
		answer, err := offer.Answer("", nil, nil)
		if err != nil {
			b.Fatal(err)
		}
		out = handshake.AppendResponse(out[:0], answer)
	}
}
