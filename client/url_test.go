package client

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rfc6455/internal/rfc"
)

// parts is what a test wants to see of a target.
type parts struct{ URL, Address, HostLine, Resource, User string }

func partsOf(t *target) parts {
	p := parts{t.String(), t.address(), t.hostLine(), t.resource, ""}
	if t.user != nil {
		p.User = t.user.String()
	}
	return p
}

func TestURL(t *testing.T) {
	for _, tt := range []struct {
		id, url string
		want    parts
	}{
		{"3/default-port", "ws://example.com/chat", parts{"ws://example.com/chat", "example.com:80", "example.com", "/chat", ""}},
		{"3/default-port", "wss://example.com/chat", parts{"wss://example.com/chat", "example.com:443", "example.com", "/chat", ""}},
		{"3/default-port", "WsS://Example.COM/Chat", parts{"wss://example.com/Chat", "example.com:443", "example.com", "/Chat", ""}},

		{"3/port-optional", "ws://h:8080", parts{"ws://h:8080/", "h:8080", "h:8080", "/", ""}},
		{"3/port-optional", "ws://h:80/", parts{"ws://h/", "h:80", "h", "/", ""}},
		{"3/port-optional", "ws://h:/", parts{"ws://h/", "h:80", "h", "/", ""}},
		{"3/port-optional", "ws://h:0080/", parts{"ws://h/", "h:80", "h", "/", ""}},
		{"3/port-optional", "ws://h:443/", parts{"ws://h:443/", "h:443", "h:443", "/", ""}},
		{"3/port-optional", "wss://h:443/", parts{"wss://h/", "h:443", "h", "/", ""}},
		{"3/port-optional", "wss://h:80/", parts{"wss://h:80/", "h:80", "h:80", "/", ""}},
		{"3/port-optional", "ws://h:1/", parts{"ws://h:1/", "h:1", "h:1", "/", ""}},
		{"3/port-optional", "ws://h:65535/", parts{"ws://h:65535/", "h:65535", "h:65535", "/", ""}},

		{"4.1/url-valid", "ws://127.0.0.1/", parts{"ws://127.0.0.1/", "127.0.0.1:80", "127.0.0.1", "/", ""}},
		{"4.1/url-valid", "ws://[::1]/", parts{"ws://[::1]/", "[::1]:80", "[::1]", "/", ""}},
		{"4.1/url-valid", "ws://[::1]:80/", parts{"ws://[::1]/", "[::1]:80", "[::1]", "/", ""}},
		{"4.1/url-valid", "ws://[2001:DB8::1]:6455/x", parts{"ws://[2001:db8::1]:6455/x", "[2001:db8::1]:6455", "[2001:db8::1]:6455", "/x", ""}},
		{"4.1/url-valid", "ws://[fe80::1%25Eth0]/", parts{"ws://[fe80::1]/", "[fe80::1%Eth0]:80", "[fe80::1]", "/", ""}},
		{"4.1/url-valid", "ws://[fe80::1%25eth0]:81/", parts{"ws://[fe80::1]:81/", "[fe80::1%eth0]:81", "[fe80::1]:81", "/", ""}},
		{"4.1/url-valid", "ws://h./", parts{"ws://h./", "h.:80", "h.", "/", ""}},
		{"4.1/url-valid", "ws://a_b!/", parts{"ws://a_b!/", "a_b!:80", "a_b!", "/", ""}},

		{"3/resource-name", "ws://h", parts{"ws://h/", "h:80", "h", "/", ""}},
		{"3/resource-name", "ws://h?", parts{"ws://h/", "h:80", "h", "/", ""}},
		{"3/resource-name", "ws://h?a", parts{"ws://h/?…", "h:80", "h", "/?a", ""}},
		{"3/resource-name", "ws://h/a?", parts{"ws://h/a", "h:80", "h", "/a", ""}},
		{"3/resource-name", "ws://h/a??", parts{"ws://h/a?…", "h:80", "h", "/a??", ""}},
		{"3/resource-name", "ws://h/a/../b//c;p=1?x=1&y=/?:@", parts{"ws://h/a/../b//c;p=1?…", "h:80", "h", "/a/../b//c;p=1?x=1&y=/?:@", ""}},
		{"3/resource-name", "ws://h?//x", parts{"ws://h/?…", "h:80", "h", "/?//x", ""}},
		{"3/hash-escaped", "ws://h/a%23b", parts{"ws://h/a%23b", "h:80", "h", "/a%23b", ""}},

		{"11.1.1/percent-encoded", "ws://h/a%2Fb/ü", parts{"ws://h/a%2Fb/%C3%BC", "h:80", "h", "/a%2Fb/%C3%BC", ""}},
		{"11.1.1/percent-encoded", "ws://h/a b?ü=\"<>\\^`{|}[]", parts{"ws://h/a%20b?…", "h:80", "h", "/a%20b?%C3%BC=%22%3C%3E%5C%5E%60%7B%7C%7D%5B%5D", ""}},
		{"11.1.2/percent-encoded", "wss://h/ü?ü", parts{"wss://h/%C3%BC?…", "h:443", "h", "/%C3%BC?%C3%BC", ""}},
		{"11.1.1/host-to-ascii", "ws://Bücher.example/", parts{"ws://xn--bcher-kva.example/", "xn--bcher-kva.example:80", "xn--bcher-kva.example", "/", ""}},
		{"11.1.2/host-to-ascii", "wss://b%C3%BCcher.example:81/", parts{"wss://xn--bcher-kva.example:81/", "xn--bcher-kva.example:81", "xn--bcher-kva.example:81", "/", ""}},
		{"11.1.1/host-to-ascii", "ws://ｅｘ。example/", parts{"ws://ex.example/", "ex.example:80", "ex.example", "/", ""}},

		{"4.1/url-valid", "ws://me:secret@h/a", parts{"ws://h/a", "h:80", "h", "/a", "me:secret"}},
		{"4.1/url-valid", "ws://me@h:81", parts{"ws://h:81/", "h:81", "h:81", "/", "me"}},
	} {
		t.Run(tt.id+" "+tt.url, func(t *testing.T) {
			rfc.Covers(t, tt.id)
			got, err := parseTarget(tt.url)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, partsOf(got)); diff != "" {
				t.Error("-want +got\n" + diff)
			}
		})
	}
}

