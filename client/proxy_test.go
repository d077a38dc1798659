package client_test

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rfc6455/client"
	"rfc6455/handshake"
	"rfc6455/internal/rfc"
)

const established = "HTTP/1.1 200 Connection established\r\n\r\n"

func TestProxy(t *testing.T) {
	server, roots := certificates(t)
	elsewhere := roots.Clone()
	elsewhere.ServerName = "www.example.com" // the server's; the proxy has its own
	for _, tt := range []struct {
		name, url, proxy string
		answer           string // of the proxy; or else established
		config           *tls.Config
		asked            string // the URL that Options.Proxy sees
		addr, target     string // what is dialled, and what the proxy is asked for
		credentials      string
	}{
		{name: "ws", url: "ws://example.com/chat", proxy: "http://proxy.test",
			asked: "http://example.com/chat", addr: "proxy.test:80", target: "example.com:80"},
		{name: "port", url: "ws://example.com:8080/", proxy: "http://proxy.test:3128",
			asked: "http://example.com:8080/", addr: "proxy.test:3128", target: "example.com:8080"},
		{name: "IPv6", url: "ws://[fe80::1%25eth0]/", proxy: "http://[::1]:3128",
			asked: "http://[fe80::1]/", addr: "[::1]:3128", target: "[fe80::1]:80"},
		{name: "credentials", url: "ws://user:pw@example.com/", proxy: "http://Aladdin:open%20sesame@proxy.test",
			asked: "http://example.com/", addr: "proxy.test:80", target: "example.com:80",
			credentials: "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="},
		{name: "another 2xx", url: "ws://example.com/", proxy: "http://proxy.test", answer: "HTTP/1.0 204 \r\nContent-Length: 7\r\n\r\n",
			asked: "http://example.com/", addr: "proxy.test:80", target: "example.com:80"},
		{name: "interim", url: "ws://example.com/", proxy: "http://proxy.test", answer: "HTTP/1.1 102 Processing\r\n\r\n" + established,
			asked: "http://example.com/", addr: "proxy.test:80", target: "example.com:80"},
		{name: "wss", url: "wss://example.com/", proxy: "http://proxy.test", config: roots,
			asked: "https://example.com/", addr: "proxy.test:80", target: "example.com:443"},
		{name: "ws by https", url: "ws://other.example/", proxy: "https://example.com", config: elsewhere,
			asked: "http://other.example/", addr: "example.com:443", target: "other.example:80"},
		{name: "wss by https", url: "wss://www.example.com/", proxy: "https://me:secret@127.0.0.1:8443", config: elsewhere,
			asked: "https://www.example.com/", addr: "127.0.0.1:8443", target: "www.example.com:443",
			credentials: "Basic bWU6c2VjcmV0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rfc.Covers(t, "4.1/proxy-connect", "4.1/handshake-sent", "4.1/tls-carries-all")
			if tt.answer == "" {
				tt.answer = established
			}
			asked := ""
			opts := &client.Options{
				TLSConfig: tt.config,
				Proxy: func(r *http.Request) (*url.URL, error) {
					asked = r.URL.String()
					return url.Parse(tt.proxy)
				},
				DialContext: pipeTo(t, func(nc net.Conn, addr string) {
					if addr != tt.addr {
						t.Errorf("dialled %s, want %s", addr, tt.addr)
					}
					if strings.HasPrefix(tt.proxy, "https") {
						nc = tls.Server(nc, server)
					}
					want := &handshake.Request{Method: "CONNECT", Target: tt.target, Major: 1, Minor: 1,
						Header: handshake.Header{{Name: "Host", Value: tt.target}}}
					if tt.credentials != "" {
						want.Header = append(want.Header, handshake.Field{Name: "Proxy-Authorization", Value: tt.credentials})
					}
					if diff := cmp.Diff(want, readRequest(t, nc)); diff != "" {
						t.Error("-want +got\n" + diff)
					}
					io.WriteString(nc, tt.answer)
					if strings.HasPrefix(tt.url, "wss") {
						nc = tls.Server(nc, server)
					}
					r := accept(t, nc, "\x81\x05Hello")
					if got := r.Header.Get("Proxy-Authorization"); got != "" {
						t.Errorf("the server got the credentials of the proxy, %s", got)
					}
				}),
			}
			c, _, err := client.Dial(t.Context(), tt.url, opts)
			if err != nil {
				t.Fatal(err)
			}
			defer c.CloseNow()
			if _, p, err := c.Read(t.Context()); string(p) != "Hello" || err != nil {
				t.Errorf("%q, %v", p, err)
			}
			if asked != tt.asked {
				t.Errorf("Options.Proxy was asked about %s, want %s", asked, tt.asked)
			}
		})
	}
}

