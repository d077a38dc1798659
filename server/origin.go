package server

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"rfc6455/handshake"
)

// checkOrigin refuses pages that are not welcome (§10.2). A page can make its
// visitor's browser connect anywhere, with the visitor's cookies; unlike other
// requests, this one is not held back by the browser. The Origin line is what
// tells the server which page it is.
func (o *Options) checkOrigin(offer *handshake.Offer, scheme string) error {
	// §4.2.1, item 7: browsers always send the line. Who can leave it out
	// can put anything in it, so that a refusal would protect nobody (§10.1).
	if offer.Origin == "" || o.DangerouslyAllowAnyOrigin {
		return nil
	}
	if page, ok := parseOrigin(offer.Origin); ok {
		if own, ok := newOrigin(scheme, offer.Host); ok && page == own {
			return nil
		}
		for _, s := range o.Origins {
			pattern, err := parsePattern(s)
			if err != nil {
				return err
			}
			if pattern.matches(page) {
				return nil
			}
		}
	}
	return &handshake.Error{Status: 403, Section: "10.2", Rule: "origin-403",
		Detail: fmt.Sprintf("the origin %.64q may not connect; welcome are %s://%.64s and what the server lists in Options.Origins (behind a proxy that ends TLS or changes Host, list the public origin there)",
			offer.Origin, scheme, offer.Host)}
}

// origin is scheme, host and port of a web page (RFC 6454 §4), in lower case.
// The port is never left out where the scheme has one of its own, so that equal
// origins compare with ==. In a pattern, host may begin with "*." and port may
// be "*".
type origin struct{ scheme, host, port string }

// matches reports whether the pattern p stands for o.
func (p origin) matches(o origin) bool {
	if p.scheme != o.scheme || p.port != "*" && p.port != o.port {
		return false
	}
	if parent, ok := strings.CutPrefix(p.host, "*."); ok {
		_, rest, _ := strings.Cut(o.host, ".")
		return rest == parent
	}
	return p.host == o.host
}

// parseOrigin takes an origin apart. "null" is none, and a "*" is of no use in
// one: it must not meet the one of a pattern.
func parseOrigin(s string) (origin, bool) {
	o, err := parsePattern(s)
	return o, err == nil && !strings.Contains(s, "*")
}

// parsePattern takes a pattern of [Options].Origins apart. The error is a
// [handshake.Error] of status 500: the mistake is the server's own.
func parsePattern(s string) (origin, error) {
	scheme, authority, ok := strings.Cut(s, "://")
	if o, valid := newOrigin(scheme, authority); ok && valid {
		return o, nil
	}
	return origin{}, &handshake.Error{Status: 500,
		Detail: fmt.Sprintf("%.64q in Options.Origins is no pattern for an origin; write https://example.com, https://*.example.com or http://localhost:*, without a path", s)}
}

// newOrigin returns the origin, or the pattern, of a scheme and what stands
// behind "://", and whether it is one.
func newOrigin(scheme, authority string) (origin, bool) {
	host, port := authority, ""
	// The colons of an IPv6 address are inside its brackets.
	if i := strings.LastIndexByte(host, ':'); i > strings.LastIndexByte(host, ']') {
		host, port = host[:i], host[i+1:]
	}
	port, portOK := canonicalPort(scheme, port)
	host, hostOK := canonicalHost(host)
	if !portOK || !hostOK || !isScheme(scheme) || strings.HasSuffix(authority, ":") {
		return origin{}, false
	}
	return origin{strings.ToLower(scheme), host, port}, true
}

// isScheme reports whether s is a scheme (RFC 3986 §3.1), such as http, https
// or a browser's chrome-extension: a letter, and then letters, digits and signs.
func isScheme(s string) bool {
	for i := range len(s) {
		if !isAlphanumeric(s[i]) && strings.IndexByte("+-.", s[i]) < 0 {
			return false
		}
	}
	return s != "" && s[0] > '9' // of what is left, only letters are above the digits
}

// canonicalPort returns port without leading zeros, or the scheme's own if it
// is left out, and whether it is one.
func canonicalPort(scheme, port string) (string, bool) {
	if port == "*" {
		return port, true
	}
	if port == "" {
		switch strings.ToLower(scheme) {
		case "http":
			port = "80"
		case "https":
			port = "443"
		}
		return port, true
	}
	n, err := strconv.ParseUint(port, 10, 16)
	return strconv.FormatUint(n, 10), err == nil
}

// canonicalHost returns host in lower case, an IPv6 address in its shortest
// form, and whether it is a host.
func canonicalHost(host string) (string, bool) {
	if v6, ok := strings.CutPrefix(host, "["); ok {
		v6, ok = strings.CutSuffix(v6, "]")
		addr, err := netip.ParseAddr(v6)
		return "[" + addr.String() + "]", ok && err == nil && addr.Is6() && addr.Zone() == ""
	}
	// A final dot makes another origin in browsers too, so it is kept.
	name := strings.TrimSuffix(strings.TrimPrefix(host, "*."), ".")
	for label := range strings.SplitSeq(name, ".") {
		if !isLabel(label) {
			return "", false
		}
	}
	return strings.ToLower(host), true
}

// isLabel reports whether s can stand between the dots of a name. Names of other
// alphabets are written in their ASCII form, xn--…, as browsers send them.
func isLabel(s string) bool {
	for i := range len(s) {
		if !isAlphanumeric(s[i]) && s[i] != '-' && s[i] != '_' {
			return false
		}
	}
	return s != ""
}

func isAlphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}
