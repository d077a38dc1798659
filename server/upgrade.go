package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"rfc6455/conn"
	"rfc6455/handshake"
)

// Upgrade answers a client's opening handshake that net/http has read, and
// returns the connection that begins behind it (§4.2). What the client sent
// without waiting for the answer is kept. Header lines that were set on w go out
// with the answer.
//
// A request that is refused has been answered when Upgrade returns: do not write
// to w. In the error there is a [handshake.Error] with the status. An error
// without one says that the answer 101 could not be written.
//
// The connection belongs to the caller, who must close it; neither MaxConns nor
// Shutdown of any server knows it. The context that Authorize returns is lost.
// As long as the calling handler runs, net/http keeps some 10 KiB of memory for
// the request: with many idle connections, use [Handler].
//
// It works through middleware that wraps w, if the wrapper has the method Unwrap
// of [http.ResponseController].
func Upgrade(w http.ResponseWriter, r *http.Request, opts *Options) (*conn.Conn, error) {
	if opts == nil {
		opts = &Options{}
	}
	_, c, err := upgrade(w, r, opts, DefaultHandshakeTimeout)
	return c, err
}

// upgrade is [Upgrade] with a limit for the time of the hook, and for that of
// writing the answer. It returns the context of Authorize too.
func upgrade(w http.ResponseWriter, r *http.Request, opts *Options, timeout time.Duration) (context.Context, *conn.Conn, error) {
	ctx, c, err := hijack(w, r, opts, timeout)
	if answer, ok := errors.AsType[*handshake.Error](err); ok {
		refuse(w, answer)
	}
	return ctx, c, err
}

// hijack decides about r, and takes its connection away from net/http to answer
// with 101. If there is a [handshake.Error] in the error, w is still in use and
// nothing has been written.
func hijack(w http.ResponseWriter, r *http.Request, opts *Options, timeout time.Duration) (context.Context, *conn.Conn, error) {
	if r.ProtoMajor > 1 {
		// An HTTP/2 connection carries many requests. It has no bytes of its
		// own that could become a WebSocket connection.
		return nil, nil, &handshake.Error{Status: 505, Section: "4.2.1", Rule: "http-version",
			Detail: fmt.Sprintf("the request came as %s; an opening handshake needs HTTP/1.1, on a TLS connection that does not offer h2 (the server can turn HTTP/2 off in http.Server.Protocols)", r.Proto)}
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	ctx, resp, err := opts.decide(r.Context(), timeout, request(r), scheme, lines(w.Header()))
	if err != nil {
		return nil, nil, err
	}
	nc, buf, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return nil, nil, hijackError(w, err)
	}
	// One write, in memory that is there anyway.
	nc.SetWriteDeadline(time.Now().Add(timeout))
	if _, err := nc.Write(handshake.AppendResponse(buf.AvailableBuffer(), resp)); err != nil {
		nc.Close()
		return nil, nil, fmt.Errorf("server: the answer to an opening handshake was not written: %w", err)
	}
	nc.SetDeadline(time.Time{})
	// §4.1 makes the client wait for the answer. Where one does not, its
	// frames are in the buffer already.
	early, _ := buf.Reader.Peek(buf.Reader.Buffered())
	return ctx, opts.newConn(nc, resp.Subprotocol, early), nil
}

// request returns the head of r as it was on the wire, as far as net/http still
// knows it: it has put three kinds of lines elsewhere.
func request(r *http.Request) *handshake.Request {
	h := lines(r.Header)
	h = append(h, handshake.Field{Name: "Host", Value: r.Host})
	for _, coding := range r.TransferEncoding {
		h = append(h, handshake.Field{Name: "Transfer-Encoding", Value: coding})
	}
	return &handshake.Request{
		Method: r.Method,
		Target: r.RequestURI,
		Major:  r.ProtoMajor,
		Minor:  r.ProtoMinor,
		Header: h,
	}
}

// lines returns h as a list, in which lines of different names are in no order.
func lines(h http.Header) handshake.Header {
	list := make(handshake.Header, 0, len(h)+1)
	for name, values := range h {
		for _, value := range values {
			list = append(list, handshake.Field{Name: name, Value: value})
		}
	}
	return list
}

// hijackError says why w does not let its connection go.
func hijackError(w http.ResponseWriter, err error) error {
	detail := fmt.Sprintf("the connection of this request cannot be taken over: %v", err)
	if !errors.Is(err, http.ErrNotSupported) {
		return &handshake.Error{Status: 500, Detail: detail}
	}
	for {
		wrapper, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			break
		}
		w = wrapper.Unwrap()
	}
	return &handshake.Error{Status: 500,
		Detail: fmt.Sprintf("%s: %T has neither Hijack nor Unwrap; give that middleware's writer the method Unwrap() http.ResponseWriter, or serve this address without it", detail, w)}
}

// refuse writes the answer that refuses a request of net/http.
func refuse(w http.ResponseWriter, answer *handshake.Error) {
	resp := answer.Response()
	h := w.Header()
	for _, f := range resp.Header {
		h.Del(f.Name)
	}
	for _, f := range resp.Header {
		h.Add(f.Name, f.Value)
	}
	if h.Get("Upgrade") != "" {
		// net/http closes the connection where the first line says "close"
		// and nothing else.
		h["Connection"] = []string{"close", "Upgrade"}
	}
	w.WriteHeader(resp.Status)
	w.Write(resp.Body)
}
