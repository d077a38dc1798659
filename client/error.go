package client

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"rfc6455/handshake"
)

// DialError is why a dial failed. Every error of [Dial] is one. Find it with
// [errors.As], as a value or as a pointer:
//
//	var de *client.DialError
//	if errors.As(err, &de) && de.Response != nil { … }
//
// [errors.Is] finds [context.Canceled] and [context.DeadlineExceeded] in it if
// the dial took too long.
type DialError struct {
	URL      string              // without username, password and query, which may be secret; "" if it is no WebSocket URL
	Section  string              // of RFC 6455, without the sign: "4.1"; "" if Err names it
	Detail   string              // what failed and what to mend, in a sentence
	Response *handshake.Response // the refusal of the server, or else of the proxy; nil if there was none
	Err      error               // the cause, nil if Detail says it all
}

func (e DialError) Error() string {
	var b strings.Builder
	b.WriteString("client: ")
	if e.URL != "" {
		b.WriteString("dial " + e.URL + ": ")
	}
	b.WriteString(e.Detail)
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	if e.Section != "" {
		b.WriteString(" (RFC 6455 §" + e.Section + ")")
	}
	return b.String()
}

// Unwrap returns e.Err.
func (e DialError) Unwrap() error { return e.Err }

// As lets errors.As fill a *DialError too.
func (e DialError) As(target any) bool {
	p, ok := target.(**DialError)
	if ok {
		*p = &e
	}
	return ok
}

// badURL is the error for a URL that §3 does not allow.
func badURL(section, format string, args ...any) error {
	return DialError{Section: section, Detail: fmt.Sprintf(format, args...)}
}

// timeoutError is the cause of a context that [Options.HandshakeTimeout] ended.
type timeoutError time.Duration

func (e timeoutError) Error() string {
	return fmt.Sprintf("the limit of %v is over; Options.HandshakeTimeout raises it", time.Duration(e))
}

// reason is why ctx ended: its error, which callers look for, and its cause,
// which tells more.
func reason(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if cause == err {
		return err
	}
	return fmt.Errorf("%w: %w", err, cause)
}

// maxQuoted is how much of a peer's text an error repeats, in bytes.
const maxQuoted = 200

func quote(s string) string { return strconv.Quote(s[:min(len(s), maxQuoted)]) }

// refusal returns the sentence on an answer that is not wanted: what who
// answered, the first line of the body, and the hint if there is one.
func refusal(who string, resp *handshake.Response, hint string) string {
	s := strings.TrimSpace(fmt.Sprintf("%s answered %d %s", who, resp.Status, resp.Reason))
	line, _, _ := strings.Cut(strings.TrimSpace(string(resp.Body)), "\n")
	if line = strings.TrimSpace(line); line != "" {
		s += ", " + quote(line)
	}
	if hint != "" {
		s += "; " + hint
	}
	return s
}

// mend returns what the caller can do about a server's refusal, or "".
func mend(resp *handshake.Response) string {
	if isRedirect(resp) {
		return "it redirects to " + quote(resp.Header.Get("Location")) + "; Options.MaxRedirects lets Dial follow"
	}
	switch resp.Status {
	case 200:
		return "there is a page and no WebSocket at this path"
	case 401:
		return "it wants credentials; set Authorization in Options.Header"
	case 403:
		return "many servers check the Origin line; set it in Options.Header"
	case 404:
		return "look at the path of the URL"
	case 426:
		// §4.4: the server lists the versions that it speaks.
		return fmt.Sprintf("this client speaks version %d of the protocol, the server lists %s",
			handshake.Version, quote(resp.Header.Get("Sec-WebSocket-Version")))
	case 429, 503:
		return "it has too many connections; try again later"
	}
	return ""
}
