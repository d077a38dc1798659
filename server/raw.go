package server

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"time"
)

// ListenAndServe listens on s.Addr and calls Serve.
func (s *Server) ListenAndServe() error {
	port := ":80"
	if s.TLSConfig != nil {
		port = ":443"
	}
	ln, err := net.Listen("tcp", cmp.Or(s.Addr, port))
	if err != nil {
		return err
	}
	return s.Serve(ln)
}

// Serve accepts connections from ln, without net/http in between: it does the
// opening handshake itself and takes no other requests. If ln is a TLS listener,
// or s.TLSConfig is set, the connections are wss. A Server may serve several
// listeners.
//
// Serve returns when ln fails, and with [ErrServerClosed] after Shutdown or
// Close. It closes ln. It refuses to begin if one of the Options.Origins is no
// pattern, or there is no Handler.
func (s *Server) Serve(ln net.Listener) error {
	defer ln.Close()
	if err := s.check(); err != nil {
		return err
	}
	if !s.registry.listen(ln) {
		return ErrServerClosed
	}
	defer s.registry.unlisten(ln)
	var pause time.Duration
	for {
		nc, err := ln.Accept()
		if err == nil {
			pause = 0
			s.accept(nc)
			continue
		}
		if s.registry.isClosing() {
			return ErrServerClosed
		}
		// Out of file descriptors, for example. To try again at once would
		// only keep the processor busy.
		var temporary interface{ Temporary() bool }
		if !errors.As(err, &temporary) || !temporary.Temporary() {
			return err
		}
		pause = min(max(2*pause, minPause), maxPause)
		s.logf(context.Background(), "server: %v; next try in %v", err, pause)
		time.Sleep(pause)
	}
}

// How long Serve waits after an error of Accept that may pass: as net/http.
const (
	minPause = 5 * time.Millisecond
	maxPause = time.Second
)

// maxLeaving is how many peers at a time are told that a limit is reached. What
// stops a flood must not be one: the others are cut off without a word.
const maxLeaving = 64

// accept begins the handshake of nc on another goroutine, so that a slow peer
// holds up nobody.
func (s *Server) accept(nc net.Conn) {
	var addr netip.Addr
	if tcp, ok := nc.RemoteAddr().(*net.TCPAddr); ok {
		addr = subscriber(tcp.AddrPort().Addr())
	}
	if s.TLSConfig != nil {
		nc = tls.Server(nc, s.TLSConfig)
	}
	refusal := s.registry.admit(s.options(), addr, nc)
	switch {
	case refusal == nil:
		go s.open(nc, addr)
	case s.leaving.Add(1) <= maxLeaving:
		go func() {
			defer s.leaving.Add(-1)
			turnAway(nc, refusal)
		}()
	default:
		s.leaving.Add(-1)
		nc.Close()
	}
}
