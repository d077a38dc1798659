package server

import (
	"bytes"
	"cmp"
	"context"
	"net"
	"net/netip"
	"slices"
	"time"

	"rfc6455/conn"
	"rfc6455/handshake"
)

// The defaults of [Options] and [Server].
const (
	DefaultMaxConns         = 1 << 16 // at 4 KiB each, a quarter of a GiB while idle
	DefaultMaxConnsPerAddr  = 1 << 10 // an office behind one address; not a flood from it
	DefaultHandshakeTimeout = 10 * time.Second
)

// Options say which handshakes are accepted, and how. The zero value, and a nil
// *Options, mean the defaults. Several servers may share one Options, which must
// not be changed while one of them runs.
type Options struct {
	// Origins are the web pages that may connect, beside those of the same
	// scheme, host and port as the request (§10.2). Each is a pattern,
	//
	//	scheme "://" host [ ":" port ]
	//
	// where host is a name, an IPv4 address or an IPv6 address in brackets,
	// or "*." and a name, and port is a number or "*". "*." stands for
	// exactly one label, as it does in a certificate: https://*.example.com
	// matches https://a.example.com, and neither https://example.com nor
	// https://a.b.example.com. ":*" stands for any port, the default one
	// included. Without a port the scheme's own is meant, 80 for http and
	// 443 for https. Case does not matter. There is nothing else: all of an
	// origin is compared, never a part of its text or its end.
	//
	// Behind a proxy that ends TLS, the request looks like http to this
	// server but like https to the page. Name the public origin here then.
	//
	// A request without an Origin line does not come from a page, and is
	// accepted. "null", the origin of sandboxed pages and local files, never
	// is: anybody can have it.
	Origins []string

	// DangerouslyAllowAnyOrigin accepts every page on the web, "null" too. A
	// browser sends its user's cookies along whatever the page, so that any
	// page can then act for the user. It is safe only where cookies, client
	// certificates and the user's network open nothing.
	DangerouslyAllowAnyOrigin bool

	// Authorize, if set, decides whether a valid handshake of a welcome origin
	// may go on (§4.2.2, step 2). It may be called by many goroutines at once.
	//
	// ctx ends with the request, or after the Server's HandshakeTimeout. r has
	// all header lines; behind net/http, lines of different names are in no
	// order. The values of the context that is returned are there for the
	// function that serves the connection; nil stands for ctx.
	//
	// An error that is a [handshake.Error] is the answer: 401 with a
	// WWW-Authenticate line, 403, 404 for a resource that does not exist, or
	// 302 with a Location. Any other error is answered with 403 and a text of
	// our own; its text goes to Server.ErrorLog, or is in the error of Upgrade.
	Authorize func(ctx context.Context, r *handshake.Request) (context.Context, error)

	// Subprotocols are those that are spoken here, the best one first. The
	// first that the client offers too is agreed on (§1.9). If there is none,
	// the connection is opened without one, as the RFC has it, and
	// [conn.Conn.Subprotocol] is "". Authorize can refuse that: it sees what
	// was offered.
	Subprotocols []string

	// MaxConns is the largest number of connections of one [Server] or
	// [Handler] at a time, handshakes included. One more is answered with 503.
	// [Upgrade] counts nothing.
	// Zero means DefaultMaxConns, a negative value no limit.
	MaxConns int

	// MaxConnsPerAddr is the same for one IPv4 address, or one IPv6 network of
	// 64 bits, which is what one subscriber has. One more is answered with
	// 429. Connections without an IP address, such as those of a Unix socket,
	// are not counted. Behind a proxy all connections have its address: set a
	// negative value then, or let middleware set [http.Request.RemoteAddr].
	// Zero means DefaultMaxConnsPerAddr, but no limit for loopback addresses,
	// since who comes from this machine often is a proxy. A negative value
	// means no limit.
	MaxConnsPerAddr int

	// Conn has the options of the connections. Subprotocol and Buffered are
	// set for each of them.
	Conn *conn.Options
}

// check returns an error if o cannot work.
func (o *Options) check() error {
	for _, s := range o.Origins {
		if _, err := parsePattern(s); err != nil {
			return err
		}
	}
	return nil
}

func (o *Options) maxConnsPerAddr(addr netip.Addr) int {
	switch {
	case o.MaxConnsPerAddr != 0:
		return o.MaxConnsPerAddr
	case addr.IsLoopback():
		return -1
	default:
		return DefaultMaxConnsPerAddr
	}
}

// subprotocol returns the first of o.Subprotocols that was offered, or "".
func (o *Options) subprotocol(offered []string) string {
	// §4.2.2: the value comes out of the client's list, or there is none.
	for _, s := range o.Subprotocols {
		if slices.Contains(offered, s) {
			return s
		}
	}
	return ""
}

// newConn returns the connection that begins behind the answer 101 on nc.
// early, which is copied, is what the client sent without waiting for it.
func (o *Options) newConn(nc net.Conn, subprotocol string, early []byte) *conn.Conn {
	opts := o.Conn
	if subprotocol != "" || len(early) > 0 {
		// The only case in which a connection has options of its own.
		own := *cmp.Or(opts, &conn.Options{})
		own.Subprotocol = subprotocol
		own.Buffered = bytes.Clone(early)
		opts = &own
	}
	return conn.New(nc, conn.Server, opts)
}
