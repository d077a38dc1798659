package handshake

import (
	"cmp"
	"slices"
	"strconv"
)

// Response is the head of an HTTP response as it is on the wire, and the body
// of a refusal.
type Response struct {
	Status int
	Reason string // may be empty
	Header Header
	Body   []byte // of a refusal; on the client at most the first kilobytes

	Subprotocol string      // what was agreed on, or ""; set by Answer and CheckResponse
	Extensions  []Extension // the same, in the order in which they change the data (§9.1)
}

// Answer returns the response that accepts the offer (§4.2.2, step 5), with a
// subprotocol out of o.Subprotocols or "" for none, and extensions whose names
// are in o.Extensions. extra is sent behind the lines of the handshake.
//
// An answer that would break a rule is refused with an [*Error] of status 500:
// it is the server's own mistake.
func (o *Offer) Answer(subprotocol string, extensions []Extension, extra Header) (*Response, error) {
	if subprotocol != "" && !slices.Contains(o.Subprotocols, subprotocol) {
		return nil, mistake("subprotocol-offered", "the server chose the subprotocol %s, which the client did not offer", quote(subprotocol))
	}
	for _, e := range extensions {
		if !offers(o.Extensions, e.Name) {
			return nil, mistake("extension-offered", "the server chose the extension %s, which the client did not offer", quote(e.Name))
		}
	}
	if err := cmp.Or(checkExtensions(extensions), checkExtra(extra)); err != nil {
		err.Status = 500
		return nil, err
	}
	h := make(Header, 0, 5+len(extra)) // the five lines below, and extra
	h = append(h,
		Field{fieldUpgrade, "websocket"},
		Field{fieldConnection, "Upgrade"},
		Field{fieldAccept, Accept(o.Key)})
	if subprotocol != "" { // an empty line would not say "none", but be illegal
		h = append(h, Field{fieldProtocol, subprotocol})
	}
	if len(extensions) > 0 {
		h = append(h, Field{fieldExtensions, string(AppendExtensions(nil, extensions))})
	}
	return &Response{
		Status:      101,
		Reason:      "Switching Protocols",
		Header:      append(h, extra...),
		Subprotocol: subprotocol,
		Extensions:  extensions,
	}, nil
}

// mistake is what [Offer.Answer] makes of a mistake of its caller.
func mistake(rule, format string, args ...any) error {
	err := fault("4.2.2", rule, format, args...)
	err.Status = 500
	return err
}

// AppendResponse appends the wire form of r to dst, and returns the longer
// slice. Unless the status is 101, the body follows; its length is announced if
// the header does not do so. Nothing is checked, but a control character in a
// header line is written as a space.
func AppendResponse(dst []byte, r *Response) []byte {
	dst = append(dst, "HTTP/1.1 "...)
	dst = strconv.AppendInt(dst, int64(r.Status), 10)
	dst = append(dst, ' ')
	dst = appendText(dst, r.Reason)
	dst = append(dst, "\r\n"...)
	dst = appendHeader(dst, r.Header)
	// RFC 9110 §8.6: no Content-Length beside a 101. What follows are frames.
	if r.Status == 101 {
		return append(dst, "\r\n"...)
	}
	_, lengths := r.Header.lookup(fieldLength)
	_, codings := r.Header.lookup(fieldCoding)
	if lengths+codings == 0 {
		dst = append(dst, "Content-Length: "...)
		dst = strconv.AppendInt(dst, int64(len(r.Body)), 10)
		dst = append(dst, "\r\n"...)
	}
	dst = append(dst, "\r\n"...)
	return append(dst, r.Body...)
}

