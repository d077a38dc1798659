package server

import (
	"context"
	"fmt"
	"io"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"

	"rfc6455/frame"
	"rfc6455/handshake"
)

// The counting, one admission after the other.
func TestAdmit(t *testing.T) {
	const ann, bob = "192.0.2.1", "192.0.2.2"
	tests := []struct {
		name  string
		opts  Options
		addrs []string // that come, "-" and an address goes
		want  []int    // status of each that comes; 0 is welcome
	}{
		{"in all", Options{MaxConns: 2}, []string{ann, bob, ann, "-" + bob, ann, ann}, []int{0, 0, 503, 0, 503}},
		{"per address", Options{MaxConnsPerAddr: 2}, []string{ann, ann, ann, bob, "-" + ann, ann, ann}, []int{0, 0, 429, 0, 0, 429}},
		{"both", Options{MaxConns: 2, MaxConnsPerAddr: 1}, []string{ann, ann, bob, ann}, []int{0, 429, 0, 503}},
		{"one subscriber of IPv6", Options{MaxConnsPerAddr: 1}, []string{"2001:db8::1", "2001:db8::2", "2001:db8:0:1::1"}, []int{0, 429, 0}},
		{"IPv4 written as IPv6", Options{MaxConnsPerAddr: 1}, []string{ann, "::ffff:" + ann}, []int{0, 429}},
		{"no address", Options{MaxConnsPerAddr: 1}, []string{"", "", ""}, []int{0, 0, 0}},
		{"loopback, limit asked for", Options{MaxConnsPerAddr: 1}, []string{"127.0.0.1", "127.0.0.1", "::1", "::1"}, []int{0, 429, 0, 429}},
		{"no limit", Options{MaxConns: -1, MaxConnsPerAddr: -1}, []string{ann, ann, ann}, []int{0, 0, 0}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var r registry
			var here []netip.Addr
			want := tt.want
			for i, s := range tt.addrs {
				s, goes := strings.CutPrefix(s, "-")
				addr, _ := netip.ParseAddr(s)
				addr = subscriber(addr)
				if goes {
					r.failed(addr, nil)
					continue
				}
				got := 0
				if refusal := r.admit(&tt.opts, addr, nil); refusal == nil {
					here = append(here, addr)
				} else if got = refusal.Status; refusal.Header.Get("Retry-After") == "" {
					t.Errorf("%d: %v without Retry-After", i, refusal)
				}
				if got != want[0] {
					t.Errorf("%d: %s gets %d, want %d", i, s, got, want[0])
				}
				want = want[1:]
			}
			// When all are gone nothing is left, whoever went before.
			for _, addr := range here {
				if r.total > 0 {
					r.failed(addr, nil)
				}
			}
			if r.total != 0 || len(r.perAddr) > len(here) {
				t.Errorf("%d connections and %d addresses are left", r.total, len(r.perAddr))
			}
		})
	}
}

// The defaults are those that the documentation names, and the table of
// addresses is empty when nobody is there.
func TestAdmitDefaults(t *testing.T) {
	var r registry
	crowd := func(i int) netip.Addr { // 64 addresses with 1,024 connections each
		return netip.AddrFrom4([4]byte{192, 0, 2, byte(i / DefaultMaxConnsPerAddr)})
	}
	for i := range DefaultMaxConns {
		if refusal := r.admit(&Options{}, crowd(i), nil); refusal != nil {
			t.Fatalf("connection %d: %v", i+1, refusal)
		}
		if i+1 == DefaultMaxConnsPerAddr {
			if refusal := r.admit(&Options{}, crowd(i), nil); refusal == nil || refusal.Status != 429 {
				t.Errorf("connection %d of an address: %v, want 429", i+2, refusal)
			}
		}
	}
	if refusal := r.admit(&Options{}, netip.Addr{}, nil); refusal == nil || refusal.Status != 503 {
		t.Errorf("connection %d: %v, want 503", DefaultMaxConns+1, refusal)
	}
	for i := range DefaultMaxConns {
		r.failed(crowd(i), nil)
	}
	if r.total != 0 || len(r.perAddr) != 0 {
		t.Errorf("%d connections and %d addresses are left", r.total, len(r.perAddr))
	}
}

// Without a limit of its own a server does not count connections from its own
// machine: they are those of a proxy.
func TestLoopbackIsNotCounted(t *testing.T) {
	for _, s := range []string{"127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"} {
		var r registry
		for i := range DefaultMaxConnsPerAddr + 1 {
			if refusal := r.admit(&Options{}, subscriber(netip.MustParseAddr(s)), nil); refusal != nil {
				t.Fatalf("connection %d from %s: %v", i+1, s, refusal)
			}
		}
	}
}

