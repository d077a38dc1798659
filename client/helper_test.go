package client_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http/httptest"
	"os"
	"sync"
	"testing"

	"rfc6455/handshake"
)

// The environment names a proxy, but for the hosts of these tests. net/http
// reads it once in a process.
func TestMain(m *testing.M) {
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"} {
		os.Setenv(name, "http://me:secret@proxy.test:3128")
	}
	for _, name := range []string{"NO_PROXY", "no_proxy"} {
		os.Setenv(name, "example.com,example.com.,other.example,192.0.2.1")
	}
	os.Exit(m.Run())
}

type dialFunc = func(ctx context.Context, network, addr string) (net.Conn, error)

// pipeTo returns a dial function for connections over a pipe. serve gets the
// far end of each, and the address that was dialled.
func pipeTo(t *testing.T, serve func(nc net.Conn, addr string)) dialFunc {
	var servers sync.WaitGroup
	t.Cleanup(servers.Wait)
	return func(_ context.Context, _, addr string) (net.Conn, error) {
		near, far := net.Pipe()
		servers.Go(func() {
			defer far.Close()
			serve(far, addr)
		})
		return near, nil
	}
}

// answering is pipeTo for a server that reads a request and writes answer.
func answering(t *testing.T, answer string) dialFunc {
	return pipeTo(t, func(nc net.Conn, _ string) {
		readRequest(t, nc)
		nc.Write([]byte(answer))
	})
}

// accepting is pipeTo for a server that accepts, and then sends early in the
// same write.
func accepting(t *testing.T, early string) dialFunc {
	return pipeTo(t, func(nc net.Conn, _ string) { accept(t, nc, early) })
}

// readRequest reads a request, which may be a CONNECT.
func readRequest(t *testing.T, nc net.Conn) *handshake.Request {
	head, rest, err := handshake.ReadHead(nc, nil, handshake.DefaultMaxHead)
	if err != nil {
		t.Errorf("the server reads: %v", err)
		return &handshake.Request{}
	}
	if len(rest) > 0 {
		t.Errorf("%q follows the request before it was answered", rest)
	}
	r, err := handshake.ParseRequest(head)
	if err != nil {
		t.Errorf("the server reads %q: %v", head, err)
		return &handshake.Request{}
	}
	return r
}

// accept reads an opening handshake and agrees to it and to its first
// subprotocol.
func accept(t *testing.T, nc net.Conn, early string) *handshake.Request {
	r := readRequest(t, nc)
	offer, err := handshake.CheckRequest(r)
	if err != nil {
		t.Error(err)
		return r
	}
	subprotocol := ""
	if len(offer.Subprotocols) > 0 {
		subprotocol = offer.Subprotocols[0]
	}
	answer, err := offer.Answer(subprotocol, nil, nil)
	if err != nil {
		t.Error(err)
		return r
	}
	nc.Write(append(handshake.AppendResponse(nil, answer), early...))
	return r
}

// certificates returns what a server and a client need for TLS with example.com.
func certificates(t *testing.T) (server, client *tls.Config) {
	s := httptest.NewTLSServer(nil)
	defer s.Close()
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	return s.TLS, &tls.Config{RootCAs: roots}
}

// without returns h less the line called name, and the value of that line.
func without(h handshake.Header, name string) (rest handshake.Header, value string) {
	for _, f := range h {
		if f.Name == name {
			value = f.Value
			continue
		}
		rest = append(rest, f)
	}
	return rest, value
}
