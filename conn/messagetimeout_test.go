package conn_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rfc6455/conn"
	"rfc6455/frame"
	"rfc6455/internal/rfc"
)

// A message that has begun has to come to its end in time, in whatever way the
// peer draws it out.
func TestMessageTimeout(t *testing.T) {
	rfc.Covers(t, "10.4/message-time")
	const timeout = 5 * time.Minute
	p := from(conn.Client)
	for name, says := range map[string]struct{ first, again string }{
		"silence within a frame":    {p.whole(frame.Text, "ab")[:7], ""},
		"silence between fragments": {p.part(frame.Text, "ab"), ""},
		"a byte a minute":           {p.header(frame.Binary, 1000), "x"},
		"fragments":                 {p.part(frame.Text, ""), p.part(frame.Continuation, "")},
		"pings":                     {p.part(frame.Text, ""), p.whole(frame.Ping, "")},
	} {
		for _, tr := range []transport{pipe, pipeTLS} {
			t.Run(tr.name+"/"+name, func(t *testing.T) {
				for how, read := range map[string]func(context.Context, *conn.Conn) (frame.Opcode, []byte, error){
					"Read": reads["Read"], "Reader": readStream, "Read with a context for each minute": impatientRead, "Read after one that was cancelled": secondRead,
				} {
					synctest.Test(t, func(t *testing.T) {
						c, p := tr.open(t, conn.Server, &conn.Options{MessageTimeout: timeout})
						go io.Copy(io.Discard, p)
						defer meanwhile(func() {
							pass(time.Hour) // does not count: nothing has begun
							_, err := io.WriteString(p, says.first)
							for err == nil && says.again != "" {
								pass(time.Minute)
								_, err = io.WriteString(p, says.again)
							}
						})()
						start := time.Now().Add(time.Hour)
						_, _, err := read(t.Context(), c)
						var pe frame.ProtocolError
						if !errors.As(err, &pe) || pe.Code != frame.ClosePolicyViolation || pe.Rule != "message-time" {
							t.Errorf("%s: %v; want 1008", how, err)
						}
						// The close frame is waited for, too.
						if d := time.Since(start) - conn.DefaultCloseTimeout; d < timeout || d > 2*timeout {
							t.Errorf("%s: it ends after %v; want between %v and twice that", how, d, timeout)
						}
					})
				}
			})
		}
	}
}

// impatientRead reads with a new context each minute.
func impatientRead(ctx context.Context, c *conn.Conn) (frame.Opcode, []byte, error) {
	for {
		ctx, cancel := context.WithTimeout(ctx, time.Minute)
		op, p, err := c.Read(ctx)
		cancel()
		if err != context.DeadlineExceeded {
			return op, p, err
		}
	}
}

// secondRead reads after a read that is cancelled as soon as it waits.
func secondRead(ctx context.Context, c *conn.Conn) (frame.Opcode, []byte, error) {
	for first := true; ; first = false {
		ctx, cancel := context.WithCancel(ctx)
		if first {
			time.AfterFunc(time.Hour, cancel)
		}
		op, p, err := c.Read(ctx)
		cancel()
		if err != context.Canceled {
			return op, p, err
		}
	}
}

// Only waiting counts. An application may take its time with a message, and a
// peer between two messages.
func TestMessageInTime(t *testing.T) {
	const timeout = time.Minute
	synctest.Test(t, func(t *testing.T) {
		c, p := pipe.open(t, conn.Server, &conn.Options{MessageTimeout: timeout})
		go func() {
			for range 10 {
				pass(10 * timeout)
				p.send(p.part(frame.Text, strings.Repeat("slow ", 10)), p.whole(frame.Continuation, "!"))
				p.send(p.part(frame.Text, "a"))
				pass(timeout - 1)
				p.send(p.whole(frame.Continuation, "b"))
			}
		}()
		for range 10 {
			_, r, err := c.Reader(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for {
				if _, err = r.Read(make([]byte, 10)); err != nil {
					break
				}
				pass(timeout)
			}
			if err != io.EOF {
				t.Fatal(err)
			}
			if _, p, err := c.Read(t.Context()); string(p) != "ab" || err != nil {
				t.Fatalf("Read: %q, %v", p, err)
			}
		}
	})
	synctest.Test(t, func(t *testing.T) {
		c, p := pipe.open(t, conn.Server, &conn.Options{MessageTimeout: -1})
		go func() {
			p.send(p.part(frame.Text, "a"))
			pass(365 * 24 * time.Hour)
			p.send(p.whole(frame.Continuation, "b"))
		}()
		if _, p, err := c.Read(t.Context()); string(p) != "ab" || err != nil {
			t.Errorf("Read without a limit: %q, %v", p, err)
		}
	})
}
