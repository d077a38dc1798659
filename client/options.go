package client

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/url"
	"time"

	"rfc6455/conn"
	"rfc6455/handshake"
)

// The defaults of [Options].
const (
	// DefaultHandshakeTimeout leaves room for a first packet that is lost
	// three times, which takes TCP seven seconds to get over, and for a slow
	// proxy. net/http gives as much to the connection alone.
	DefaultHandshakeTimeout = 30 * time.Second

	// DefaultMaxHeaderBytes is the limit of package handshake for the other
	// direction. A plain answer has some 200 bytes; cookies and policies make
	// up the rest.
	DefaultMaxHeaderBytes = handshake.DefaultMaxHead
)

// Options of a dial. The zero value, and a nil *Options, mean the defaults. Any
// number of dials may share one Options at the same time, as long as nobody
// changes it.
type Options struct {
	// Header is sent with the request: Origin, Authorization, Cookie,
	// User-Agent and the like (§4.1, items 8 and 12). Host stands for the
	// Host line, and changes neither the address nor the name in TLS. The
	// lines that the handshake writes itself are refused: Upgrade,
	// Connection, Content-Length, Transfer-Encoding and Sec-WebSocket-*.
	Header http.Header

	// Subprotocols are offered to the server, the best one first (§1.9). What
	// it chose is in the Response and in [conn.Conn.Subprotocol].
	Subprotocols []string

	// TLSConfig is used for wss, and for a proxy that is reached over TLS.
	// Dial works on a copy. An empty ServerName means the host of the URL, and
	// a proxy always goes by its own. The protocol for ALPN is http/1.1.
	TLSConfig *tls.Config

	// Proxy returns the proxy for a request, or nil for none, as in
	// [http.Transport]. The URL of the request has http in place of ws, and
	// https in place of wss. The proxy's URL may be http or https; its
	// username and password are sent to the proxy.
	// Nil means [http.ProxyFromEnvironment], which reads HTTP_PROXY,
	// HTTPS_PROXY and NO_PROXY.
	Proxy func(*http.Request) (*url.URL, error)

	// DialContext opens the transport, to the server or to the proxy. It must
	// return when ctx ends, as that of [net.Dialer] does, which nil means.
	DialContext func(ctx context.Context, network, addr string) (net.Conn, error)

	// Jar gives the cookies for the request and takes those of the answer,
	// under an http or https URL. Nil means none of both.
	Jar http.CookieJar

	// MaxRedirects is how many redirects are followed. Across hosts, only
	// Origin and User-Agent of Header go along, and no username or password;
	// wss never becomes ws. Zero or less means that none is followed.
	MaxRedirects int

	// MaxHeaderBytes bounds the header of the answer, the server's or the
	// proxy's, together with interim answers before it (1xx other than 101).
	// Zero or less means DefaultMaxHeaderBytes.
	MaxHeaderBytes int

	// HandshakeTimeout bounds the whole dial with all its redirects, beside
	// the context of the call. Zero means DefaultHandshakeTimeout, a negative
	// value no limit but the context.
	HandshakeTimeout time.Duration

	// Conn is the options of the connection. Dial fills in Subprotocol and
	// Buffered, in a copy.
	Conn *conn.Options
}

func (o *Options) maxHeaderBytes() int {
	if o.MaxHeaderBytes <= 0 {
		return DefaultMaxHeaderBytes
	}
	return o.MaxHeaderBytes
}

// bound puts the limit of HandshakeTimeout on ctx.
func (o *Options) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	limit := o.HandshakeTimeout
	if limit == 0 {
		limit = DefaultHandshakeTimeout
	}
	if limit < 0 {
		return ctx, func() {}
	}
	return context.WithTimeoutCause(ctx, limit, timeoutError(limit))
}

func (o *Options) dial(ctx context.Context, addr string) (net.Conn, error) {
	if o.DialContext != nil {
		return o.DialContext(ctx, "tcp", addr)
	}
	return new(net.Dialer).DialContext(ctx, "tcp", addr)
}

func (o *Options) proxy(r *http.Request) (*url.URL, error) {
	if o.Proxy != nil {
		return o.Proxy(r)
	}
	return http.ProxyFromEnvironment(r)
}

// connOptions returns the options of the connection, copied only if they are
// not right as they are.
func (o *Options) connOptions(subprotocol string, early []byte) *conn.Options {
	var c conn.Options
	if o.Conn != nil {
		c = *o.Conn
	}
	if c.Subprotocol == subprotocol && len(c.Buffered) == 0 && len(early) == 0 {
		return o.Conn
	}
	c.Subprotocol, c.Buffered = subprotocol, early
	return &c
}
