package server

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"

	"rfc6455/conn"
	"rfc6455/handshake"
)

// open does the opening handshake on nc, and starts to serve the connection if
// it is accepted.
func (s *Server) open(nc net.Conn, addr netip.Addr) {
	var c *conn.Conn
	defer func() {
		if v := recover(); v != nil { // from Authorize
			s.logPanic(context.Background(), nc, v)
		}
		if c == nil {
			nc.Close()
			s.registry.failed(addr, nc)
		}
	}()
	nc.SetDeadline(time.Now().Add(s.handshakeTimeout()))
	ctx, c, err := s.shake(nc)
	if answer, ok := errors.AsType[*handshake.Error](err); ok {
		s.logHookError(context.Background(), err)
		turnAway(nc, answer)
	}
	if c != nil {
		s.start(ctx, c, addr)
	}
}

// headSize fits the head of nearly every browser's request. A longer one takes
// memory of its own, up to the limit.
const headSize = 4 << 10

// heads has buffers for the time of a handshake: *[headSize]byte.
var heads = sync.Pool{New: func() any { return new([headSize]byte) }}

// shake reads the opening handshake, decides about it and answers with 101. If
// there is a [handshake.Error] in the error, nothing has been written.
func (s *Server) shake(nc net.Conn) (context.Context, *conn.Conn, error) {
	scheme := "http"
	if tc, ok := nc.(*tls.Conn); ok {
		scheme = "https"
		if err := s.startTLS(tc); err != nil {
			return nil, nil, err
		}
	}
	buf := heads.Get().(*[headSize]byte)
	defer heads.Put(buf)
	limit := cmp.Or(max(s.MaxHeaderBytes, 0), handshake.DefaultMaxHead)
	head, early, err := handshake.ReadHead(nc, buf[:0], limit)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = &handshake.Error{Status: 408,
			Detail: fmt.Sprintf("the opening handshake was not complete within %v; send it at once", s.handshakeTimeout())}
	}
	if err != nil {
		return nil, nil, err
	}
	r, err := handshake.ParseRequest(head)
	if err != nil {
		return nil, nil, err
	}
	opts := s.options()
	ctx, resp, err := opts.decide(context.Background(), s.handshakeTimeout(), r, scheme, nil)
	if err != nil {
		return nil, nil, err
	}
	s.registry.accepted(nc)
	// One write, in what is left of buf behind early, which is still needed.
	if _, err := nc.Write(handshake.AppendResponse(early[len(early):], resp)); err != nil {
		return nil, nil, err
	}
	nc.SetDeadline(time.Time{})
	return ctx, opts.newConn(nc, resp.Subprotocol, early), nil
}

// startTLS does the TLS handshake (§4.2.2, step 1). If it fails there is nobody
// to answer to, but one who does not know that TLS is spoken here.
func (s *Server) startTLS(tc *tls.Conn) error {
	err := tc.Handshake()
	plain, ok := errors.AsType[tls.RecordHeaderError](err)
	switch {
	case ok && plain.Conn != nil && string(plain.RecordHeader[:4]) == "GET ":
		turnAway(plain.Conn, &handshake.Error{Status: 400,
			Detail: "the request came in the clear, but this port speaks TLS; use wss:// in place of ws://"})
	case err != nil:
		s.logf(context.Background(), "server: TLS handshake with %v: %v", tc.RemoteAddr(), err)
	}
	return err
}

// lingerTime is how long a peer has to take a refusal.
const lingerTime = time.Second

// turnAway sends the answer that refuses a connection, and closes it. If the TLS
// handshake has not been done yet, the write does it.
func turnAway(nc net.Conn, answer *handshake.Error) {
	defer nc.Close()
	nc.SetDeadline(time.Now().Add(lingerTime))
	if _, err := nc.Write(handshake.AppendResponse(nil, answer.Response())); err != nil {
		return
	}
	// RFC 9112 §9.6: to close while bytes of the peer are unread resets the
	// connection, and the reset may overtake the answer. So first the peer
	// is told that nothing more comes, then it has its say.
	if half, ok := nc.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil {
		io.Copy(io.Discard, nc)
	}
}
