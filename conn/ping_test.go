package conn_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"rfc6455/conn"
	"rfc6455/frame"
	"rfc6455/internal/rfc"
)

func TestPong(t *testing.T) {
	rfc.Covers(t, "5.5.2/ping-answered", "5.5.3/pong-same-payload", "5.5.3/unsolicited-pong")
	for _, role := range roles {
		p := from(other(role))
		for _, payload := range []string{"", "?", "\x00\xff", string(pattern(125))} {
			in := p.whole(frame.Pong, payload) + p.whole(frame.Ping, payload) + p.whole(frame.Pong, "12345678") + p.whole(frame.Text, "x")
			for name, r := range chunked(in) {
				got, _ := play(t, role, nil, r)
				want := outcome{Messages: []string{`text "x"`}, Sent: []string{fmt.Sprintf("pong %q", payload)}}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%v, %s (-want +got):\n%s", role, name, diff)
				}
			}
		}
	}
}

// Pings that come together are all answered, in order, and on a socket in one
// write.
func TestPongsTogether(t *testing.T) {
	rfc.Covers(t, "5.5.2/ping-answered", "5.5.2/ping-answered-soon")
	for _, tr := range []transport{packets, tcp, {"tls", tlsPair}} {
		t.Run(tr.name, func(t *testing.T) {
			c, p := tr.open(t, conn.Server, nil)
			go c.Read(t.Context())
			var pings, pongs []string
			for i := range 10 {
				pings = append(pings, p.whole(frame.Ping, fmt.Sprint(i)))
				pongs = append(pongs, fmt.Sprintf(`pong "%d"`, i))
			}
			p.send(pings...)
			if tr.name == packets.name {
				p.wantPacket(pongs...)
			} else {
				p.want(pongs...)
			}
		})
	}
}

// A pong does not wait until the next Read: the message that it came with may
// take long to work on.
func TestPongBeforeRead(t *testing.T) {
	rfc.Covers(t, "5.5.2/ping-answered-soon")
	for _, tr := range transports {
		t.Run(tr.name, func(t *testing.T) {
			c, p := tr.open(t, conn.Server, nil)
			defer meanwhile(func() {
				p.send(p.whole(frame.Ping, "a"), p.whole(frame.Text, "x"))
				p.want(`pong "a"`)
			})()
			if _, _, err := c.Read(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

// pong answers the next n pings of a connection.
func (p *peer) pong(n int) {
	for range n {
		h, payload, err := frame.Read(p.Conn, 1<<10)
		if err != nil || h.Opcode != frame.Ping {
			p.t.Errorf("peer: %v, %v; want a ping", h.Opcode, err)
			return
		}
		p.send(p.whole(frame.Pong, string(payload)))
	}
}

func TestPing(t *testing.T) {
	const trip = 40 * time.Millisecond
	for _, role := range roles {
		for name, reading := range map[string]bool{"with a reader": true, "without a reader": false} {
			t.Run(fmt.Sprint(role, " ", name), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					c, p := pipe.open(t, role, nil)
					if d := c.RoundTrip(); d != 0 {
						t.Errorf("RoundTrip before a ping: %v", d)
					}
					if reading {
						go c.Read(t.Context())
					}
					go func() {
						for i := range 3 {
							pass(trip * time.Duration(i))
							p.pong(1)
						}
					}()
					for i := range 3 {
						if err := c.Ping(t.Context()); err != nil {
							t.Error(err)
						}
						if d := c.RoundTrip(); d != trip*time.Duration(i) {
							t.Errorf("RoundTrip: %v; want %v", d, trip*time.Duration(i))
						}
					}
				})
			})
		}
	}
}

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

func TestPings(t *testing.T) {
	t.Run("several at once", func(t *testing.T) {
		for _, tr := range transports {
			near, far := tr.pair(t)
			a, b := conn.New(near, conn.Client, nil), conn.New(far, conn.Server, nil)
			go a.Read(t.Context())
			manyPings(t, b) // one of them reads
			go b.Read(t.Context())
			manyPings(t, a)
		}
	})
	t.Run("a pong answers earlier pings too", func(t *testing.T) {
		rfc.Covers(t, "5.5.3/newest-ping-only")
		synctest.Test(t, func(t *testing.T) {
			c, p := pipe.open(t, conn.Server, nil)
			ended := make(chan error)
			for range 3 {
				go func() { ended <- c.Ping(t.Context()) }()
			}
			var last []byte
			for range 3 {
				_, last, _ = frame.Read(p, 1<<10)
			}
			p.send(p.whole(frame.Pong, string(last)))
			for range 3 {
				if err := <-ended; err != nil {
					t.Error(err)
				}
			}
		})
	})
	t.Run("and not later ones", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c, p := stuck(t, nil)
			waiting := make(chan error)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			w, err := c.Writer(ctx, frame.Text)
			if w != nil || err == nil {
				t.Fatal("the writer is not stuck")
			}
			for range 2 { // both wait for the lock, in the order of the line
				go func() { waiting <- c.Ping(t.Context()) }()
				synctest.Wait()
			}
			p.want(`text "stuck"`)
			_, first, _ := frame.Read(p, 1<<10)
			p.send(p.whole(frame.Pong, string(first)))
			if err := <-waiting; err != nil {
				t.Error(err)
			}
			select {
			case <-waiting:
				t.Error("the second ping has ended too")
			default:
			}
			p.pong(1)
			if err := <-waiting; err != nil {
				t.Error(err)
			}
		})
	})
	t.Run("the context ends", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c, p := pipe.open(t, conn.Server, nil)
			go func() {
				frame.Read(p, 1<<10)
				p.send(p.part(frame.Text, "a")) // in the way, and half
			}()
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if err := c.Ping(ctx); err != context.DeadlineExceeded {
				t.Errorf("Ping: %v; want context.DeadlineExceeded", err)
			}
			go p.send(p.whole(frame.Continuation, "b"))
			if _, data, err := c.Read(t.Context()); string(data) != "ab" || err != nil {
				t.Errorf("the next Read: %q, %v; want ab", data, err)
			}
		})
	})
	t.Run("the connection ends", func(t *testing.T) {
		for name, end := range map[string]func(p *peer){
			"with a close frame": func(p *peer) { p.send(p.close(4000, "")) },
			"without one":        func(p *peer) { p.Close() },
		} {
			c, p := tcp.open(t, conn.Server, nil)
			go func() {
				frame.Read(p, 1<<10)
				end(p)
			}()
			var ce conn.CloseError
			if err := c.Ping(t.Context()); !errors.As(err, &ce) {
				t.Errorf("Ping when the connection ends %s: %v; want a CloseError", name, err)
			}
			if err := c.Ping(t.Context()); !errors.Is(err, net.ErrClosed) {
				t.Errorf("the next Ping: %v; want net.ErrClosed", err)
			}
		}
	})
}

