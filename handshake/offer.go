package handshake

import (
	"slices"
	"strconv"
	"strings"
)

// Offer is what a valid request asks for (§4.2.2, step 4).
type Offer struct {
	Host         string      // the server's authority: name and, unless it is the default, port
	Resource     string      // the resource name: path and query
	Key          string      // as it was sent
	Origin       string      // in lower case; "" if there is none, but a browser always sends one
	Subprotocols []string    // the one that the client likes best comes first
	Extensions   []Extension // the same
}

// CheckRequest checks that r is a client's opening handshake (§4.2.1) and
// returns what it asks for. The error is an [*Error] with the status to refuse
// r with. Whether the origin is welcome and the resource exists is for the
// server to judge.
func CheckRequest(r *Request) (*Offer, error) {
	o := new(Offer)
	var err error
	// Items 1 and 2: a GET over HTTP/1.1 for a resource of this host.
	if err = checkProtocol(r); err != nil {
		return nil, err
	}
	if o.Host, err = host(r.Header); err != nil {
		return nil, err
	}
	if o.Resource, err = resource(r.Target, o.Host); err != nil {
		return nil, err
	}
	if err = checkNoBody(r.Header); err != nil {
		return nil, err
	}
	// Items 3 and 4: it asks for another protocol.
	if err = checkUpgrade(r.Header); err != nil {
		return nil, err
	}
	// Items 6 and 5. The version comes first: a client of another version,
	// whose key may look different, is to learn which one it can use (§4.4).
	if err = checkVersion(r.Header); err != nil {
		return nil, err
	}
	if o.Key, err = key(r.Header); err != nil {
		return nil, err
	}
	// Items 7 to 9 may be absent. Other lines, item 10, are not looked at.
	if o.Origin, err = origin(r.Header); err != nil {
		return nil, err
	}
	if o.Subprotocols, err = subprotocols(r.Header); err != nil {
		return nil, err
	}
	if o.Extensions, err = parseExtensions(r.Header); err != nil {
		return nil, err
	}
	return o, nil
}

// checkProtocol checks that r is a GET over HTTP/1.1 (§4.2.1, item 1).
func checkProtocol(r *Request) error {
	switch {
	case r.Method != "GET":
		// Methods are case-sensitive: "get" is another one.
		// RFC 9110 §15.5.6: a 405 lists the methods that would do.
		err := fault("4.2.1", "method-get", "the method is %s; an opening handshake is a GET", quote(r.Method))
		err.Status = 405
		err.Header = Header{{"Allow", "GET"}}
		return err
	case r.Major != 1:
		// Other major versions have no Upgrade line; a WebSocket over
		// HTTP/2 begins with the CONNECT of RFC 8441.
		err := fault("4.2.1", "http-version", "the request came as HTTP/%d.%d; an opening handshake is HTTP/1.1", r.Major, r.Minor)
		err.Status = 505
		return err
	case r.Minor == 0:
		// RFC 9110 §7.8: an Upgrade line in HTTP/1.0 must be ignored.
		return fault("4.2.1", "http-version",
			"the request came as HTTP/1.0, which has no Upgrade; send HTTP/1.1, and see that a proxy does so too")
	}
	return nil
}

// host returns the value of the Host line (§4.2.1, item 2). RFC 9112 §3.2 wants
// a 400 for none, for several and for one that is no authority: proxies pick
// different ones, and the origin is compared with it.
func host(h Header) (string, error) {
	value, lines := h.lookup(fieldHost)
	switch {
	case lines == 0:
		return "", fault("4.2.1", "host", "there is no Host line; send the name of the server that was asked for")
	case lines > 1:
		return "", fault("4.2.1", "host", "there are %d Host lines; send one", lines)
	case !isAuthority(value):
		return "", fault("4.2.1", "host", "the Host line says %s; it takes a host name or address, and a port in digits behind a colon", quote(value))
	}
	return value, nil
}

