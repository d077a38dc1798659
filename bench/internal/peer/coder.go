package peer

import (
	"context"
	"net"
	"net/http"

	"github.com/coder/websocket"
)

// serveCoder lifts the read limit of 32 KiB, for messages of 1 MiB.
func serveCoder(ln net.Listener) error {
	ctx := context.Background()
	return serveHTTP(ln, func(w http.ResponseWriter, r *http.Request) {
		c, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		defer c.CloseNow()
		c.SetReadLimit(4 << 20)
		for {
			typ, p, err := c.Read(ctx)
			if err != nil {
				return
			}
			if c.Write(ctx, typ, p) != nil {
				return
			}
		}
	})
}
