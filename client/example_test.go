package client_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"rfc6455/client"
	"rfc6455/conn"
	"rfc6455/frame"
	"rfc6455/server"
)

// echo sends each message back.
func echo(ctx context.Context, c *conn.Conn) {
	for m, err := range c.Messages(ctx) {
		if err != nil || c.Write(ctx, m.Opcode, m.Data) != nil {
			return
		}
	}
}

func ExampleDial() {
	s := httptest.NewServer(server.Handler(nil, echo))
	defer s.Close()
	url := strings.Replace(s.URL, "http", "ws", 1)

	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	c, _, err := client.Dial(ctx, url+"/chat", nil)
	if err != nil {
		log.Fatal(err)
	}
	defer c.CloseNow()
	if err := c.Write(ctx, frame.Text, []byte("Hello")); err != nil {
		log.Fatal(err)
	}
	op, p, err := c.Read(ctx)
	fmt.Printf("%v %s %v\n", op, p, err)
	fmt.Println(c.Close(frame.CloseNormal, ""))
	// Output:
	// text Hello <nil>
	// <nil>
}

func ExampleOptions() {
	s := httptest.NewServer(server.Handler(&server.Options{Subprotocols: []string{"chat.v1"}}, echo))
	defer s.Close()

	c, resp, err := client.Dial(context.Background(), strings.Replace(s.URL, "http", "ws", 1), &client.Options{
		Header:           http.Header{"Origin": {s.URL}, "Authorization": {"Bearer 6455"}},
		Subprotocols:     []string{"chat.v2", "chat.v1"},
		HandshakeTimeout: 5 * time.Second,
		Conn:             &conn.Options{MaxMessageSize: 64 << 10, KeepAlive: 30 * time.Second},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer c.CloseNow()
	fmt.Println(resp.Status, c.Subprotocol())
	// Output: 101 chat.v1
}

// A server that refuses says why in HTTP.
func ExampleDialError() {
	s := httptest.NewServer(http.NotFoundHandler())
	defer s.Close()

	_, _, err := client.Dial(context.Background(), strings.Replace(s.URL, "http", "ws", 1), nil)
	var de *client.DialError
	if errors.As(err, &de) && de.Response != nil {
		fmt.Println(de.Response.Status, de.Response.Reason)
		fmt.Println(de.Response.Header.Get("Content-Type"))
		fmt.Printf("%s", de.Response.Body)
		fmt.Println(de.Detail)
	}
	// Output:
	// 404 Not Found
	// text/plain; charset=utf-8
	// 404 page not found
	// the server answered 404 Not Found, "404 page not found"; look at the path of the URL
}

// The errors for a URL say what to write.
func ExampleDial_url() {
	for _, url := range []string{"https://example.com/chat", "ws://example.com/#chat", "localhost:6455"} {
		_, _, err := client.Dial(context.Background(), url, nil)
		fmt.Println(err)
	}
	// Output:
	// client: the scheme of the URL is https; use ws in place of http, and wss in place of https (RFC 6455 §3)
	// client: the URL has a fragment; take it out, or write # as %23 (RFC 6455 §3)
	// client: the scheme of the URL is "localhost"; a WebSocket URL begins with ws:// or wss:// (RFC 6455 §3)
}
