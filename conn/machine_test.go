package conn

import (
	"errors"
	"fmt"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rfc6455/frame"
	"rfc6455/internal/rfc"
	"rfc6455/mask"
)

// sent is a frame as the peer sends it, with its payload as it is on the wire.
type sent struct {
	h       frame.Header
	payload string
}

func whole(op frame.Opcode, p string) sent {
	return sent{frame.Header{Fin: true, Opcode: op, Length: int64(len(p))}, p}
}

func part(op frame.Opcode, p string) sent {
	return sent{frame.Header{Opcode: op, Length: int64(len(p))}, p}
}

// sentTo returns the frames as they come to an end of the given role.
func sentTo(role Role, frames []sent) []sent {
	if role == Client {
		return frames
	}
	var masked []sent
	for _, f := range frames {
		f.h.Masked, f.h.Key = true, mask.Key{0xf1, 0x8a, 0x3d, byte(len(masked))}
		p := []byte(f.payload)
		mask.XOR(p, f.h.Key)
		masked = append(masked, sent{f.h, string(p)})
	}
	return masked
}

// verdict is what a machine makes of frames.
type verdict struct {
	Events []string // messages and control frames, with their payload: `text "Hello"`
	Err    string   // id of the rule that was broken
	Code   frame.CloseCode
}

// judge shows the frames to m, each payload in pieces of the given sizes, over
// and over. It stops at the first error, and where a payload ends too early. It
// also returns where in the payloads the last piece began, and where it ended.
func judge(m machine, frames []sent, sizes ...int) (v verdict, from, to int) {
	fail := func(err error) {
		var pe frame.ProtocolError
		if errors.As(err, &pe) {
			v.Err, v.Code = pe.Section+"/"+pe.Rule, pe.Code
		}
	}
	var message []byte
	for i := 0; len(frames) > 0; frames = frames[1:] {
		f := frames[0]
		if err := m.begin(f.h); err != nil {
			fail(err)
			return v, from, to
		}
		p := []byte(f.payload)
		for start := 0; start < len(p); i++ {
			piece := p[start:min(len(p), start+sizes[i%len(sizes)])]
			from, to = to, to+len(piece)
			if err := m.payload(piece); err != nil {
				fail(err)
				return v, from, to
			}
			start += len(piece)
		}
		if m.left > 0 {
			return v, from, to
		}
		op, err := m.end()
		if err != nil {
			fail(err)
			return v, from, to
		}
		if f.h.Opcode.IsControl() {
			v.Events = append(v.Events, fmt.Sprintf("%v %q", f.h.Opcode, p))
			continue
		}
		message = append(message, p...)
		if op != frame.Continuation {
			v.Events = append(v.Events, fmt.Sprintf("%v %q", op, message))
			message = nil
		}
	}
	return v, from, to
}

