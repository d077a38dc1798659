package live

import (
	"context"
	"crypto/rand"
	"sync"
	"time"

	"rfc6455/conn"
)

// maxQueue is how many events may wait for a page that is slow to read. With
// [maxPayload] it bounds what a session keeps in memory to some 300 KiB.
const maxQueue = 256

// session ties a wire feed to the subjects that it tells about: one at a time,
// and the next when the page connects again.
type session struct {
	id     string
	began  time.Time
	ctx    context.Context // ends when the page is gone, and with Shutdown
	cancel context.CancelFunc
	slot   chan struct{} // holds a token while a subject is open

	mu      sync.Mutex
	events  chan Event
	dropped int
	subject *conn.Conn // nil between two subjects
}

func newSession(parent context.Context) *session {
	ctx, cancel := context.WithCancel(parent)
	return &session{
		id:     rand.Text(),
		began:  time.Now(),
		ctx:    ctx,
		cancel: cancel,
		slot:   make(chan struct{}, 1),
		events: make(chan Event, maxQueue),
	}
}

// push queues an event. It never waits: the subject must not be held up by a
// page that is slow to read about it. An event that finds no room is counted,
// and the next one that does carries the count.
func (s *session) push(e Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e.At = float64(time.Since(s.began).Microseconds()) / 1000
	e.Dropped = s.dropped
	select {
	case s.events <- e:
		s.dropped = 0
	default:
		s.dropped++
	}
}

func (s *session) setSubject(c *conn.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.subject = c
}

func (s *session) getSubject() *conn.Conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.subject
}
