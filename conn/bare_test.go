package conn_test

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"rfc6455/conn"
	"rfc6455/frame"
)

// bare is a transport with no more than New asks for. It has no deadlines.
type bare struct{ io.ReadWriteCloser }

func openBare(role conn.Role, opts *conn.Options) (c *conn.Conn, far net.Conn) {
	near, far := net.Pipe()
	return conn.New(bare{near}, role, opts), far
}

// The bare transport does all that a connection needs, until a context ends.
func TestBareTransport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, far := openBare(conn.Client, nil)
		b := conn.New(bare{far}, conn.Server, nil)
		go echo(b)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		for _, n := range []int{0, 125, 64 << 10} {
			defer meanwhile(func() { a.Write(ctx, frame.Binary, pattern(n)) })()
			if _, p, err := a.Read(ctx); len(p) != n || err != nil {
				t.Errorf("Read: %d bytes, %v; want %d", len(p), err, n)
			}
		}
		if err := a.Ping(ctx); err != nil {
			t.Error(err)
		}
		if err := a.Close(frame.CloseNormal, ""); err != nil {
			t.Error(err)
		}
		<-b.Done()
	})
}

// There is no other way to end a call than to close the transport.
func TestBareTransportCancelled(t *testing.T) {
	for name, call := range map[string]func(ctx context.Context, c *conn.Conn) error{
		"Read":  func(ctx context.Context, c *conn.Conn) error { _, _, err := c.Read(ctx); return err },
		"Write": func(ctx context.Context, c *conn.Conn) error { return c.Write(ctx, frame.Text, nil) },
		"Ping":  func(ctx context.Context, c *conn.Conn) error { return c.Ping(ctx) },
	} {
		synctest.Test(t, func(t *testing.T) {
			c, _ := openBare(conn.Server, nil)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if err := call(ctx, c); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s: %v; want one that wraps context.DeadlineExceeded", name, err)
			}
			<-c.Done()
			if err := c.Write(t.Context(), frame.Text, nil); !errors.Is(err, net.ErrClosed) {
				t.Errorf("Write after a %s that was cancelled: %v; want net.ErrClosed", name, err)
			}
		})
	}
}

// A context that ended before the call changes nothing.
func TestBareTransportCancelledBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, far := openBare(conn.Server, nil)
		defer c.CloseNow()
		p := &peer{far, t, from(conn.Client)}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := c.Write(ctx, frame.Text, nil); err != context.Canceled {
			t.Errorf("Write: %v; want context.Canceled", err)
		}
		if _, _, err := c.Read(ctx); err != context.Canceled {
			t.Errorf("Read: %v; want context.Canceled", err)
		}
		synctest.Wait()
		go p.send(p.whole(frame.Text, "x"))
		if _, _, err := c.Read(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// The closing handshake is bounded without deadlines too.
func TestBareTransportCloseTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, far := openBare(conn.Client, &conn.Options{CloseTimeout: closeTimeout})
		go io.Copy(io.Discard, far)
		start := time.Now()
		if err := c.Close(frame.CloseNormal, ""); err == nil {
			t.Error("Close has no error")
		}
		if d := time.Since(start); d != closeTimeout {
			t.Errorf("it took %v; want %v", d, closeTimeout)
		}
	})
}