func TestURLRefused(t *testing.T) {
	for _, tt := range []struct{ id, url, want string }{
		{"3/no-fragment", "ws://h/a#b", "has a fragment"},
		{"3/no-fragment", "ws://h/a#", "has a fragment"},
		{"3/no-fragment", "ws://h#", "has a fragment"},

		{"4.1/url-valid", "http://h/", "use ws in place of http"},
		{"4.1/url-valid", "HTTPS://h/", "use ws in place of http"},
		{"4.1/url-valid", "ftp://h/", `scheme of the URL is "ftp"`},
		{"4.1/url-valid", "//h/", `scheme of the URL is ""`},
		{"4.1/url-valid", "", `scheme of the URL is ""`},
		{"4.1/url-valid", "h/chat", `scheme of the URL is ""`},
		{"4.1/url-valid", "localhost:8080/chat", `scheme of the URL is "localhost"`},
		{"4.1/url-valid", "127.0.0.1:8080", "cannot be read"},

		{"4.1/url-valid", "ws:h", "has no host"},
		{"4.1/url-valid", "ws:/h", "has no host"},
		{"4.1/url-valid", "ws:///chat", "has no host"},
		{"4.1/url-valid", "ws://", "has no host"},
		{"4.1/url-valid", "ws://:80/", "has no host"},
		{"4.1/url-valid", "ws://me@/", "has no host"},
		{"4.1/url-valid", "ws://h:0/", "port of the URL is 0"},
		{"4.1/url-valid", "ws://h:65536/", "port of the URL is 65536"},
		{"4.1/url-valid", "ws://h:99999999999999999999/", "port of the URL is"},
		{"4.1/url-valid", "ws://h:-1/", "invalid port"},
		{"4.1/url-valid", "ws://h:http/", "invalid port"},
		{"4.1/url-valid", "ws://a:b:80/", `the character ':'`},
		{"4.1/url-valid", "ws://::1/", `the character ':'`},
		{"4.1/url-valid", "ws://[::1/", "missing ']'"},
		{"4.1/url-valid", "ws://[127.0.0.1]/", "cannot be read"},
		{"4.1/url-valid", "ws://[h]/", "cannot be read"},
		{"4.1/url-valid", "ws://a b/", "cannot be read"},
		{"4.1/url-valid", "ws://a<b/", `the character '<'`},
		{"4.1/url-valid", `ws://a\b/`, "cannot be read"},
		{"4.1/url-valid", "ws://a%41/", "cannot be read"},
		{"4.1/url-valid", "ws://a%25b/", `the character '%'`},
		{"4.1/url-valid", "ws://h/\r\nX: y", "cannot be read"},
		{"4.1/url-valid", "ws://h/a%", `invalid URL escape "%"`},
		{"4.1/url-valid", "ws://h/a%2", `invalid URL escape "%2"`},
		{"4.1/url-valid", "ws://h/?a=%", "write the sign itself as %25"},
		{"4.1/url-valid", "ws://h/?a=%2", "write the sign itself as %25"},
		{"4.1/url-valid", "ws://h/?a=%zz", "write the sign itself as %25"},
		{"4.1/url-valid", " ws://h/", "cannot be read"},

		{"11.1.1/host-to-ascii", "ws://xn--ü.example/", "no form in ASCII"},
		{"11.1.1/host-to-ascii", "ws://a\u2028b/", "no form in ASCII"},
		{"11.1.1/percent-encoded", "ws://h/\xff", "not UTF-8"},
	} {
		t.Run(tt.id+" "+tt.url, func(t *testing.T) {
			rfc.Covers(t, tt.id)
			got, err := parseTarget(tt.url)
			if err == nil {
				t.Fatalf("%+v", got)
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v; want %q in it", err, tt.want)
			}
			if e, ok := errors.AsType[DialError](err); !ok || e.Section == "" || e.URL != "" {
				t.Errorf("%#v", err)
			}
		})
	}
}

