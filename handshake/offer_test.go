package handshake_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rfc6455/handshake"
	"rfc6455/internal/rfc"
)

// sampleRequest is the request of §1.3.
const sampleRequest = "GET /chat HTTP/1.1\r\n" +
	"Host: server.example.com\r\n" +
	"Upgrade: websocket\r\n" +
	"Connection: Upgrade\r\n" +
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
	"Origin: http://example.com\r\n" +
	"Sec-WebSocket-Protocol: chat, superchat\r\n" +
	"Sec-WebSocket-Version: 13\r\n" +
	"\r\n"

func sampleOffer() *handshake.Offer {
	return &handshake.Offer{
		Host:         "server.example.com",
		Resource:     "/chat",
		Key:          "dGhlIHNhbXBsZSBub25jZQ==",
		Origin:       "http://example.com",
		Subprotocols: []string{"chat", "superchat"},
	}
}

// edit replaces old in a sample, and fails the test if it is not there.
func edit(t *testing.T, sample, old, new string) string {
	t.Helper()
	if !strings.Contains(sample, old) {
		t.Fatalf("the sample has no %q", old)
	}
	return strings.Replace(sample, old, new, 1)
}

// read is what a server does with a head.
func read(head string) (*handshake.Offer, error) {
	r, err := handshake.ParseRequest([]byte(head))
	if err != nil {
		return nil, err
	}
	return handshake.CheckRequest(r)
}

func TestCheckRequestAccepts(t *testing.T) {
	const (
		end      = "\r\n\r\n"
		host     = "Host: server.example.com\r\n"
		upgrade  = "Upgrade: websocket\r\n"
		connect  = "Connection: Upgrade\r\n"
		key      = "dGhlIHNhbXBsZSBub25jZQ=="
		origin   = "Origin: http://example.com\r\n"
		protocol = "Sec-WebSocket-Protocol: chat, superchat\r\n"
	)
	tests := []struct {
		id, name, old, new string
		change             func(*handshake.Offer)
	}{
		{"1.3/sample", "as it is", "", "", nil},
		{"4.1/origin-allowed", "no origin", origin, "", func(o *handshake.Offer) { o.Origin = "" }},
		{"4.1/origin-allowed", "opaque origin", origin, "Origin: null\r\n", func(o *handshake.Offer) { o.Origin = "null" }},
		{"4.1/subprotocol-header", "no subprotocol", protocol, "", func(o *handshake.Offer) { o.Subprotocols = nil }},
		{"4.1/subprotocol-unique", "case tells them apart", protocol, "Sec-WebSocket-Protocol: chat,Chat\r\n", func(o *handshake.Offer) { o.Subprotocols = []string{"chat", "Chat"} }},
		{"4.1/subprotocol-token", "every character of a token", protocol, "Sec-WebSocket-Protocol: !#$%&'*+-.^_`|~09azAZ\r\n", func(o *handshake.Offer) { o.Subprotocols = []string{"!#$%&'*+-.^_`|~09azAZ"} }},
		{"4.1/other-headers", "unknown lines", end, "\r\nX-\x7eOdd: \xff\xfe\r\nCookie: a=b; c=\"d\"" + end, nil},
		{"4.1/other-headers", "an empty value", end, "\r\nX-Empty:" + end, nil},
		{"4.2.1/http-syntax", "white space around a value", host, "Host:\t server.example.com \t\r\n", nil},
		{"4.2.1/http-syntax", "no white space before a value", host, "Host:server.example.com\r\n", nil},
		{"4.2.1/http-version", "1.2", "HTTP/1.1", "HTTP/1.2", nil},
		{"4.2.1/request-target", "query", "/chat", "/chat?room=1&x=//%23", func(o *handshake.Offer) { o.Resource = "/chat?room=1&x=//%23" }},
		{"4.2.1/request-target", "absolute", "/chat", "http://server.example.com/chat?a", func(o *handshake.Offer) { o.Resource = "/chat?a" }},
		{"4.2.1/request-target", "absolute https, other case", "/chat", "HTTPS://Server.Example.Com", func(o *handshake.Offer) { o.Resource = "/" }},
		{"4.2.1/request-target", "absolute, query only", "/chat", "http://server.example.com?a", func(o *handshake.Offer) { o.Resource = "/?a" }},
		{"4.2.1/host", "port", host, "Host: server.example.com:8080\r\n", func(o *handshake.Offer) { o.Host = "server.example.com:8080" }},
		{"4.2.1/host", "IPv6", host, "Host: [::1]\r\n", func(o *handshake.Offer) { o.Host = "[::1]" }},
		{"4.2.1/host", "IPv6 and port", host, "Host: [2001:db8::1]:80\r\n", func(o *handshake.Offer) { o.Host = "[2001:db8::1]:80" }},
		{"4.2.1/no-body", "length 0", end, "\r\nContent-Length: 0" + end, nil},
		{"4.2.1/upgrade-header", "case", upgrade, "UPGRADE: WebSocket\r\n", nil},
		{"4.2.1/upgrade-header", "in a list", upgrade, "Upgrade: h2c ,websocket\r\n", nil},
		{"4.2.1/upgrade-header", "in a second line", upgrade, "Upgrade: h2c\r\nUpgrade: websocket\r\n", nil},
		{"4.2.1/connection-header", "case", connect, "connection: UPGRADE\r\n", nil},
		{"4.2.1/connection-header", "in a list", connect, "Connection: keep-alive,\tUpgrade\r\n", nil},
		{"4.2.1/connection-header", "among empty elements", connect, "Connection: ,, Upgrade ,\r\n", nil},
		{"4.2.1/connection-header", "in a second line", connect, "Connection: keep-alive\r\nConnection: Upgrade\r\n", nil},
		{"4.2.1/key-16-bytes", "the key of §4.1, with bits behind its last byte", key, "AQIDBAUGBwgJCgsMDQ4PEC==", func(o *handshake.Offer) { o.Key = "AQIDBAUGBwgJCgsMDQ4PEC==" }},
		{"4.2.1/key-16-bytes", "plus and slash", key, "+/+/+/+/+/+/+/+/+/+/+w==", func(o *handshake.Offer) { o.Key = "+/+/+/+/+/+/+/+/+/+/+w==" }},
		{"4.2.2/origin-considered", "in lower case", origin, "Origin: HTTP://Example.COM\r\n", nil},
		{"9.1/header-split", "over two lines", end, "\r\nSec-WebSocket-Extensions: foo\r\nSec-WebSocket-Extensions: bar; baz=2" + end, func(o *handshake.Offer) {
			o.Extensions = []handshake.Extension{{Name: "foo"}, {Name: "bar", Params: []handshake.Param{{"baz", "2"}}}}
		}},
		{"11.3.4/protocol-repeated", "over two lines", protocol, "Sec-WebSocket-Protocol: chat\r\nsec-websocket-protocol: superchat\r\n", nil},
	}
	for _, tt := range tests {
		t.Run(tt.id+"/"+tt.name, func(t *testing.T) {
			if tt.id != "1.3/sample" {
				rfc.Covers(t, tt.id)
			}
			want := sampleOffer()
			if tt.change != nil {
				tt.change(want)
			}
			got, err := read(edit(t, sampleRequest, tt.old, tt.new))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("offer (-want +got):\n%s", diff)
			}
		})
	}
}

