package conn_test

import (
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rfc6455/conn"
	"rfc6455/frame"
)

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
