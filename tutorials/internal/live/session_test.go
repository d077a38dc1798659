package live

import (
	"bytes"
	"strings"
	"testing"
)

// A page that does not read loses events, and learns how many.
func TestSlowPage(t *testing.T) {
	s := newSession(t.Context())
	for range maxQueue + 44 {
		s.push(Event{Type: eventFrame})
	}
	if n := len(s.events); n != maxQueue {
		t.Fatalf("%d events wait, want %d", n, maxQueue)
	}
	for range maxQueue {
		if e := <-s.events; e.Dropped != 0 {
			t.Fatalf("an early event says that %d were dropped", e.Dropped)
		}
	}
	s.push(Event{Type: eventFrame})
	s.push(Event{Type: eventFrame})
	if a, b := <-s.events, <-s.events; a.Dropped != 44 || b.Dropped != 0 {
		t.Errorf("the next two events say that %d and %d were dropped, want 44 and 0", a.Dropped, b.Dropped)
	}
}

func TestHead(t *testing.T) {
	const request = "GET /echo/x HTTP/1.1\r\nHost: localhost\r\n\r\n"
	for _, test := range []struct{ name, wire, want string }{
		{"ends with the empty line", request + "\x81\x85", request},
		{"not complete", request[:20], request[:20]},
		{"too long", strings.Repeat("x", maxHead+1), strings.Repeat("x", maxHead)},
	} {
		for _, size := range []int{1, 3, len(test.wire)} {
			var h head
			for at := 0; at < len(test.wire); at += size {
				h.add([]byte(test.wire[at:min(at+size, len(test.wire))]))
			}
			if got := h.bytes(); !bytes.Equal(got, []byte(test.want)) {
				t.Errorf("%s, in pieces of %d bytes: kept %.80q, want %.80q", test.name, size, got, test.want)
			}
		}
	}
}

func TestMaxSessions(t *testing.T) {
	h := NewHub()
	var open []*session
	for range maxSessions {
		open = append(open, h.open())
	}
	if h.open() != nil {
		t.Errorf("there are more than %d sessions", maxSessions)
	}
	h.drop(open[0])
	if open[0] = h.open(); open[0] == nil {
		t.Error("a session that ended did not make room")
	}
	for _, s := range open {
		h.drop(s)
	}
	if err := h.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if h.open() != nil {
		t.Error("a session was opened after Shutdown")
	}
}