// CheckResponse checks that resp accepts req (§4.1, steps 1 to 6, and §4.2.2),
// and sets resp.Subprotocol and resp.Extensions to what was agreed on. The
// error is an [*Error].
//
// Look at resp.Status first: a status other than 101 is no fault of the server
// but its answer, to be handled as HTTP has it. Here it is an error like others.
func CheckResponse(req *Request, resp *Response) error {
	if resp.Status != 101 {
		return fault("4.1", "status-101", "the server answered %d %s, and not 101", resp.Status, quote(resp.Reason))
	}
	// §4.1, step 2: the whole value, not a list, since the answer names the
	// one protocol that comes next.
	if value, lines := resp.Header.lookup(fieldUpgrade); lines != 1 || !equalFold(value, "websocket") {
		return fault("4.1", "answer-upgrade", "the answer has %d Upgrade lines, the first is %s; send one with the value websocket", lines, quote(value))
	}
	// Step 3: a list, because the server may have options for this hop too.
	if !resp.Header.hasToken(fieldConnection, "upgrade") {
		return fault("4.1", "answer-connection", "the Connection line of the answer does not list Upgrade; send Connection: Upgrade")
	}
	if err := checkAccept(req, resp); err != nil {
		return err
	}
	if err := checkAgreedExtensions(req, resp); err != nil {
		return err
	}
	return checkAgreedSubprotocol(req, resp)
}

// checkAccept checks the proof that the server has read this very request
// (§4.1, step 4).
func checkAccept(req *Request, resp *Response) error {
	want := Accept(req.Header.Get(fieldKey))
	value, lines := resp.Header.lookup(fieldAccept)
	switch {
	case lines == 0:
		return fault("4.1", "accept-matches", "the answer has no Sec-WebSocket-Accept line")
	case lines > 1:
		return fault("11.3.3", "accept-once", "the answer has %d Sec-WebSocket-Accept lines; send one", lines)
	case value != want:
		// An answer out of a cache, or of a server that does not know
		// WebSocket, fits no key but by chance.
		return fault("4.1", "accept-matches", "Sec-WebSocket-Accept is %s; for the key of this request it is %s", quote(value), quote(want))
	}
	return nil
}

// checkAgreedExtensions checks that the server uses only what was offered
// (§4.1, step 5). Parameters are for the extension to check.
func checkAgreedExtensions(req *Request, resp *Response) error {
	// §4.2.2 lets an answer split the list over several lines, §11.3.2
	// forbids it. The one that says MUST NOT wins.
	if _, lines := resp.Header.lookup(fieldExtensions); lines > 1 {
		return fault("11.3.2", "extensions-once", "the answer has %d Sec-WebSocket-Extensions lines; put all extensions in one", lines)
	}
	agreed, err := parseExtensions(resp.Header)
	if err != nil {
		return err
	}
	offered, err := parseExtensions(req.Header)
	if err != nil {
		return err
	}
	for _, e := range agreed {
		if !offers(offered, e.Name) {
			return fault("4.1", "answer-extension-offered", "the server uses the extension %s, which was not offered", quote(e.Name))
		}
	}
	resp.Extensions = agreed
	return nil
}

func offers(list []Extension, name string) bool {
	return slices.ContainsFunc(list, func(e Extension) bool { return e.Name == name })
}

// checkAgreedSubprotocol checks that the server chose one of those that were
// offered (§4.1, step 6), or none.
func checkAgreedSubprotocol(req *Request, resp *Response) error {
	value, lines := resp.Header.lookup(fieldProtocol)
	switch {
	case lines == 0:
		return nil
	case lines > 1:
		return fault("11.3.4", "protocol-once", "the answer has %d Sec-WebSocket-Protocol lines; choose one subprotocol", lines)
	case !isToken(value):
		// §4.2.2: one token. A list, or nothing at all, is not a choice.
		return fault("4.1", "answer-conforms", "the answer chooses the subprotocol %s; it is to be one token, and the line is left out for none", quote(value))
	}
	offered, err := subprotocols(req.Header)
	if err != nil {
		return err
	}
	if !slices.Contains(offered, value) {
		return fault("4.1", "answer-subprotocol-offered", "the server chose the subprotocol %s, which was not offered", quote(value))
	}
	resp.Subprotocol = value
	return nil
}
