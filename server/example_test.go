package server_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"

	"rfc6455/client"
	"rfc6455/conn"
	"rfc6455/frame"
	"rfc6455/handshake"
	"rfc6455/server"
)

// shout answers each message in capitals.
func shout(ctx context.Context, c *conn.Conn) {
	for m, err := range c.Messages(ctx) {
		if err != nil {
			return
		}
		if err := c.Write(ctx, m.Opcode, []byte(strings.ToUpper(string(m.Data)))); err != nil {
			return
		}
	}
}

// ask sends a message to the server at url and prints the answer, or why there
// is none.
func ask(url, message string, opts *client.Options) {
	ctx := context.Background()
	c, _, err := client.Dial(ctx, strings.Replace(url, "http", "ws", 1), opts)
	if err != nil {
		var refusal client.DialError
		if errors.As(err, &refusal) && refusal.Response != nil {
			fmt.Printf("%d: %s", refusal.Response.Status, refusal.Response.Body)
		}
		return
	}
	defer c.CloseNow()
	if err := c.Write(ctx, frame.Text, []byte(message)); err != nil {
		fmt.Println(err)
		return
	}
	_, answer, err := c.Read(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s\n", answer)
	c.Close(frame.CloseNormal, "")
}

func ExampleHandler() {
	mux := http.NewServeMux()
	mux.Handle("/shout", server.Handler(nil, shout))
	web := httptest.NewServer(mux)
	defer web.Close()

	ask(web.URL+"/shout", "hello", nil)
	// Output: HELLO
}

// With Upgrade, the connection is the handler's own to serve and to close.
func ExampleUpgrade() {
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := server.Upgrade(w, r, nil)
		if err != nil {
			return // w has been written to
		}
		defer c.Close(frame.CloseNormal, "")
		shout(r.Context(), c)
	}))
	defer web.Close()

	ask(web.URL, "hello", nil)
	// Output: HELLO
}

// A Server does without net/http.
func ExampleServer_Serve() {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	s := &server.Server{Handler: shout}
	served := make(chan error)
	go func() { served <- s.Serve(ln) }()

	ask("http://"+ln.Addr().String(), "hello", nil)

	s.Close()
	fmt.Println(<-served)
	// Output:
	// HELLO
	// server: closed by Shutdown or Close
}

func ExampleServer_ListenAndServe() {
	s := &server.Server{Addr: "localhost:6455", Handler: shout}
	log.Fatal(s.ListenAndServe())
}

// A Server that is mounted in net/http can end its connections in good order.
// Shut it down first: http.Server does not know its connections.
func ExampleServer_Shutdown() {
	s := &server.Server{Handler: shout}
	web := httptest.NewServer(s)
	c, _, err := client.Dial(context.Background(), strings.Replace(web.URL, "http", "ws", 1), nil)
	if err != nil {
		log.Fatal(err)
	}

	done := make(chan error)
	go func() { done <- s.Shutdown(context.Background()) }()
	_, _, err = c.Read(context.Background())
	var closed conn.CloseError
	if errors.As(err, &closed) {
		fmt.Println(closed.Code, closed.Reason)
	}
	fmt.Println(<-done)
	web.Close()
	// Output:
	// 1001 (going away) the server shuts down
	// <nil>
}

// A page of another site is refused, unless it is listed. What is no page, and
// so sends no Origin line, is not asked.
func ExampleOptions_origins() {
	web := httptest.NewServer(server.Handler(&server.Options{
		Origins: []string{"https://example.com", "https://*.example.com", "http://localhost:*"},
	}, shout))
	defer web.Close()

	for _, origin := range []string{"https://chat.example.com", "http://localhost:3000", "https://example.org"} {
		ask(web.URL, origin, &client.Options{
			Header: http.Header{"Origin": {origin}, "Host": {"example.net"}},
		})
	}
	ask(web.URL, "no page", nil)
	// Output:
	// HTTPS://CHAT.EXAMPLE.COM
	// HTTP://LOCALHOST:3000
	// 403: the origin "https://example.org" may not connect; welcome are http://example.net and what the server lists in Options.Origins (behind a proxy that ends TLS or changes Host, list the public origin there) (RFC 6455 §10.2)
	// NO PAGE
}

// The hook decides before the upgrade, and tells the one who serves what it has
// found out.
func ExampleOptions_authorize() {
	type userKey struct{}
	web := httptest.NewServer(server.Handler(&server.Options{
		Authorize: func(ctx context.Context, r *handshake.Request) (context.Context, error) {
			user, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
			if !ok {
				return nil, &handshake.Error{
					Status: 401,
					Detail: "log in first",
					Header: handshake.Header{{Name: "WWW-Authenticate", Value: "Bearer"}},
				}
			}
			return context.WithValue(ctx, userKey{}, user), nil
		},
	}, func(ctx context.Context, c *conn.Conn) {
		if _, _, err := c.Read(ctx); err == nil {
			c.Write(ctx, frame.Text, fmt.Appendf(nil, "hello, %v", ctx.Value(userKey{})))
		}
	}))
	defer web.Close()

	ask(web.URL, "who am I?", nil)
	ask(web.URL, "who am I?", &client.Options{Header: http.Header{"Authorization": {"Bearer Ann"}}})
	// Output:
	// 401: log in first
	// hello, Ann
}