// What the peer may send.
func TestMachine(t *testing.T) {
	tests := []struct {
		id, name string
		frames   []sent
		want     []string
	}{
		{"5.4/fragmented-and-whole", "whole", []sent{whole(frame.Text, "Hello")}, []string{`text "Hello"`}},
		{"5.4/fragmented-and-whole", "in two", []sent{part(frame.Text, "Hel"), whole(frame.Continuation, "lo")}, []string{`text "Hello"`}},
		{"5.4/fragmented-and-whole", "empty", []sent{whole(frame.Text, "")}, []string{`text ""`}},
		{"5.4/fragmented-and-whole", "empty in three",
			[]sent{part(frame.Text, ""), part(frame.Continuation, ""), whole(frame.Continuation, "")}, []string{`text ""`}},
		{"5.4/fragments-in-order", "three",
			[]sent{part(frame.Binary, "a"), part(frame.Continuation, "b"), whole(frame.Continuation, "c")}, []string{`binary "abc"`}},
		{"5.4/control-between-fragments", "ping and pong",
			[]sent{part(frame.Text, "Hel"), whole(frame.Ping, "?"), whole(frame.Pong, ""), whole(frame.Continuation, "lo")},
			[]string{`ping "?"`, `pong ""`, `text "Hello"`}},
		{"5.4/control-between-fragments", "within a character",
			[]sent{part(frame.Text, "\xe2"), whole(frame.Ping, "\xff"), part(frame.Continuation, "\x82"), whole(frame.Pong, "\x80"), whole(frame.Continuation, "\xac")},
			[]string{`ping "\xff"`, `pong "\x80"`, `text "€"`}},
		{"5.4/control-between-fragments", "between messages",
			[]sent{whole(frame.Ping, "1"), whole(frame.Text, "a"), whole(frame.Close, "\x03\xe8")},
			[]string{`ping "1"`, `text "a"`, `close "\x03\xe8"`}},
		{"5.4/fragment-type", "text", []sent{part(frame.Text, "a"), whole(frame.Continuation, "b")}, []string{`text "ab"`}},
		{"5.4/fragment-type", "binary", []sent{part(frame.Binary, "\xff"), whole(frame.Continuation, "\xfe")}, []string{`binary "\xff\xfe"`}},
		{"5.6/text-is-utf8", "one frame ends inside a character",
			[]sent{part(frame.Text, "a\xf0\x9d"), part(frame.Continuation, "\x84"), whole(frame.Continuation, "\x9eb")}, []string{`text "a𝄞b"`}},
		{"6.2/type-noted", "one of each", []sent{whole(frame.Text, "a"), whole(frame.Binary, "b")}, []string{`text "a"`, `binary "b"`}},
		{"6.2/next-message", "after fragments",
			[]sent{part(frame.Binary, "\xe2"), whole(frame.Continuation, "\x82"), whole(frame.Text, "a"), part(frame.Text, "b"), whole(frame.Continuation, "c")},
			[]string{`binary "\xe2\x82"`, `text "a"`, `text "bc"`}},
		{"6.2/server-unmasks", "a key for each frame",
			[]sent{part(frame.Text, "Hel"), whole(frame.Ping, "1234567"), whole(frame.Continuation, "lo, world")},
			[]string{`ping "1234567"`, `text "Hello, world"`}},
	}
	for _, tt := range tests {
		t.Run(tt.id+"/"+tt.name, func(t *testing.T) {
			rfc.Covers(t, tt.id)
			for _, role := range []Role{Client, Server} {
				for _, size := range []int{1, 2, 3, 1000} {
					got, _, _ := judge(machine{role: role, opts: &Options{}}, sentTo(role, tt.frames), size)
					if diff := cmp.Diff(verdict{Events: tt.want}, got); diff != "" {
						t.Errorf("%v, payload in pieces of %d (-want +got):\n%s", role, size, diff)
					}
				}
			}
		})
	}
}

