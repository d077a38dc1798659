package handshake_test

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rfc6455/handshake"
	"rfc6455/internal/rfc"
)

func TestNewKey(t *testing.T) {
	rfc.Covers(t, "4.1/key-nonce", "4.1/key-fresh")
	seen := make(map[string]bool)
	for range 100 {
		key := handshake.NewKey()
		nonce, err := base64.StdEncoding.Strict().DecodeString(key)
		if err != nil || len(nonce) != 16 {
			t.Fatalf("key %q decodes to %d bytes, error %v", key, len(nonce), err)
		}
		if seen[key] {
			t.Fatalf("key %q came twice", key)
		}
		seen[key] = true
	}
}

func TestNewRequest(t *testing.T) {
	rfc.Covers(t, "4.1/http-syntax", "4.1/method-get", "4.1/http-version", "4.1/request-target", "4.1/host",
		"4.1/upgrade-header", "4.1/connection-header", "4.1/key-header", "4.1/version-header", "4.1/version-13",
		"4.1/subprotocol-header", "4.1/extensions-header", "4.1/other-headers", "4.1/origin-allowed")
	r, err := handshake.NewRequest("feed.example:8080", "/news?lang=en",
		[]string{"ticker.v2", "ticker.v1"},
		[]handshake.Extension{{Name: "permessage-deflate", Params: []handshake.Param{{"client_max_window_bits", ""}, {"server_max_window_bits", "10"}}}},
		handshake.Header{{"Origin", "https://reader.example"}, {"Cookie", "a=b"}})
	if err != nil {
		t.Fatal(err)
	}
	key := r.Header.Get("Sec-WebSocket-Key")
	want := "GET /news?lang=en HTTP/1.1\r\n" +
		"Host: feed.example:8080\r\n" +
		"Upgrade: websocket\r\n" +
		"Connection: Upgrade\r\n" +
		"Sec-WebSocket-Key: " + key + "\r\n" +
		"Sec-WebSocket-Version: 13\r\n" +
		"Sec-WebSocket-Protocol: ticker.v2, ticker.v1\r\n" +
		"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits; server_max_window_bits=10\r\n" +
		"Origin: https://reader.example\r\n" +
		"Cookie: a=b\r\n" +
		"\r\n"
	wire := string(handshake.AppendRequest(nil, r))
	if diff := cmp.Diff(want, wire); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
	if _, err := read(wire); err != nil {
		t.Errorf("a server refuses it: %v", err)
	}
}

func TestNewRequestRefuses(t *testing.T) {
	type params = []handshake.Param
	tooMany := slices.Repeat(params{{"p", ""}}, handshake.MaxItems) // with the name of the extension, one more than the limit
	tests := []struct {
		id           string
		host, target string
		subprotocols []string
		extensions   []handshake.Extension
		extra        handshake.Header
	}{
		{id: "3/no-fragment", target: "/#a"},
		{id: "4.2.1/request-target", target: "/a b"},
		{id: "4.2.1/request-target", target: "/ HTTP/1.1\r\nX: y\r\n\r\n"},
		{id: "4.2.1/request-target", target: "chat"},
		{id: "4.2.1/host", host: "a\r\nX: y"},
		{id: "4.2.1/host", host: " "},
		{id: "4.1/subprotocol-token", subprotocols: []string{""}},
		{id: "4.1/subprotocol-token", subprotocols: []string{"a, b"}},
		{id: "4.1/subprotocol-token", subprotocols: []string{"a", "b\r\nX: y"}},
		{id: "4.1/subprotocol-unique", subprotocols: []string{"a", "a"}},
		{id: "9.1/extension-grammar", extensions: []handshake.Extension{{}}},
		{id: "9.1/extension-grammar", extensions: []handshake.Extension{{Name: "a, b"}}},
		{id: "9.1/extension-grammar", extensions: []handshake.Extension{{Name: "a", Params: params{{"", "1"}}}}},
		{id: "9.1/extension-grammar", extensions: []handshake.Extension{{Name: "a", Params: params{{"b", "1; c"}}}}},
		{id: "9.1/extension-limit", extensions: []handshake.Extension{{Name: "a", Params: tooMany}}},
		{id: "4.1/extra-header", extra: handshake.Header{{"", "x"}}},
		{id: "4.1/extra-header", extra: handshake.Header{{"X Y", "x"}}},
		{id: "4.1/extra-header", extra: handshake.Header{{"X", "x\r\nY: y"}}},
		{id: "4.1/extra-header", extra: handshake.Header{{"X", "x\ny"}}},
		{id: "4.1/extra-header", extra: handshake.Header{{"X", "x\x00"}}},
		{id: "4.1/extra-header", extra: handshake.Header{{"X", " x"}}},
		{id: "4.1/extra-header", extra: handshake.Header{{"host", "x"}}},
		{id: "4.1/extra-header", extra: handshake.Header{{"Upgrade", "x"}}},
		{id: "4.1/extra-header", extra: handshake.Header{{"CONNECTION", "x"}}},
		{id: "4.1/extra-header", extra: handshake.Header{{"Content-Length", "0"}}},
		{id: "4.1/extra-header", extra: handshake.Header{{"Transfer-Encoding", "chunked"}}},
		{id: "4.1/extra-header", extra: handshake.Header{{"sec-websocket-key", "x"}}},
		{id: "4.1/extra-header", extra: handshake.Header{{"Sec-WebSocket-Unknown", "x"}}},
		{id: "4.2.1/origin", extra: handshake.Header{{"Origin", "http://a"}, {"Origin", "http://b"}}},
	}
	for _, tt := range tests {
		t.Run(tt.id, func(t *testing.T) {
			rfc.Covers(t, tt.id)
			if tt.host == "" {
				tt.host = "feed.example"
			}
			if tt.target == "" {
				tt.target = "/"
			}
			r, err := handshake.NewRequest(tt.host, tt.target, tt.subprotocols, tt.extensions, tt.extra)
			if err == nil {
				t.Fatalf("made %q", handshake.AppendRequest(nil, r))
			}
			checkError(t, err, tt.id, 400)
			if strings.ContainsAny(err.Error(), "\r\n") {
				t.Errorf("the error has a line break: %q", err)
			}
		})
	}
}
