package live

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"rfc6455/conn"
	"rfc6455/frame"
	"rfc6455/server"
)

// ServeFeed upgrades a request for /feed and begins a session: events go to the
// page, commands come back, until the page is left or the hub is shut down.
func (h *Hub) ServeFeed(w http.ResponseWriter, r *http.Request) {
	s := h.open()
	if s == nil {
		http.Error(w, "too many pages are open, or the book is being closed", http.StatusServiceUnavailable)
		return
	}
	defer h.drop(s)
	c, err := server.Upgrade(w, r, &server.Options{Conn: &conn.Options{
		MaxMessageSize: 1 << 10, // a command is short
		WriteTimeout:   10 * time.Second,
		KeepAlive:      20 * time.Second, // notices a page that vanished without a word
	}})
	if err != nil {
		return // Upgrade has answered
	}
	s.push(Event{Type: eventSession, Session: s.id})

	written := make(chan struct{})
	go func() {
		defer close(written)
		s.writeEvents(c)
	}()
	for {
		op, message, err := c.Read(context.Background())
		if err != nil {
			break
		}
		if op == frame.Text {
			s.obey(message)
		}
	}
	s.cancel()
	<-written
}

// writeEvents sends what is pushed until the session ends. It then waits for
// the subject's closing handshake, so that the page can still see it, and says
// goodbye itself.
func (s *session) writeEvents(c *conn.Conn) {
	for {
		select {
		case e := <-s.events:
			if writeEvent(c, e) != nil {
				c.CloseNow()
				return
			}
		case <-s.ctx.Done():
			s.slot <- struct{}{} // never given back: there is no next subject
			for len(s.events) > 0 && writeEvent(c, <-s.events) == nil {
			}
			c.Close(frame.CloseGoingAway, "the book is being closed")
			return
		}
	}
}

func writeEvent(c *conn.Conn, e Event) error {
	p, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return c.Write(context.Background(), frame.Text, p)
}
