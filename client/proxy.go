package client

import (
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"net/url"

	"rfc6455/handshake"
)

// proxy is an HTTP proxy (§4.1, step 3).
type proxy struct {
	secure  bool   // reached over TLS
	host    string // for the certificate
	address string // for dialling
	user    *url.Userinfo
}

// findProxy returns the proxy for r, or nil for none.
func (a *attempt) findProxy(r *http.Request) (*proxy, error) {
	a.step = "Options.Proxy failed"
	u, err := a.opts.proxy(r)
	if err != nil {
		return nil, a.failed(err)
	}
	if u == nil {
		return nil, nil
	}
	p := &proxy{host: u.Hostname(), user: u.User}
	port := "80"
	switch u.Scheme {
	case "http":
	case "https":
		p.secure, port = true, "443"
	default:
		return nil, a.failed(fmt.Errorf("the proxy has the scheme %q, only http and https can be used; reach others through Options.DialContext", u.Scheme))
	}
	p.address = net.JoinHostPort(p.host, cmp.Or(u.Port(), port))
	return p, nil
}

// tunnel asks the proxy behind nc for a connection to the server, and returns
// what the tunnel runs through (§4.1, step 3; RFC 9110 §9.3.6).
func (a *attempt) tunnel(ctx context.Context, nc net.Conn, p *proxy) (net.Conn, error) {
	if p.secure {
		a.step = "no TLS with the proxy " + p.host
		c := a.opts.tlsConfig(p.host)
		c.ServerName = p.host // the caller's ServerName is that of the server
		var err error
		if nc, err = startTLS(ctx, nc, c); err != nil {
			return nil, a.failed(err)
		}
	}
	a.step = "no tunnel through the proxy " + p.address
	req := &handshake.Request{Method: http.MethodConnect, Target: a.target.authority(), Major: 1, Minor: 1,
		Header: handshake.Header{{Name: "Host", Value: a.target.authority()}}}
	if p.user != nil {
		req.Header = append(req.Header, handshake.Field{Name: "Proxy-Authorization", Value: basic(p.user)})
	}
	resp, rest, err := a.roundTrip(nc, req)
	switch {
	case err != nil:
		return nil, a.failed(err)
	case resp.Status/100 != 2:
		resp.Body = readBody(nc, rest, resp)
		hint := ""
		if resp.Status == http.StatusProxyAuthRequired {
			hint = "it wants credentials; put them into the proxy's URL"
		}
		return nil, a.refused(resp, refusal("the proxy "+p.address, resp, hint))
	case len(rest) > 0:
		// In both schemes the client speaks first. So these bytes come from
		// nobody who has read the request, and are no part of the answer.
		return nil, a.refused(resp, fmt.Sprintf("the proxy %s sent %d bytes before the server was asked anything; they must not be read as the server's", p.address, len(rest)))
	}
	return nc, nil
}

// basic returns the credentials of u as HTTP's Basic scheme has them (RFC 7617).
func basic(u *url.Userinfo) string {
	password, _ := u.Password()
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(u.Username()+":"+password))
}
