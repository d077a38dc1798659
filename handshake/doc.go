// Package handshake is the opening handshake of RFC 6455 (§1.3, §4, §9.1,
// §11.3) as plain values: a request, the checks that a server makes of it, the
// answer, and the checks that a client makes of that. It knows no socket, no
// clock and no goroutine; the one function that reads takes an [io.Reader].
//
// # The wire
//
// A connection begins as HTTP/1.1. The client sends lines of text that end in
// CR LF, and an empty line behind the last. The order of the lines does not
// matter, nor does the case of a name:
//
//	GET /news?lang=en HTTP/1.1                    the resource name (§3)
//	Host: feed.example                            the server that is meant
//	Upgrade: websocket                            the protocol to change to
//	Connection: Upgrade                           Upgrade ends at the next hop
//	Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==   16 random bytes in base64
//	Sec-WebSocket-Version: 13                     the only version there is
//	Origin: https://reader.example                the page that asks (browsers)
//	Sec-WebSocket-Protocol: ticker.v2, ticker.v1  what messages mean, best one first
//	Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits
//
// The server answers in the same form, and from the byte behind its empty line
// on both sides send frames:
//
//	HTTP/1.1 101 Switching Protocols
//	Upgrade: websocket
//	Connection: Upgrade
//	Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=  proof that the key was read
//	Sec-WebSocket-Protocol: ticker.v2                   one of those offered
//	Sec-WebSocket-Extensions: permessage-deflate        some of those offered
//
// [Accept] makes the proof of the key: base64(SHA-1(key + a fixed text)). It is
// no secret. It shows that the server means to speak WebSocket, and was not
// talked into echoing bytes by a page that can send it a form.
//
// # The two ends
//
// A server calls [ReadHead], [ParseRequest], [CheckRequest], [Offer.Answer] and
// [AppendResponse]. An error on the way is an [*Error], and [Error.Response] is
// the refusal to send. A client calls [NewRequest], [AppendRequest], [ReadHead],
// [ParseResponse] and [CheckResponse].
//
// # The rules in short
//
//   - A request is a GET over HTTP/1.1 with one Host line and no body.
//   - Upgrade and Connection are lists. They may span several lines, and case
//     does not matter in them. It does in the names of subprotocols.
//   - Key and version stand once in a request; accept, subprotocol and
//     extensions once in an answer (§11.3).
//   - An answer holds nothing that was not offered.
//   - Syntax is strict. What HTTP receivers are known to read in two ways is
//     refused: folded lines, a bare CR or LF, white space before a colon.
//   - Nothing grows without bound: [ReadHead] takes a limit in bytes, and
//     [MaxFields] and [MaxItems] are checked before memory is taken.
//
// # The files
//
// Read accept.go first: it is the idea of the handshake in one function. Then
// offer.go (the server's checks) and response.go (its answer, and the client's
// checks), each in the order of the RFC; request.go (what a client sends);
// extension.go (the grammar of §9.1). Beneath these are header.go (lines, lists,
// tokens), parse.go (from bytes to values), read.go (from a stream to bytes) and
// error.go.
package handshake