// What the peer may not send, in the order of begin's clauses.
func TestMachineFaults(t *testing.T) {
	rsv := func(f sent, set func(*frame.Header)) []sent {
		set(&f.h)
		return []sent{f}
	}
	rsv1 := func(h *frame.Header) { h.RSV1 = true }
	rsv2 := func(h *frame.Header) { h.RSV2 = true }
	rsv3 := func(h *frame.Header) { h.RSV3 = true }
	small := Options{MaxMessageSize: 10, MaxFrames: 3}
	tests := []struct {
		id, name string
		frames   []sent
		want     verdict
	}{
		{"5.2/rsv-zero", "ping", rsv(whole(frame.Ping, ""), rsv1), verdict{Err: "5.2/rsv-zero", Code: 1002}},
		{"5.2/rsv-zero", "reserved opcode", rsv(whole(3, ""), rsv1), verdict{Err: "5.2/rsv-zero", Code: 1002}},
		{"5.2/rsv-zero", "within a message", append([]sent{part(frame.Text, "")}, rsv(whole(frame.Continuation, ""), rsv1)...),
			verdict{Err: "5.2/rsv-zero", Code: 1002}},
		{"5.2/opcode-known", "3", []sent{whole(0x3, "")}, verdict{Err: "5.2/opcode-known", Code: 1002}},
		{"5.2/opcode-known", "7", []sent{whole(0x7, "")}, verdict{Err: "5.2/opcode-known", Code: 1002}},
		{"5.2/opcode-known", "11", []sent{whole(0xB, "")}, verdict{Err: "5.2/opcode-known", Code: 1002}},
		{"5.2/opcode-known", "15, within a message", []sent{part(frame.Text, ""), whole(0xF, "")}, verdict{Err: "5.2/opcode-known", Code: 1002}},
		{"5.2/rsv1-zero", "text", rsv(whole(frame.Text, "a"), rsv1), verdict{Err: "5.2/rsv-zero", Code: 1002}},
		{"5.2/rsv2-zero", "text", rsv(whole(frame.Text, "a"), rsv2), verdict{Err: "5.2/rsv-zero", Code: 1002}},
		{"5.2/rsv3-zero", "text", rsv(whole(frame.Text, "a"), rsv3), verdict{Err: "5.2/rsv-zero", Code: 1002}},

		{"5.4/continuation-unexpected", "at first", []sent{whole(frame.Continuation, "a")},
			verdict{Err: "5.4/continuation-unexpected", Code: 1002}},
		{"5.4/continuation-unexpected", "after a whole message", []sent{whole(frame.Text, "a"), part(frame.Continuation, "b")},
			verdict{Events: []string{`text "a"`}, Err: "5.4/continuation-unexpected", Code: 1002}},
		{"5.4/continuation-unexpected", "after a last fragment",
			[]sent{part(frame.Text, "a"), whole(frame.Continuation, "b"), whole(frame.Continuation, "c")},
			verdict{Events: []string{`text "ab"`}, Err: "5.4/continuation-unexpected", Code: 1002}},
		{"5.4/continuation-unexpected", "after a ping", []sent{whole(frame.Ping, ""), whole(frame.Continuation, "a")},
			verdict{Events: []string{`ping ""`}, Err: "5.4/continuation-unexpected", Code: 1002}},
		{"5.4/continuation-expected", "text within text", []sent{part(frame.Text, "a"), whole(frame.Text, "b")},
			verdict{Err: "5.4/continuation-expected", Code: 1002}},
		{"5.4/continuation-expected", "after a ping", []sent{part(frame.Binary, "a"), whole(frame.Ping, ""), part(frame.Binary, "b")},
			verdict{Events: []string{`ping ""`}, Err: "5.4/continuation-expected", Code: 1002}},
		{"5.4/no-interleaving", "binary within text", []sent{part(frame.Text, "a"), part(frame.Binary, "b")},
			verdict{Err: "5.4/continuation-expected", Code: 1002}},

		{"10.4/message-limit", "each message anew", []sent{whole(frame.Text, "0123456789"), whole(frame.Text, "9876543210"), whole(frame.Text, "0123456789a")},
			verdict{Events: []string{`text "0123456789"`, `text "9876543210"`}, Err: "10.4/message-limit", Code: 1009}},
		{"10.4/message-limit", "in two frames", []sent{part(frame.Text, "012345"), whole(frame.Continuation, "6789a")},
			verdict{Err: "10.4/message-limit", Code: 1009}},
		{"10.4/message-limit", "control frames do not count", []sent{
			part(frame.Text, "012345"), whole(frame.Ping, "0123456789a"), whole(frame.Continuation, "6789"), whole(frame.Text, "0123456789a")},
			verdict{Events: []string{`ping "0123456789a"`, `text "0123456789"`}, Err: "10.4/message-limit", Code: 1009}},
		{"10.4/frames-limit", "each message anew", []sent{
			part(frame.Text, "a"), part(frame.Continuation, ""), whole(frame.Continuation, ""), part(frame.Text, "b"), part(frame.Continuation, ""), whole(frame.Continuation, ""),
			part(frame.Text, "c"), part(frame.Continuation, ""), part(frame.Continuation, ""), whole(frame.Continuation, "")},
			verdict{Events: []string{`text "a"`, `text "b"`}, Err: "10.4/frames-limit", Code: 1008}},
		{"10.4/frames-limit", "control frames do not count", []sent{
			part(frame.Text, "a"), whole(frame.Ping, ""), part(frame.Continuation, "b"), whole(frame.Pong, ""), part(frame.Continuation, "c"), part(frame.Continuation, "d")},
			verdict{Events: []string{`ping ""`, `pong ""`}, Err: "10.4/frames-limit", Code: 1008}},

		{"8.1/text-utf8", "impossible byte", []sent{whole(frame.Text, "a\xff")}, verdict{Err: "8.1/text-utf8", Code: 1007}},
		{"8.1/text-utf8", "in a later fragment", []sent{part(frame.Text, "a"), whole(frame.Ping, ""), part(frame.Continuation, "\x80")},
			verdict{Events: []string{`ping ""`}, Err: "8.1/text-utf8", Code: 1007}},
		{"8.1/text-utf8", "surrogate in two fragments", []sent{part(frame.Text, "\xed"), part(frame.Continuation, "\xa0")}, verdict{Err: "8.1/text-utf8", Code: 1007}},
		{"8.1/text-utf8", "ends in a character", []sent{whole(frame.Text, "a\xe2\x82")}, verdict{Err: "8.1/text-utf8", Code: 1007}},
		{"8.1/text-utf8", "ends in a character, last fragment empty",
			[]sent{part(frame.Text, "a\xe2\x82"), whole(frame.Continuation, "")}, verdict{Err: "8.1/text-utf8", Code: 1007}},
	}
	for _, tt := range tests {
		t.Run(tt.id+"/"+tt.name, func(t *testing.T) {
			rfc.Covers(t, tt.id)
			for _, role := range []Role{Client, Server} {
				for _, size := range []int{1, 1000} {
					got, _, _ := judge(machine{role: role, opts: &small}, sentTo(role, tt.frames), size)
					if diff := cmp.Diff(tt.want, got); diff != "" {
						t.Errorf("%v, payload in pieces of %d (-want +got):\n%s", role, size, diff)
					}
				}
			}
		})
	}
}

