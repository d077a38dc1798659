package server

import (
	"cmp"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"slices"
	"sync"

	"rfc6455/handshake"
)

// registry knows what a [Server] has to do with at the moment: it counts for the
// limits, and finds for Shutdown. Its zero value is ready.
type registry struct {
	mu        sync.Mutex
	listeners map[net.Listener]struct{}
	shaking   map[net.Conn]struct{} // raw TCP, not yet accepted
	open      map[*session]struct{} // being served
	total     int                   // admitted and not gone
	perAddr   map[netip.Addr]int    // the same, by address; never zero
	closing   bool                  // nothing more is admitted
	idle      chan struct{}         // set with closing, closed when total is 0
}

// retryAfter is what a peer that comes at a bad time is told to wait, in seconds.
const retryAfter = "5"

// admit counts a connection from addr, or says with a [handshake.Error] why it
// must not stay. nc is nil if net/http reads the handshake. Whoever was admitted
// must go through failed or gone.
func (r *registry) admit(opts *Options, addr netip.Addr, nc net.Conn) *handshake.Error {
	maxConns := cmp.Or(opts.MaxConns, DefaultMaxConns)
	maxPerAddr := opts.maxConnsPerAddr(addr)
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.closing:
		return busy(503, "the server shuts down; come back in a while")
	case maxConns >= 0 && r.total >= maxConns:
		return busy(503, fmt.Sprintf("all %d connections that this server allows are taken; come back in a while (the server can raise Options.MaxConns)", maxConns))
	case maxPerAddr >= 0 && r.perAddr[addr] >= maxPerAddr:
		return busy(429, fmt.Sprintf("all %d connections that this server allows from one address are taken; close some (the server can raise Options.MaxConnsPerAddr, behind a proxy it must)", maxPerAddr))
	}
	r.total++
	if addr.IsValid() {
		if r.perAddr == nil {
			r.perAddr = make(map[netip.Addr]int)
		}
		r.perAddr[addr]++
	}
	if nc != nil {
		if r.shaking == nil {
			r.shaking = make(map[net.Conn]struct{})
		}
		r.shaking[nc] = struct{}{}
	}
	return nil
}

func busy(status int, detail string) *handshake.Error {
	return &handshake.Error{Status: status, Detail: detail,
		Header: handshake.Header{{Name: "Retry-After", Value: retryAfter}}}
}

// accepted notes that the answer 101 is about to be written on nc. From here on
// the peer may count on a connection that is closed in good order.
func (r *registry) accepted(nc net.Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.shaking, nc)
}

// failed forgets a connection that was admitted from addr and whose handshake
// has failed.
func (r *registry) failed(addr netip.Addr, nc net.Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.shaking, nc)
	r.release(addr)
}

// opened notes a connection that has come out of its handshake. It reports
// whether the server is closing, so that the connection should too.
func (r *registry) opened(v *session) (closing bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.open == nil {
		r.open = make(map[*session]struct{})
	}
	r.open[v] = struct{}{}
	return r.closing
}

// gone forgets a connection that is done.
func (r *registry) gone(v *session) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.open, v)
	r.release(v.addr)
}

// release makes room for another connection from addr. The caller holds r.mu.
func (r *registry) release(addr netip.Addr) {
	// An address without connections leaves nothing behind: the table is
	// never larger than the number of connections.
	if n := r.perAddr[addr]; n > 1 {
		r.perAddr[addr] = n - 1
	} else {
		delete(r.perAddr, addr)
	}
	if r.total--; r.total == 0 && r.closing {
		close(r.idle)
	}
}

// listen notes a listener, so that stop can close it. It reports whether the
// server is still in business.
func (r *registry) listen(ln net.Listener) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.listeners == nil {
		r.listeners = make(map[net.Listener]struct{})
	}
	r.listeners[ln] = struct{}{}
	return !r.closing
}

func (r *registry) unlisten(ln net.Listener) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.listeners, ln)
}

func (r *registry) isClosing() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.closing
}

// stop closes the listeners and the connections that are in their handshake,
// and lets no more in. It returns the connections that are open, and a channel
// that is closed when the last one is gone.
func (r *registry) stop() (open []*session, idle <-chan struct{}) {
	r.mu.Lock()
	if !r.closing {
		r.closing = true
		r.idle = make(chan struct{})
		if r.total == 0 {
			close(r.idle)
		}
	}
	listeners := slices.Collect(maps.Keys(r.listeners))
	shaking := slices.Collect(maps.Keys(r.shaking))
	open = slices.Collect(maps.Keys(r.open))
	r.mu.Unlock()
	// Without the lock: to close a TLS connection may take a while.
	for _, ln := range listeners {
		ln.Close()
	}
	for _, nc := range shaking {
		nc.Close()
	}
	return open, r.idle
}

// subscriber returns the part of addr that belongs to one peer, or the zero
// Addr if addr is none. An IPv6 subscriber has at least 64 bits of addresses to
// choose from (RFC 6177).
func subscriber(addr netip.Addr) netip.Addr {
	addr = addr.Unmap()
	if addr.Is6() && !addr.IsLoopback() {
		prefix, _ := addr.Prefix(64) // drops the zone too
		return prefix.Addr()
	}
	return addr
}
