package handshake

import (
	"cmp"
	"fmt"
	"strconv"
)

// Error is a rule of the opening handshake that was broken. Section and Rule
// name the rule, joined by a slash they are its id in the ledger of
// requirements: "11.3.1/key-once". Both are empty in a refusal that is no
// matter of the RFC, such as a 403 of the application.
//
// Find it with [errors.As], as a pointer or as a value:
//
//	var he *handshake.Error
//	if errors.As(err, &he) { … }
type Error struct {
	Status  int    // HTTP status that a server answers with; a client has nobody to send it to
	Section string // of RFC 6455, without the sign: "4.2.1"
	Rule    string // short name of the rule: "method-get"
	Detail  string // what was seen, what was wanted and what to mend, in a sentence
	Header  Header // what the answer must carry, such as the versions that are spoken
}

func (e Error) Error() string { return "handshake: " + e.sentence() }

func (e Error) sentence() string {
	if e.Section == "" {
		return e.Detail
	}
	return e.Detail + " (RFC 6455 §" + e.Section + ")"
}

// As lets errors.As fill an Error as well as an *Error, whichever of the two
// is in the chain.
func (e Error) As(target any) bool {
	switch p := target.(type) {
	case *Error:
		*p = e
	case **Error:
		*p = &e
	default:
		return false
	}
	return true
}

// Response returns the answer that refuses the request: the status, the
// sentence as a text for the developer at the other end, e.Header, and the
// announcement that the connection will be closed. A zero Status means 400.
func (e *Error) Response() *Response {
	// RFC 9110 §7.8: whoever sends Upgrade names it in Connection too.
	connection := "close"
	if _, lines := e.Header.lookup(fieldUpgrade); lines > 0 {
		connection = "Upgrade, close"
	}
	// The sentence quotes what the peer sent. nosniff keeps a browser from
	// taking that for a page.
	h := Header{
		{fieldConnection, connection},
		{"Content-Type", "text/plain; charset=utf-8"},
		{"X-Content-Type-Options", "nosniff"},
	}
	status := cmp.Or(e.Status, 400)
	return &Response{
		Status: status,
		Reason: reason(status),
		Header: append(h, e.Header...),
		Body:   []byte(e.sentence() + "\n"),
	}
}

// reason returns the phrase for a status that handshakes are refused with. For
// others it is empty, which is legal: nothing depends on it.
func reason(status int) string {
	switch status {
	case 400:
		return "Bad Request"
	case 401:
		return "Unauthorized"
	case 403:
		return "Forbidden"
	case 404:
		return "Not Found"
	case 405:
		return "Method Not Allowed"
	case 408:
		return "Request Timeout"
	case 426:
		return "Upgrade Required"
	case 429:
		return "Too Many Requests"
	case 431:
		return "Request Header Fields Too Large"
	case 500:
		return "Internal Server Error"
	case 503:
		return "Service Unavailable"
	case 505:
		return "HTTP Version Not Supported"
	}
	return ""
}

// fault returns an [Error] with the status that fits most of them (§4.2.1).
func fault(section, rule, format string, args ...any) *Error {
	return &Error{Status: 400, Section: section, Rule: rule, Detail: fmt.Sprintf(format, args...)}
}

// maxQuoted is how much of what the peer sent an error repeats, in bytes.
const maxQuoted = 64

// quote returns s for use in a sentence, with everything that is not printable
// escaped.
func quote(s string) string {
	if len(s) > maxQuoted {
		return strconv.Quote(s[:maxQuoted]) + "…"
	}
	return strconv.Quote(s)
}
