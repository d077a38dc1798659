package conn_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rfc6455/conn"
	"rfc6455/frame"
)

// A closing handshake takes no longer than its time, whatever the peer sends
// meanwhile.
func TestCloseTimeout(t *testing.T) {
	for _, role := range roles {
		p := from(other(role))
		for name, says := range map[string]struct{ first, again string }{
			"is silent":            {},
			"sends messages":       {"", p.whole(frame.Text, "x")},
			"sends pings":          {"", p.whole(frame.Ping, "x")},
			"sends fragments":      {p.part(frame.Text, ""), p.part(frame.Continuation, "x")},
			"sends a long frame":   {p.header(frame.Binary, 1<<20), "x"},
			"never ends its close": {p.close(1000, "and a reason")[:10], ""},
		} {
			t.Run(fmt.Sprintf("%v of a peer that %s", role, name), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					c, p := pipe.open(t, role, &conn.Options{CloseTimeout: closeTimeout})
					go io.Copy(io.Discard, p)
					defer meanwhile(func() {
						_, err := io.WriteString(p, says.first)
						for err == nil && says.again != "" {
							pass(closeTimeout / 10)
							_, err = io.WriteString(p, says.again)
						}
					})()
					start := time.Now()
					err := c.Close(frame.CloseNormal, "")
					if err == nil || !strings.Contains(err.Error(), "Options.CloseTimeout") {
						t.Errorf("Close: %v; want an error that names Options.CloseTimeout", err)
					}
					if d := time.Since(start); d != closeTimeout {
						t.Errorf("it took %v; want %v", d, closeTimeout)
					}
					sent, received := c.CloseStatus()
					if sent.Code != frame.CloseNormal || received.Code != frame.CloseAbnormal {
						t.Errorf("CloseStatus: %v, %v; want 1000 and 1006", sent, received)
					}
				})
			})
		}
	}
}

// All parts of the end have one time together.
func TestFailTimeout(t *testing.T) {
	for _, role := range roles {
		synctest.Test(t, func(t *testing.T) {
			c, p := pipe.open(t, role, &conn.Options{CloseTimeout: closeTimeout})
			go func() {
				p.send(p.whole(frame.Text, "\xff"))
				pass(closeTimeout * 2 / 3) // so long the close frame is stuck
				io.Copy(io.Discard, p)     // and then nobody closes
			}()
			start := time.Now()
			c.Read(t.Context())
			if d := time.Since(start); d != closeTimeout {
				t.Errorf("%v: it took %v; want %v", role, d, closeTimeout)
			}
		})
	}
}

// A peer that takes no byte cannot hold up a Close, also behind a writer that is
// stuck, and over TLS, which would like to say goodbye.
func TestCloseAtStuckPeer(t *testing.T) {
	for _, tr := range []transport{pipe, pipeTLS} {
		for _, writers := range []int{0, 1, 3} {
			t.Run(fmt.Sprintf("%s, %d writers", tr.name, writers), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					c, _ := tr.open(t, conn.Server, &conn.Options{CloseTimeout: closeTimeout})
					wrote := make(chan error)
					for range writers {
						go func() { wrote <- c.Write(t.Context(), frame.Binary, pattern(100)) }()
					}
					synctest.Wait()
					start := time.Now()
					if err := c.Close(frame.CloseNormal, ""); err == nil {
						t.Error("Close has no error")
					}
					if d := time.Since(start); d != closeTimeout {
						t.Errorf("it took %v; want %v", d, closeTimeout)
					}
					for range writers {
						if err := <-wrote; err == nil {
							t.Error("a Write that was stuck has no error")
						}
					}
					if sent, _ := c.CloseStatus(); sent.Code != frame.CloseAbnormal {
						t.Errorf("CloseStatus: sent %v; want 1006, since no close frame went out", sent)
					}
					<-c.Done()
				})
			})
		}
	}
}

// CloseNow ends every call on the connection.
func TestCloseNow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := stuck(t, nil)
		ctx := t.Context()
		calls := map[string]func() error{
			"Read":   func() error { _, _, err := c.Read(ctx); return err },
			"Read 2": func() error { _, _, err := c.Read(ctx); return err },
			"Reader": func() error { _, _, err := c.Reader(ctx); return err },
			"Write":  func() error { return c.Write(ctx, frame.Text, nil) },
			"Writer": func() error { _, err := c.Writer(ctx, frame.Text); return err },
			"Ping":   func() error { return c.Ping(ctx) },
			"Close":  func() error { return c.Close(frame.CloseNormal, "") },
		}
		errs := make(chan error)
		for name, call := range calls {
			go func() {
				if err := call(); !errors.Is(err, net.ErrClosed) {
					t.Errorf("%s: %v; want net.ErrClosed", name, err)
				}
				errs <- nil
			}()
		}
		synctest.Wait()
		start := time.Now()
		if err := c.CloseNow(); err != nil {
			t.Error(err)
		}
		for range calls {
			<-errs
		}
		<-c.Done()
		p.wantEnd()
		if d := time.Since(start); d > 0 {
			t.Errorf("it took %v", d)
		}
		sent, received := c.CloseStatus()
		if want := (conn.CloseError{Code: frame.CloseAbnormal}); sent != want || received != want {
			t.Errorf("CloseStatus: %v, %v; want 1006 both", sent, received)
		}
		if err := c.CloseNow(); err != nil {
			t.Errorf("CloseNow again: %v", err)
		}
	})
}
