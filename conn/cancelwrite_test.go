package conn_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"rfc6455/conn"
	"rfc6455/frame"
)

// A write whose context ends before the peer has taken a byte never was.
func TestCancelBeforeFirstByte(t *testing.T) {
	for _, n := range []int{5, 100 << 10} {
		synctest.Test(t, func(t *testing.T) {
			c, p := pipe.open(t, conn.Server, nil)
			for range 3 {
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				if err := c.Write(ctx, frame.Binary, pattern(n)); err != context.DeadlineExceeded {
					t.Errorf("Write: %v; want context.DeadlineExceeded", err)
				}
				cancel()
				if err := c.Write(ctx, frame.Binary, nil); err != context.DeadlineExceeded {
					t.Errorf("Write under a context that has ended: %v; want its error", err)
				}
			}
			go c.Write(t.Context(), frame.Text, []byte("good"))
			p.want(`text "good"`)
		})
	}
}

func TestCancelOnFullSocket(t *testing.T) {
	c, p := packets.open(t, conn.Server, nil)
	full := 0
	for {
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		err := c.Write(ctx, frame.Binary, pattern(1<<10))
		cancel()
		if err == context.DeadlineExceeded {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		full++
	}
	defer meanwhile(func() {
		if err := c.Write(t.Context(), frame.Text, []byte("good")); err != nil {
			t.Error(err)
		}
	})()
	for range full {
		p.wantPacket("binary of 1024 bytes")
	}
	p.wantPacket(`text "good"`)
}

// A write whose context ends later has left a part of a frame behind. The
// connection can only be closed.
func TestCancelInMidFrame(t *testing.T) {
	tests := map[string]struct {
		transport
		role conn.Role
		n    int
	}{
		"tcp":               {tcp, conn.Server, 32 << 20},
		"tcp, masked":       {tcp, conn.Client, 32 << 20},
		"unix":              {transport{"unix", unixPair}, conn.Server, 32 << 20},
		"tls":               {overTLS, conn.Server, 32 << 20},
		"pipe, short":       {pipe, conn.Server, 5},
		"pipe, long":        {pipe, conn.Server, 100 << 10},
		"pipe, long masked": {pipe, conn.Client, 100 << 10},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c, p := tt.open(t, tt.role, nil)
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error)
			go func() { ended <- c.Write(ctx, frame.Binary, pattern(tt.n)) }()
			if _, err := p.Read(make([]byte, 1)); err != nil {
				t.Fatal(err)
			}
			cancel()
			err := <-ended
			if !errors.Is(err, context.Canceled) {
				t.Errorf("Write: %v; want one that wraps context.Canceled", err)
			}
			<-c.Done()
			if err := c.Write(t.Context(), frame.Text, nil); !errors.Is(err, net.ErrClosed) {
				t.Errorf("the next Write: %v; want net.ErrClosed", err)
			}
			if _, _, err := c.Read(t.Context()); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("the next Read: %v; want why the connection ended", err)
			}
		})
	}
}

// TLS cannot take back a part of a record, nor tell whether there is one.
func TestCancelOverTLS(t *testing.T) {
	const late = 50 * time.Millisecond
	open := func(t *testing.T) (*conn.Conn, *peer, context.Context) {
		c, p := pipeTLS.open(t, conn.Server, nil)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		t.Cleanup(cancel)
		return c, p, ctx
	}
	t.Run("a write that hangs ends the connection", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c, _, ctx := open(t)
			start := time.Now()
			if err := c.Write(ctx, frame.Text, []byte("x")); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("Write: %v; want one that wraps context.DeadlineExceeded", err)
			}
			if d := time.Since(start) - time.Second; d > time.Second {
				t.Errorf("it ends %v after its context", d)
			}
			if err := c.Write(t.Context(), frame.Text, nil); !errors.Is(err, net.ErrClosed) {
				t.Errorf("the next Write: %v; want net.ErrClosed", err)
			}
		})
	})
	t.Run("a write that is under way does not", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c, p, ctx := open(t)
			go func() {
				pass(time.Second + late)
				p.want(`text "x"`, `text "y"`)
			}()
			if err := c.Write(ctx, frame.Text, []byte("x")); err != nil {
				t.Errorf("Write: %v", err)
			}
			if err := c.Write(t.Context(), frame.Text, []byte("y")); err != nil {
				t.Errorf("the next Write: %v", err)
			}
		})
	})
}

// A context that has ended already sends nothing.
func TestCancelledBefore(t *testing.T) {
	for _, tr := range transports {
		t.Run(tr.name, func(t *testing.T) {
			c, p := tr.open(t, conn.Server, nil)
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			for name, err := range map[string]error{
				"Write":         c.Write(ctx, frame.Text, []byte("never")),
				"WritePrepared": c.WritePrepared(ctx, conn.Prepare(frame.Text, []byte("never"))),
				"Ping":          c.Ping(ctx),
			} {
				if err != context.Canceled {
					t.Errorf("%s: %v; want context.Canceled", name, err)
				}
			}
			defer meanwhile(func() { p.want(`text "good"`) })()
			if err := c.Write(t.Context(), frame.Text, []byte("good")); err != nil {
				t.Error(err)
			}
		})
	}
}

// A context that ends after its call has nothing to do with the next one.
func TestLateCancel(t *testing.T) {
	for _, tr := range append(transports[:len(transports):len(transports)], pipeTLS) {
		t.Run(tr.name, func(t *testing.T) {
			near, far := tr.pair(t)
			lateCancel(t, near, far)
		})
	}
	t.Run("no deadlines", func(t *testing.T) {
		near, far := net.Pipe()
		lateCancel(t, bare{near}, bare{far})
	})
}

func lateCancel(t *testing.T, near, far io.ReadWriteCloser) {
	a, b := conn.New(near, conn.Client, nil), conn.New(far, conn.Server, nil)
	defer meanwhile(func() { echo(b) })()
	defer a.CloseNow()
	for range 300 {
		ctx, cancel := context.WithCancel(t.Context())
		if err := a.Write(ctx, frame.Text, []byte("x")); err != nil {
			t.Fatal(err)
		}
		if _, _, err := a.Read(ctx); err != nil {
			t.Fatal(err)
		}
		go cancel() // now, or in the middle of the next round
	}
}
