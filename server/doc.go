// Package server is the server's end of the opening handshake (RFC 6455 §4.2)
// and what stands around it: which pages may connect (§10.2), who is let in
// (§10.5), how many, and how all of them are sent home.
//
// There are two ways to it. Behind net/http, [Upgrade] turns one request into a
// connection, and [Handler] does so for every request of an address. [Server]
// does without net/http: it listens on TCP itself and speaks nothing but
// WebSocket. A Server is a Handler too, for those who need its Shutdown.
//
// # The path of an upgrade
//
//	client                                        server
//	  | TCP, and TLS if it is wss                   |  step 1 of §4.2.2
//	  |-- GET /chat HTTP/1.1 ---------------------->|  431 the head is too long
//	  |   Host: server.example.com                  |  408 or too slow
//	  |   Upgrade: websocket                        |  503 all connections are taken
//	  |   Connection: Upgrade                       |  429 or those of this address
//	  |   Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ== 400, 405, 426, 505 no handshake (§4.2.1)
//	  |   Sec-WebSocket-Version: 13                 |  426 another version (§4.4)
//	  |   Origin: http://server.example.com         |  403 another web page (§10.2)
//	  |   Cookie: session=1234                      |  401, 403, 404 Options.Authorize
//	  |                                             |
//	  |<-- HTTP/1.1 101 Switching Protocols --------|  step 5, in a single write
//	  |    Upgrade: websocket                       |
//	  |    Connection: Upgrade                      |
//	  |    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=
//	  |                                             |
//	  |<============ frames, both ways ============>|  package conn, on a new goroutine
//
// Whatever is wrong is answered with a status and a sentence that says what to
// mend, and is a [handshake.Error] in Go.
//
// # Memory
//
// An idle connection costs its [conn.Conn] and a goroutine with a stack of
// 2 KiB. For that the goroutine has to be new, and nothing of the handshake may
// be kept: the buffers of a Server's handshakes come from a pool, and Handler
// returns to net/http before the connection is served.
//
// # Reading order
//
// decide.go has the verdict on a request, the same for all ways in, and
// origin.go its longest part. upgrade.go is the way through net/http; raw.go and
// shake.go are the way through TCP. server.go is where both meet and connections
// are served, registry.go counts them, shutdown.go ends them.
package server
