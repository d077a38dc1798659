package client_test

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rfc6455/client"
)

// visit is what one server on the way saw.
type visit struct{ Addr, Host, Target, Authorization, Cookie, Origin, Agent, APIKey string }

// redirecting returns a dial function for servers that redirect to each of
// locations in turn and then accept. Port 443 speaks TLS.
func redirecting(t *testing.T, config *tls.Config, visits *[]visit, status int, locations ...string) dialFunc {
	next := 0
	return pipeTo(t, func(nc net.Conn, addr string) {
		if strings.HasSuffix(addr, ":443") {
			nc = tls.Server(nc, config)
		}
		r := readRequest(t, nc)
		h := r.Header
		*visits = append(*visits, visit{addr, h.Get("Host"), r.Target, h.Get("Authorization"), h.Get("Cookie"), h.Get("Origin"), h.Get("User-Agent"), h.Get("X-Api-Key")})
		if next == len(locations) {
			io.WriteString(nc, "HTTP/1.1 401 Arrived\r\nContent-Length: 0\r\n\r\n")
			return
		}
		next++
		fmt.Fprintf(nc, "HTTP/1.1 %d Moved\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n", status, locations[next-1])
	})
}

func TestRedirect(t *testing.T) {
	server, roots := certificates(t)
	for _, tt := range []struct {
		name, url string
		locations []string
		header    http.Header
		want      []visit
	}{
		{"relative", "ws://example.com/a/b?c", []string{"d", "/e/f?g=%2F", "?h", "//other.example"}, nil, []visit{
			{Addr: "example.com:80", Host: "example.com", Target: "/a/b?c"},
			{Addr: "example.com:80", Host: "example.com", Target: "/a/d"},
			{Addr: "example.com:80", Host: "example.com", Target: "/e/f?g=%2F"},
			{Addr: "example.com:80", Host: "example.com", Target: "/e/f?h"},
			{Addr: "other.example:80", Host: "other.example", Target: "/"},
		}},
		{"schemes", "ws://example.com/", []string{"http://example.com/a", "https://example.com/b", "WSS://example.com/c"}, nil, []visit{
			{Addr: "example.com:80", Host: "example.com", Target: "/"},
			{Addr: "example.com:80", Host: "example.com", Target: "/a"},
			{Addr: "example.com:443", Host: "example.com", Target: "/b"},
			{Addr: "example.com:443", Host: "example.com", Target: "/c"},
		}},
		{"same host keeps credentials", "ws://me:secret@example.com/", []string{"ws://EXAMPLE.com:80/a", "wss://example.com/b"}, http.Header{"cookie": {"c=1"}}, []visit{
			{Addr: "example.com:80", Host: "example.com", Target: "/", Authorization: "Basic bWU6c2VjcmV0", Cookie: "c=1"},
			{Addr: "example.com:80", Host: "example.com", Target: "/a", Authorization: "Basic bWU6c2VjcmV0", Cookie: "c=1"},
			{Addr: "example.com:443", Host: "example.com", Target: "/b", Authorization: "Basic bWU6c2VjcmV0", Cookie: "c=1"},
		}},
		{"another host gets none, nor the first one later", "ws://example.com/", []string{"ws://other.example/a", "ws://example.com/b"},
			http.Header{"authorization": {"Bearer x"}, "Cookie": {"c=1"}, "X-Api-Key": {"k"}, "Host": {"virtual.example"}, "origin": {"https://o.example"}, "User-Agent": {"test"}}, []visit{
				{Addr: "example.com:80", Host: "virtual.example", Target: "/", Authorization: "Bearer x", Cookie: "c=1", Origin: "https://o.example", Agent: "test", APIKey: "k"},
				{Addr: "other.example:80", Host: "other.example", Target: "/a", Origin: "https://o.example", Agent: "test"},
				{Addr: "example.com:80", Host: "example.com", Target: "/b", Origin: "https://o.example", Agent: "test"},
			}},
		{"another host gets no userinfo", "ws://me:secret@example.com/", []string{"ws://other.example/", "ws://example.com/"}, nil, []visit{
			{Addr: "example.com:80", Host: "example.com", Target: "/", Authorization: "Basic bWU6c2VjcmV0"},
			{Addr: "other.example:80", Host: "other.example", Target: "/"},
			{Addr: "example.com:80", Host: "example.com", Target: "/"},
		}},
		{"another port is another host", "ws://me:secret@example.com/", []string{"ws://example.com:81/"}, http.Header{"Cookie": {"c=1"}}, []visit{
			{Addr: "example.com:80", Host: "example.com", Target: "/", Authorization: "Basic bWU6c2VjcmV0", Cookie: "c=1"},
			{Addr: "example.com:81", Host: "example.com:81", Target: "/"},
		}},
	} {
		for _, status := range []int{301, 302, 303, 307, 308} {
			t.Run(fmt.Sprint(tt.name, " ", status), func(t *testing.T) {
				var visits []visit
				_, resp := dialRefused(t, tt.url, &client.Options{
					Header:       tt.header,
					TLSConfig:    roots,
					MaxRedirects: len(tt.locations),
					DialContext:  redirecting(t, server, &visits, status, tt.locations...),
				})
				if resp.Status != 401 {
					t.Errorf("status %d", resp.Status)
				}
				if diff := cmp.Diff(tt.want, visits); diff != "" {
					t.Error("-want +got\n" + diff)
				}
			})
		}
	}
}

func TestRedirectRefused(t *testing.T) {
	server, roots := certificates(t)
	for _, tt := range []struct {
		name, url, location string
		status, max, visits int
		want                string
	}{
		{"off by default", "ws://example.com/", "/", 302, 0, 1, "Options.MaxRedirects lets Dial follow"},
		{"too many", "ws://example.com/", "/", 302, 2, 3, "Options.MaxRedirects lets Dial follow"},
		{"wss to ws", "wss://example.com/", "ws://example.com/x?secret", 302, 9, 1, "redirects from wss to ws://example.com/x?…, which is not encrypted"},
		{"wss to http", "wss://example.com/", "http://example.com/", 308, 9, 1, "redirects from wss to ws://example.com/, which is not encrypted"},
		{"fragment", "ws://example.com/", "/#a", 302, 9, 1, "has a fragment"},
		{"no Location", "ws://example.com/", "", 302, 9, 1, "its Location is missing"},
		{"other scheme", "ws://example.com/", "file:///etc/passwd", 302, 9, 1, `the scheme of the URL is "file"`},
		{"no URL", "ws://example.com/", "http://[", 302, 9, 1, "the Location cannot be read"},
		{"choices", "ws://example.com/", "/", 300, 9, 1, "the server answered 300"},
		{"not modified", "ws://example.com/", "/", 304, 9, 1, "the server answered 304"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var visits []visit
			forever := make([]string, 10)
			for i := range forever {
				forever[i] = tt.location
			}
			e, resp := dialRefused(t, tt.url, &client.Options{
				TLSConfig:    roots,
				MaxRedirects: tt.max,
				DialContext:  redirecting(t, server, &visits, tt.status, forever...),
			})
			if resp.Status != tt.status || resp.Header.Get("Location") != tt.location || len(visits) != tt.visits {
				t.Errorf("status %d, Location %q, %d servers", resp.Status, resp.Header.Get("Location"), len(visits))
			}
			if !strings.Contains(e.Error(), tt.want) {
				t.Errorf("%v; want %q in it", e, tt.want)
			}
		})
	}
}
