package client_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"strings"
	"testing"

	"rfc6455/client"
	"rfc6455/internal/rfc"
)

// tlsTo is pipeTo for a server that speaks TLS. What it learned from the client
// is sent to states.
func tlsTo(t *testing.T, config *tls.Config, states chan<- tls.ConnectionState, serve func(nc net.Conn)) dialFunc {
	return pipeTo(t, func(nc net.Conn, _ string) {
		tc := tls.Server(nc, config)
		if err := tc.Handshake(); err != nil {
			return // as the client sees it too
		}
		states <- tc.ConnectionState()
		serve(tc)
	})
}

func TestTLS(t *testing.T) {
	server, roots := certificates(t)
	server.NextProtos = []string{"h2", "http/1.1"} // the server would like HTTP/2 better
	roots.NextProtos = []string{"h2"}
	ipServer, ipRoots := certificates(t)
	other := roots.Clone()
	other.ServerName = "www.example.com"
	for _, tt := range []struct {
		name, url string
		server    *tls.Config
		client    *tls.Config
		sni, alpn string
	}{
		{"name", "wss://example.com/", server, roots, "example.com", "http/1.1"},
		{"port", "wss://example.com:8443/", server, roots, "example.com", "http/1.1"},
		{"case and dot", "wss://EXAMPLE.com./", server, roots, "example.com", "http/1.1"},
		{"ServerName of the caller", "wss://192.0.2.1/", server, other, "www.example.com", "http/1.1"},
		{"IPv4", "wss://127.0.0.1/", ipServer, ipRoots, "", "http/1.1"},
		{"IPv6", "wss://[::1]/", ipServer, ipRoots, "", "http/1.1"},
		{"IPv6 with zone", "wss://[::1%25lo]/", ipServer, ipRoots, "", "http/1.1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rfc.Covers(t, "4.1/tls-before-handshake", "4.1/tls-carries-all", "4.1/tls-sni", "10.6/tls-supported")
			before := tt.client.ServerName
			states := make(chan tls.ConnectionState, 1)
			c, _, err := client.Dial(t.Context(), tt.url, &client.Options{
				TLSConfig:   tt.client,
				DialContext: tlsTo(t, tt.server, states, func(nc net.Conn) { accept(t, nc, "\x81\x05Hello") }),
			})
			if err != nil {
				t.Fatal(err)
			}
			defer c.CloseNow()
			if _, ok := c.Transport().(*tls.Conn); !ok {
				t.Errorf("the transport is a %T", c.Transport())
			}
			if _, p, err := c.Read(t.Context()); string(p) != "Hello" || err != nil {
				t.Errorf("%q, %v", p, err)
			}
			if s := <-states; s.ServerName != tt.sni || s.NegotiatedProtocol != tt.alpn {
				t.Errorf("SNI %q, ALPN %q; want %q, %q", s.ServerName, s.NegotiatedProtocol, tt.sni, tt.alpn)
			}
			if tt.client.ServerName != before {
				t.Errorf("the caller's ServerName became %q", tt.client.ServerName)
			}
		})
	}
}

func TestTLSFails(t *testing.T) {
	rfc.Covers(t, "4.1/tls-failure-fails")
	server, roots := certificates(t)
	states := make(chan tls.ConnectionState, 1)
	noRequest := func(nc net.Conn) {
		if b, _ := io.ReadAll(nc); len(b) > 0 {
			t.Errorf("the client sent %q all the same", b)
		}
	}

	_, _, err := client.Dial(t.Context(), "wss://example.com/", &client.Options{
		DialContext: tlsTo(t, server, states, noRequest)})
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); !ok {
		t.Errorf("unknown authority: %v", err)
	}
	_, _, err = client.Dial(t.Context(), "wss://other.example/", &client.Options{
		TLSConfig: roots, DialContext: tlsTo(t, server, states, noRequest)})
	if _, ok := errors.AsType[x509.HostnameError](err); !ok {
		t.Errorf("wrong name: %v", err)
	}
	_, _, err = client.Dial(t.Context(), "wss://example.com/", &client.Options{
		DialContext: pipeTo(t, func(nc net.Conn, _ string) {
			nc.Read(make([]byte, 1<<14)) // the whole ClientHello, in one write
			io.WriteString(nc, "HTTP/1.1 400 Bad Request\r\n\r\n")
		})})
	if _, ok := errors.AsType[tls.RecordHeaderError](err); !ok || !strings.Contains(err.Error(), "is it ws and not wss") {
		t.Errorf("no TLS: %v", err)
	}
}
