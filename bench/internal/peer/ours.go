package peer

import (
	"context"
	"net"
	"net/http"

	"rfc6455/conn"
	"rfc6455/server"
)

// All connections of the load generator come from one address.
var ourOptions = server.Options{MaxConnsPerAddr: -1}

// serveOurs is the standalone server, without net/http.
func serveOurs(ln net.Listener) error {
	s := &server.Server{Options: &ourOptions, Handler: echo}
	return s.Serve(ln)
}

// serveOursGather is the same with the option that writes the answers to
// pipelined messages at once.
func serveOursGather(ln net.Listener) error {
	opts := ourOptions
	opts.Conn = &conn.Options{Gather: true}
	s := &server.Server{Options: &opts, Handler: echo}
	return s.Serve(ln)
}

func serveOursHTTP(ln net.Listener) error {
	return http.Serve(ln, server.Handler(&ourOptions, echo))
}

func echo(ctx context.Context, c *conn.Conn) {
	var buf []byte
	for {
		op, p, err := c.Append(ctx, buf[:0])
		if err != nil {
			return
		}
		if c.Write(ctx, op, p) != nil {
			return
		}
		buf = p
	}
}
