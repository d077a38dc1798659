// Package live lets a page in a browser watch a WebSocket connection of its
// own, frame by frame, as it is on the wire.
//
// Two connections belong together and make a session:
//
//	page ── /feed ────────▶ wire feed   JSON: what crossed the wire; back: what to do
//	page ── /echo/{id} ───▶ subject     the connection that is watched: an echo
//
// The feed comes first. Its first event carries an id that cannot be guessed,
// and the subject's URL contains that id. Every frame of the subject, seen
// through [conn.Trace], and the opening handshake, kept by [Listen], go to the
// page as events of the feed. A browser cannot send a ping or a fragment, so
// the page asks the server to send them, also over the feed.
//
// Reading order: event.go (what the page is told), trace.go (from hooks to
// bytes), tap.go (the handshake's bytes), session.go, subject.go, feed.go.
package live

import (
	"context"
	"net/http"
	"sync"
)

// maxSessions bounds the sessions of a [Hub]. A session is a page that is open,
// so a reader needs a few.
const maxSessions = 64

// Hub holds the sessions. Its handlers expect that the Host of a request has
// been checked: the Origin of a page is compared with it (§10.2).
type Hub struct {
	ctx    context.Context // ends with Shutdown
	cancel context.CancelFunc
	feeds  sync.WaitGroup

	mu       sync.Mutex
	sessions map[string]*session
}

// NewHub returns a hub without sessions.
func NewHub() *Hub {
	ctx, cancel := context.WithCancel(context.Background())
	return &Hub{ctx: ctx, cancel: cancel, sessions: make(map[string]*session)}
}

// Shutdown says goodbye to every page with 1001 on both connections (§7.4.1),
// and waits until they have answered or ctx ends. New pages are refused.
func (h *Hub) Shutdown(ctx context.Context) error {
	h.mu.Lock()
	h.cancel()
	h.mu.Unlock()

	done := make(chan struct{})
	go func() {
		h.feeds.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// open returns a new session, or nil if there are too many or the hub closes.
func (h *Hub) open() *session {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ctx.Err() != nil || len(h.sessions) >= maxSessions {
		return nil
	}
	s := newSession(h.ctx)
	h.sessions[s.id] = s
	h.feeds.Add(1)
	return s
}

// drop ends a session that open returned.
func (h *Hub) drop(s *session) {
	s.cancel()
	h.mu.Lock()
	delete(h.sessions, s.id)
	h.mu.Unlock()
	h.feeds.Done()
}

// find returns the session whose id stands in the URL of r, or nil.
func (h *Hub) find(r *http.Request) *session {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.sessions[r.PathValue("session")]
}
