package handshake

import "strings"

// ParseRequest reads the head of a request, from the request line to the empty
// line, both included (RFC 9112 §2-5). It checks syntax only, and strictly;
// whether it asks for a WebSocket is for [CheckRequest] to say. The error is an
// [*Error]. The result shares no memory with head.
func ParseRequest(head []byte) (*Request, error) {
	line, h, err := parseHead(string(head), "4.2.1")
	if err != nil {
		return nil, err
	}
	method, rest, ok1 := strings.Cut(line, " ")
	target, version, ok2 := strings.Cut(rest, " ")
	major, minor, ok3 := parseVersion(version)
	// RFC 9112 §3: single spaces, and none inside the three parts. Who splits
	// at any white space reads another target than who looks for the last.
	if !ok1 || !ok2 || !ok3 || !isToken(method) || !isVisible(target) {
		return nil, fault("4.2.1", "request-line", "the first line is %s; a request line looks like \"GET /path HTTP/1.1\", with single spaces, and all else that is not visible ASCII encoded", quote(line))
	}
	return &Request{Method: method, Target: target, Major: major, Minor: minor, Header: h}, nil
}

// ParseResponse reads the head of a response, from the status line to the empty
// line, both included (RFC 9112 §2-5). It checks syntax only, and strictly;
// [CheckResponse] does the rest. The error is an [*Error]. The result shares no
// memory with head.
func ParseResponse(head []byte) (*Response, error) {
	line, h, err := parseHead(string(head), "4.2.2")
	if err != nil {
		return nil, err
	}
	version, rest, ok1 := strings.Cut(line, " ")
	code, reason, ok2 := strings.Cut(rest, " ")
	major, minor, ok3 := parseVersion(version)
	status, ok4 := parseStatus(code)
	switch {
	case !ok1 || !ok2 || !ok3 || !ok4 || !isValue(reason):
		return nil, fault("4.2.2", "status-line", "the first line is %s; a status line looks like \"HTTP/1.1 101 Switching Protocols\", and may lack the words but not the space before them", quote(line))
	case major != 1 || status == 101 && minor == 0:
		// A refusal in HTTP/1.0 is fine. An upgrade is not: HTTP/1.0 has
		// none (RFC 9110 §15.2).
		return nil, fault("4.2.2", "status-line", "status %d came as HTTP/%d.%d; a handshake is answered in HTTP/1.1", status, major, minor)
	}
	return &Response{Status: status, Reason: reason, Header: h}, nil
}

// parseVersion reads "HTTP/1.1": one digit each, in capitals (RFC 9112 §2.3).
func parseVersion(s string) (major, minor int, ok bool) {
	if len(s) != len("HTTP/1.1") || s[:5] != "HTTP/" || s[6] != '.' || !isDigits(s[5:6]) || !isDigits(s[7:]) {
		return 0, 0, false
	}
	return int(s[5] - '0'), int(s[7] - '0'), true
}

// parseStatus reads three digits (RFC 9112 §4).
func parseStatus(s string) (status int, ok bool) {
	if len(s) != 3 || !isDigits(s) || s[0] == '0' {
		return 0, false
	}
	return int(s[0]-'0')*100 + int(s[1]-'0')*10 + int(s[2]-'0'), true
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// parseHead splits a head into its first line and its header lines. section is
// the one that a fault is charged to. All strings are slices of s.
func parseHead(s, section string) (first string, h Header, err error) {
	// The lines are counted before memory is taken for them. Two are not
	// fields: the first, and the empty one at the end.
	n := max(0, strings.Count(s, "\n")-2)
	if n > MaxFields {
		err := fault(section, "field-limit", "the head has %d header lines, and at most %d are read; send fewer", n, MaxFields)
		err.Status = 431
		return "", nil, err
	}
	first, s, err = cutLine(s, section)
	if err != nil {
		return "", nil, err
	}
	if first == "" {
		return "", nil, fault(section, "http-syntax", "the head begins with an empty line; leave it out")
	}
	h = make(Header, 0, n)
	for {
		var line string
		if line, s, err = cutLine(s, section); err != nil {
			return "", nil, err
		}
		if line == "" {
			break
		}
		f, err := parseField(line, section)
		if err != nil {
			return "", nil, err
		}
		h = append(h, f)
	}
	if s != "" {
		return "", nil, fault(section, "http-syntax", "%d bytes follow the empty line that ends the head", len(s))
	}
	return first, h, nil
}

// cutLine splits off the first line of s, without its CRLF.
func cutLine(s, section string) (line, rest string, err error) {
	line, rest, ok := strings.Cut(s, "\n")
	if !ok {
		return "", "", fault(section, "http-syntax", "the head ends before its empty line")
	}
	// RFC 9112 §2.2 leaves it to the receiver whether a bare LF ends a line.
	// If two receivers on the way differ, one sees a header line that the
	// other does not. So it is refused.
	line, ok = strings.CutSuffix(line, "\r")
	if !ok {
		return "", "", fault(section, "http-syntax", "the line %s ends in a bare LF; end every line in CR LF", quote(line))
	}
	return line, rest, nil
}

// parseField splits a header line (RFC 9112 §5). What it refuses are lines that
// one receiver reads in another way than the next, so that a request can hide
// in another on its way through a proxy (RFC 9112 §11.2).
func parseField(line, section string) (Field, error) {
	// RFC 9112 §5.2: a line that begins with white space once continued the
	// line before. Some still join the two, some do not.
	if line[0] == ' ' || line[0] == '\t' {
		return Field{}, fault(section, "http-syntax", "the line %s begins with white space, as if it went on with the line before; write each header field on one line", quote(line))
	}
	name, value, ok := strings.Cut(line, ":")
	value = trim(value)
	switch {
	case !ok:
		return Field{}, fault(section, "http-syntax", "the header line %s has no colon", quote(line))
	case name != "" && trim(name) != name:
		// RFC 9112 §5.1: a server has to answer 400. "Host " is Host for
		// some, and an unknown name for others.
		return Field{}, fault(section, "http-syntax", "white space stands before the colon in the header line %s; take it out", quote(line))
	case !isToken(name):
		return Field{}, fault(section, "http-syntax", "the name in the header line %s is not a token: letters, digits and a few signs, and at least one of them", quote(line))
	case !isValue(value):
		// RFC 9110 §5.5: CR, LF and NUL are dangerous, since some take
		// them for the end of the line. No other control character helps.
		return Field{}, fault(section, "http-syntax", "the value in the header line %s has a control character; encode it or take it out", quote(line))
	}
	return Field{name, value}, nil
}
