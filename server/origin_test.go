package server

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"rfc6455/handshake"
	"rfc6455/internal/rfc"
)

func TestCheckOrigin(t *testing.T) {
	const welcome = 0
	tests := []struct {
		name    string
		scheme  string // of the server
		host    string // the Host line
		origin  string
		origins []string
		status  int
	}{
		// Without Options.Origins.
		{"no browser", "http", "example.com", "", nil, welcome},
		{"same", "http", "example.com", "http://example.com", nil, welcome},
		{"same over TLS", "https", "example.com", "https://example.com", nil, welcome},
		{"same with port", "http", "localhost:6455", "http://localhost:6455", nil, welcome},
		{"same address", "http", "127.0.0.1:80", "http://127.0.0.1", nil, welcome},
		{"same IPv6 address", "http", "[::1]:6455", "http://[::1]:6455", nil, welcome},
		{"other spelling of an IPv6 address", "http", "[0:0::0001]", "http://[::1]", nil, welcome},
		{"other case", "http", "EXAMPLE.com", "http://example.COM", nil, welcome},
		{"default port in Host", "https", "example.com:443", "https://example.com", nil, welcome},
		{"default port in Origin", "http", "example.com", "http://example.com:80", nil, welcome},
		{"other scheme", "http", "example.com", "https://example.com", nil, 403},
		{"other scheme, same port", "http", "example.com:443", "https://example.com", nil, 403},
		{"other port", "http", "localhost:6455", "http://localhost:6456", nil, 403},
		{"default port of the other scheme", "https", "example.com", "https://example.com:80", nil, 403},
		{"other host", "http", "example.com", "http://example.org", nil, 403},
		{"subdomain", "http", "example.com", "http://a.example.com", nil, 403},
		{"parent domain", "http", "a.example.com", "http://example.com", nil, 403},
		{"host as prefix", "http", "example.com", "http://example.com.evil.example", nil, 403},
		{"host as suffix", "http", "example.com", "http://evil-example.com", nil, 403},
		{"final dot", "http", "example.com", "http://example.com.", nil, 403},
		{"user name", "http", "example.com", "http://example.com@evil.example", nil, 403},
		{"user name and port", "http", "example.com", "http://example.com:80@evil.example", nil, 403},
		{"path", "http", "example.com", "http://example.com/", nil, 403},
		{"null", "http", "example.com", "null", nil, 403},
		{"null as host", "http", "null", "null", nil, 403},
		{"no scheme", "http", "example.com", "example.com", nil, 403},
		{"empty host", "http", "", "http://", nil, 403},
		{"star", "http", "*", "http://*", nil, 403},
		{"star port", "http", "example.com", "http://example.com:*", nil, 403},
		{"list", "http", "example.com", "http://example.com,http://evil.example", nil, 403},
		{"other spelling of the port", "http", "example.com:8080", "http://example.com:08080", nil, welcome},
		{"port too large", "http", "example.com:80", "http://example.com:65616", nil, 403},

		// With it.
		{"listed", "http", "10.0.0.1", "https://example.com", []string{"https://example.org", "https://example.com"}, welcome},
		{"same, though others are listed", "http", "example.com", "http://example.com", []string{"https://example.org"}, welcome},
		{"not listed", "http", "10.0.0.1", "https://example.net", []string{"https://example.org", "https://example.com"}, 403},
		{"listed in other case", "http", "10.0.0.1", "https://example.com", []string{"HTTPS://Example.COM"}, welcome},
		{"listed with default port", "http", "10.0.0.1", "https://example.com", []string{"https://example.com:443"}, welcome},
		{"listed with other scheme", "http", "10.0.0.1", "http://example.com", []string{"https://example.com"}, 403},
		{"listed with other port", "http", "10.0.0.1", "https://example.com:8443", []string{"https://example.com"}, 403},
		{"listed host with more in front", "http", "10.0.0.1", "https://evilexample.com", []string{"https://example.com"}, 403},
		{"listed host with more behind", "http", "10.0.0.1", "https://example.com.evil.example", []string{"https://example.com"}, 403},
		{"one label", "http", "10.0.0.1", "https://a.example.com", []string{"https://*.example.com"}, welcome},
		{"no label", "http", "10.0.0.1", "https://example.com", []string{"https://*.example.com"}, 403},
		{"two labels", "http", "10.0.0.1", "https://a.b.example.com", []string{"https://*.example.com"}, 403},
		{"part of a label", "http", "10.0.0.1", "https://evilexample.com", []string{"https://*.example.com"}, 403},
		{"label behind", "http", "10.0.0.1", "https://a.example.com.evil.example", []string{"https://*.example.com"}, 403},
		{"one label and other port", "http", "10.0.0.1", "https://a.example.com:8443", []string{"https://*.example.com"}, 403},
		{"any port", "http", "10.0.0.1", "http://localhost:3000", []string{"http://localhost:*"}, welcome},
		{"any port, default", "http", "10.0.0.1", "http://localhost", []string{"http://localhost:*"}, welcome},
		{"any port, other host", "http", "10.0.0.1", "http://localhost.evil.example:3000", []string{"http://localhost:*"}, 403},
		{"any port, other scheme", "http", "10.0.0.1", "https://localhost:3000", []string{"http://localhost:*"}, 403},
		{"one label, any port", "http", "10.0.0.1", "https://a.example.com:8443", []string{"https://*.example.com:*"}, welcome},
		{"extension of a browser", "http", "10.0.0.1", "chrome-extension://abcdef", []string{"chrome-extension://abcdef"}, welcome},
		{"null, though a page is listed", "http", "10.0.0.1", "null", []string{"https://example.com"}, 403},
		{"the server's mistake", "http", "10.0.0.1", "https://example.com", []string{"example.com"}, 500},
	}
	for _, tt := range tests {
		t.Run("10.2/"+tt.name, func(t *testing.T) {
			rfc.Covers(t, "10.2/origin-checked", "10.2/origin-403", "4.2.2/origin-considered", "4.2.1/no-origin-no-browser")
			opts := &Options{Origins: tt.origins}
			err := opts.checkOrigin(&handshake.Offer{Host: tt.host, Origin: tt.origin}, tt.scheme)
			if got := statusOf(err); got != tt.status {
				t.Errorf("got %d (%v), want %d", got, err, tt.status)
			}
			opts.DangerouslyAllowAnyOrigin = true
			if err := opts.checkOrigin(&handshake.Offer{Host: tt.host, Origin: tt.origin}, tt.scheme); err != nil {
				t.Errorf("DangerouslyAllowAnyOrigin: %v", err)
			}
		})
	}
}

