// Package peer has an echo server of each library that rfc6455 is compared with,
// and of rfc6455 itself. Each is written as the library's own README shows it,
// with default options, unless its comment says otherwise.
package peer

import (
	"net"
	"net/http"
)

// Server is an echo server: it sends every message back as it came.
type Server struct {
	Name   string
	Module string                   // import path of the module; empty if it is the standard library
	Serve  func(net.Listener) error // runs until the listener fails
}

// Libraries are the servers whose behaviour is compared. The first is ours.
var Libraries = []Server{
	{"rfc6455", "rfc6455", serveOurs},
	{"gorilla", "github.com/gorilla/websocket", serveGorilla},
	{"coder", "github.com/coder/websocket", serveCoder},
	{"gobwas", "github.com/gobwas/ws", serveGobwas},
	{"gws", "github.com/lxzan/gws", serveGWS},
	{"nbio", "github.com/lesismal/nbio", serveNbio},
	{"x/net", "golang.org/x/net", serveXNet},
}

// Variants are further servers, for measurements only.
var Variants = []Server{
	{"raw TCP", "", serveRaw},
	{"rfc6455, Gather", "rfc6455", serveOursGather},
	{"rfc6455, net/http", "rfc6455", serveOursHTTP},
	{"gobwas, tuned", "github.com/gobwas/ws", serveGobwasTuned},
}

// Find returns the server with the given name, of both lists.
func Find(name string) (Server, bool) {
	for _, list := range [][]Server{Libraries, Variants} {
		for _, s := range list {
			if s.Name == name {
				return s, true
			}
		}
	}
	return Server{}, false
}

// serveHTTP runs handler behind net/http, as most of the libraries want it.
func serveHTTP(ln net.Listener, handler http.HandlerFunc) error {
	return http.Serve(ln, handler)
}

// serveTCP calls handle for every connection, on a goroutine of its own.
func serveTCP(ln net.Listener, handle func(net.Conn)) error {
	for {
		c, err := ln.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer c.Close()
			handle(c)
		}()
	}
}
