package conn_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"rfc6455/conn"
	"rfc6455/frame"
)

// impatient is a context that ends while a connection waits under it: somebody
// who looks whether it has ended makes it end.
type impatient struct {
	context.Context
	end context.CancelFunc
}

func newImpatient(ctx context.Context) impatient {
	ctx, end := context.WithCancel(ctx)
	return impatient{ctx, end}
}

func (c impatient) Err() error {
	err := c.Context.Err()
	go c.end()
	return err
}

// conversation is what a peer sends in all its shapes: the three forms of a
// length, text cut in a character, and control frames between the fragments. It
// returns the messages that come of it too.
func conversation(p from) (in string, messages []string) {
	in = p.whole(frame.Text, "one") +
		p.part(frame.Text, "t\xc3") + p.whole(frame.Ping, "ping") + p.part(frame.Continuation, "") + p.whole(frame.Continuation, "\xa9") +
		p.whole(frame.Pong, "") +
		p.whole(frame.Binary, "") +
		p.whole(frame.Binary, string(pattern(126))) +
		p.whole(frame.Text, "end")
	return in, []string{`text "one"`, `text "té"`, `binary ""`, `binary of 126 bytes`, `text "end"`}
}

// A read is one of the ways to take the next message.
var reads = map[string]func(ctx context.Context, c *conn.Conn) (frame.Opcode, []byte, error){
	"Read": func(ctx context.Context, c *conn.Conn) (frame.Opcode, []byte, error) { return c.Read(ctx) },
	"Append": func(ctx context.Context, c *conn.Conn) (frame.Opcode, []byte, error) {
		return c.Append(ctx, make([]byte, 0, 1000))
	},
	"Messages": func(ctx context.Context, c *conn.Conn) (frame.Opcode, []byte, error) {
		for m, err := range c.Messages(ctx) {
			return m.Opcode, m.Data, err
		}
		return 0, nil, errors.New("no message")
	},
}

// The message that a cancelled read leaves behind can be taken in any way.
func readStream(ctx context.Context, c *conn.Conn) (frame.Opcode, []byte, error) {
	op, r, err := c.Reader(ctx)
	if err != nil {
		return 0, nil, err
	}
	p, err := io.ReadAll(r)
	return op, p, err
}

// Each byte comes alone, and a read is cancelled after it.
func TestCancelAfterEachByte(t *testing.T) {
	for _, tr := range transports {
		for _, role := range roles {
			for name, read := range reads {
				t.Run(fmt.Sprintf("%s/%v/%s", tr.name, role, name), func(t *testing.T) {
					c, p := tr.open(t, role, nil)
					in, want := conversation(p.from)
					defer meanwhile(func() { p.want(`pong "ping"`) })()
					defer c.CloseNow()
					var got []string
					for i := range len(in) {
						taken := make(chan struct{})
						go func() {
							p.send(in[i : i+1])
							close(taken)
						}()
						for open := true; open; {
							op, data, err := read(newImpatient(t.Context()), c)
							switch {
							case err == nil:
								got = append(got, describe(frame.Header{Fin: true, Opcode: op}, data))
							case err != context.Canceled || op != 0 || len(data) > 0:
								t.Fatalf("byte %d: %v, %q, %v; want nothing but context.Canceled", i, op, data, err)
							}
							select {
							case <-taken:
								open = false
							default:
							}
						}
					}
					// What the reads above gave up too early for.
					for len(got) < len(want) {
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
			}
		}
	}
}

// Every place in the conversation is one at which a read is cancelled once,
// while it waits. Another kind of read goes on.
func TestCancelAtEachByte(t *testing.T) {
	for name, read := range reads {
		for next, readNext := range map[string]func(context.Context, *conn.Conn) (frame.Opcode, []byte, error){
			"Read": reads["Read"], "Append": reads["Append"], "Reader": readStream,
		} {
			for _, role := range roles {
				t.Run(fmt.Sprintf("%s/%s/%v", name, next, role), func(t *testing.T) {
					in, want := conversation(from(other(role)))
					for i := range len(in) {
						synctest.Test(t, func(t *testing.T) {
							c, p := pipe.open(t, role, nil)
							ctx, cancel := context.WithCancel(t.Context())
							defer meanwhile(func() { p.want(`pong "ping"`) })()
							defer meanwhile(func() {
								p.send(in[:i])
								synctest.Wait()
								cancel()
								synctest.Wait()
								p.send(in[i:])
							})()
							defer c.CloseNow()

							var got []string
							read := read
							for len(got) < len(want) {
								op, data, err := read(ctx, c)
								if err == context.Canceled {
									ctx, read = t.Context(), readNext
									continue
								}
								if err != nil {
									t.Fatal(err)
								}
								got = append(got, describe(frame.Header{Fin: true, Opcode: op}, data))
							}
							if diff := cmp.Diff(want, got); diff != "" {
								t.Errorf("cancelled at %d (-want +got):\n%s", i, diff)
							}
						})
					}
				})
			}
		}
	}
}

// What a cancelled Append has put into the caller's memory is the caller's: the
// connection keeps its own copy.
func TestCancelledAppendLeavesMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := pipe.open(t, conn.Server, nil)
		go p.send(p.part(frame.Text, "first, "))
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			synctest.Wait()
			cancel()
		}()
		buf := make([]byte, 0, 100)
		if _, _, err := c.Append(ctx, buf); err != context.Canceled {
			t.Fatal(err)
		}
		clear(buf[:cap(buf)])
		go p.send(p.whole(frame.Continuation, "second"))
		if _, got, err := c.Append(t.Context(), buf); string(got) != "first, second" || err != nil {
			t.Errorf("Append: %q, %v; want first, second", got, err)
		}
	})
}
