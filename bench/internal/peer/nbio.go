package peer

import (
	"net"
	"net/http"

	"github.com/lesismal/nbio/logging"
	"github.com/lesismal/nbio/nbhttp"
	"github.com/lesismal/nbio/nbhttp/websocket"
)

// serveNbio has no goroutine for each connection: pollers call OnMessage.
func serveNbio(ln net.Listener) error {
	logging.SetLevel(logging.LevelNone)
	upgrader := websocket.NewUpgrader()
	upgrader.OnMessage(func(c *websocket.Conn, typ websocket.MessageType, p []byte) {
		c.WriteMessage(typ, p)
	})
	engine := nbhttp.NewEngine(nbhttp.Config{
		Network: "tcp",
		Addrs:   []string{ln.Addr().String()},
		Listen:  func(string, string) (net.Listener, error) { return ln, nil },
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			upgrader.Upgrade(w, r, nil)
		}),
	})
	if err := engine.Start(); err != nil {
		return err
	}
	select {} // the engine has its own goroutines and no call to wait for them
}
