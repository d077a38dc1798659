package server

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"log"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"sync/atomic"
	"time"

	"rfc6455/conn"
)

// Server serves WebSocket connections, in one of two ways or both: alone, with
// [Server.ListenAndServe] or [Server.Serve] on raw TCP, or behind net/http, as
// an [http.Handler]. Either way it keeps the limits of its Options, and Shutdown
// ends all of its connections.
//
// The fields must not be changed once the server is in use. All methods may be
// called by many goroutines at once.
type Server struct {
	// Addr is where ListenAndServe listens, "host:port". If it is empty, it
	// is ":80", or ":443" with a TLSConfig (§3).
	Addr string

	// Handler serves one connection, on a goroutine of its own. When it
	// returns the connection is closed with 1000. When it panics, the panic
	// is logged and the connection is closed with 1011.
	//
	// ctx has the values that Authorize gave it and, behind net/http, those of
	// the request. It never ends: net/http is done with the request, and the
	// end of the connection shows in Read, Write and [conn.Conn.Done].
	Handler func(ctx context.Context, c *conn.Conn)

	// Options say which handshakes are accepted.
	Options *Options

	// TLSConfig, if set, makes ListenAndServe and Serve speak TLS (wss).
	TLSConfig *tls.Config

	// HandshakeTimeout bounds the opening handshake, TLS included: a peer
	// that sends a byte a second is cut off. Behind net/http it bounds
	// Authorize and the writing of the answer; the reading is up to
	// [http.Server.ReadHeaderTimeout].
	// Zero or less means DefaultHandshakeTimeout.
	HandshakeTimeout time.Duration

	// MaxHeaderBytes is the longest request head that is read on raw TCP. A
	// longer one is refused with 431. Behind net/http it is up to
	// [http.Server.MaxHeaderBytes].
	// Zero or less means [handshake.DefaultMaxHead].
	MaxHeaderBytes int

	// ErrorLog is where panics, accept errors, failed TLS handshakes and
	// errors of Authorize go that are no answers. If it is nil, they go to
	// http.Server.ErrorLog or, without one, to package log.
	ErrorLog *log.Logger

	registry registry
	leaving  atomic.Int32 // peers that are being told about a limit
}

// ErrServerClosed is what Serve and ListenAndServe return after Shutdown or
// Close.
var ErrServerClosed = errors.New("server: closed by Shutdown or Close")

// Handler returns a [Server] to be mounted in net/http: it upgrades each request
// and has serve look after the connection, as Server.Handler says. ServeHTTP
// returns right after the upgrade, so that net/http lets the request's memory
// go; middleware that measures the time of requests sees the handshake only.
//
// It panics if serve is nil or one of the opts.Origins is no pattern.
//
// [http.Server.Shutdown] does not know the connections. To end them in good
// order, mount a Server of your own, which is an http.Handler too, and call its
// Shutdown.
func Handler(opts *Options, serve func(context.Context, *conn.Conn)) http.Handler {
	s := &Server{Handler: serve, Options: opts}
	if err := s.check(); err != nil {
		panic(err)
	}
	return s
}

// ServeHTTP upgrades the request to a WebSocket connection and returns. The
// connection is served on a goroutine of its own. A request that is refused is
// answered as [Upgrade] does it, and for the limits of Options with 503 or 429.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	opts := s.options()
	addr := remoteAddr(r)
	if refusal := s.registry.admit(opts, addr, nil); refusal != nil {
		refuse(w, refusal)
		return
	}
	var c *conn.Conn
	defer func() {
		if c == nil { // refused, or Authorize panicked
			s.registry.failed(addr, nil)
		}
	}()
	ctx, c, err := upgrade(w, r, opts, s.handshakeTimeout())
	if err != nil {
		s.logHookError(r.Context(), err)
		return
	}
	s.start(context.WithoutCancel(ctx), c, addr)
}

// remoteAddr returns the subscriber that r came from, or the zero Addr if r does
// not say. Middleware behind a proxy sets RemoteAddr to an address without port.
func remoteAddr(r *http.Request) netip.Addr {
	if ap, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		return subscriber(ap.Addr())
	}
	addr, _ := netip.ParseAddr(r.RemoteAddr)
	return subscriber(addr)
}

// check returns an error if s cannot work.
func (s *Server) check() error {
	if s.Handler == nil {
		return errors.New("server: there is no Handler to serve connections")
	}
	return s.options().check()
}

func (s *Server) options() *Options {
	if s.Options == nil {
		return &Options{}
	}
	return s.Options
}

func (s *Server) handshakeTimeout() time.Duration {
	return cmp.Or(max(s.HandshakeTimeout, 0), DefaultHandshakeTimeout)
}

// logPanic does as net/http does: [http.ErrAbortHandler] is the one value that
// is not worth a line.
func (s *Server) logPanic(ctx context.Context, nc net.Conn, v any) {
	if v != http.ErrAbortHandler {
		s.logf(ctx, "server: panic serving %v: %v\n%s", nc.RemoteAddr(), v, debug.Stack())
	}
}

func (s *Server) logHookError(ctx context.Context, err error) {
	if _, ok := errors.AsType[hookError](err); ok {
		s.logf(ctx, "%v", err)
	}
}

func (s *Server) logf(ctx context.Context, format string, args ...any) {
	logger := s.ErrorLog
	if web, ok := ctx.Value(http.ServerContextKey).(*http.Server); ok && logger == nil {
		logger = web.ErrorLog
	}
	if logger == nil {
		logger = log.Default()
	}
	logger.Printf(format, args...)
}