// A URL that cannot be used may still hold a password.
func TestURLErrorHidesPassword(t *testing.T) {
	for _, url := range []string{
		"ws://me:secret@h/%zz",
		"ws://me:secret@h:0/",
		"ws://me:secret@h h/",
		"ws://me:secret /x@h/",
		"ws://me:secret@h/#",
		"http://me:secret@h/",
		"ws://me:sec#ret@h/",
		"\x7fws://me:secret@h/",
	} {
		_, err := parseTarget(url)
		if err == nil || strings.Contains(err.Error(), "sec") {
			t.Errorf("%q: %v", url, err)
		}
	}
}

// What parses can be sent: the parts hold nothing that HTTP would trip over, and
// putting them together again gives the same URL.
func FuzzURL(f *testing.F) {
	f.Add("ws://example.com/chat?room=1")
	f.Add("wss://me:secret@[fe80::1%25eth0]:6455?ü")
	f.Fuzz(func(t *testing.T, raw string) {
		a, err := parseTarget(raw)
		if err != nil {
			return
		}
		for _, s := range []string{a.hostLine(), a.authority(), a.resource} {
			if strings.ContainsFunc(s, func(c rune) bool { return c <= ' ' || c >= 0x7f || c == '#' }) {
				t.Errorf("%q became %q", raw, s)
			}
		}
		if a.resource[0] != '/' {
			t.Errorf("%q has the resource name %q", raw, a.resource)
		}
		again, err := parseTarget(a.scheme("ws") + "://" + a.hostLine() + a.resource)
		if err != nil {
			t.Fatalf("%q: %v", raw, err)
		}
		again.user, again.zone = a.user, a.zone
		if diff := cmp.Diff(partsOf(a), partsOf(again)); diff != "" {
			t.Errorf("%q: -first +again\n%s", raw, diff)
		}
	})
}