func TestProxyRefuses(t *testing.T) {
	rfc.Covers(t, "4.1/connect-failure-fails")
	for _, tt := range []struct{ name, answer, body, want string }{
		{"407", "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 3\r\n\r\nwho", "who",
			`the proxy proxy.test:80 answered 407 Proxy Authentication Required, "who"; it wants credentials; put them into the proxy's URL`},
		{"403", "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", "",
			`the proxy proxy.test:80 answered 403 Forbidden`},
		// Nobody may send a client elsewhere but the server that it asked for.
		{"302", "HTTP/1.1 302 Found\r\nLocation: ws://evil.example/\r\nContent-Length: 0\r\n\r\n", "",
			`the proxy proxy.test:80 answered 302 Found`},
		{"101", "HTTP/1.1 101 Switching Protocols\r\n\r\n", "",
			`the proxy proxy.test:80 answered 101 Switching Protocols`},
		// What comes with the answer cannot be from the server.
		{"early bytes", established + "HTTP/1.1 101", "",
			`the proxy proxy.test:80 sent 12 bytes before the server was asked anything; they must not be read as the server's`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, resp, err := client.Dial(t.Context(), "ws://example.com/", &client.Options{
				MaxRedirects: 5,
				Proxy:        proxyAt("http://me:secret@proxy.test"),
				DialContext:  answering(t, tt.answer),
			})
			if c != nil || resp != nil {
				t.Errorf("%v, %v", c, resp)
			}
			if diff := cmp.Diff("client: dial ws://example.com/: "+tt.want+" (RFC 6455 §4.1)", err.Error()); diff != "" {
				t.Error("-want +got\n" + diff)
			}
			e, _ := errors.AsType[client.DialError](err)
			if e.Response == nil || string(e.Response.Body) != tt.body {
				t.Errorf("%+v", e.Response)
			}
		})
	}
}

func TestProxyUnusable(t *testing.T) {
	mistake := errors.New("no idea")
	for _, tt := range []struct {
		proxy func(*http.Request) (*url.URL, error)
		want  string
	}{
		{proxyAt("socks5://proxy.test"), `the scheme "socks5", only http and https`},
		{proxyAt("proxy.test"), `the scheme "", only http and https`},
		{func(*http.Request) (*url.URL, error) { return nil, mistake }, "Options.Proxy failed: no idea"},
	} {
		c, _, err := client.Dial(t.Context(), "ws://example.com/", &client.Options{
			Proxy: tt.proxy, DialContext: accepting(t, "")})
		if c != nil || err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v; want %q in it", err, tt.want)
		}
	}
}

// The environment that TestMain makes.
func TestProxyFromEnvironment(t *testing.T) {
	rfc.Covers(t, "4.1/proxy-connect", "4.1/direct-connect")
	for url, want := range map[string]string{
		"ws://outside.test/":   "proxy.test:3128",
		"wss://outside.test/":  "proxy.test:3128",
		"ws://example.com/":    "example.com:80",
		"wss://other.example/": "other.example:443",
		"ws://localhost/":      "localhost:80",
		"ws://127.0.0.1:6455/": "127.0.0.1:6455",
	} {
		dialled := make(chan string, 1)
		client.Dial(t.Context(), url, &client.Options{DialContext: pipeTo(t, func(nc net.Conn, addr string) { dialled <- addr })})
		if got := <-dialled; got != want {
			t.Errorf("for %s, %s was dialled; want %s", url, got, want)
		}
	}
}
