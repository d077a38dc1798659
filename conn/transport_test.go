package conn_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"rfc6455/conn"
)

// transport is a kind of byte stream on which a connection must work.
type transport struct {
	name string
	pair func(t testing.TB) (client, server net.Conn)
}

var (
	tcp     = transport{"tcp", tcpPair}
	overTLS = transport{"tls", tlsPair}
	pipe    = transport{"pipe", pipePair} // works under synctest
	pipeTLS = transport{"tls on a pipe", tlsPipe}

	// Packets of a Unix socket go as a whole or not at all: there each packet
	// shows a system call, and a socket that is full takes not one byte.
	packets = transport{"unixpacket", packetPair}
)

// transports are the kinds that differ in what the connection does with them.
var transports = []transport{tcp, {"unix", unixPair}, overTLS, pipe}

func pipePair(t testing.TB) (client, server net.Conn) { return closed(t)(net.Pipe()) }

func tcpPair(t testing.TB) (client, server net.Conn) { return dial(t, "tcp", "127.0.0.1:0") }

func unixPair(t testing.TB) (client, server net.Conn) {
	return dial(t, "unix", filepath.Join(t.TempDir(), "s"))
}

func packetPair(t testing.TB) (client, server net.Conn) {
	if runtime.GOOS != "linux" {
		t.Skip("Unix sockets have no packets here")
	}
	return dial(t, "unixpacket", filepath.Join(t.TempDir(), "s"))
}

// tlsPair speaks TLS over TCP, tlsPipe over a pipe.
func tlsPair(t testing.TB) (client, server net.Conn) { return secure(t)(tcpPair(t)) }
func tlsPipe(t testing.TB) (client, server net.Conn) { return secure(t)(net.Pipe()) }

func dial(t testing.TB, network, address string) (client, server net.Conn) {
	t.Helper()
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client, err = net.Dial(network, l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server, err = l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	return closed(t)(client, server)
}

// closed has a pair closed when the test ends.
func closed(t testing.TB) func(client, server net.Conn) (net.Conn, net.Conn) {
	return func(client, server net.Conn) (net.Conn, net.Conn) {
		t.Cleanup(func() {
			client.Close()
			server.Close()
		})
		return client, server
	}
}

// secure puts TLS on a pair.
func secure(t testing.TB) func(client, server net.Conn) (net.Conn, net.Conn) {
	return func(client, server net.Conn) (net.Conn, net.Conn) {
		t.Helper()
		c := tls.Client(client, &tls.Config{RootCAs: authority().pool, ServerName: "example.com"})
		// Session tickets would be written when nobody reads from a pipe.
		s := tls.Server(server, &tls.Config{Certificates: []tls.Certificate{authority().cert}, SessionTicketsDisabled: true})
		handshake := make(chan error)
		go func() { handshake <- c.Handshake() }()
		if err := s.Handshake(); err != nil {
			t.Fatal(err)
		}
		if err := <-handshake; err != nil {
			t.Fatal(err)
		}
		return closed(t)(c, s)
	}
}

type certificate struct {
	cert tls.Certificate
	pool *x509.CertPool
}

// authority is a certificate for example.com that signs itself, valid also at
// the time that synctest begins with.
var authority = sync.OnceValue(func() certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		DNSNames:     []string{"example.com"},
		NotBefore:    time.Unix(0, 0),
		NotAfter:     time.Unix(1<<33, 0),
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		panic(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return certificate{tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool}
})

// open returns a connection of the given role, and its peer.
func (tr transport) open(t testing.TB, role conn.Role, opts *conn.Options) (*conn.Conn, *peer) {
	t.Helper()
	near, far := tr.pair(t)
	if role == conn.Server {
		near, far = far, near
	}
	c := conn.New(near, role, opts)
	t.Cleanup(func() { c.CloseNow() })
	return c, &peer{far, t, from(other(role))}
}
