package conn_test

import (
	"strings"
	"testing"
	"testing/iotest"

	"rfc6455/conn"
	"rfc6455/frame"
	"rfc6455/internal/rfc"
)

// Whatever a peer must not send fails the connection, with the close code that
// the RFC names, before anything else is looked at. The rules themselves have
// their tests beside machine and in package frame.
func TestHostile(t *testing.T) {
	rfc.Covers(t, "10.7/input-validated", "10.7/invalid-sends-close", "7.1.7/fail-sends-close")
	for _, role := range roles {
		p := from(other(role))
		header := func(h frame.Header) string { return p.frame(h, "") }
		// A length in a form of its own, short or long.
		length := func(op, form byte, length string) string {
			if role == conn.Client {
				return string([]byte{op, form}) + length
			}
			return string([]byte{op, form | 0b1000_0000}) + length + "\x01\x02\x03\x04"
		}
		tests := []struct {
			id   string
			in   string
			code frame.CloseCode
		}{
			{"5.2/rsv1-zero", header(frame.Header{Fin: true, RSV1: true, Opcode: frame.Text}), 1002},
			{"5.2/rsv2-zero", header(frame.Header{Fin: true, RSV2: true, Opcode: frame.Binary}), 1002},
			{"5.2/rsv3-zero", header(frame.Header{Fin: true, RSV3: true, Opcode: frame.Ping}), 1002},
			{"5.2/opcode-known", header(frame.Header{Fin: true, Opcode: 0x3}), 1002},
			{"5.2/opcode-known", header(frame.Header{Fin: true, Opcode: 0xB}), 1002},
			{"5.2/opcode-known", header(frame.Header{Fin: true, Opcode: 0xF}), 1002},
			{"5.2/minimal-length", length(0x82, 126, "\x00\x7d"), 1002},
			{"5.2/minimal-length", length(0x82, 127, "\x00\x00\x00\x00\x00\x00\xff\xff"), 1002},
			{"5.2/length-top-bit", length(0x82, 127, "\x80\x00\x00\x00\x00\x01\x00\x00"), 1002},
			{"5.4/continuation-unexpected", header(frame.Header{Fin: true, Opcode: frame.Continuation}), 1002},
			{"5.4/continuation-unexpected", header(frame.Header{Opcode: frame.Continuation}), 1002},
			{"5.4/continuation-expected", p.part(frame.Text, "") + p.whole(frame.Text, ""), 1002},
			{"5.4/continuation-expected", p.part(frame.Text, "") + p.whole(frame.Pong, "") + p.part(frame.Binary, ""), 1002},
			{"5.5/control-fin", header(frame.Header{Opcode: frame.Ping}), 1002},
			{"5.5/control-fin", header(frame.Header{Opcode: frame.Close}), 1002},
			{"5.5/control-length", length(0x8A, 126, "\x00\x7e"), 1002},
			{"5.5.1/close-code-length", p.whole(frame.Close, "\x03"), 1002},
			{"7.4/close-code-range", p.whole(frame.Close, "\x03\xed"), 1002},
			{"8.1/close-reason-utf8", p.whole(frame.Close, "\x03\xe8\xff"), 1007},
			{"8.1/text-utf8", p.whole(frame.Text, "\xff"), 1007},
			{"10.4/message-limit", p.header(frame.Binary, conn.DefaultMaxMessageSize+1), 1009},
		}
		for _, tt := range tests {
			t.Run(tt.id+"/"+role.String(), func(t *testing.T) {
				rfc.Covers(t, tt.id)
				good := p.whole(frame.Ping, "before") + p.whole(frame.Text, "before")
				after := p.whole(frame.Ping, "after") + p.whole(frame.Text, "after") + p.whole(frame.Continuation, "after")
				for name, in := range chunked(good + tt.in + after) {
					got, err := play(t, role, nil, in)
					wantFault(t, got, err, tt.code)
					if len(got.Messages) != 1 || len(got.Sent) != 2 {
						t.Fatalf("%s: messages %q, sent %q; want one of each, and a close frame", name, got.Messages, got.Sent)
					}
				}
			})
		}
	}
}

