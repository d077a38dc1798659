package bench

import (
	"bytes"
	"errors"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"rfc6455/bench/internal/peer"
	"rfc6455/frame"
	"rfc6455/internal/rfc"
)

func TestMain(m *testing.M) {
	peer.Main()
	m.Run()
}

// Every frame here is masked with this key, which changes nothing: so the
// payloads can be read.
const key = "\x00\x00\x00\x00"

// violations are what a server has to refuse. Each is sent right after the
// handshake; want is the close code that rfc6455 answers with.
var violations = []struct {
	rule string // id in the ledger of requirements
	what string
	send string
	want frame.CloseCode
}{
	{"5.1/unmasked-closes", "frame without a mask", "\x81\x05Hello", 1002},
	{"5.2/rsv1-zero", "RSV1 without an extension", "\xc1\x85" + key + "Hello", 1002},
	{"5.2/rsv2-zero", "RSV2", "\xa1\x85" + key + "Hello", 1002},
	{"5.2/rsv3-zero", "RSV3", "\x91\x85" + key + "Hello", 1002},
	{"5.2/opcode-known", "opcode 0x3", "\x83\x85" + key + "Hello", 1002},
	{"5.2/opcode-known", "opcode 0xB, control", "\x8b\x85" + key + "Hello", 1002},
	{"5.2/length-top-bit", "64-bit length with its top bit set", "\x82\xff\x80\x00\x00\x00\x00\x00\x00\x05" + key + "Hello", 1002},
	{"5.2/minimal-length", "length 5 in 16 bits", "\x81\xfe\x00\x05" + key + "Hello", 1002},
	{"5.2/minimal-length", "length 5 in 64 bits", "\x81\xff\x00\x00\x00\x00\x00\x00\x00\x05" + key + "Hello", 1002},
	{"5.4/continuation-unexpected", "continuation of nothing", "\x80\x85" + key + "Hello", 1002},
	{"5.4/continuation-expected", "new message inside another", "\x01\x81" + key + "a" + "\x81\x81" + key + "b", 1002},
	{"5.5/control-fin", "ping in pieces", "\x09\x80" + key, 1002},
	{"5.5/control-length", "ping of 126 bytes", "\x89\xfe\x00\x7e" + key + strings.Repeat("p", 126), 1002},
	{"5.5.1/close-code-length", "close with one byte", "\x88\x81" + key + "\x03", 1002},
	{"7.4/close-code-range", "close with code 1005", "\x88\x82" + key + "\x03\xed", 1002},
	{"8.1/text-utf8", "text that is not UTF-8", "\x81\x83" + key + "\xed\xa0\x80", 1007},
	{"8.1/text-utf8", "the same in two frames", "\x01\x81" + key + "\xed" + "\x80\x82" + key + "\xa0\x80", 1007},
	{"8.1/close-reason-utf8", "close with a reason that is not UTF-8", "\x88\x83" + key + "\x03\xe8\xff", 1007},
}

// What can become of a violation, beside a close code.
const (
	accepts = "**accepts**" // carries on as if nothing had been wrong
	waits   = "**waits**"   // says nothing for as long as patience lasts
	panics  = "**panics**"  // takes the whole process down
	drops   = "drops"       // closes TCP without a close frame
)

// patience is how long a server may think. Only one that waits needs it all.
const patience = 2 * time.Second

func TestStrict(t *testing.T) {
	table := newTable()
	for i, lib := range peer.Libraries {
		t.Run(lib.Name, func(t *testing.T) {
			var stderr bytes.Buffer
			server, err := peer.Spawn(t.Context(), lib, &stderr)
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				server.Stop()
				if t.Failed() {
					t.Log(stderr.String())
				}
			}()

			got := origin(t, server)
			table.set("10.2/origin-403", "page of another origin", i, got)
			if i == 0 && got != "403" {
				t.Errorf("10.2/origin-403: a page of another origin: %s, want 403", got)
			}
			for _, v := range violations {
				if _, ok := rfc.Lookup(v.rule); !ok {
					t.Errorf("%s is no requirement in the ledger", v.rule)
				}
				got := outcome(t, server.Addr, v.send)
				if got == drops && !alive(t, server.Addr) {
					got = panics
					server.Stop()
					t.Logf("%s: %s: %s", v.rule, v.what, firstLine(&stderr))
					if server, err = peer.Spawn(t.Context(), lib, &stderr); err != nil {
						t.Fatal(err)
					}
				}
				table.set(v.rule, v.what, i, got)
				if want := strconv.Itoa(int(v.want)); i == 0 && got != want {
					t.Errorf("%s: %s: %s, want %s", v.rule, v.what, got, want)
				}
			}
		})
		t.Run(lib.Name+"/cancel", func(t *testing.T) { cancelledReads(t, lib, i, table) })
	}
	if !t.Failed() {
		table.compare(t, "STRICT.md")
	}
}

// origin returns what the server makes of a page that comes from elsewhere.
func origin(t *testing.T, server *peer.Process) string {
	c, err := peer.Dial(t.Context(), server.Addr, "http://elsewhere.example")
	var refused peer.Refused
	switch {
	case errors.As(err, &refused):
		return strconv.Itoa(refused.Status)
	case err != nil:
		t.Fatal(err)
	}
	c.Close()
	return accepts
}

// outcome opens a connection, sends the bytes and a harmless message after them,
// and returns what the server makes of it.
func outcome(t *testing.T, addr, send string) string {
	c, err := peer.Dial(t.Context(), addr, "http://"+addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(patience))
	// A server that has closed already takes no more; what it said is read below.
	io.WriteString(c, send+"\x81\x85"+key+"probe")

	for {
		h, p, err := frame.Read(c, 1<<10)
		var timeout net.Error
		switch {
		case errors.As(err, &timeout) && timeout.Timeout():
			return waits
		case err != nil:
			return drops
		case h.Opcode == frame.Close:
			return closing(p)
		case !h.Opcode.IsControl():
			return accepts // an echo, of the violation or of the message after it
		}
	}
}

// closing returns what the payload of a close frame means here: an error code is
// a refusal, anything else the answer to a close frame that was accepted.
func closing(p []byte) string {
	code, _, err := frame.ParseClose(p)
	if err != nil || code == frame.CloseNormal || code == frame.CloseGoingAway || code == frame.CloseNoStatus {
		return accepts
	}
	return strconv.Itoa(int(code))
}

// alive reports whether the server still takes connections.
func alive(t *testing.T, addr string) bool {
	c, err := peer.Dial(t.Context(), addr, "http://"+addr)
	if err != nil {
		return false
	}
	c.Close()
	return true
}

func firstLine(b *bytes.Buffer) string {
	line, _ := b.ReadString('\n')
	return strings.TrimSpace(line)
}