// isAuthority reports whether s is a host and perhaps a port (RFC 3986 §3.2.2,
// §3.2.3). Whether an address has the right number of digits is left to those
// who look it up; here only the characters count.
func isAuthority(s string) bool {
	name := s
	// The colons of an IPv6 address stand in brackets. One behind them, or
	// one without brackets, begins the port.
	if i := strings.LastIndexByte(s, ':'); i > strings.LastIndexByte(s, ']') {
		name = s[:i]
		if !isDigits(s[i+1:]) {
			return false
		}
	}
	// The marks of a registered name; none of them starts another part of a URI.
	marks := "-._~%!$&'()*+,;="
	if v6, ok := strings.CutPrefix(name, "["); ok {
		if name, ok = strings.CutSuffix(v6, "]"); !ok {
			return false
		}
		marks = ".:"
	}
	for i := range len(name) {
		if !isAlphanumeric(name[i]) && strings.IndexByte(marks, name[i]) < 0 {
			return false
		}
	}
	return name != ""
}

// resource returns the resource name that target stands for (§3, §4.2.1, item
// 1): target itself, or what follows the authority in an absolute URI.
func resource(target, host string) (string, error) {
	switch {
	case !isVisible(target):
		return "", fault("4.2.1", "request-target", "the request target %s is empty or has white space, control or non-ASCII characters; encode them with %%", quote(target))
	case strings.Contains(target, "#"):
		return "", fault("3", "no-fragment", "the request target %s has a fragment; take it out, or write # as %%23", quote(target))
	case target[0] == '/':
		return target, nil
	}
	// RFC 9112 §3.2.2: servers take the absolute form too. It is what a proxy
	// gets, and what some proxies pass on.
	scheme, rest, ok := strings.Cut(target, "://")
	if !ok || !equalFold(scheme, "http") && !equalFold(scheme, "https") {
		return "", fault("4.2.1", "request-target", "the request target is %s; it takes a path that begins with /, or an absolute http or https URI", quote(target))
	}
	end := strings.IndexAny(rest, "/?")
	if end < 0 {
		end = len(rest)
	}
	// §4.1: an absolute URI names the host that is connected to. A request
	// that names two is not let through to checks that look at one.
	if !equalFold(rest[:end], host) {
		return "", fault("4.1", "request-target", "the request target %s names another host than the Host line, %s; make them the same", quote(target), quote(host))
	}
	if rest = rest[end:]; rest == "" || rest[0] == '?' {
		rest = "/" + rest // §3: an empty path is written as a slash
	}
	return rest, nil
}

// checkNoBody refuses a request that announces a body. What follows the head
// are frames; if a proxy took them for a body, each side would see another
// conversation (RFC 9112 §11.2).
func checkNoBody(h Header) error {
	for length := range h.Values(fieldLength) {
		if length != "0" {
			return fault("4.2.1", "no-body", "the request announces a body with Content-Length: %s; an opening handshake has none", quote(length))
		}
	}
	if coding, lines := h.lookup(fieldCoding); lines > 0 {
		return fault("4.2.1", "no-body", "the request announces a body with Transfer-Encoding: %s; an opening handshake has none", quote(coding))
	}
	return nil
}

// checkUpgrade checks the two lines that ask for another protocol (§4.2.1,
// items 3 and 4).
func checkUpgrade(h Header) error {
	if !h.hasToken(fieldUpgrade, "websocket") {
		seen := "no Upgrade line"
		if value, lines := h.lookup(fieldUpgrade); lines > 0 {
			seen = "Upgrade: " + quote(value)
		}
		// RFC 9110 §15.5.22: 426 says that the resource is fine, but is to
		// be had in another protocol only, and names that protocol.
		err := fault("4.2.1", "upgrade-header", "this address speaks WebSocket, and the request has %s; open it with a WebSocket client, which sends Upgrade: websocket, and see that no proxy takes the line out", seen)
		err.Status = 426
		err.Header = Header{{fieldUpgrade, "websocket"}}
		return err
	}
	if !h.hasToken(fieldConnection, "upgrade") {
		return fault("4.2.1", "connection-header",
			"the Connection line does not list Upgrade; send Connection: Upgrade, and see that no proxy takes it out")
	}
	return nil
}

