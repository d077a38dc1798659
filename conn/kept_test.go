package conn_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"rfc6455/conn"
	"rfc6455/frame"
)

// What is in front of the pong is kept, in order and as it was cut, for whatever
// reads next.
func TestPingWithMessagesInTheWay(t *testing.T) {
	for name, read := range map[string]func(context.Context, *conn.Conn) (frame.Opcode, []byte, error){
		"Read": reads["Read"], "Append": reads["Append"], "Reader": readStream,
	} {
		for _, role := range roles {
			t.Run(fmt.Sprint(name, " ", role), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					c, p := pipe.open(t, role, nil)
					in, want := conversation(p.from)
					pinged := make(chan []byte)
					go func() {
						_, payload, _ := frame.Read(p, 1<<10)
						pinged <- payload
						io.Copy(io.Discard, p)
					}()
					go func() {
						payload := <-pinged
						p.send(in, p.part(frame.Binary, "half a "), p.whole(frame.Pong, string(payload)))
						p.send(p.whole(frame.Continuation, "message"), p.whole(frame.Text, "later"))
					}()
					if err := c.Ping(t.Context()); err != nil {
						t.Fatal(err)
					}
					want = append(want, `binary "half a message"`, `text "later"`)
					var got []string
					for range want {
						op, data, err := read(t.Context(), c)
						if err != nil {
							t.Fatal(err)
						}
						got = append(got, describe(frame.Header{Fin: true, Opcode: op}, data))
					}
					if diff := cmp.Diff(want, got); diff != "" {
						t.Errorf("messages (-want +got):\n%s", diff)
					}
				})
			})
		}
	}
}

// A message that is being streamed goes on where the Ping has left it.
func TestPingWithinStream(t *testing.T) {
	c, p := tcp.open(t, conn.Server, nil)
	defer meanwhile(func() {
		p.send(p.part(frame.Text, "one, "), p.part(frame.Continuation, "tw"))
		p.pong(1)
		p.send(p.whole(frame.Continuation, "o"))
		p.pong(1)
		p.send(p.whole(frame.Text, "next"))
	})()
	defer c.CloseNow()
	_, r, err := c.Reader(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for range 2 { // within the first frame, and at the end
		if _, err := io.CopyN(&got, r, 2); err != nil {
			t.Error(err)
		}
		if err := c.Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	io.Copy(&got, r)
	if got.String() != "one, two" {
		t.Errorf("the stream is %q", got.String())
	}
	if _, next, err := c.Read(t.Context()); string(next) != "next" || err != nil {
		t.Errorf("Read: %q, %v; want next", next, err)
	}
}

// A Ping that has kept as much as one message may have leaves the rest to Read.
func TestPingWithTooMuchInTheWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := pipe.open(t, conn.Server, &conn.Options{MaxMessageSize: 1000})
		const messages = 20
		var sent int
		go func() {
			_, payload, _ := frame.Read(p, 1<<10)
			for range messages {
				p.send(p.whole(frame.Binary, string(pattern(500))))
				sent++
			}
			p.send(p.whole(frame.Pong, string(payload)))
		}()
		ended := make(chan error, 1)
		go func() { ended <- c.Ping(t.Context()) }()
		synctest.Wait()
		if sent > 4 {
			t.Errorf("it has kept %d messages of 500 bytes; want about 1000 bytes", sent)
		}
		for range messages {
			if _, p, err := c.Read(t.Context()); len(p) != 500 || err != nil {
				t.Fatalf("Read: %d bytes, %v", len(p), err)
			}
		}
		go c.Read(t.Context())
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// Also messages without a byte take memory, and time.
func TestPingWithEmptyMessagesInTheWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := pipe.open(t, conn.Server, nil)
		const messages = 200_000
		var sent int
		go func() {
			_, payload, _ := frame.Read(p, 1<<10)
			burst := strings.Repeat(p.whole(frame.Text, ""), 100)
			for sent < messages {
				io.WriteString(p, burst)
				sent += 100
			}
			p.send(p.whole(frame.Pong, string(payload)))
		}()
		ended := make(chan error, 1)
		go func() { ended <- c.Ping(t.Context()) }()
		synctest.Wait()
		if sent > messages/4 {
			t.Errorf("it has kept %d empty messages", sent)
		}
		for range messages {
			if _, p, err := c.Read(t.Context()); len(p) != 0 || err != nil {
				t.Fatalf("Read: %d bytes, %v", len(p), err)
			}
		}
		go c.Read(t.Context())
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// What was kept and is taken makes room again.
func TestPingKeepsAgain(t *testing.T) {
	for name, read := range map[string]func(context.Context, *conn.Conn) (frame.Opcode, []byte, error){
		"Read": reads["Read"], "Reader": readStream,
	} {
		synctest.Test(t, func(t *testing.T) {
			c, p := pipe.open(t, conn.Server, &conn.Options{MaxMessageSize: 1000})
			for range 10 {
				go func() {
					_, payload, _ := frame.Read(p, 1<<10)
					p.send(p.whole(frame.Binary, string(pattern(1000))), p.whole(frame.Pong, string(payload)))
				}()
				if err := c.Ping(t.Context()); err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				if _, p, err := read(t.Context(), c); len(p) != 1000 || err != nil {
					t.Fatalf("%s: %d bytes, %v", name, len(p), err)
				}
			}
		})
	}
}