// Every row breaks one rule of the sample. The id is the one that the error
// has to name.
func TestCheckRequestRefuses(t *testing.T) {
	const (
		end      = "\r\n\r\n"
		first    = "GET /chat HTTP/1.1\r\n"
		target   = "/chat"
		host     = "Host: server.example.com\r\n"
		upgrade  = "Upgrade: websocket\r\n"
		connect  = "Connection: Upgrade\r\n"
		keyLine  = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
		key      = "dGhlIHNhbXBsZSBub25jZQ=="
		origin   = "Origin: http://example.com\r\n"
		protocol = "chat, superchat"
		version  = "Sec-WebSocket-Version: 13\r\n"
	)
	extensions := func(value string) string { return "\r\nSec-WebSocket-Extensions: " + value + end }
	tests := []struct {
		id       string
		status   int
		old, new string
	}{
		{"3/no-fragment", 400, target, "/chat#top"},
		{"3/no-fragment", 400, target, "http://server.example.com/#"},
		{"4.1/request-target", 400, target, "http://other.example.com/chat"},
		{"4.1/request-target", 400, target, "http://server.example.com:80/chat"},
		{"4.1/request-target", 400, target, "http://user@server.example.com/chat"},
		{"4.1/subprotocol-unique", 400, protocol, "chat, superchat, chat"},
		{"4.1/subprotocol-unique", 400, protocol, "chat\r\nSec-WebSocket-Protocol: chat"},

		{"4.2.1/field-limit", 431, end, strings.Repeat("\r\nX: y", handshake.MaxFields-6) + end},
		{"4.2.1/http-syntax", 400, host, "Host: server\r\n .example.com\r\n"},
		{"4.2.1/http-syntax", 400, host, "Host: server\r\n\t.example.com\r\n"},
		{"4.2.1/http-syntax", 400, host, " " + host},
		{"4.2.1/http-syntax", 400, host, "Host: server.example.com\n"},
		{"4.2.1/http-syntax", 400, first, "GET /chat HTTP/1.1\n"},
		{"4.2.1/http-syntax", 400, end, "\r\n\n"},
		{"4.2.1/http-syntax", 400, host, "Host: server.example.com\r"},
		{"4.2.1/http-syntax", 400, origin, "Origin: http://example.com\rX: y\r\n"},
		{"4.2.1/http-syntax", 400, origin, "Origin: http://example.com\x00\r\n"},
		{"4.2.1/http-syntax", 400, origin, "Origin: http://example.com\x1b\r\n"},
		{"4.2.1/http-syntax", 400, origin, "Origin: http://example.com\x7f\r\n"},
		{"4.2.1/http-syntax", 400, host, "Host : server.example.com\r\n"},
		{"4.2.1/http-syntax", 400, host, "Host\t: server.example.com\r\n"},
		{"4.2.1/http-syntax", 400, host, ": server.example.com\r\n"},
		{"4.2.1/http-syntax", 400, host, "Host server.example.com\r\n"},
		{"4.2.1/http-syntax", 400, host, "Ho(st: server.example.com\r\n"},
		{"4.2.1/http-syntax", 400, host, "H\u00f6st: server.example.com\r\n"},
		{"4.2.1/http-syntax", 400, end, end + "x"},
		{"4.2.1/http-syntax", 400, end, "\r\n"},
		{"4.2.1/http-syntax", 400, first, "\r\n" + first},
		{"4.2.1/http-syntax", 400, sampleRequest, "\r\n"},
		{"4.2.1/http-syntax", 400, sampleRequest, ""},
		{"4.2.1/request-line", 400, first, "Hello, server\r\n"},
		{"4.2.1/request-line", 400, first, "GET /chat\r\n"},
		{"4.2.1/request-line", 400, first, "GET  /chat HTTP/1.1\r\n"},
		{"4.2.1/request-line", 400, first, "GET /chat  HTTP/1.1\r\n"},
		{"4.2.1/request-line", 400, first, " GET /chat HTTP/1.1\r\n"},
		{"4.2.1/request-line", 400, first, "GET /chat HTTP/1.1 \r\n"},
		{"4.2.1/request-line", 400, first, "GET\t/chat\tHTTP/1.1\r\n"},
		{"4.2.1/request-line", 400, first, "GET /my chat HTTP/1.1\r\n"},
		{"4.2.1/request-line", 400, first, "GET /ch\u00e4t HTTP/1.1\r\n"},
		{"4.2.1/request-line", 400, first, "GET /chat\x00 HTTP/1.1\r\n"},
		{"4.2.1/request-line", 400, first, "G(T /chat HTTP/1.1\r\n"},
		{"4.2.1/request-line", 400, first, "GET /chat http/1.1\r\n"},
		{"4.2.1/request-line", 400, first, "GET /chat HTTP/1.10\r\n"},
		{"4.2.1/request-line", 400, first, "GET /chat HTTP/11\r\n"},
		{"4.2.1/request-line", 400, first, "GET /chat HTTP/1,1\r\n"},
		{"4.2.1/request-line", 400, first, "GET /chat HTTP/1.x\r\n"},
		{"4.2.1/request-line", 400, first, "GET /chat HTTP/x.1\r\n"},
		{"4.2.1/method-get", 405, "GET ", "POST "},
		{"4.2.1/method-get", 405, "GET ", "HEAD "},
		{"4.2.1/method-get", 405, "GET ", "get "},
		{"4.2.1/http-version", 400, "HTTP/1.1", "HTTP/1.0"},
		{"4.2.1/http-version", 505, "HTTP/1.1", "HTTP/0.9"},
		{"4.2.1/http-version", 505, "HTTP/1.1", "HTTP/2.0"},
		{"4.2.1/request-target", 400, target, "*"},
		{"4.2.1/request-target", 400, target, "chat"},
		{"4.2.1/request-target", 400, target, "server.example.com:80"},
		{"4.2.1/request-target", 400, target, "ws://server.example.com/chat"},
		{"4.2.1/request-target", 400, target, "http:/chat"},
		{"4.2.1/host", 400, host, ""},
		{"4.2.1/host", 400, host, host + host},
		{"4.2.1/host", 400, host, "Host:\r\n"},
		{"4.2.1/host", 400, host, "Host: :80\r\n"},
		{"4.2.1/host", 400, host, "Host: []\r\n"},
		{"4.2.1/host", 400, host, "Host: [::1\r\n"},
		{"4.2.1/host", 400, host, "Host: ::1\r\n"},
		{"4.2.1/host", 400, host, "Host: server.example.com:http\r\n"},
		{"4.2.1/host", 400, host, "Host: server.example.com/chat\r\n"},
		{"4.2.1/host", 400, host, "Host: user@server.example.com\r\n"},
		{"4.2.1/host", 400, host, "Host: server.example.com, other.example.com\r\n"},
		{"4.2.1/no-body", 400, end, "\r\nContent-Length: 5" + end},
		{"4.2.1/no-body", 400, end, "\r\nContent-Length: 0\r\nContent-Length: 5" + end},
		{"4.2.1/no-body", 400, end, "\r\nContent-Length: +0" + end},
		{"4.2.1/no-body", 400, end, "\r\nTransfer-Encoding: chunked" + end},
		{"4.2.1/no-body", 400, end, "\r\nTransfer-Encoding:" + end},
		{"4.2.1/upgrade-header", 426, upgrade, ""},
		{"4.2.1/upgrade-header", 426, upgrade, "Upgrade: h2c\r\n"},
		{"4.2.1/upgrade-header", 426, upgrade, "Upgrade: web socket\r\n"},
		{"4.2.1/upgrade-header", 426, upgrade, "Upgrade: websockets\r\n"},
		{"4.2.1/upgrade-header", 426, upgrade, "Upgrade: web\u017focket\r\n"},
		{"4.2.1/connection-header", 400, connect, ""},
		{"4.2.1/connection-header", 400, connect, "Connection: keep-alive\r\n"},
		{"4.2.1/connection-header", 400, connect, "Connection: keep-alive Upgrade\r\n"},
		{"4.2.1/version-header", 426, version, ""},
		{"4.2.2/version-refused", 426, "Version: 13", "Version: 12"},
		{"4.2.2/version-refused", 426, "Version: 13", "Version: 25"},
		{"4.2.2/version-refused", 426, "Version: 13", "Version: 013"},
		{"4.2.2/version-refused", 426, "Version: 13", "Version: 13, 8"},
		{"4.2.2/version-refused", 426, "Version: 13", "Version:"},
		{"4.2.1/key-16-bytes", 400, keyLine, ""},
		{"4.2.1/key-16-bytes", 400, key, ""},
		{"4.2.1/key-16-bytes", 400, key, "dGhlIHNhbXBsZSBub25j"},         // 15 bytes
		{"4.2.1/key-16-bytes", 400, key, "dGhlIHNhbXBsZSBub25jZQA="},     // 17 bytes
		{"4.2.1/key-16-bytes", 400, key, "dGhlIHNhbXBsZSBuZQ=="},         // 13 bytes
		{"4.2.1/key-16-bytes", 400, key, "dGhlIHNhbXBsZSBub25jZQAAAA=="}, // 19 bytes
		{"4.2.1/key-16-bytes", 400, key, "dGhlIHNhbXBsZSBub25jZQ"},       // no padding
		{"4.2.1/key-16-bytes", 400, key, "dGhlIHNhbXBsZSBub25j=Q=="},     // padding inside
		{"4.2.1/key-16-bytes", 400, key, "dGhl IHNhbXBsZSBub25jZQ=="},    // white space inside
		{"4.2.1/key-16-bytes", 400, key, "-_-_-_-_-_-_-_-_-_-_-w=="},     // the alphabet of URLs
		{"4.2.1/key-16-bytes", 400, key, "dGhlIHNhbXBsZSBub25jZQ==, x"},  // a list
		{"4.2.1/origin", 400, origin, origin + origin},
		{"4.2.1/origin", 400, origin, "Origin:\r\n"},
		{"4.2.1/origin", 400, origin, "Origin: http://a.example http://b.example\r\n"},
		{"4.2.1/origin", 400, origin, "Origin: http://ex\u00e4mple.com\r\n"},
		{"4.2.1/subprotocol-list", 400, protocol, ""},
		{"4.2.1/subprotocol-list", 400, protocol, "chat,,superchat"},
		{"4.2.1/subprotocol-list", 400, protocol, "chat,"},
		{"4.2.1/subprotocol-list", 400, protocol, "chat\r\nSec-WebSocket-Protocol: "},
		{"4.2.1/subprotocol-list", 400, protocol, "super chat"},
		{"4.2.1/subprotocol-list", 400, protocol, "super/chat"},
		{"4.2.1/subprotocol-list", 400, protocol, `"chat"`},
		{"4.2.1/subprotocol-list", 400, protocol, "ch\u00e4t"},
		{"4.2.1/subprotocol-limit", 400, protocol, strings.Repeat("x,", handshake.MaxItems) + "y"},

		{"4.3/quoted-token", 400, end, extensions(`foo; bar=""`)},
		{"4.3/quoted-token", 400, end, extensions(`foo; bar="a b"`)},
		{"9.1/extension-grammar", 400, end, extensions("")},
		{"9.1/extension-grammar", 400, end, extensions("foo bar")},
		{"9.1/extension-limit", 400, end, extensions("foo" + strings.Repeat(";x", handshake.MaxItems))},
		{"11.3.1/key-once", 400, keyLine, keyLine + keyLine},
		{"11.3.5/version-once", 400, version, version + version},
	}
	for _, tt := range tests {
		t.Run(tt.id, func(t *testing.T) {
			rfc.Covers(t, tt.id, "4.2.1/refusal-status", "10.7/invalid-handshake-status")
			head := edit(t, sampleRequest, tt.old, tt.new)
			offer, err := read(head)
			if offer != nil {
				t.Fatalf("accepted %q as %+v", head, offer)
			}
			checkError(t, err, tt.id, tt.status)
		})
	}
}