// A mask where none may be, and none where one must be.
func TestWrongMask(t *testing.T) {
	t.Run("client", func(t *testing.T) {
		rfc.Covers(t, "5.1/masked-closes", "5.1/masked-1002", "7.2.1/client-fails")
		wrongMask(t, conn.Client)
	})
	t.Run("server", func(t *testing.T) {
		rfc.Covers(t, "5.1/unmasked-closes", "5.1/unmasked-1002")
		wrongMask(t, conn.Server)
	})
}

func wrongMask(t *testing.T, role conn.Role) {
	p := from(role) // as the wrong side would send it
	for _, in := range []string{p.whole(frame.Text, "x"), p.whole(frame.Ping, ""), p.close(1000, ""), p.part(frame.Binary, "")} {
		rw := &tape{Reader: strings.NewReader(in)}
		_, _, err := conn.New(rw, role, nil).Read(t.Context())
		wantFault(t, outcome{Sent: rw.sent(t, role)}, err, frame.CloseProtocolError)
		if !rw.closed {
			t.Error("the transport is still open")
		}
	}
}

// Text is refused at its first impossible byte, when its frame, its message and
// the peer are far from their end.
func TestTextFailsFast(t *testing.T) {
	rfc.Covers(t, "8.1/text-utf8", "5.6/text-is-utf8")
	for _, role := range roles {
		p := from(other(role))
		for name, text := range map[string]string{
			"continuation byte":        "abc\x80",
			"longer form of ASCII":     "abc\xc0",
			"longer form, two bytes":   "abc\xe0\x9f",
			"longer form, three bytes": "abc\xf0\x8f",
			"surrogate":                "abc\xed\xa0",
			"beyond Unicode":           "abc\xf4\x90",
			"no first byte":            "abc\xf5",
			"character cut short":      "abc\xe2\x82(",
		} {
			rest := strings.Repeat("and so on", 100)
			// All but the last byte could still become a character.
			possible, impossible := text[:len(text)-1], text[len(text)-1:]
			begin := len(p.whole(frame.Text, text+rest)) - len(rest)
			for how, in := range map[string]struct{ before, last string }{
				"in one frame": {
					p.whole(frame.Text, text+rest)[:begin-1], p.whole(frame.Text, text+rest)[begin-1 : begin],
				},
				"across fragments": {
					p.part(frame.Text, possible[:1]) + p.part(frame.Continuation, possible[1:]) + p.whole(frame.Ping, "") + p.part(frame.Continuation, ""),
					p.part(frame.Continuation, impossible),
				},
			} {
				t.Run(role.String()+"/"+name+"/"+how, func(t *testing.T) {
					// The tape ends early. That would be 1006, if it were not
					// for the fault.
					for _, r := range chunked(in.before + in.last) {
						got, err := play(t, role, nil, r)
						wantFault(t, got, err, frame.CloseInvalidPayload)
					}
					got, err := play(t, role, nil, iotest.OneByteReader(strings.NewReader(in.before)))
					if len(got.Sent) > 0 && strings.HasPrefix(got.Sent[len(got.Sent)-1], "close") {
						t.Errorf("it fails before the impossible byte: %v", err)
					}
				})
			}
		}
	}
}

// And text that is UTF-8 passes, wherever it is cut.
func TestTextPasses(t *testing.T) {
	rfc.Covers(t, "8.1/text-utf8", "5.6/text-is-utf8")
	const text = "κόσμε, 世界, 𝄞, \u0000\u007f\u0080\u07ff\u0800\ud7ff\ue000\uffff\U00010000\U0010ffff"
	for _, role := range roles {
		p := from(other(role))
		for i := range len(text) {
			in := p.part(frame.Text, text[:i]) + p.whole(frame.Ping, "\xff") + p.whole(frame.Continuation, text[i:])
			got, err := play(t, role, nil, iotest.HalfReader(strings.NewReader(in)))
			if len(got.Messages) != 1 {
				t.Errorf("%v, cut at %d: %v", role, i, err)
			}
		}
		// A character that does not come to its end is found at the end.
		got, err := play(t, role, nil, strings.NewReader(p.part(frame.Text, "a\xe4")+p.whole(frame.Continuation, "\xb8")))
		wantFault(t, got, err, frame.CloseInvalidPayload)
	}
}
