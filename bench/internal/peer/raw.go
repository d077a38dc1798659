package peer

import (
	"bufio"
	"fmt"
	"net"
	"net/http"

	"rfc6455/handshake"
)

// serveRaw is the floor: it reads what is there and writes it back, and knows
// nothing of WebSocket but the opening handshake.
func serveRaw(ln net.Listener) error {
	return serveTCP(ln, func(c net.Conn) {
		r, err := http.ReadRequest(bufio.NewReader(c))
		if err != nil {
			return
		}
		fmt.Fprintf(c, "HTTP/1.1 101 Switching Protocols\r\n"+
			"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
			handshake.Accept(r.Header.Get("Sec-WebSocket-Key")))
		buf := make([]byte, 64<<10)
		for {
			n, err := c.Read(buf)
			if err != nil {
				return
			}
			if _, err := c.Write(buf[:n]); err != nil {
				return
			}
		}
	})
}
