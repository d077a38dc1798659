package server

import (
	"context"

	"rfc6455/frame"
)

const (
	// goingAway is the reason that stands in the close frames of Shutdown.
	goingAway = "the server shuts down"
	// maxClosers is how many closing handshakes Shutdown has going on at a
	// time. One takes as long as a round trip, or as conn.Options.CloseTimeout
	// if the peer is stuck, and a goroutine of some 4 KiB.
	maxClosers = 4096
)

// Shutdown ends the server in good order. It stops listening, breaks off the
// handshakes that are going on, sends the close code 1001 (§7.4.1) to every
// connection and waits for their closing handshakes, and for Handler to return
// from each. Requests that still come through net/http get a 503.
//
// If ctx ends first, Shutdown closes the connections that are left without a
// closing handshake, and returns the error of ctx without waiting for Handler.
func (s *Server) Shutdown(ctx context.Context) error {
	open, idle := s.registry.stop()
	queue := make(chan *session)
	for range min(len(open), maxClosers) {
		go func() {
			for v := range queue {
				v.conn.Close(frame.CloseGoingAway, goingAway)
			}
		}()
	}
	for _, v := range open {
		select {
		case queue <- v:
		case <-ctx.Done():
		}
	}
	close(queue)
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		s.Close()
		return ctx.Err()
	}
}

// Close ends the server at once. It stops listening and closes every connection
// without a closing handshake, so that the peers see 1006 (§7.1.5). It does not
// wait for Handler to return.
func (s *Server) Close() error {
	open, _ := s.registry.stop()
	for _, v := range open {
		v.conn.CloseNow()
	}
	return nil
}
