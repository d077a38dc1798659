package client

import (
	"fmt"
	"net/http"

	"rfc6455/handshake"
)

// isRedirect reports whether resp sends the client elsewhere. An opening
// handshake is a GET and stays one under each of these.
func isRedirect(resp *handshake.Response) bool {
	switch resp.Status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// follow turns a towards the URL that resp redirects to (§4.1, step 1).
func (a *attempt) follow(resp *handshake.Response) error {
	location := resp.Header.Get("Location")
	if location == "" {
		return a.refused(resp, fmt.Sprintf("the server answered %d without saying where to go; its Location is missing", resp.Status))
	}
	next, err := a.resolve(location)
	if err != nil {
		return DialError{URL: a.target.String(), Detail: "the server redirects to where no WebSocket can be", Response: resp, Err: err}
	}
	if a.target.secure && !next.secure {
		// Who asked for TLS gets TLS. Otherwise one forged or careless
		// answer would lay all that follows open.
		return a.refused(resp, fmt.Sprintf("the server redirects from wss to %s, which is not encrypted; it must redirect to wss", next))
	}
	if next.hostLine() == a.target.hostLine() {
		if next.user == nil {
			next.user = a.target.user
		}
	} else {
		a.header = withoutSecrets(a.header)
	}
	a.target = next
	return nil
}

// resolve reads a Location, which may be relative and may say http for ws.
func (a *attempt) resolve(location string) (*target, error) {
	u, err := a.target.http.Parse(location)
	if err != nil {
		return nil, badURL("3", "the Location cannot be read%s", parseDetail(location, err))
	}
	switch u.Scheme {
	case "http":
		u.Scheme = "ws"
	case "https":
		u.Scheme = "wss"
	}
	return parseTarget(u.String())
}

// withoutSecrets returns what of a caller's header may go to another host. Any
// line may be a secret, an API key for one. So it names those that are not.
func withoutSecrets(h http.Header) http.Header {
	kept := http.Header{}
	for name, values := range h {
		switch http.CanonicalHeaderKey(name) {
		case "Origin", "User-Agent":
			kept[name] = values
		}
	}
	return kept
}