func manyPings(t *testing.T, c *conn.Conn) {
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			for range 10 {
				if err := c.Ping(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

func TestKeepAlive(t *testing.T) {
	opts := &conn.Options{KeepAlive: 30 * time.Second, PongTimeout: 10 * time.Second}
	read := func(t *testing.T, c *conn.Conn) (ended chan error) {
		ended = make(chan error, 1)
		go func() {
			_, _, err := c.Read(t.Context())
			ended <- err
		}()
		return ended
	}
	dead := func(t *testing.T, c *conn.Conn, start time.Time, want time.Duration) {
		t.Helper()
		<-c.Done()
		if d := time.Since(start); d != want {
			t.Errorf("the peer is given up after %v; want %v", d, want)
		}
		if _, _, err := c.Read(t.Context()); err == nil || !strings.Contains(err.Error(), "Options.PongTimeout") {
			t.Errorf("Read: %v; want an error that names Options.PongTimeout", err)
		}
	}

	t.Run("live peer", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c, p := pipe.open(t, conn.Server, opts)
			ended := read(t, c)
			go p.pong(1000)
			pass(1000*opts.KeepAlive + 1)
			select {
			case err := <-ended:
				t.Error(err)
			default:
			}
		})
	})
	t.Run("dead peer", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			c, p := pipe.open(t, conn.Server, opts)
			ended := read(t, c)
			go func() {
				p.pong(3)
				io.Copy(io.Discard, p)
			}()
			dead(t, c, start, 4*opts.KeepAlive+opts.PongTimeout)
			<-ended
		})
	})
	t.Run("dead peer without a reader", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			c, p := pipe.open(t, conn.Client, &conn.Options{KeepAlive: opts.KeepAlive})
			go io.Copy(io.Discard, p)
			dead(t, c, start, 2*opts.KeepAlive)
		})
	})
	t.Run("peer that sends no pongs and is alive", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c, p := pipe.open(t, conn.Server, opts)
			go func() {
				for range c.Messages(t.Context()) {
				}
			}()
			go io.Copy(io.Discard, p)
			for range 100 {
				pass(opts.PongTimeout - 1)
				p.send(p.whole(frame.Text, "busy"))
			}
		})
	})
	t.Run("slow application", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c, p := pipe.open(t, conn.Server, &conn.Options{KeepAlive: opts.KeepAlive, PongTimeout: opts.PongTimeout, MaxMessageSize: 100})
			pings := make(chan string, 1<<20)
			go func() {
				for {
					_, payload, err := frame.Read(p, 1<<10)
					if err != nil {
						close(pings)
						return
					}
					pings <- string(payload)
				}
			}()
			go func() {
				for range 20 { // more than is kept
					p.send(p.whole(frame.Text, string(pattern(50))))
				}
				for payload := range pings {
					io.WriteString(p, p.whole(frame.Pong, payload))
				}
			}()
			for range 20 {
				pass(time.Hour)
				if _, _, err := c.Read(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
		})
	})
	t.Run("long message to a slow peer", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c, p := pipe.open(t, conn.Server, opts)
			go c.Read(t.Context())
			go func() {
				var buf [1 << 10]byte
				for range 1000 { // 1 KiB a second
					io.ReadFull(p, buf[:])
					pass(time.Second)
				}
				io.Copy(io.Discard, io.LimitReader(p, 10))
				p.pong(1)
			}()
			if err := c.Write(t.Context(), frame.Binary, pattern(1000<<10)); err != nil {
				t.Error(err)
			}
			synctest.Wait()
		})
	})
	t.Run("ends with the connection", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { // which would find the timer
			a, b := conn.Pipe(opts, opts)
			pass(opts.KeepAlive + 1)
			a.CloseNow()
			b.CloseNow()
		})
	})
}
