package client

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"rfc6455/conn"
	"rfc6455/handshake"
)

// Dial opens a WebSocket connection to url (§4.1), which is written
// ws://host[:port]/path?query, or wss:// for TLS. A username and password in
// the URL are sent as Basic Authorization, unless Options.Header has that line.
// A host name beyond ASCII becomes punycode, and what else the syntax excludes
// is percent-encoded (§11.1). opts may be nil.
//
// ctx bounds the whole dial, as Options.HandshakeTimeout does. Once Dial has
// returned, the end of ctx does not touch the connection.
//
// The Response is the last answer of the server, or nil if none came; an answer
// that is not 101 has up to 4 KiB of its body. It is there beside an error too.
// The error is a [DialError]; the answer of a proxy that refused is only in it.
func Dial(ctx context.Context, url string, opts *Options) (*conn.Conn, *handshake.Response, error) {
	if opts == nil {
		opts = &Options{}
	}
	t, err := parseTarget(url)
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := opts.bound(ctx)
	defer cancel()

	a := attempt{opts: opts, target: t, header: opts.Header}
	for redirects := 0; ; redirects++ {
		c, resp, err := a.open(ctx)
		if resp == nil || !isRedirect(resp) || redirects >= opts.MaxRedirects {
			return c, resp, err
		}
		if err := a.follow(resp); err != nil {
			return nil, resp, err
		}
	}
}

// attempt is one try to open a connection, to one URL.
type attempt struct {
	opts   *Options
	target *target
	header http.Header // Options.Header, or what of it may go to another host
	step   string      // what is being tried, in the words of an error
}

// open goes through §4.1 once. What can be refused without a connection is
// refused before one is opened.
func (a *attempt) open(ctx context.Context) (*conn.Conn, *handshake.Response, error) {
	r := a.httpRequest(ctx)
	req, err := a.request(r)
	if err != nil {
		return nil, nil, err
	}
	p, err := a.findProxy(r)
	if err != nil {
		return nil, nil, err
	}
	addr := a.target.address()
	if p != nil {
		addr = p.address
	}
	a.step = "cannot connect to " + addr
	raw, err := a.opts.dial(ctx, addr)
	if err != nil {
		if ctx.Err() != nil {
			err = reason(ctx)
		}
		return nil, nil, a.failed(err)
	}

	release := guard(ctx, raw)
	nc, early, resp, err := a.setUp(ctx, raw, p, req)
	// A context that has ended is why the rest failed, unless the server has
	// refused: that is the better news.
	if ended := release(); ended != nil && (err == nil || resp == nil) {
		resp, err = nil, a.failed(ended)
	}
	if err != nil {
		// The transport itself is closed, and not the TLS over it, which
		// would wait for the peer to take a goodbye.
		raw.Close()
		return nil, resp, err
	}
	nc.SetDeadline(time.Time{}) // Options.DialContext may have left one
	return conn.New(nc, conn.Client, a.opts.connOptions(resp.Subprotocol, early)), resp, nil
}

// guard closes nc when ctx ends. That wakes whoever waits for nc, whatever kind
// of transport it is. release ends the guard; it returns nil, or the reason for
// which ctx ended and nc is closed.
func guard(ctx context.Context, nc net.Conn) (release func() error) {
	closed := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		nc.Close()
		close(closed)
	})
	return func() error {
		if stop() {
			return nil
		}
		<-closed // no goroutine outlives the dial
		return reason(ctx)
	}
}

// setUp makes a WebSocket of the transport raw: a tunnel if there is a proxy,
// TLS for wss, then the handshake. It returns what the connection speaks over,
// bytes that came behind the answer, and the answer itself, which may be there
// with an error.
func (a *attempt) setUp(ctx context.Context, raw net.Conn, p *proxy, req *handshake.Request) (nc net.Conn, early []byte, resp *handshake.Response, err error) {
	nc = raw
	if p != nil {
		if nc, err = a.tunnel(ctx, nc, p); err != nil {
			return nil, nil, nil, err
		}
	}
	if a.target.secure {
		// §4.1, step 5: TLS comes first, and everything else runs through it.
		a.step = "no TLS with " + a.target.host
		if nc, err = startTLS(ctx, nc, a.opts.tlsConfig(a.target.host)); err != nil {
			return nil, nil, nil, a.failed(err)
		}
	}
	early, resp, err = a.exchange(nc, req)
	return nc, early, resp, err
}

// failed is the error for err in the present step.
func (a *attempt) failed(err error) error {
	e := DialError{URL: a.target.String(), Section: "4.1", Detail: a.step, Err: err}
	if he := (handshake.Error{}); errors.As(err, &he) {
		e.Section = "" // the cause names the one that it is about
	}
	return e
}

// refused is the error for an answer that the dial cannot go on with.
func (a *attempt) refused(resp *handshake.Response, detail string) error {
	return DialError{URL: a.target.String(), Section: "4.1", Detail: detail, Response: resp}
}