// checkError checks that err is an *Error with the given id and status, and
// that its answer can be read.
func checkError(t *testing.T, err error, id string, status int) {
	t.Helper()
	var he *handshake.Error
	if !errors.As(err, &he) {
		t.Fatalf("error is %T (%v), want a *handshake.Error", err, err)
	}
	if got := he.Section + "/" + he.Rule; got != id || he.Status != status {
		t.Errorf("error is %s with status %d, want %s with status %d:\n%v", got, he.Status, id, status, err)
	}
	wire := handshake.AppendResponse(nil, he.Response())
	head, body, _ := strings.Cut(string(wire), "\r\n\r\n")
	resp, err := handshake.ParseResponse([]byte(head + "\r\n\r\n"))
	if err != nil {
		t.Fatalf("the refusal is not valid: %v", err)
	}
	if resp.Status != status || !strings.Contains(body, he.Detail) {
		t.Errorf("the refusal has status %d and says %q", resp.Status, body)
	}
}

// The refusals that must carry a line of their own.
func TestRefusalHeader(t *testing.T) {
	tests := []struct {
		id, old, new string
		want         handshake.Header
	}{
		{"4.2.1/method-get", "GET", "POST", handshake.Header{{"Connection", "close"}, {"Allow", "GET"}}},
		{"4.2.1/upgrade-header", "Upgrade: websocket\r\n", "", handshake.Header{{"Connection", "Upgrade, close"}, {"Upgrade", "websocket"}}},
		{"4.4/version-426", "13", "25", handshake.Header{{"Connection", "Upgrade, close"}, {"Upgrade", "websocket"}, {"Sec-WebSocket-Version", "13"}}},
		{"4.2.2/version-refused", "13", "25", handshake.Header{{"Sec-WebSocket-Version", "13"}}},
	}
	for _, tt := range tests {
		t.Run(tt.id, func(t *testing.T) {
			rfc.Covers(t, tt.id)
			_, err := read(edit(t, sampleRequest, tt.old, tt.new))
			var he *handshake.Error
			if !errors.As(err, &he) {
				t.Fatalf("error is %v", err)
			}
			got := he.Response().Header
			for _, f := range tt.want {
				if v := got.Get(f.Name); v != f.Value {
					t.Errorf("%s: %q, want %q", f.Name, v, f.Value)
				}
			}
		})
	}
}

// A client of another version learns which one to use, whatever its key is.
func TestVersionBeforeKey(t *testing.T) {
	rfc.Covers(t, "4.4/version-426")
	head := edit(t, sampleRequest, "Version: 13", "Version: 8")
	head = edit(t, head, "dGhlIHNhbXBsZSBub25jZQ==", "?")
	_, err := read(head)
	checkError(t, err, "4.2.2/version-refused", 426)
}

// Values that were never parsed, such as those of net/http, are checked as well.
func TestCheckRequestByHand(t *testing.T) {
	for _, target := range []string{"", "/a b", "/\r\n", "/\u00e4"} {
		r, err := handshake.ParseRequest([]byte(sampleRequest))
		if err != nil {
			t.Fatal(err)
		}
		r.Target = target
		_, err = handshake.CheckRequest(r)
		checkError(t, err, "4.2.1/request-target", 400)
	}
}
