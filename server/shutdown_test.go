package server

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"rfc6455/conn"
	"rfc6455/frame"
)

// Shutdown says goodbye to all connections at the same time, and lets nobody in.
func TestShutdown(t *testing.T) {
	for _, way := range ways {
		t.Run(way, func(t *testing.T) {
			s := &Server{}
			addr := start(t, way, s)
			peers := make([]*peer, 10)
			for i := range peers {
				peers[i] = dial(t, addr, opening()).open()
			}
			done := make(chan error)
			go func() { done <- s.Shutdown(context.Background()) }()
			for _, p := range peers { // before any of them answers
				h, payload, err := frame.Read(p.r, 125)
				code, reason, _ := frame.ParseClose(payload)
				if err != nil || h.Opcode != frame.Close || code != frame.CloseGoingAway || reason != goingAway {
					t.Fatalf("got a %v frame with %q, %v", h.Opcode, payload, err)
				}
			}
			select {
			case err := <-done:
				t.Fatalf("Shutdown returned %v before the closing handshakes were over", err)
			default:
			}
			if way == "net/http" {
				if resp, body := dial(t, addr, opening()).answer(); resp.StatusCode != 503 || resp.Header.Get("Retry-After") == "" {
					t.Errorf("%s: %s, want 503", resp.Status, body)
				}
			}
			for _, p := range peers {
				io.WriteString(p, closing(frame.CloseGoingAway))
				p.wantEnd()
			}
			if err := receive(t, done); err != nil {
				t.Errorf("Shutdown returned %v", err)
			}
			if err := s.Shutdown(context.Background()); err != nil {
				t.Errorf("the second Shutdown returned %v", err)
			}
		})
	}
}

// What is stuck holds Shutdown up for a bounded time.
func TestShutdownStuck(t *testing.T) {
	stuck := func(ctx context.Context, c *conn.Conn) {
		<-c.Done()
		<-time.After(time.Minute)
	}
	tests := []struct {
		name   string
		serve  func(context.Context, *conn.Conn)
		listen bool          // the peer takes the close frame, and does not answer
		limit  time.Duration // of the context
		took   time.Duration
		err    error
	}{
		{"peer is silent", echo, true, time.Hour, conn.DefaultCloseTimeout, nil},
		{"peer takes nothing", echo, false, time.Hour, conn.DefaultCloseTimeout, nil},
		{"context is short", echo, false, time.Second, time.Second, context.DeadlineExceeded},
		{"context has ended", echo, false, 0, 0, context.DeadlineExceeded},
		{"Handler does not return", stuck, true, time.Hour, conn.DefaultCloseTimeout + time.Minute, nil},
		{"Handler does not return, context is short", stuck, true, 30 * time.Second, 30 * time.Second, context.DeadlineExceeded},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ln := newPipes()
				s := &Server{Handler: tt.serve}
				run(t, "tcp", s, ln)
				p := newPeer(t, ln.dial(), opening()).open()
				if tt.listen {
					go io.Copy(io.Discard, p.r)
				}
				synctest.Wait()
				ctx, cancel := context.WithTimeout(t.Context(), tt.limit)
				defer cancel()
				begin := time.Now()
				if err := s.Shutdown(ctx); !errors.Is(err, tt.err) {
					t.Errorf("Shutdown returned %v, want %v", err, tt.err)
				}
				if took := time.Since(begin); took != tt.took {
					t.Errorf("Shutdown took %v, want %v", took, tt.took)
				}
				if tt.err != nil && !tt.listen {
					p.wantEnd() // no close frame: it was cut
				}
				if tt.name == "Handler does not return, context is short" {
					<-time.After(time.Minute)
				}
			})
		})
	}
}

// A handshake that is going on is broken off.
func TestShutdownDuringHandshake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ln := newPipes()
		s := &Server{}
		run(t, "tcp", s, ln)
		p := newPeer(t, ln.dial(), "GET ")
		synctest.Wait()
		begin := time.Now()
		if err := s.Shutdown(t.Context()); err != nil || time.Since(begin) != 0 {
			t.Errorf("Shutdown returned %v after %v, want nil at once", err, time.Since(begin))
		}
		p.wantEnd()
	})
}

// A connection that comes out of its handshake when the server is closing is
// told so, too.
func TestOpenedWhileClosing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &Server{Handler: echo}
		if refusal := s.registry.admit(s.options(), netip.Addr{}, nil); refusal != nil {
			t.Fatal(refusal)
		}
		_, idle := s.registry.stop()
		client, server := net.Pipe()
		s.start(t.Context(), conn.New(server, conn.Server, nil), netip.Addr{})
		newPeer(t, client).wantClose(frame.CloseGoingAway)
		<-idle
	})
}

// Close asks nobody.
func TestClose(t *testing.T) {
	for _, way := range ways {
		t.Run(way, func(t *testing.T) {
			s := &Server{}
			addr := start(t, way, s)
			p := dial(t, addr, opening(), text("Hello")).open()
			p.want(frame.Text, "Hello")
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			p.wantEnd()
			if err := s.Shutdown(t.Context()); err != nil { // Handler returns too
				t.Error(err)
			}
		})
	}
}