// checkVersion checks Sec-WebSocket-Version (§4.2.1, item 6, and §4.4).
func checkVersion(h Header) error {
	value, lines := h.lookup(fieldVersion)
	version := strconv.Itoa(Version)
	var err *Error
	switch {
	case lines > 1:
		return fault("11.3.5", "version-once", "there are %d Sec-WebSocket-Version lines; send one", lines)
	case lines == 0:
		err = fault("4.2.1", "version-header", "there is no Sec-WebSocket-Version line; send version %s", version)
	case value != version:
		err = fault("4.2.2", "version-refused", "Sec-WebSocket-Version is %s; only version %s is spoken here", quote(value), version)
	default:
		return nil
	}
	// §4.4: the refusal lists all versions that would do. Upgrade is there
	// because every 426 has it.
	err.Status = 426
	err.Header = Header{{fieldUpgrade, "websocket"}, {fieldVersion, version}}
	return err
}

// key returns the value of Sec-WebSocket-Key (§4.2.1, item 5).
func key(h Header) (string, error) {
	value, lines := h.lookup(fieldKey)
	switch {
	case lines == 0:
		return "", fault("4.2.1", "key-16-bytes", "there is no Sec-WebSocket-Key line; send 16 random bytes in base64")
	case lines > 1:
		return "", fault("11.3.1", "key-once", "there are %d Sec-WebSocket-Key lines; send one", lines)
	case !isKey(value):
		return "", fault("4.2.1", "key-16-bytes", "Sec-WebSocket-Key is %s; send 16 random bytes in base64, which are %d characters with == at the end", quote(value), keyLen)
	}
	return value, nil
}

// origin returns the value of the Origin line in lower case (§4.2.1, item 7,
// and §4.2.2, step 4), or "" if there is none.
func origin(h Header) (string, error) {
	value, lines := h.lookup(fieldOrigin)
	switch {
	case lines == 0:
		return "", nil
	case lines > 1:
		// Which of them would the server's policy look at?
		return "", fault("4.2.1", "origin", "there are %d Origin lines; send one", lines)
	case !isVisible(value):
		return "", fault("4.2.1", "origin", "the Origin line says %s; it takes one origin in ASCII, such as https://example.com, or null", quote(value))
	}
	return strings.ToLower(value), nil
}

// subprotocols returns the elements of all the Sec-WebSocket-Protocol lines
// (§4.1, item 10). Several lines are the same as one that holds all their
// elements (§11.3.4).
func subprotocols(h Header) ([]string, error) {
	// The elements are counted before memory is taken for them.
	n := 0
	for value := range h.Values(fieldProtocol) {
		n += 1 + strings.Count(value, ",")
	}
	if n == 0 {
		return nil, nil
	}
	if n > MaxItems {
		return nil, fault("4.2.1", "subprotocol-limit", "Sec-WebSocket-Protocol has %d elements, and at most %d are read; offer fewer", n, MaxItems)
	}
	list := make([]string, 0, n)
	for value := range h.Values(fieldProtocol) {
		for element := range strings.SplitSeq(value, ",") {
			element = trim(element)
			switch {
			case element == "":
				// §4.1: stricter than HTTP's own lists, whose empty
				// elements do not count.
				return nil, fault("4.2.1", "subprotocol-list", "Sec-WebSocket-Protocol has an empty element; take it out")
			case !isToken(element):
				return nil, fault("4.2.1", "subprotocol-list", "the subprotocol %s is not a token; use letters, digits and the signs of RFC 9110 §5.6.2", quote(element))
			case slices.Contains(list, element):
				// At most MaxItems are compared with each other.
				return nil, fault("4.1", "subprotocol-unique", "the subprotocol %s is offered twice; name each once", quote(element))
			}
			list = append(list, element)
		}
	}
	return list, nil
}
