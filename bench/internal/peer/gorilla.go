package peer

import (
	"net"
	"net/http"

	"github.com/gorilla/websocket"
)

func serveGorilla(ln net.Listener) error {
	var upgrader websocket.Upgrader
	return serveHTTP(ln, func(w http.ResponseWriter, r *http.Request) {
		c, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer c.Close()
		for {
			typ, p, err := c.ReadMessage()
			if err != nil {
				return
			}
			if c.WriteMessage(typ, p) != nil {
				return
			}
		}
	})
}
