package peer

import (
	"net"
	"net/http"

	"github.com/lxzan/gws"
)

type gwsHandler struct{ gws.BuiltinEventHandler }

func (gwsHandler) OnMessage(c *gws.Conn, m *gws.Message) {
	defer m.Close()
	c.WriteMessage(m.Opcode, m.Bytes())
}

func serveGWS(ln net.Listener) error {
	upgrader := gws.NewUpgrader(gwsHandler{}, nil)
	return serveHTTP(ln, func(w http.ResponseWriter, r *http.Request) {
		c, err := upgrader.Upgrade(w, r)
		if err != nil {
			return
		}
		go c.ReadLoop()
	})
}