func TestMachineMasking(t *testing.T) {
	tests := []struct {
		ids    []string
		role   Role
		masked bool
		want   verdict
	}{
		{[]string{"5.1/client-masks", "5.1/unmasked-1002"}, Server, false, verdict{Err: "5.1/client-masks", Code: 1002}},
		{[]string{"5.1/server-does-not-mask", "5.1/masked-1002"}, Client, true, verdict{Err: "5.1/server-does-not-mask", Code: 1002}},
	}
	for _, tt := range tests {
		t.Run(tt.ids[0], func(t *testing.T) {
			rfc.Covers(t, tt.ids...)
			for _, op := range []frame.Opcode{frame.Text, frame.Binary, frame.Continuation, frame.Close, frame.Ping, frame.Pong, 3} {
				h := frame.Header{Fin: true, Opcode: op, Masked: tt.masked}
				got, _, _ := judge(machine{role: tt.role, opts: &Options{}}, []sent{{h, ""}})
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("%v (-want +got):\n%s", op, diff)
				}
			}
		})
	}
}

// A frame that breaks several rules is refused for the one that stands first in
// the RFC. Here all are broken, and mended one after the other.
func TestMachineOrder(t *testing.T) {
	m := machine{role: Server, opts: &Options{MaxMessageSize: 10, MaxFrames: 1}}
	h := frame.Header{RSV3: true, Opcode: 3, Length: 11}
	check := func(want string) {
		t.Helper()
		got, _, _ := judge(m, []sent{{h, ""}})
		if got.Err != want {
			t.Errorf("%+v is refused for %q, want %q", h, got.Err, want)
		}
	}
	check("5.1/client-masks")
	h.Masked = true
	check("5.2/rsv-zero")
	h.RSV3 = false
	check("5.2/opcode-known")
	h.Opcode = frame.Continuation
	check("5.4/continuation-unexpected")
	m.message, m.frames = frame.Text, 1
	check("10.4/message-limit")
	h.Length = 10
	check("10.4/frames-limit")
	m.frames = 0
	check("")
}

// The diagram at the head of the machine, as a regular expression: every
// sequence of up to six frames is accepted by both or by neither.
func TestMachineDiagram(t *testing.T) {
	rfc.Covers(t, "5.4/continuation-expected", "5.4/continuation-unexpected", "5.4/control-between-fragments", "5.4/no-interleaving")
	letters := map[byte]frame.Header{
		'T': {Fin: true, Opcode: frame.Text},
		't': {Opcode: frame.Text},
		'B': {Fin: true, Opcode: frame.Binary},
		'b': {Opcode: frame.Binary},
		'C': {Fin: true, Opcode: frame.Continuation},
		'c': {Opcode: frame.Continuation},
		'x': {Fin: true, Opcode: frame.Ping},
	}
	legal := regexp.MustCompile(`^(x|[TB]|[tb][cx]*C)*([tb][cx]*)?$`)
	var walk func(m machine, sequence string)
	walk = func(m machine, sequence string) {
		for letter, h := range letters {
			next, s := m, sequence+string(letter)
			err := next.begin(h)
			if (err == nil) != legal.MatchString(s) {
				t.Errorf("the last frame of %s: error %v", s, err)
			}
			if err != nil || len(s) == 6 {
				continue
			}
			if _, err := next.end(); err != nil {
				t.Errorf("the end of %s: error %v", s, err)
			}
			walk(next, s)
		}
	}
	walk(machine{role: Client, opts: &Options{}}, "")
}

func TestRoleString(t *testing.T) {
	for role, want := range map[Role]string{Client: "client", Server: "server", 0: "Role(0)", 3: "Role(3)"} {
		if got := role.String(); got != want {
			t.Errorf("role %d is called %q, want %q", uint8(role), got, want)
		}
	}
}
