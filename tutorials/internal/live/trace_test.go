package live

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"rfc6455/conn"
	"rfc6455/frame"
	"rfc6455/mask"
)

var update = flag.Bool("update", false, "write the golden file anew")

const golden = "testdata/events.golden"

// key is the one of the examples in §5.7.
var key = mask.Key{0x37, 0xfa, 0x21, 0x3d}

// clientFrame returns the bytes of a frame as a client sends it.
func clientFrame(t *testing.T, h frame.Header, payload string) []byte {
	t.Helper()
	h.Masked, h.Key = true, key
	var wire bytes.Buffer
	if err := frame.Write(&wire, h, []byte(payload)); err != nil {
		t.Fatal(err)
	}
	return wire.Bytes()
}

// watchEcho lets a client talk to an echo that a session watches. It returns the
// events and what the echo has sent. It must run in a bubble of synctest.
func watchEcho(t *testing.T, client func(net.Conn)) (events []Event, answer []byte) {
	t.Helper()
	ours, theirs := net.Pipe()
	go client(theirs)
	var sent bytes.Buffer
	read := make(chan struct{})
	go func() {
		defer close(read)
		io.Copy(&sent, theirs)
	}()

	s := newSession(t.Context())
	tr := newTracer(s.push)
	echo(t.Context(), conn.New(ours, conn.Server, &conn.Options{Trace: tr.hooks()}))
	tr.finish()
	<-read
	close(s.events)
	for e := range s.events {
		events = append(events, e)
	}
	return events, sent.Bytes()
}

// TestEvents holds the feed to what crosses the wire, and its format to the
// golden file.
func TestEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wire := slices.Concat(
			clientFrame(t, frame.Header{Fin: true, Opcode: frame.Text}, "Hello"),
			clientFrame(t, frame.Header{Fin: true, Opcode: frame.Binary}, strings.Repeat("\x00\xff", 63)),
			clientFrame(t, frame.Header{Fin: true, Opcode: frame.Ping}, "Hi"),
			clientFrame(t, frame.Header{Opcode: frame.Text}, "Hel"),
			clientFrame(t, frame.Header{Fin: true, Opcode: frame.Continuation}, "lo"),
			clientFrame(t, frame.Header{Fin: true, Opcode: frame.Text}, ""),
			clientFrame(t, frame.Header{Fin: true, Opcode: frame.Close}, "\x03\xe8bye"))
		events, answer := watchEcho(t, func(nc net.Conn) { nc.Write(wire) })

		told := map[string][]byte{}
		var lines bytes.Buffer
		for _, e := range events {
			line, err := json.Marshal(e)
			if err != nil {
				t.Fatal(err)
			}
			lines.Write(append(line, '\n'))
			told[e.From] = append(append(told[e.From], e.Header...), e.Payload...)
		}
		if !bytes.Equal(told["client"], wire) {
			t.Errorf("the client sent % x\nthe events tell % x", wire, told["client"])
		}
		if !bytes.Equal(told["server"], answer) {
			t.Errorf("the server sent % x\nthe events tell % x", answer, told["server"])
		}

		if *update {
			if err := os.WriteFile(golden, lines.Bytes(), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if lines.String() != string(want) {
			t.Errorf("the events are\n%s\nwant, as in %s,\n%s", lines.String(), golden, want)
		}
	})
}

// A frame that stops in the middle is told as far as it came.
func TestFrameCutShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		whole := clientFrame(t, frame.Header{Fin: true, Opcode: frame.Text}, "Hello")
		cut := whole[:len(whole)-2]
		events, _ := watchEcho(t, func(nc net.Conn) {
			nc.Write(cut)
			nc.Close()
		})
		if len(events) != 1 {
			t.Fatalf("events %v, want one", events)
		}
		e := events[0]
		if got := append(e.Header, e.Payload...); !bytes.Equal(got, cut) || e.LeftOut != 0 {
			t.Errorf("the frame is told as % x and %d bytes more, want % x and none", got, e.LeftOut, cut)
		}
	})
}

// Whatever the pieces in which a payload comes, the event is the same.
func TestTracerPieces(t *testing.T) {
	payload := bytes.Repeat([]byte("0123456789"), 60) // longer than maxPayload
	h := frame.Header{Fin: true, Opcode: frame.Binary, Masked: true, Key: key, Length: int64(len(payload))}
	tell := func(size int) (e Event) {
		tr := newTracer(func(told Event) { e = told })
		hooks := tr.hooks()
		hooks.Received(nil, h, 0, nil)
		for at := 0; at < len(payload); at += size {
			hooks.Received(nil, h, int64(at), payload[at:min(at+size, len(payload))])
		}
		return e
	}
	want := tell(len(payload))
	if len(want.Payload) != maxPayload || want.LeftOut != int64(len(payload)-maxPayload) {
		t.Fatalf("in one piece: %d bytes of payload and %d left out", len(want.Payload), want.LeftOut)
	}
	for _, size := range []int{1, 7, 512, 513} {
		got := tell(size)
		if !bytes.Equal(got.Payload, want.Payload) || got.LeftOut != want.LeftOut {
			t.Errorf("in pieces of %d bytes: payload % x and %d left out", size, got.Payload, got.LeftOut)
		}
	}
}
