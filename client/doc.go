// Package client opens WebSocket connections: it dials, asks and checks the
// answer (RFC 6455 §3, §4.1).
//
//	c, resp, err := client.Dial(ctx, "wss://example.com/chat", nil)
//
// # A dial, step by step
//
//	the URL      §3               ws or wss, host, port, resource name
//	the request  §4.1, items 1-12 written and checked before anything is dialled
//	a proxy?     §4.1, step 3     from Options.Proxy or the environment
//	TCP          §4.1, step 3     to the server, or else to the proxy
//	a tunnel     §4.1, step 3     CONNECT, if there is a proxy
//	TLS          §4.1, step 5     for wss, through the tunnel
//	ask          §4.1, items 1-12 the request leaves in one write
//	answer       §4.1, steps 1-6  101 and the right proof, or a DialError
//	frames       §5               package conn takes over
//
// On the wire, for ws://example.com/chat:
//
//	GET /chat HTTP/1.1                                  client
//	Host: example.com
//	Upgrade: websocket
//	Connection: Upgrade
//	Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
//	Sec-WebSocket-Version: 13
//
//	HTTP/1.1 101 Switching Protocols                    server
//	Upgrade: websocket
//	Connection: Upgrade
//	Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=
//
// # What a peer can do to a dial
//
// Little. A context and [Options.HandshakeTimeout] bound all the steps together,
// whatever the peer sends and however slowly; [Options.MaxHeaderBytes] bounds
// what of it is kept. No goroutine and no connection outlives a dial that failed.
//
// A server that does not want the connection says so in HTTP. [DialError] has
// its status, header and the beginning of its body.
//
// # What is left to the caller
//
// §4.1, step 2 wants a client to connect to one address one at a time. That is
// for clients such as browsers, which dial for pages that they do not trust.
// Here the program itself dials, so this package does not queue; a program that
// dials for others should.
//
// # Reading order
//
// url.go, dial.go, request.go, answer.go; then tls.go, proxy.go and redirect.go.
package client
