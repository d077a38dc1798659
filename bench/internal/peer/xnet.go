package peer

import (
	"net"
	"net/http"

	"golang.org/x/net/websocket"
)

// serveXNet answers text with binary: Message does not tell the two apart.
func serveXNet(ln net.Listener) error {
	return http.Serve(ln, websocket.Handler(func(c *websocket.Conn) {
		for {
			var p []byte
			if websocket.Message.Receive(c, &p) != nil {
				return
			}
			if websocket.Message.Send(c, p) != nil {
				return
			}
		}
	}))
}
