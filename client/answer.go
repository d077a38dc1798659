package client

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"strconv"
	"strings"
	"time"

	"rfc6455/handshake"
)

// Limits of what is read of a refusal's body. It is for a human who wants to
// know why: a few lines, and not worth a wait.
const (
	maxBody     = 4 << 10
	bodyTimeout = time.Second
)

// exchange sends the opening handshake over nc and checks the answer (§4.1). It
// returns the bytes that came behind the answer, which are the first frames.
func (a *attempt) exchange(nc net.Conn, req *handshake.Request) ([]byte, *handshake.Response, error) {
	a.step = "no valid answer to the opening handshake"
	resp, rest, err := a.roundTrip(nc, req)
	if err != nil {
		return nil, nil, a.failed(err)
	}
	a.keepCookies(resp)
	if resp.Status != http.StatusSwitchingProtocols {
		// §4.1, step 1: any other status is for HTTP to handle.
		resp.Body = readBody(nc, rest, resp)
		return nil, resp, a.refused(resp, refusal("the server", resp, mend(resp)))
	}
	if err := handshake.CheckResponse(req, resp); err != nil {
		return nil, resp, DialError{URL: a.target.String(), Detail: "the answer is not valid", Response: resp, Err: err}
	}
	return rest, resp, nil
}

// roundTrip sends req in a single write and returns the head of the answer. rest
// is what came behind it.
func (a *attempt) roundTrip(nc net.Conn, req *handshake.Request) (resp *handshake.Response, rest []byte, err error) {
	if _, err = nc.Write(handshake.AppendRequest(nil, req)); err != nil {
		return nil, nil, err
	}
	limit := a.opts.maxHeaderBytes()
	for {
		var head []byte
		if head, rest, err = handshake.ReadHead(nc, rest, limit); err != nil {
			return nil, nil, a.headError(err)
		}
		resp, err = handshake.ParseResponse(head)
		// RFC 9110 §15.2: other answers of the 1xx kind may come before the
		// final one, asked for or not. They say nothing about a WebSocket.
		// All of them together have one limit, or else they could go on for
		// ever.
		if err != nil || resp.Status >= 200 || resp.Status == http.StatusSwitchingProtocols {
			return resp, rest, err
		}
		limit -= len(head)
	}
}

// headError adds to an error of ReadHead what the caller can do about it.
func (a *attempt) headError(err error) error {
	switch {
	case errors.As(err, new(handshake.Error)):
		return fmt.Errorf("its header is longer than Options.MaxHeaderBytes, which is %d: %w", a.opts.maxHeaderBytes(), err)
	case errors.Is(err, io.EOF):
		return fmt.Errorf("the connection was closed before a byte came; does this port want TLS? %w", err)
	}
	return err
}

// readBody returns the beginning of the body that follows the head of resp. What
// of it has already been read is in rest (RFC 9112 §6.3).
func readBody(nc net.Conn, rest []byte, resp *handshake.Response) []byte {
	if resp.Status == http.StatusNoContent || resp.Status == http.StatusNotModified {
		return nil
	}
	nc.SetReadDeadline(time.Now().Add(bodyTimeout))
	r := io.MultiReader(bytes.NewReader(rest), nc)
	if strings.EqualFold(resp.Header.Get("Transfer-Encoding"), "chunked") {
		r = httputil.NewChunkedReader(r)
	} else if n, err := strconv.ParseInt(resp.Header.Get("Content-Length"), 10, 64); err == nil {
		r = io.LimitReader(r, n)
	}
	// Whatever ends the body early, what is here is worth showing.
	body, _ := io.ReadAll(io.LimitReader(r, maxBody))
	return body
}

// keepCookies hands the cookies of an answer to Options.Jar.
func (a *attempt) keepCookies(resp *handshake.Response) {
	if a.opts.Jar == nil {
		return
	}
	var cookies []*http.Cookie
	for line := range resp.Header.Values("Set-Cookie") {
		if cookie, err := http.ParseSetCookie(line); err == nil {
			cookies = append(cookies, cookie)
		}
	}
	if len(cookies) > 0 {
		a.opts.Jar.SetCookies(a.target.http, cookies)
	}
}
