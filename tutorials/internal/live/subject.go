package live

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"rfc6455/conn"
	"rfc6455/frame"
	"rfc6455/server"
)

// commandTimeout bounds what the page asks for: the wait for a pong, and the
// wait of a new subject for the end of the one before.
const commandTimeout = 5 * time.Second

// ServeSubject upgrades a request for /echo/{session} and sends every message
// back, until either side closes.
func (h *Hub) ServeSubject(w http.ResponseWriter, r *http.Request) {
	s := h.find(r)
	if s == nil {
		http.Error(w, "no page watches this connection: open the feed first, and use the id it sends", http.StatusNotFound)
		return
	}
	select {
	case s.slot <- struct{}{}:
		defer func() { <-s.slot }()
	case <-time.After(commandTimeout):
		http.Error(w, "this page has a connection already: close it first", http.StatusConflict)
		return
	}

	t := newTracer(s.push)
	c, err := server.Upgrade(w, r, &server.Options{Conn: &conn.Options{Trace: t.hooks()}})
	if err != nil {
		return // Upgrade has answered
	}
	request, response := heads(r.Context())
	s.push(Event{Type: eventHandshake, Request: request, Response: response})
	s.setSubject(c)
	err = echo(s.ctx, c)
	s.setSubject(nil)
	t.finish()
	s.push(Event{Type: eventEnd, Text: err.Error()})
}

// echo sends messages back until the connection ends, or until ctx does: then
// the server goes away (§7.4.1, 1001).
func echo(ctx context.Context, c *conn.Conn) error {
	for {
		op, p, err := c.Read(ctx)
		if err == nil {
			err = c.Write(ctx, op, p)
		}
		if err == nil {
			continue
		}
		if ctx.Err() != nil {
			c.Close(frame.CloseGoingAway, "the book is being closed")
		}
		c.CloseNow()
		return err
	}
}

// command is what a page may ask for, as JSON in a text message of the feed.
type command struct {
	Do   string          `json:"do"`   // "ping", "fragments" or "close"
	Code frame.CloseCode `json:"code"` // of "close"
}

// obey does what the page asks for, and tells it if that fails.
func (s *session) obey(message []byte) {
	if err := s.try(message); err != nil {
		s.push(Event{Type: eventTrouble, Text: err.Error()})
	}
}

func (s *session) try(message []byte) error {
	var cmd command
	if err := json.Unmarshal(message, &cmd); err != nil {
		return fmt.Errorf("a command is not the JSON that was expected: %w", err)
	}
	c := s.getSubject()
	if c == nil {
		return errors.New("there is no open connection to do that on")
	}
	ctx, cancel := context.WithTimeout(s.ctx, commandTimeout)
	defer cancel()
	switch cmd.Do {
	case "ping":
		return c.Ping(ctx)
	case "fragments":
		return sendFragments(ctx, c)
	case "close":
		return c.Close(cmd.Code, "you asked for it")
	}
	return fmt.Errorf("there is no command %q", cmd.Do)
}

// sendFragments sends the message of §5.7 in fragments, "Hel" and "lo". The
// writer cannot know that "lo" is the end, so an empty fragment tells it.
func sendFragments(ctx context.Context, c *conn.Conn) error {
	w, err := c.Writer(ctx, frame.Text)
	if err != nil {
		return err
	}
	_, errHel := w.Write([]byte("Hel"))
	// §5.4: control frames may come between the fragments of a message.
	errPing := c.Ping(ctx)
	_, errLo := w.Write([]byte("lo"))
	return errors.Join(errHel, errPing, errLo, w.Close())
}
