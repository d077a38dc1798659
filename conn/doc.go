// Package conn is the message layer of WebSocket (RFC 6455 §5.4 to §8): it turns
// a stream of bytes into messages and back, answers pings, and closes well.
//
//	c := conn.New(rw, conn.Server, nil) // package server and client do this
//	op, p, err := c.Read(ctx)           // one whole message
//	err = c.Write(ctx, op, p)           // one message, one frame
//	err = c.Close(frame.CloseNormal, "")
//
// # What is on the wire
//
// A client sends "Hello" and a ping in the middle of it, and closes. Each line
// is a frame; the four bytes in brackets are the masking key, and what follows
// them is shown unmasked.
//
//	client                                    server
//	01 82 [..] "He"            text, FIN=0  ─▶
//	89 81 [..] "?"             ping         ─▶
//	                                        ◀─ pong        8a 01 "?"
//	80 83 [..] "llo"           continuation ─▶            Read returns "Hello"
//	88 82 [..] 03 e8           close 1000   ─▶
//	                                        ◀─ close 1000  88 02 03 e8
//	                                        ◀─ closes TCP
//
// # How it is built
//
// The rules are in pure values that know no socket and no clock. machine says
// whether a frame may come now, phases how the closing handshake goes on, and
// utf8State whether text is still text. Around them is the shell: incoming reads
// bytes and shows them to the machine, outgoing puts frames on the wire, and
// both give up their buffer while nothing is on its way. There is no goroutine
// that belongs to a connection: whoever reads does the work of reading.
//
// Two locks keep order. The holder of the one reads, the holder of the other
// writes a frame. A reader that must send something (a pong, the answer to a
// close) never waits for a slow writer; it leaves the work to that one.
//
// # Reading order
//
// machine.go, phase.go and utf8.go are the protocol. Then options.go and conn.go,
// incoming.go and read.go, outgoing.go and write.go, control.go and close.go.
// ping.go, stream.go, kept.go, watch.go (contexts), lock.go, socket_unix.go and
// utf8_fast.go are details, and prepared.go, json.go, netconn.go and pipe.go
// conveniences.
package conn
