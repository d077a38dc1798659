package client_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rfc6455/client"
)

// Whatever the peer does and at which step, a dial ends in time. A bubble of
// synctest ends only when all its goroutines have: so each of these also shows
// that none outlives the dial.
func TestTimeout(t *testing.T) {
	server, roots := certificates(t)
	silent := func(nc net.Conn, _ string) { io.Copy(io.Discard, nc) }
	steps := []struct {
		name, url string
		opts      client.Options
		dial      dialFunc // or else a pipe to serve
		serve     func(nc net.Conn, addr string)
		want      string
	}{
		{name: "connecting", url: "ws://example.com/", want: "cannot connect to example.com:80",
			dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
				<-ctx.Done()
				return nil, errors.New("i/o timeout")
			}},
		{name: "request not taken", url: "ws://example.com/", want: "no valid answer to the opening handshake",
			serve: func(nc net.Conn, _ string) { nc.Write([]byte{'x'}) }}, // waits for a reader, and Dial writes
		{name: "silence", url: "ws://example.com/", want: "no valid answer to the opening handshake", serve: silent},
		{name: "a byte a second", url: "ws://example.com/", want: "no valid answer to the opening handshake",
			serve: func(nc net.Conn, _ string) { trickle(nc, "HTTP/1.1 101 Switching Protocols\r\nX: ") }},
		{name: "redirects", url: "ws://example.com/", want: "no valid answer to the opening handshake",
			opts: client.Options{MaxRedirects: 1000},
			serve: func(nc net.Conn, _ string) {
				readRequest(t, nc)
				<-time.After(7 * time.Second)
				io.WriteString(nc, "HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n")
			}},
		{name: "TLS, silence", url: "wss://example.com/", want: "no TLS with example.com", serve: silent},
		{name: "TLS, a byte a second", url: "wss://example.com/", want: "no TLS with example.com",
			serve: func(nc net.Conn, _ string) { trickle(nc, "\x16\x03\x03\x40\x00") }},
		{name: "silence in TLS", url: "wss://example.com/", want: "no valid answer to the opening handshake",
			opts:  client.Options{TLSConfig: roots},
			serve: func(nc net.Conn, addr string) { silent(tls.Server(nc, server), addr) }},
		{name: "proxy, silence", url: "ws://example.com/", want: "no tunnel through the proxy proxy.test:3128",
			opts: client.Options{Proxy: proxyAt("http://proxy.test:3128")}, serve: silent},
		{name: "proxy, TLS, silence", url: "ws://example.com/", want: "no TLS with the proxy proxy.test",
			opts: client.Options{Proxy: proxyAt("https://proxy.test:3128")}, serve: silent},
	}
	for _, tt := range steps {
		t.Run(tt.name, func(t *testing.T) {
			for name, bound := range bounds {
				t.Run(name, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						opts := tt.opts
						opts.DialContext = tt.dial
						if tt.dial == nil {
							opts.DialContext = pipeTo(t, tt.serve)
						}
						ctx, want := bound.set(t, &opts)
						start := time.Now()
						c, _, err := client.Dial(ctx, tt.url, &opts)
						if c != nil || !errors.Is(err, bound.err) {
							t.Fatalf("%v, %v", c, err)
						}
						if took := time.Since(start); took != want {
							t.Errorf("Dial took %v, want %v", took, want)
						}
						for _, s := range []string{tt.want, bound.text} {
							if !strings.Contains(err.Error(), s) {
								t.Errorf("%v; want %q in it", err, s)
							}
						}
					})
				})
			}
		})
	}
}

// bounds are the ways to bound a dial. set applies one, and says how long the
// dial may take.
var bounds = map[string]struct {
	set  func(t *testing.T, opts *client.Options) (context.Context, time.Duration)
	err  error
	text string
}{
	"by default": {func(t *testing.T, _ *client.Options) (context.Context, time.Duration) {
		return t.Context(), client.DefaultHandshakeTimeout
	}, context.DeadlineExceeded, "the limit of 30s is over; Options.HandshakeTimeout raises it"},
	"HandshakeTimeout": {func(t *testing.T, opts *client.Options) (context.Context, time.Duration) {
		opts.HandshakeTimeout = 10 * time.Second
		return t.Context(), 10 * time.Second
	}, context.DeadlineExceeded, "the limit of 10s is over"},
	"deadline": {func(t *testing.T, _ *client.Options) (context.Context, time.Duration) {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		t.Cleanup(cancel)
		return ctx, 3 * time.Second
	}, context.DeadlineExceeded, "context deadline exceeded"},
	"deadline alone": {func(t *testing.T, opts *client.Options) (context.Context, time.Duration) {
		opts.HandshakeTimeout = -1
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		t.Cleanup(cancel)
		return ctx, 2 * time.Minute
	}, context.DeadlineExceeded, "context deadline exceeded"},
	"cancel": {func(t *testing.T, _ *client.Options) (context.Context, time.Duration) {
		ctx, cancel := context.WithCancelCause(t.Context())
		stop := time.AfterFunc(5*time.Second, func() { cancel(errors.New("the user has left")) })
		t.Cleanup(func() { stop.Stop() })
		return ctx, 5 * time.Second
	}, context.Canceled, "context canceled: the user has left"},
}

// trickle writes start and then a byte a second.
func trickle(nc net.Conn, start string) {
	go io.Copy(io.Discard, nc)
	for _, err := io.WriteString(nc, start); err == nil; _, err = nc.Write([]byte{'x'}) {
		<-time.After(time.Second)
	}
}

func proxyAt(s string) func(*http.Request) (*url.URL, error) {
	return func(*http.Request) (*url.URL, error) { return url.Parse(s) }
}

func TestContextEndedBefore(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c, _, err := client.Dial(ctx, "ws://example.com/", &client.Options{
		DialContext: pipeTo(t, func(nc net.Conn, _ string) { io.Copy(io.Discard, nc) }),
	})
	if c != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("%v, %v", c, err)
	}
}