func TestRemoteAddr(t *testing.T) {
	tests := []struct{ remote, want string }{
		{"192.0.2.1:1234", "192.0.2.1"},
		{"[2001:db8:1:2:3:4:5:6]:1234", "2001:db8:1:2::"},
		{"[fe80::1%eth0]:1234", "fe80::"},
		{"[::ffff:192.0.2.1]:1234", "192.0.2.1"},
		{"192.0.2.1", "192.0.2.1"}, // set by middleware
		{"2001:db8::1", "2001:db8::"},
		{"@", "invalid IP"}, // a Unix socket
		{"", "invalid IP"},
	}
	for _, tt := range tests {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = tt.remote
		if got := remoteAddr(r).String(); got != tt.want {
			t.Errorf("%q belongs to %s, want %s", tt.remote, got, tt.want)
		}
	}
}

// The limits, seen from outside: a connection counts from its first byte until
// it is done, and then its place is free.
func TestLimits(t *testing.T) {
	tests := []struct {
		name   string
		opts   Options
		status int
		body   string
	}{
		{"in all", Options{MaxConns: 1}, 503, "Options.MaxConns)"},
		{"per address", Options{MaxConnsPerAddr: 1}, 429, "Options.MaxConnsPerAddr"},
	}
	for _, way := range ways {
		for _, tt := range tests {
			t.Run(way+"/"+tt.name, func(t *testing.T) {
				s := &Server{Options: &tt.opts}
				addr := start(t, way, s)
				first := dial(t, addr, opening()).open()
				second := dial(t, addr, opening(), text("early"))
				resp, body := second.answer()
				if resp.StatusCode != tt.status || resp.Header.Get("Retry-After") == "" || !strings.Contains(body, tt.body) {
					t.Errorf("%s, %v: %q, want %d", resp.Status, resp.Header, body, tt.status)
				}
				second.wantEnd()
				io.WriteString(first, text("Hello"))
				first.want(frame.Text, "Hello")
				io.WriteString(first, closing(frame.CloseNormal))
				first.wantClose(frame.CloseNormal)
				waitIdle(s)
				dial(t, addr, opening()).open()
			})
		}
	}
}

// When too many are turned away at a time, the others get no answer, and no
// memory.
func TestTurnedAwayAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ln := newPipes()
		run(t, "tcp", &Server{Options: &Options{MaxConns: 1}}, ln)
		ln.dial()
		// They are told as soon as they listen, but they do not.
		var told []io.ReadCloser
		for range maxLeaving {
			told = append(told, ln.dial())
		}
		synctest.Wait()
		nc := ln.dial()
		if got, err := io.ReadAll(nc); len(got) > 0 {
			t.Errorf("one too many got %q, %v", got, err)
		}
		for i, nc := range told {
			if got, err := io.ReadAll(nc); !strings.Contains(string(got), "503") {
				t.Fatalf("number %d got %q, %v", i, got, err)
			}
		}
		synctest.Wait()
		if got, err := io.ReadAll(ln.dial()); !strings.Contains(string(got), "503") {
			t.Errorf("when they are gone, one more got %q, %v", got, err)
		}
	})
}

// Nothing stays behind, whichever way a handshake ends.
func TestRegistryIsEmptyAtTheEnd(t *testing.T) {
	for _, way := range ways {
		t.Run(way, func(t *testing.T) {
			s := &Server{Options: &Options{Authorize: func(ctx context.Context, r *handshake.Request) (context.Context, error) {
				if r.Target != "/chat" {
					return nil, fmt.Errorf("nothing there")
				}
				return ctx, nil
			}}}
			logger, _ := logLines()
			s.ErrorLog = logger
			addr := start(t, way, s)
			for _, request := range []string{
				"nonsense\r\n\r\n",
				opening("Origin: null"),
				strings.Replace(opening(), "/chat", "/other", 1),
				opening() + closing(frame.CloseNormal),
			} {
				p := dial(t, addr, request)
				io.Copy(io.Discard, p.r)
			}
			if err := s.Shutdown(t.Context()); err != nil { // waits for the last one
				t.Fatal(err)
			}
			r := &s.registry
			r.mu.Lock()
			defer r.mu.Unlock()
			if r.total+len(r.perAddr)+len(r.shaking)+len(r.open) != 0 {
				t.Errorf("the registry still has %d connections, %d addresses, %d in their handshake, %d open",
					r.total, len(r.perAddr), len(r.shaking), len(r.open))
			}
		})
	}
}
