package peer

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// dialTimeout bounds the opening handshake. Loopback needs a millisecond; a
// server that is being flooded with thousands of them may need seconds.
const dialTimeout = 20 * time.Second

// attempts is how often a handshake is tried that gets no answer. nbio 1.6.12
// may read a request before it has noted down the connection, as the race
// detector shows, and then sometimes hangs up.
const attempts = 3

// Dial opens a TCP connection to addr and makes the opening handshake on it, for
// a page from origin. Whatever comes next is the caller's, byte for byte. If the
// server refuses, the error is a [Refused].
func Dial(ctx context.Context, addr, origin string) (c net.Conn, err error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	for range attempts {
		c, err = dial(ctx, addr, origin)
		if err == nil || errors.As(err, new(Refused)) {
			break
		}
	}
	return c, err
}

func dial(ctx context.Context, addr, origin string) (net.Conn, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	if err := upgrade(ctx, c, addr, origin); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

func upgrade(ctx context.Context, c net.Conn, addr, origin string) error {
	stop := context.AfterFunc(ctx, func() { c.Close() })
	defer stop()
	_, err := fmt.Fprintf(c, "GET / HTTP/1.1\r\nHost: %s\r\nOrigin: %s\r\n"+
		"Upgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", addr, origin)
	if err != nil {
		return err
	}
	// The server says nothing after its answer until we do, so the reader
	// takes no byte too many.
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusSwitchingProtocols {
		return Refused{resp.StatusCode}
	}
	return nil
}

// Refused is the error of [Dial] when the server answered, but not with 101.
type Refused struct{ Status int }

func (e Refused) Error() string {
	return fmt.Sprintf("peer: the handshake was refused with %d", e.Status)
}
