package server

import (
	"context"
	"net"
	"net/netip"

	"rfc6455/conn"
	"rfc6455/frame"
)

// session is a connection that is being served.
type session struct {
	server *Server
	conn   *conn.Conn
	ctx    context.Context // for Handler
	addr   netip.Addr      // which it was admitted from
}

// start serves a connection that was admitted from addr.
func (s *Server) start(ctx context.Context, c *conn.Conn, addr netip.Addr) {
	v := &session{s, c, ctx, addr}
	if s.registry.opened(v) {
		go c.Close(frame.CloseGoingAway, goingAway)
	}
	go v.serve()
}

// serve is what stays of the server on the stack while a connection is idle. Its
// goroutine is new, since the stack of the one that did the handshake has grown.
// A new one has 2 KiB, about half of what an idle connection costs, and would
// double with the first call that does not fit. So this frame is small: one
// pointer, and the rest in memory.
func (v *session) serve() {
	defer v.end()
	v.server.Handler(v.ctx, v.conn)
}

// end closes the connection when Handler has returned or panicked.
func (v *session) end() {
	code := frame.CloseNormal
	if fault := recover(); fault != nil {
		code = frame.CloseInternalError
		v.server.logPanic(v.ctx, v.conn.Transport().(net.Conn), fault)
	}
	v.conn.Close(code, "")
	v.server.registry.gone(v)
}
