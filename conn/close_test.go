package conn_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"rfc6455/conn"
	"rfc6455/frame"
	"rfc6455/internal/rfc"
)

const closeTimeout = 3 * time.Second

// What must not be sent is refused, and the connection stays as it was.
func TestCloseRefused(t *testing.T) {
	rfc.Covers(t, "7.4.1/no-1005", "7.4.1/no-1006", "7.4.1/no-1015")
	tests := []struct {
		role   conn.Role
		code   frame.CloseCode
		reason string
	}{
		{conn.Client, 0, ""},
		{conn.Client, 999, ""},
		{conn.Client, 1004, ""},
		{conn.Client, 1005, "a reason"},
		{conn.Client, 1006, ""},
		{conn.Client, 1015, ""},
		{conn.Client, 2999, ""},
		{conn.Client, 5000, ""},
		{conn.Client, 1000, strings.Repeat("x", 124)},
		{conn.Client, 1000, "\xff"},
		{conn.Server, 1010, ""},
	}
	for _, tt := range tests {
		rw := &tape{}
		c := conn.New(rw, tt.role, nil)
		if err := c.Close(tt.code, tt.reason); err == nil || errors.Is(err, net.ErrClosed) {
			t.Errorf("Close(%d, %q): %v; want a refusal", tt.code, tt.reason, err)
		}
		if err := c.Write(t.Context(), frame.Text, []byte("on")); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff([]string{`text "on"`}, rw.sent(t, tt.role)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

// The whole handshake from this end, in both roles.
func TestClose(t *testing.T) {
	rfc.Covers(t, "7.1.2/close-frame-sent", "7.1.2/closed-after-both", "5.5.1/tcp-closed-after-both")
	t.Run("server", func(t *testing.T) {
		rfc.Covers(t, "5.5.1/server-closes-at-once", "7.1.1/server-closes-at-once", "7.1.1/server-closes-tcp-first")
		synctest.Test(t, func(t *testing.T) {
			c, p := pipe.open(t, conn.Server, nil)
			defer meanwhile(func() {
				p.want(`close 4000 "bye"`)
				p.send(p.close(4000, ""))
				p.wantEnd()
			})()
			start := time.Now()
			if err := c.Close(4000, "bye"); err != nil {
				t.Error(err)
			}
			if d := time.Since(start); d > 0 {
				t.Errorf("it took %v", d)
			}
			<-c.Done()
		})
	})
	t.Run("client", func(t *testing.T) {
		rfc.Covers(t, "5.5.1/client-waits", "7.1.1/client-waits", "7.1.1/server-closes-tcp-first")
		synctest.Test(t, func(t *testing.T) {
			c, p := pipe.open(t, conn.Client, &conn.Options{CloseTimeout: closeTimeout})
			defer meanwhile(func() {
				p.want(`close 1000 "bye"`)
				p.send(p.close(1000, "see you"))
				pass(closeTimeout / 2)
				p.Close()
			})()
			start := time.Now()
			if err := c.Close(1000, "bye"); err != nil {
				t.Error(err)
			}
			if d := time.Since(start); d != closeTimeout/2 {
				t.Errorf("it took %v; want it to wait until the server has closed", d)
			}
			sent, received := c.CloseStatus()
			if want := (conn.CloseError{Code: 1000, Reason: "bye"}); sent != want {
				t.Errorf("sent: %v; want %v", sent, want)
			}
			if want := (conn.CloseError{Code: 1000, Reason: "see you"}); received != want {
				t.Errorf("received: %v; want %v", received, want)
			}
		})
	})
	t.Run("client of a server that does not close", func(t *testing.T) {
		rfc.Covers(t, "5.5.1/client-waits-bounded", "7.1.1/client-closes-tcp")
		synctest.Test(t, func(t *testing.T) {
			c, p := pipe.open(t, conn.Client, &conn.Options{CloseTimeout: closeTimeout})
			defer meanwhile(func() {
				p.want(`close 1000`)
				p.send(p.close(1000, ""))
				p.wantEnd()
			})()
			start := time.Now()
			if err := c.Close(1000, ""); err != nil {
				t.Error(err)
			}
			if d := time.Since(start); d != closeTimeout {
				t.Errorf("it took %v; want %v", d, closeTimeout)
			}
		})
	})
}

// Two ends of the library close at the same time, or one of them.
func TestCloseOfBothEnds(t *testing.T) {
	for _, tr := range transports {
		for _, closing := range [][]conn.Role{{conn.Client}, {conn.Server}, {conn.Client, conn.Server}} {
			t.Run(fmt.Sprint(tr.name, closing), func(t *testing.T) {
				rfc.Covers(t, "5.5.1/close-both-at-once", "7.1.1/clean-close")
				near, far := tr.pair(t)
				ends := map[conn.Role]*conn.Conn{conn.Client: conn.New(near, conn.Client, nil), conn.Server: conn.New(far, conn.Server, nil)}
				for role, c := range ends {
					if len(closing) == 1 && closing[0] != role {
						defer meanwhile(func() {
							_, _, err := c.Read(context.Background())
							if want := (conn.CloseError{Code: 4000 + frame.CloseCode(closing[0])}); err != error(want) {
								t.Errorf("Read of the %v: %v; want %v", role, err, want)
							}
						})()
						continue
					}
					defer meanwhile(func() {
						if err := c.Close(4000+frame.CloseCode(role), ""); err != nil {
							t.Errorf("Close of the %v: %v", role, err)
						}
					})()
				}
			})
		}
	}
}

// Nothing follows our close frame, also while the handshake lasts.
func TestWriteWhileClosing(t *testing.T) {
	rfc.Covers(t, "5.5.1/no-data-after-close", "6.1/open-to-send")
	synctest.Test(t, func(t *testing.T) {
		c, p := pipe.open(t, conn.Server, nil)
		closed := make(chan error)
		go func() { closed <- c.Close(frame.CloseNormal, "") }()
		p.want("close 1000")
		synctest.Wait()
		_, writerErr := c.Writer(t.Context(), frame.Text)
		for name, err := range map[string]error{
			"Write":  c.Write(t.Context(), frame.Text, []byte("late")),
			"Writer": writerErr,
			"Ping":   c.Ping(t.Context()),
		} {
			if !errors.Is(err, net.ErrClosed) {
				t.Errorf("%s: %v; want net.ErrClosed", name, err)
			}
		}
		p.send(p.whole(frame.Ping, "no pong"), p.close(1000, ""))
		p.wantEnd()
		if err := <-closed; err != nil {
			t.Error(err)
		}
	})
}

// While somebody reads, that one gets what comes until the peer closes.
func TestCloseWithReader(t *testing.T) {
	for _, role := range roles {
		synctest.Test(t, func(t *testing.T) {
			c, p := pipe.open(t, role, nil)
			go func() {
				p.send(p.whole(frame.Text, "a"))
				p.want("close 1000")
				p.send(p.part(frame.Text, "b"), p.whole(frame.Continuation, "c"), p.close(1000, "done"))
				p.Close()
			}()
			var got []string
			read := make(chan error)
			go func() {
				for {
					_, p, err := c.Read(t.Context())
					if err != nil {
						read <- err
						return
					}
					got = append(got, string(p))
				}
			}()
			synctest.Wait()
			if err := c.Close(frame.CloseNormal, ""); err != nil {
				t.Error(err)
			}
			if err, want := <-read, error(conn.CloseError{Code: 1000, Reason: "done"}); err != want {
				t.Errorf("Read: %v; want %v", err, want)
			}
			if diff := cmp.Diff([]string{"a", "bc"}, got); diff != "" {
				t.Errorf("%v: messages (-want +got):\n%s", role, diff)
			}
		})
	}
}

// Without a reader Close drops what comes, from the middle of a message too.
func TestCloseWithoutReader(t *testing.T) {
	for _, tr := range transports {
		t.Run(tr.name, func(t *testing.T) {
			c, p := tr.open(t, conn.Server, nil)
			defer meanwhile(func() {
				p.send(p.part(frame.Text, "a"), p.part(frame.Continuation, string(pattern(100<<10))))
				p.want("close 1000")
				p.send(p.whole(frame.Ping, "no answer"), p.whole(frame.Continuation, ""), p.whole(frame.Binary, string(pattern(1<<20))), p.close(1000, ""))
				p.wantEnd()
			})()
			defer c.CloseNow()
			if _, r, err := c.Reader(t.Context()); err != nil {
				t.Fatal(err)
			} else if _, err := io.ReadFull(r, make([]byte, 2)); err != nil {
				t.Fatal(err)
			}
			if err := c.Close(frame.CloseNormal, ""); err != nil {
				t.Error(err)
			}
		})
	}
}

// Nobody has a reason to close, so nobody closes.
func TestStaysOpen(t *testing.T) {
	rfc.Covers(t, "7.1.7/client-stays", "7.2.1/client-stays", "7.3/client-stays")
	synctest.Test(t, func(t *testing.T) {
		a, b := conn.Pipe(nil, nil)
		defer a.CloseNow()
		go echo(b)
		for range 3 {
			if err := a.Write(t.Context(), frame.Text, nil); err != nil {
				t.Fatal(err)
			}
			if _, _, err := a.Read(t.Context()); err != nil {
				t.Fatal(err)
			}
			pass(365 * 24 * time.Hour)
		}
	})
}

func TestDone(t *testing.T) {
	a, b := conn.Pipe(nil, nil)
	before := a.Done()
	select {
	case <-before:
		t.Error("Done before the end")
	default:
	}
	a.CloseNow()
	<-before
	<-a.Done()
	if _, _, err := b.Read(t.Context()); err == nil {
		t.Error("the other end has no error")
	}
	<-b.Done() // made after the end
}
