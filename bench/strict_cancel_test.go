package bench

import (
	"context"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	coder "github.com/coder/websocket"
	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
	gorilla "github.com/gorilla/websocket"
	xnet "golang.org/x/net/websocket"

	"rfc6455/bench/internal/peer"
	"rfc6455/conn"
	"rfc6455/server"
)

// What can become of a read that was given up and called again.
const (
	resumes = "resumes"
	ends    = "**ends**"
	noCall  = "no call" // the library has no call that reads
)

// limitedRead reads one message. Whatever the library has for it, a context or
// a deadline, gives the read up after limit.
type limitedRead func(limit time.Duration) ([]byte, error)

// readers upgrade a request and hand out the library's read. Those that are not
// here call back with messages instead.
var readers = map[string]func(w http.ResponseWriter, r *http.Request, use func(limitedRead)){
	"rfc6455": func(w http.ResponseWriter, r *http.Request, use func(limitedRead)) {
		server.Handler(nil, func(ctx context.Context, c *conn.Conn) {
			use(func(limit time.Duration) ([]byte, error) {
				ctx, cancel := context.WithTimeout(ctx, limit)
				defer cancel()
				_, p, err := c.Read(ctx)
				return p, err
			})
		}).ServeHTTP(w, r)
	},
	"gorilla": func(w http.ResponseWriter, r *http.Request, use func(limitedRead)) {
		var u gorilla.Upgrader
		c, err := u.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer c.Close()
		use(func(limit time.Duration) ([]byte, error) {
			c.SetReadDeadline(time.Now().Add(limit))
			_, p, err := c.ReadMessage()
			return p, err
		})
	},
	"coder": func(w http.ResponseWriter, r *http.Request, use func(limitedRead)) {
		c, err := coder.Accept(w, r, nil)
		if err != nil {
			return
		}
		defer c.CloseNow()
		use(func(limit time.Duration) ([]byte, error) {
			ctx, cancel := context.WithTimeout(context.Background(), limit)
			defer cancel()
			_, p, err := c.Read(ctx)
			return p, err
		})
	},
	"gobwas": func(w http.ResponseWriter, r *http.Request, use func(limitedRead)) {
		c, _, _, err := ws.UpgradeHTTP(r, w)
		if err != nil {
			return
		}
		defer c.Close()
		use(func(limit time.Duration) ([]byte, error) {
			c.SetReadDeadline(time.Now().Add(limit))
			p, _, err := wsutil.ReadClientData(c)
			return p, err
		})
	},
	"x/net": func(w http.ResponseWriter, r *http.Request, use func(limitedRead)) {
		xnet.Handler(func(c *xnet.Conn) {
			use(func(limit time.Duration) (p []byte, err error) {
				c.SetReadDeadline(time.Now().Add(limit))
				return p, xnet.Message.Receive(c, &p)
			})
		}).ServeHTTP(w, r)
	},
}

// cancelledReads notes what becomes of a read that is given up between two
// messages, and in the middle of one.
func cancelledReads(t *testing.T, lib peer.Server, i int, table *table) {
	const message = "\x81\x85" + key + "Hello"
	for _, row := range []struct {
		what string
		sent int // bytes of the message that are there before the read is given up
	}{
		{"read given up between messages", 0},
		{"read given up inside a message", len(message) - 2},
	} {
		got := noCall
		if reader, ok := readers[lib.Name]; ok {
			got = readTwice(t, reader, message[:row.sent], message[row.sent:])
		}
		table.set("", row.what, i, got)
		if i == 0 && got != resumes {
			t.Errorf("%s: %s, want %s", row.what, got, resumes)
		}
	}
}

// readTwice has a server read while only the first part is there, and again when
// the rest has come.
func readTwice(t *testing.T, reader func(http.ResponseWriter, *http.Request, func(limitedRead)), first, rest string) string {
	var (
		begin   = make(chan struct{}) // the first part is sent
		givenUp = make(chan error)
		second  = make(chan error)
	)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reader(w, r, func(read limitedRead) {
			<-begin
			_, err := read(patience / 40)
			givenUp <- err
			<-begin
			p, err := read(patience)
			if err == nil && string(p) != "Hello" {
				err = io.ErrUnexpectedEOF
			}
			second <- err
		})
	})}
	go s.Serve(ln)
	defer s.Close()

	addr := ln.Addr().String()
	c, err := peer.Dial(t.Context(), addr, "http://"+addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, first)
	begin <- struct{}{}
	if err := <-givenUp; err == nil {
		t.Fatal("a read of half a message returned without an error")
	}
	io.WriteString(c, rest) // fails if the server has hung up
	begin <- struct{}{}
	if <-second != nil {
		return ends
	}
	return resumes
}
