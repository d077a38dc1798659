package client

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"

	"rfc6455/handshake"
)

// httpRequest returns the request as net/http would have it, with the caller's
// header, the credentials of the URL and the cookies. Options.Proxy sees it; on
// the wire goes what request makes of it.
func (a *attempt) httpRequest(ctx context.Context) *http.Request {
	r := &http.Request{Method: http.MethodGet, URL: a.target.http, Host: a.target.hostLine(), Header: http.Header{}}
	for name, values := range a.header {
		for _, value := range values {
			r.Header.Add(name, value)
		}
	}
	if a.target.user != nil && r.Header.Get("Authorization") == "" {
		r.Header.Set("Authorization", basic(a.target.user))
	}
	if a.opts.Jar != nil {
		for _, cookie := range a.opts.Jar.Cookies(a.target.http) {
			r.AddCookie(cookie)
		}
	}
	return r.WithContext(ctx)
}

// request returns the opening handshake for r (§4.1), with a fresh key.
func (a *attempt) request(r *http.Request) (*handshake.Request, error) {
	a.step = "the request cannot be sent; look at Options.Header and Options.Subprotocols"
	host := r.Host
	var extra handshake.Header
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		if name == "Host" {
			host = strings.Join(r.Header[name], ", ") // two of them make no host, and are refused
			continue
		}
		for _, value := range r.Header[name] {
			extra = append(extra, handshake.Field{Name: name, Value: value})
		}
	}
	req, err := handshake.NewRequest(host, a.target.resource, a.opts.Subprotocols, nil, extra)
	if err != nil {
		return nil, a.failed(err)
	}
	return req, nil
}
