package handshake_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rfc6455/handshake"
	"rfc6455/internal/rfc"
)

// sampleResponse is the answer of §1.3, with its subprotocol and an extension.
const sampleResponse = "HTTP/1.1 101 Switching Protocols\r\n" +
	"Upgrade: websocket\r\n" +
	"Connection: Upgrade\r\n" +
	"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" +
	"Sec-WebSocket-Protocol: chat\r\n" +
	"Sec-WebSocket-Extensions: foo; bar=1\r\n" +
	"\r\n"

// judge is what a client does with an answer to the sample request, which
// offers the extensions foo and quux too.
func judge(t *testing.T, head string) (*handshake.Response, error) {
	t.Helper()
	req, err := handshake.ParseRequest([]byte(edit(t, sampleRequest, "\r\n\r\n", "\r\nSec-WebSocket-Extensions: foo, quux\r\n\r\n")))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := handshake.ParseResponse([]byte(head))
	if err != nil {
		return nil, err
	}
	return resp, handshake.CheckResponse(req, resp)
}

func TestCheckResponseAccepts(t *testing.T) {
	const (
		accept     = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
		protocol   = "Sec-WebSocket-Protocol: chat\r\n"
		extensions = "Sec-WebSocket-Extensions: foo; bar=1\r\n"
	)
	foo := []handshake.Extension{{Name: "foo", Params: []handshake.Param{{"bar", "1"}}}}
	tests := []struct {
		id, name, old, new string
		subprotocol        string
		extensions         []handshake.Extension
	}{
		{"4.1/status-101", "as it is", "", "", "chat", foo},
		{"4.1/status-101", "another reason", "Switching Protocols", "Web Socket Protocol Handshake", "chat", foo},
		{"4.1/status-101", "no reason", "Switching Protocols", "", "chat", foo},
		{"4.1/answer-upgrade", "case", "Upgrade: websocket", "UPGRADE: WebSocket", "chat", foo},
		{"4.1/answer-connection", "case", "Connection: Upgrade", "connection: upgrade", "chat", foo},
		{"4.1/answer-connection", "list", "Connection: Upgrade", "Connection: keep-alive, Upgrade", "chat", foo},
		{"4.1/accept-matches", "white space around it", accept, "Sec-WebSocket-Accept: \t s3pPLMBiTxaQ9kYGzzhZRbK+xOo= \t\r\n", "chat", foo},
		{"4.1/answer-extension-offered", "none", extensions, "", "chat", nil},
		{"4.1/answer-extension-offered", "both, in another order", "foo; bar=1", "quux,foo", "chat", []handshake.Extension{{Name: "quux"}, {Name: "foo"}}},
		{"4.1/answer-subprotocol-offered", "none", protocol, "", "", foo},
		{"4.1/answer-subprotocol-offered", "the second", "chat", "superchat", "superchat", foo},
		// Both ends read what is in use from the handshake alone.
		{"5.8/extensions-in-handshake", "one of two", "", "", "chat", foo},
		{"9.1/extension-agreed", "offered and not taken", extensions, "", "chat", nil},
		{"11.3.5/version-repeated", "version lines", accept, accept + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Version: 8, 7\r\n", "chat", foo},
	}
	for _, tt := range tests {
		t.Run(tt.id+"/"+tt.name, func(t *testing.T) {
			rfc.Covers(t, tt.id)
			resp, err := judge(t, edit(t, sampleResponse, tt.old, tt.new))
			if err != nil {
				t.Fatal(err)
			}
			if resp.Subprotocol != tt.subprotocol {
				t.Errorf("subprotocol %q, want %q", resp.Subprotocol, tt.subprotocol)
			}
			if diff := cmp.Diff(tt.extensions, resp.Extensions); diff != "" {
				t.Errorf("extensions (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCheckResponseRefuses(t *testing.T) {
	const (
		first      = "HTTP/1.1 101 Switching Protocols\r\n"
		upgrade    = "Upgrade: websocket\r\n"
		connect    = "Connection: Upgrade\r\n"
		acceptLine = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
		accept     = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
		protocol   = "Sec-WebSocket-Protocol: chat\r\n"
		extensions = "Sec-WebSocket-Extensions: foo; bar=1\r\n"
		end        = "\r\n\r\n"
	)
	tests := []struct {
		id       string
		status   int
		old, new string
	}{
		{"4.1/status-101", 400, "101", "200"},
		{"4.1/status-101", 400, "101", "100"},
		{"4.1/status-101", 400, "1.1 101 Switching Protocols", "1.0 404 Not Found"},
		{"4.1/answer-upgrade", 400, upgrade, ""},
		{"4.1/answer-upgrade", 400, upgrade, "Upgrade: h2c\r\n"},
		{"4.1/answer-upgrade", 400, upgrade, "Upgrade: websocket, h2c\r\n"},
		{"4.1/answer-upgrade", 400, upgrade, "Upgrade: web\u017focket\r\n"},
		{"4.1/answer-upgrade", 400, upgrade, upgrade + upgrade},
		{"4.1/answer-connection", 400, connect, ""},
		{"4.1/answer-connection", 400, connect, "Connection: close\r\n"},
		{"4.1/answer-connection", 400, connect, "Connection: no-upgrade\r\n"},
		{"4.1/accept-matches", 400, acceptLine, ""},
		{"4.1/accept-matches", 400, accept, ""},
		{"4.1/accept-matches", 400, accept, "dGhlIHNhbXBsZSBub25jZQ=="},
		{"4.1/accept-matches", 400, accept, "S3PPLMBITXAQ9KYGZZHZRBK+XOO="},
		{"4.1/accept-matches", 400, accept, accept + "="},
		{"4.1/answer-extension-offered", 400, "foo; bar=1", "bar"},
		{"4.1/answer-extension-offered", 400, "foo; bar=1", "foo, bar"},
		{"4.1/answer-extension-offered", 400, "foo; bar=1", "Foo"},
		{"4.1/answer-subprotocol-offered", 400, "chat", "Chat"},
		{"4.1/answer-subprotocol-offered", 400, "chat", "other"},
		{"4.1/answer-conforms", 400, "chat", ""},
		{"4.1/answer-conforms", 400, "chat", "chat, superchat"},

		{"4.2.2/field-limit", 431, end, strings.Repeat("\r\nX: y", handshake.MaxFields-4) + end},
		{"4.2.2/http-syntax", 400, upgrade, "Upgrade:\r\n websocket\r\n"},
		{"4.2.2/http-syntax", 400, upgrade, "Upgrade: websocket\n"},
		{"4.2.2/http-syntax", 400, upgrade, "Upgrade : websocket\r\n"},
		{"4.2.2/http-syntax", 400, end, "\r\n"},
		{"4.2.2/http-syntax", 400, end, end + "\x81\x00"},
		{"4.2.2/status-line", 400, first, "HTTP/1.1 101\r\n"},
		{"4.2.2/status-line", 400, first, "HTTP/1.1  101 x\r\n"},
		{"4.2.2/status-line", 400, first, "HTTP/1.1 1010 x\r\n"},
		{"4.2.2/status-line", 400, first, "HTTP/1.1 10 x\r\n"},
		{"4.2.2/status-line", 400, first, "HTTP/1.1 +11 x\r\n"},
		{"4.2.2/status-line", 400, first, "HTTP/1.1 099 x\r\n"},
		{"4.2.2/status-line", 400, first, "HTTP/1.1 101 x\x00\r\n"},
		{"4.2.2/status-line", 400, first, "http/1.1 101 x\r\n"},
		{"4.2.2/status-line", 400, first, "HTTP/1.0 101 x\r\n"},
		{"4.2.2/status-line", 400, first, "HTTP/2.0 200 x\r\n"},
		{"4.2.2/status-line", 400, first, "SSH-2.0-OpenSSH_9.9\r\n"},
		{"4.3/quoted-token", 400, "bar=1", `bar=","`},
		{"9.1/extension-grammar", 400, "bar=1", "bar=1 2"},
		{"9.1/extension-grammar", 400, "foo; bar=1", ""},
		{"11.3.2/extensions-once", 400, extensions, extensions + "Sec-WebSocket-Extensions: quux\r\n"},
		{"11.3.3/accept-once", 400, acceptLine, acceptLine + acceptLine},
		{"11.3.4/protocol-once", 400, protocol, protocol + protocol},
	}
	for _, tt := range tests {
		t.Run(tt.id, func(t *testing.T) {
			rfc.Covers(t, tt.id)
			resp, err := judge(t, edit(t, sampleResponse, tt.old, tt.new))
			if err == nil {
				t.Fatalf("accepted %+v", resp)
			}
			checkError(t, err, tt.id, tt.status)
		})
	}
}

// An answer must be the one to the very request that was sent.
func TestCheckResponseOfferOnlyCountsIfSent(t *testing.T) {
	rfc.Covers(t, "4.1/answer-subprotocol-offered", "4.1/accept-matches")
	req, err := handshake.NewRequest("server.example.com", "/chat", nil, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer := func(key, protocol string) error {
		resp, err := handshake.ParseResponse([]byte(edit(t, "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
			"\r\n\r\n", "\r\nSec-WebSocket-Accept: "+handshake.Accept(key)+protocol+"\r\n\r\n")))
		if err != nil {
			t.Fatal(err)
		}
		return handshake.CheckResponse(req, resp)
	}
	key := req.Header.Get("Sec-WebSocket-Key")
	if err := answer(key, ""); err != nil {
		t.Error(err)
	}
	checkError(t, answer(handshake.NewKey(), ""), "4.1/accept-matches", 400)
	checkError(t, answer(key, "\r\nSec-WebSocket-Protocol: chat"), "4.1/answer-subprotocol-offered", 400)
}

func TestAnswer(t *testing.T) {
	foo := handshake.Extension{Name: "foo", Params: []handshake.Param{{"bar", "1"}}}
	offer := sampleOffer()
	offer.Extensions = []handshake.Extension{{Name: "foo"}, {Name: "quux"}}

	t.Run("4.2.2/status-101", func(t *testing.T) {
		rfc.Covers(t, "4.2.2/status-101", "4.2.2/upgrade-header", "4.2.2/connection-header", "4.2.2/accept-header",
			"4.2.2/subprotocol-offered", "4.2.2/extension-selected")
		resp, err := offer.Answer("chat", []handshake.Extension{foo}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(sampleResponse, string(handshake.AppendResponse(nil, resp))); diff != "" {
			t.Errorf("answer (-want +got):\n%s", diff)
		}
		if resp.Subprotocol != "chat" || len(resp.Extensions) != 1 {
			t.Errorf("agreed on %q and %v", resp.Subprotocol, resp.Extensions)
		}
	})
	t.Run("4.2.2/subprotocol-absent", func(t *testing.T) {
		rfc.Covers(t, "4.2.2/subprotocol-absent")
		resp, err := offer.Answer("", nil, handshake.Header{{"Set-Cookie", "a=b"}})
		if err != nil {
			t.Fatal(err)
		}
		want := "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
			"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSet-Cookie: a=b\r\n\r\n"
		if diff := cmp.Diff(want, string(handshake.AppendResponse(nil, resp))); diff != "" {
			t.Errorf("answer (-want +got):\n%s", diff)
		}
	})

	tests := []struct {
		id          string
		subprotocol string
		extensions  []handshake.Extension
		extra       handshake.Header
	}{
		{"4.2.2/subprotocol-offered", "other", nil, nil},
		{"4.2.2/subprotocol-offered", "chat, superchat", nil, nil},
		{"4.2.2/extension-offered", "", []handshake.Extension{{Name: "foo"}, {Name: "bar"}}, nil},
		{"9.1/extension-grammar", "", []handshake.Extension{{Name: "foo", Params: []handshake.Param{{"", ""}}}}, nil},
		{"9.1/extension-grammar", "", []handshake.Extension{{Name: "foo", Params: []handshake.Param{{"a", "b, bar"}}}}, nil},
		{"4.1/extra-header", "", nil, handshake.Header{{"Set-Cookie", "a\r\nX: y"}}},
		{"4.1/extra-header", "", nil, handshake.Header{{"Sec-WebSocket-Accept", "x"}}},
	}
	for _, tt := range tests {
		t.Run(tt.id, func(t *testing.T) {
			rfc.Covers(t, tt.id)
			_, err := offer.Answer(tt.subprotocol, tt.extensions, tt.extra)
			checkError(t, err, tt.id, 500)
		})
	}
}

func TestAppendResponseBody(t *testing.T) {
	tests := []struct {
		name string
		resp handshake.Response
		want string
	}{
		{"length is added", handshake.Response{Status: 403, Reason: "Forbidden", Body: []byte("no")},
			"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno"},
		{"also for an empty body", handshake.Response{Status: 404},
			"HTTP/1.1 404 \r\nContent-Length: 0\r\n\r\n"},
		{"but not twice", handshake.Response{Status: 403, Header: handshake.Header{{"content-length", "2"}}, Body: []byte("no")},
			"HTTP/1.1 403 \r\ncontent-length: 2\r\n\r\nno"},
		{"nor beside a coding", handshake.Response{Status: 403, Header: handshake.Header{{"Transfer-Encoding", "chunked"}}, Body: []byte("0\r\n\r\n")},
			"HTTP/1.1 403 \r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
		{"a line break in a value starts no line", handshake.Response{Status: 302, Reason: "a\r\nb", Header: handshake.Header{{"Loc\nation", "/\r\nSet-Cookie: x\x00\ty"}}},
			"HTTP/1.1 302 a  b\r\nLoc ation: /  Set-Cookie: x \ty\r\nContent-Length: 0\r\n\r\n"},
		{"an upgrade has no body", handshake.Response{Status: 101, Body: []byte("no")},
			"HTTP/1.1 101 \r\n\r\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, string(handshake.AppendResponse(nil, &tt.resp))); diff != "" {
				t.Errorf("wire (-want +got):\n%s", diff)
			}
		})
	}
}

// An offer that breaks the grammar agrees with no answer.
func TestCheckResponseToBrokenOffer(t *testing.T) {
	resp, err := handshake.ParseResponse([]byte(sampleResponse))
	if err != nil {
		t.Fatal(err)
	}
	key := handshake.Field{Name: "Sec-WebSocket-Key", Value: "dGhlIHNhbXBsZSBub25jZQ=="}
	req := &handshake.Request{Header: handshake.Header{key, {"Sec-WebSocket-Extensions", "foo bar"}}}
	checkError(t, handshake.CheckResponse(req, resp), "9.1/extension-grammar", 400)

	req.Header = handshake.Header{key, {"Sec-WebSocket-Extensions", "foo"}, {"Sec-WebSocket-Protocol", "chat, chat"}}
	checkError(t, handshake.CheckResponse(req, resp), "4.1/subprotocol-unique", 400)
}
