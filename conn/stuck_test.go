package conn_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rfc6455/conn"
	"rfc6455/frame"
	"rfc6455/internal/rfc"
)

// stuck returns a connection of which one writer is stuck, with the text
// "stuck", because the peer takes no bytes.
func stuck(t *testing.T, opts *conn.Options) (*conn.Conn, *peer) {
	c, p := pipe.open(t, conn.Server, opts)
	go c.Write(t.Context(), frame.Text, []byte("stuck"))
	synctest.Wait()
	return c, p
}

// Whoever waits behind a writer that is stuck leaves when its own context ends,
// and the connection stays.
func TestWaitBehindStuckWriter(t *testing.T) {
	writes := map[string]func(ctx context.Context, c *conn.Conn) error{
		"Write": func(ctx context.Context, c *conn.Conn) error { return c.Write(ctx, frame.Text, nil) },
		"WritePrepared": func(ctx context.Context, c *conn.Conn) error {
			return c.WritePrepared(ctx, conn.Prepare(frame.Text, nil))
		},
		"Ping": func(ctx context.Context, c *conn.Conn) error { return c.Ping(ctx) },
		"Writer": func(ctx context.Context, c *conn.Conn) error {
			_, err := c.Writer(ctx, frame.Text)
			return err
		},
	}
	for name, write := range writes {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, p := stuck(t, nil)
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				if err := write(ctx, c); err != context.DeadlineExceeded {
					t.Errorf("%v; want context.DeadlineExceeded", err)
				}
				go c.Write(t.Context(), frame.Text, []byte("next"))
				p.want(`text "stuck"`, `text "next"`)
			})
		})
	}
}

// Messages of others wait for the end of one in pieces, and leave with their
// contexts. Control frames do not wait.
func TestWaitBehindWriter(t *testing.T) {
	rfc.Covers(t, "5.4/no-interleaving", "5.4/control-between-fragments")
	synctest.Test(t, func(t *testing.T) {
		c, p := pipe.open(t, conn.Server, nil)
		go func() {
			p.want(`text "a" …`, "ping \"\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x01\"")
			p.send(p.whole(frame.Pong, "\x00\x00\x00\x00\x00\x00\x00\x01"))
			p.want(`continuation "b" …`, `continuation ""`, `binary "next"`)
		}()
		w, err := c.Writer(t.Context(), frame.Text)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, "a")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := c.Write(ctx, frame.Binary, []byte("never")); err != context.DeadlineExceeded {
			t.Errorf("Write: %v; want context.DeadlineExceeded", err)
		}
		if err := c.Ping(t.Context()); err != nil {
			t.Error(err)
		}
		next := make(chan error)
		go func() { next <- c.Write(t.Context(), frame.Binary, []byte("next")) }()
		synctest.Wait()
		io.WriteString(w, "b")
		if err := w.Close(); err != nil {
			t.Error(err)
		}
		if err := <-next; err != nil {
			t.Error(err)
		}
	})
}

// While a writer is stuck the reader goes on, and of a flood of pings only the
// newest is kept.
func TestPingFloodAtStuckWriter(t *testing.T) {
	rfc.Covers(t, "5.5.2/ping-answered", "5.5.3/newest-ping-only")
	synctest.Test(t, func(t *testing.T) {
		c, p := stuck(t, nil)
		const pings, messages = 1000, 10
		go func() {
			for i := range pings * messages {
				if p.send(p.whole(frame.Ping, fmt.Sprint(i))); i%pings == 0 {
					p.send(p.whole(frame.Text, fmt.Sprint(i)))
				}
			}
		}()
		for i := range messages {
			if _, got, err := c.Read(t.Context()); string(got) != fmt.Sprint(i*pings) || err != nil {
				t.Fatalf("Read: %q, %v; want %d", got, err, i*pings)
			}
		}
		go c.Read(t.Context())
		synctest.Wait()
		p.want(`text "stuck"`, fmt.Sprintf("pong %q", fmt.Sprint(pings*messages-1)))
	})
}

