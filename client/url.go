package client

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"
)

// target is a WebSocket URL, taken apart into what §4.1 needs.
type target struct {
	secure   bool          // wss
	host     string        // name or address: ASCII, lower case, without brackets and zone
	zone     string        // of an IPv6 address, such as "eth0"; it means something on this machine only
	port     string        // always set
	resource string        // path and query, percent-encoded: the resource name of §3
	user     *url.Userinfo // nil if there is none
	http     *url.URL      // the same with http or https and without user and zone, for net/http
}

// parseTarget reads a WebSocket URL (§3). The error is a [DialError].
func parseTarget(raw string) (*target, error) {
	// §3: a fragment means nothing here. net/url would let an empty one pass.
	if strings.Contains(raw, "#") {
		return nil, badURL("3", "the URL has a fragment; take it out, or write # as %%23")
	}
	// §11.1: what is not ASCII is encoded, and for that it must be UTF-8.
	if !utf8.ValidString(raw) {
		return nil, badURL("11.1.1", "the URL is not UTF-8; percent-encode its bytes")
	}
	u, err := url.Parse(raw)
	if err != nil {
		return nil, badURL("3", "the URL cannot be read%s", parseDetail(raw, err))
	}
	t := &target{secure: u.Scheme == "wss", user: u.User}
	switch u.Scheme { // in lower case already
	case "ws", "wss":
	case "http", "https":
		return nil, badURL("3", "the scheme of the URL is %s; use ws in place of http, and wss in place of https", u.Scheme)
	default:
		return nil, badURL("3", "the scheme of the URL is %q; a WebSocket URL begins with ws:// or wss://", u.Scheme)
	}
	if err := t.setHost(u); err != nil {
		return nil, err
	}
	if err := t.setPort(u.Port()); err != nil {
		return nil, err
	}
	if err := t.setResource(raw); err != nil {
		return nil, err
	}
	if t.http, err = url.Parse(t.scheme("http") + "://" + t.hostLine() + t.resource); err != nil {
		return nil, badURL("3", "the URL cannot be read%s", parseDetail(raw, err))
	}
	return t, nil
}

// parseDetail returns what net/url says about raw, as the end of a sentence. It
// says nothing if it might quote a password.
func parseDetail(raw string, err error) string {
	var ue *url.Error
	if !errors.As(err, &ue) || strings.Contains(raw, "@") {
		return ""
	}
	return ": " + ue.Err.Error()
}

func (t *target) setHost(u *url.URL) error {
	name := u.Hostname()
	if name == "" {
		return badURL("3", "the URL has no host; it reads ws://host/path or ws://host:port/path")
	}
	if strings.HasPrefix(u.Host, "[") {
		// net/url has checked the address. RFC 6874: %25 begins a zone.
		t.host, t.zone, _ = strings.Cut(name, "%")
		t.host = strings.ToLower(t.host)
		return nil
	}
	t.host = toASCII(name)
	for _, c := range t.host {
		switch {
		case isBeyondASCII(c):
			return badURL("11.1.1", "the host %q has no form in ASCII, since %q may not stand there", name, c)
		case !isUnreserved(c) && !isSubDelim(c):
			return badURL("3", "the host %q has the character %q, which no host may have", name, c)
		}
	}
	return nil
}

// toASCII returns a host name in lower case, with letters beyond ASCII in
// punycode (§11.1), or name itself if that cannot be done. The standard library
// keeps its IDNA tables to itself; but a [http.Transport] knows which name to
// dial, and this one never dials it.
func toASCII(name string) string {
	if strings.IndexFunc(name, isBeyondASCII) < 0 {
		return strings.ToLower(name)
	}
	dialled := name
	t := http.Transport{DialContext: func(_ context.Context, _, addr string) (net.Conn, error) {
		if host, _, err := net.SplitHostPort(addr); err == nil {
			dialled = host
		}
		return nil, errors.ErrUnsupported
	}}
	t.RoundTrip(&http.Request{URL: &url.URL{Scheme: "http", Host: name}, Header: http.Header{}})
	return dialled
}

func isBeyondASCII(c rune) bool { return c >= utf8.RuneSelf }

func (t *target) setPort(port string) error {
	if port == "" {
		t.port = t.defaultPort() // RFC 3986 §3.2.3: "host:" has an empty port, and means the same
		return nil
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return badURL("3", "the port of the URL is %s; a port is between 1 and 65535", port)
	}
	t.port = strconv.FormatUint(n, 10)
	return nil
}

// setResource builds the resource name (§3) out of the URL itself, and not out
// of what net/url made of it: that would lose the difference between %2F and /.
func (t *target) setResource(raw string) error {
	_, rest, _ := strings.Cut(raw, "//")
	path, query := "", ""
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		path, query, _ = strings.Cut(rest[i:], "?")
	}
	if path == "" {
		path = "/"
	}
	if query != "" {
		path += "?" + query
	}
	var b strings.Builder
	for i, c := range []byte(path) {
		switch {
		case c == '%' && !isEscape(path, i):
			return badURL("3", "the URL has a %% without two hexadecimal digits behind it; write the sign itself as %%25")
		case c == '%', isUnreserved(rune(c)), isSubDelim(rune(c)), strings.IndexByte(":@/?", c) >= 0:
			b.WriteByte(c)
		default:
			// §11.1: each byte that the syntax excludes is percent-encoded.
			const hex = "0123456789ABCDEF"
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		}
	}
	t.resource = b.String()
	return nil
}

// isEscape reports whether a percent-encoded byte begins at s[i].
func isEscape(s string, i int) bool {
	if len(s) < i+3 {
		return false
	}
	_, err := strconv.ParseUint(s[i+1:i+3], 16, 8)
	return err == nil
}

// isUnreserved and isSubDelim are the two sets of RFC 3986 §2 that may stand
// everywhere in a URL.
func isUnreserved(c rune) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.ContainsRune("-._~", c)
}

func isSubDelim(c rune) bool { return strings.ContainsRune("!$&'()*+,;=", c) }

// scheme returns ws or wss for "ws", http or https for "http".
func (t *target) scheme(plain string) string {
	if t.secure {
		return plain + "s"
	}
	return plain
}

func (t *target) defaultPort() string {
	if t.secure {
		return "443"
	}
	return "80"
}

// hostLine returns the value of the Host line (§4.1, item 4): without the
// default port, and without the zone, which the server cannot know.
func (t *target) hostLine() string {
	switch {
	case t.port != t.defaultPort():
		return t.authority()
	case strings.Contains(t.host, ":"):
		return "[" + t.host + "]"
	}
	return t.host
}

// authority returns host and port as a proxy is told them (§4.1, step 3).
func (t *target) authority() string { return net.JoinHostPort(t.host, t.port) }

// address returns host, zone and port, for dialling.
func (t *target) address() string {
	if t.zone != "" {
		return net.JoinHostPort(t.host+"%"+t.zone, t.port)
	}
	return t.authority()
}

// String returns the URL for errors and logs: without username, password and
// query, any of which may be a secret.
func (t *target) String() string {
	path, _, hasQuery := strings.Cut(t.resource, "?")
	s := t.scheme("ws") + "://" + t.hostLine() + path
	if hasQuery {
		s += "?…"
	}
	return s
}
