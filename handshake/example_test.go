package handshake_test

import (
	"errors"
	"fmt"
	"strings"

	"rfc6455/handshake"
)

// The vector of §1.3.
func ExampleAccept() {
	fmt.Println(handshake.Accept("dGhlIHNhbXBsZSBub25jZQ=="))
	// Output: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=
}

func ExampleNewKey() {
	fmt.Println(len(handshake.NewKey()), "characters for 16 bytes")
	// Output: 24 characters for 16 bytes
}

// Both ends of a handshake, without a network between them.
func Example() {
	// The client.
	req, err := handshake.NewRequest("feed.example", "/news", []string{"ticker.v2", "ticker.v1"}, nil, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	wire := handshake.AppendRequest(nil, req)

	// The server.
	got, err := handshake.ParseRequest(wire)
	if err != nil {
		fmt.Println(err)
		return
	}
	offer, err := handshake.CheckRequest(got)
	if err != nil {
		fmt.Println(err)
		return
	}
	answer, err := offer.Answer("ticker.v1", nil, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	wire = handshake.AppendResponse(nil, answer)

	// The client again.
	resp, err := handshake.ParseResponse(wire)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := handshake.CheckResponse(req, resp); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(resp.Status, resp.Subprotocol)
	// Output: 101 ticker.v1
}

func ExampleReadHead() {
	stream := strings.NewReader("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x02hi")
	head, rest, err := handshake.ReadHead(stream, nil, handshake.DefaultMaxHead)
	fmt.Printf("%d bytes of head, then %q, %v\n", len(head), rest, err)
	// Output: 56 bytes of head, then "\x81\x02hi", <nil>
}

func ExampleParseRequest() {
	_, err := handshake.ParseRequest([]byte("GET / HTTP/1.1\r\nHost : feed.example\r\n\r\n"))
	fmt.Println(err)
	// Output: handshake: white space stands before the colon in the header line "Host : feed.example"; take it out (RFC 6455 §4.2.1)
}

func ExampleCheckRequest() {
	r, err := handshake.ParseRequest([]byte("GET /chat HTTP/1.1\r\n" +
		"Host: server.example.com\r\n" +
		"Upgrade: websocket\r\n" +
		"Connection: keep-alive, Upgrade\r\n" +
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
		"Sec-WebSocket-Version: 8\r\n" +
		"\r\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = handshake.CheckRequest(r)
	fmt.Println(err)

	var he *handshake.Error
	if errors.As(err, &he) {
		fmt.Println(he.Status, he.Response().Header.Get("Sec-WebSocket-Version"))
	}
	// Output:
	// handshake: Sec-WebSocket-Version is "8"; only version 13 is spoken here (RFC 6455 §4.2.2)
	// 426 13
}

// What somebody sees who opens the address of a WebSocket as a page.
func ExampleError_Response() {
	_, err := handshake.CheckRequest(&handshake.Request{
		Method: "GET", Target: "/chat", Major: 1, Minor: 1,
		Header: handshake.Header{{Name: "Host", Value: "server.example.com"}},
	})
	var he *handshake.Error
	if errors.As(err, &he) {
		wire := handshake.AppendResponse(nil, he.Response())
		fmt.Print(strings.ReplaceAll(string(wire), "\r", ""))
	}
	// Output:
	// HTTP/1.1 426 Upgrade Required
	// Connection: Upgrade, close
	// Content-Type: text/plain; charset=utf-8
	// X-Content-Type-Options: nosniff
	// Upgrade: websocket
	// Content-Length: 193
	//
	// this address speaks WebSocket, and the request has no Upgrade line; open it with a WebSocket client, which sends Upgrade: websocket, and see that no proxy takes the line out (RFC 6455 §4.2.1)
}

func ExampleOffer_Answer() {
	offer := &handshake.Offer{Key: "dGhlIHNhbXBsZSBub25jZQ==", Subprotocols: []string{"chat", "superchat"}}
	answer, err := offer.Answer("chat", nil, handshake.Header{{Name: "Set-Cookie", Value: "seat=12"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	wire := handshake.AppendResponse(nil, answer)
	fmt.Print(strings.ReplaceAll(string(wire), "\r", ""))

	_, err = offer.Answer("whisper", nil, nil)
	fmt.Println(err)
	// Output:
	// HTTP/1.1 101 Switching Protocols
	// Upgrade: websocket
	// Connection: Upgrade
	// Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=
	// Sec-WebSocket-Protocol: chat
	// Set-Cookie: seat=12
	//
	// handshake: the server chose the subprotocol "whisper", which the client did not offer (RFC 6455 §4.2.2)
}

func ExampleCheckResponse() {
	req := &handshake.Request{Header: handshake.Header{{Name: "Sec-WebSocket-Key", Value: "dGhlIHNhbXBsZSBub25jZQ=="}}}
	resp, err := handshake.ParseResponse([]byte("HTTP/1.1 101 Switching Protocols\r\n" +
		"Upgrade: websocket\r\n" +
		"Connection: Upgrade\r\n" +
		"Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n" +
		"\r\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(handshake.CheckResponse(req, resp))
	// Output: handshake: Sec-WebSocket-Accept is "AAAAAAAAAAAAAAAAAAAAAAAAAAA="; for the key of this request it is "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" (RFC 6455 §4.1)
}

// The examples of §9.1, and what a browser sends.
func ExampleParseExtensions() {
	for _, value := range []string{
		"deflate-stream",
		"mux; max-channels=4; flow-control, deflate-stream",
		"private-extension",
		"permessage-deflate; client_max_window_bits",
		`foo; bar="baz"`,
		`foo; bar="baz, quux"`,
	} {
		list, err := handshake.ParseExtensions(value)
		if err != nil {
			fmt.Println(err)
			continue
		}
		for _, e := range list {
			fmt.Printf("%s %q\n", e.Name, e.Params)
		}
	}
	// Output:
	// deflate-stream []
	// mux [{"max-channels" "4"} {"flow-control" ""}]
	// deflate-stream []
	// private-extension []
	// permessage-deflate [{"client_max_window_bits" ""}]
	// foo [{"bar" "baz"}]
	// handshake: the quoted value "baz, quux" in Sec-WebSocket-Extensions is no token; take out white space and separators, also between quotes (RFC 6455 §4.3)
}

func ExampleAppendExtensions() {
	fmt.Printf("%s\n", handshake.AppendExtensions(nil, []handshake.Extension{
		{Name: "permessage-deflate", Params: []handshake.Param{
			{Name: "client_max_window_bits"},
			{Name: "server_max_window_bits", Value: "10"},
		}},
		{Name: "permessage-deflate"},
	}))
	// Output: permessage-deflate; client_max_window_bits; server_max_window_bits=10, permessage-deflate
}

func ExampleHeader_Values() {
	h := handshake.Header{
		{Name: "Set-Cookie", Value: "seat=12"},
		{Name: "Server", Value: "example"},
		{Name: "set-cookie", Value: "row=3"},
	}
	for value := range h.Values("Set-Cookie") {
		fmt.Println(value)
	}
	// Output:
	// seat=12
	// row=3
}