// A ping that comes while a pong is being written finds nobody who could answer
// it but the goroutine that writes.
func TestPingWhilePongIsWritten(t *testing.T) {
	rfc.Covers(t, "5.5.2/ping-answered")
	synctest.Test(t, func(t *testing.T) {
		c, p := stuck(t, nil)
		go c.Read(t.Context())
		p.send(p.whole(frame.Ping, "a"))
		synctest.Wait()
		p.want(`text "stuck"`)
		synctest.Wait() // now the pong is stuck
		p.send(p.whole(frame.Ping, "b"))
		synctest.Wait()
		p.want(`pong "a"`, `pong "b"`)
	})
}

// A peer that takes nothing is given up, and one that is slow is not.
func TestWriteTimeout(t *testing.T) {
	const timeout = 10 * time.Second
	for _, tr := range []transport{pipe, pipeTLS} {
		for _, role := range roles {
			t.Run(tr.name+"/"+role.String(), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					c, p := tr.open(t, role, &conn.Options{WriteTimeout: timeout})
					go func() {
						var buf [4 << 10]byte
						for range 1 << 20 / len(buf) { // 4 KiB a second
							io.ReadFull(p, buf[:])
							pass(time.Second)
						}
						p.Read(buf[:]) // the length of the header
					}()
					if err := c.Write(t.Context(), frame.Binary, pattern(1<<20)); err != nil {
						t.Fatal(err)
					}

					start := time.Now()
					err := c.Write(t.Context(), frame.Binary, pattern(1<<20))
					if err == nil || !strings.Contains(err.Error(), "Options.WriteTimeout") {
						t.Errorf("Write to a peer that takes nothing: %v; want an error that names Options.WriteTimeout", err)
					}
					if d := time.Since(start); d < timeout || d > 2*timeout {
						t.Errorf("it is given up after %v; want between %v and twice that", d, timeout)
					}
					<-c.Done()
				})
			})
		}
	}
}

// Where a peer stops in the middle, only the transport knows when.
func TestWriteTimeoutInMidFrame(t *testing.T) {
	const timeout = 10 * time.Second
	for _, taken := range []time.Duration{0, timeout / 2, 2*timeout - 1} {
		synctest.Test(t, func(t *testing.T) {
			c, p := pipe.open(t, conn.Server, &conn.Options{WriteTimeout: timeout})
			start := time.Now()
			go func() {
				pass(taken)
				p.Read(make([]byte, 1))
			}()
			err := c.Write(t.Context(), frame.Text, pattern(100))
			if err == nil || !strings.Contains(err.Error(), "Options.WriteTimeout") {
				t.Errorf("Write: %v; want an error that names Options.WriteTimeout", err)
			}
			if d := time.Since(start) - taken; d < timeout || d > 4*timeout {
				t.Errorf("given up %v after the last byte; want between %v and four times that", d, timeout)
			}
		})
	}
}

// broken is a transport that takes no byte and does not wait, as TLS does after a
// write that timed out.
type broken struct{ tape }

func (broken) Write([]byte) (int, error)        { return 0, os.ErrDeadlineExceeded }
func (broken) SetReadDeadline(time.Time) error  { return nil }
func (broken) SetWriteDeadline(time.Time) error { return nil }

func TestWriteToBrokenTransport(t *testing.T) {
	c := conn.New(&broken{}, conn.Server, nil)
	if err := c.Write(t.Context(), frame.Text, nil); err == nil {
		t.Error("Write has no error")
	}
	<-c.Done()
}

func TestNoWriteTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := pipe.open(t, conn.Server, &conn.Options{WriteTimeout: -1})
		go func() {
			pass(365 * 24 * time.Hour)
			p.want(`text "late"`)
		}()
		if err := c.Write(t.Context(), frame.Text, []byte("late")); err != nil {
			t.Error(err)
		}
	})
}