// statusOf returns the status that err is answered with, or 0 for nil.
func statusOf(err error) int {
	var he handshake.Error
	errors.As(err, &he)
	return he.Status
}

func TestParsePattern(t *testing.T) {
	tests := []struct {
		pattern string
		want    origin // zero if it is none
	}{
		{"https://example.com", origin{"https", "example.com", "443"}},
		{"http://example.com", origin{"http", "example.com", "80"}},
		{"HTTP://EXAMPLE.com:080", origin{"http", "example.com", "80"}},
		{"https://*.example.com:8443", origin{"https", "*.example.com", "8443"}},
		{"http://localhost:*", origin{"http", "localhost", "*"}},
		{"http://127.0.0.1:6455", origin{"http", "127.0.0.1", "6455"}},
		{"http://[0::1]:6455", origin{"http", "[::1]", "6455"}},
		{"http://[::1]", origin{"http", "[::1]", "80"}},
		{"app://x", origin{"app", "x", ""}},
		{"https://xn--bcher-kva.example", origin{"https", "xn--bcher-kva.example", "443"}},
		{"", origin{}},
		{"*", origin{}},
		{"null", origin{}},
		{"example.com", origin{}},
		{"*.example.com", origin{}},
		{"//example.com", origin{}},
		{"://example.com", origin{}},
		{"*://example.com", origin{}},
		{"-x://example.com", origin{}},
		{"1x://example.com", origin{}},
		{"https:example.com", origin{}},
		{"https://", origin{}},
		{"https://*", origin{}},
		{"https://*.", origin{}},
		{"https://*:*", origin{}},
		{"https://a*.example.com", origin{}},
		{"https://*a.example.com", origin{}},
		{"https://a.*.example.com", origin{}},
		{"https://*.*.example.com", origin{}},
		{"https://example.*", origin{}},
		{"https://example.com:", origin{}},
		{"https://example.com:8*", origin{}},
		{"https://example.com:65536", origin{}},
		{"https://example.com:-1", origin{}},
		{"https://example.com/", origin{}},
		{"https://example.com?", origin{}},
		{"https://user@example.com", origin{}},
		{"https://.example.com", origin{}},
		{"https://a..example.com", origin{}},
		{"https://bücher.example", origin{}},
		{"https://\u212aelvin.example", origin{}}, // its lower case is an ASCII k
		{"https://example.com ", origin{}},
		{"https://::1", origin{}},
		{"https://[::1", origin{}},
		{"https://[::1]x", origin{}},
		{"https://[127.0.0.1]", origin{}},
		{"https://[fe80::1%eth0]", origin{}},
		{"https://*.[::1]", origin{}},
	}
	for _, tt := range tests {
		t.Run(tt.pattern, func(t *testing.T) {
			got, err := parsePattern(tt.pattern)
			if got != tt.want || (err == nil) != (tt.want != origin{}) {
				t.Errorf("got %+v, %v, want %+v", got, err, tt.want)
			}
			if err != nil && statusOf(err) != 500 {
				t.Errorf("%v has the status %d, want 500", err, statusOf(err))
			}
		})
	}
}

// FuzzOrigin holds origins and patterns against package url and a few laws.
func FuzzOrigin(f *testing.F) {
	f.Add("https://example.com", "https://*.example.com:*")
	f.Fuzz(func(t *testing.T, page, pattern string) {
		o, ok := parseOrigin(page)
		if !ok {
			return
		}
		u, err := url.Parse(page)
		if err != nil {
			t.Fatalf("%q is an origin, but no URL: %v", page, err)
		}
		if u.Path != "" || u.RawQuery != "" || u.User != nil || u.Fragment != "" || !strings.EqualFold(u.Scheme, o.scheme) {
			t.Fatalf("%q is taken for %+v", page, o)
		}
		if !strings.HasPrefix(o.host, "[") && !strings.EqualFold(u.Hostname(), o.host) {
			t.Fatalf("%q is taken for the host %q", page, o.host)
		}
		again, ok := parseOrigin(o.scheme + "://" + o.host + strings.TrimSuffix(":"+o.port, ":"))
		if !ok || again != o {
			t.Fatalf("%q is %+v, and written out again %+v", page, o, again)
		}
		if !o.matches(o) {
			t.Fatalf("%+v does not match itself", o)
		}

		p, err := parsePattern(pattern)
		if err != nil || !p.matches(o) {
			return
		}
		if p.scheme != o.scheme || strings.Count(p.host, ".") != strings.Count(o.host, ".") {
			t.Fatalf("the pattern %+v matches %+v", p, o)
		}
		if !strings.Contains(pattern, "*") && p != o {
			t.Fatalf("%+v, without a star, matches %+v", p, o)
		}
		if parent := strings.TrimPrefix(p.host, "*"); !strings.HasSuffix(o.host, parent) {
			t.Fatalf("the pattern %+v matches %+v", p, o)
		}
	})
}
