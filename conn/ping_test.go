package conn_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"rfc6455/conn"
	"rfc6455/frame"
	"rfc6455/internal/rfc"
)

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
