package conn_test

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rfc6455/conn"
	"rfc6455/frame"
	"rfc6455/internal/rfc"
)

var update = flag.Bool("update", false, "write the transcripts in testdata anew")

// A whole conversation in each role, as it is on the wire. Read the transcripts
// beside §5.7 of the RFC.
func TestTranscripts(t *testing.T) {
	rfc.Covers(t, "6.1/frames-transmitted", "6.2/parsed-as-frames", "7.1.2/close-frame-sent", "5.5.1/tcp-closed-after-both")
	for _, role := range roles {
		t.Run(role.String(), func(t *testing.T) {
			c, p := tcp.open(t, role, nil)
			s := &scribe{peer: p}
			converse(t, c, s)
			file := filepath.Join("testdata", role.String()+".hex")
			if *update {
				if err := os.WriteFile(file, []byte(s.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), s.String()); diff != "" {
				t.Errorf("%s (-want +got), written anew with -update:\n%s", file, diff)
			}
		})
	}
}

// converse is the conversation: c is one end, s the other.
func converse(t *testing.T, c *conn.Conn, s *scribe) {
	ctx := t.Context()
	try := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	read := func(want string) {
		t.Helper()
		op, p, err := c.Read(ctx)
		try(err)
		if got := describe(frame.Header{Fin: true, Opcode: op}, p); got != want {
			t.Errorf("Read: %s; want %s", got, want)
		}
	}

	s.note(fmt.Sprintf("> is from the %v, < from its peer. [key] is a masking key; what follows is unmasked.", c.Role()))
	s.note("a message in one frame, each way")
	try(c.Write(ctx, frame.Text, []byte("Hello")))
	s.take()
	s.send(s.whole(frame.Text, "Hello"))
	read(`text "Hello"`)

	s.note("a message in fragments, with a ping between them")
	s.send(s.part(frame.Text, "H"), s.whole(frame.Ping, "there?"), s.part(frame.Continuation, "\xc3"), s.whole(frame.Continuation, "\xa9"))
	read(`text "Hé"`)
	s.take()

	s.note("the same from here")
	w, err := c.Writer(ctx, frame.Binary)
	try(err)
	for _, piece := range []string{"\x01\x02", "\x03"} {
		_, err := io.WriteString(w, piece)
		try(err)
		s.take()
	}
	pong := make(chan error)
	go func() { pong <- c.Ping(ctx) }()
	s.send(s.whole(frame.Pong, s.take()))
	try(<-pong)
	try(w.Close())
	s.take()

	s.note("lengths of 16 bits, and a message of nothing")
	try(c.Write(ctx, frame.Binary, pattern(126)))
	s.take()
	s.send(s.whole(frame.Binary, string(pattern(127))))
	read("binary of 127 bytes")
	try(c.Write(ctx, frame.Text, nil))
	s.take()

	s.note("the closing handshake")
	closed := make(chan error)
	go func() { closed <- c.Close(frame.CloseNormal, "bye") }()
	s.take()
	s.send(s.close(frame.CloseNormal, ""))
	if c.Role() == conn.Client {
		s.note("the server closes TCP")
		s.Close()
	} else {
		s.wantEnd()
		s.note("the server has closed TCP")
	}
	try(<-closed)
}

// scribe is a peer that writes down each frame. A masking key is written as
// [key], and the payload behind it as it was before masking.
type scribe struct {
	*peer
	strings.Builder
}

func (s *scribe) note(what string) { fmt.Fprintf(s, "# %s\n", what) }

// send sends frames to the connection.
func (s *scribe) send(frames ...string) {
	s.t.Helper()
	for _, f := range frames {
		h, p, err := frame.Read(strings.NewReader(f), 1<<20)
		if err != nil {
			s.t.Fatal(err)
		}
		s.write("<", h, p)
	}
	s.peer.send(frames...)
}

// take takes a frame from the connection, and returns its payload.
func (s *scribe) take() string {
	s.t.Helper()
	h, p, err := frame.Read(s.Conn, 1<<20)
	if err != nil {
		s.t.Fatal(err)
	}
	s.write(">", h, p)
	return string(p)
}

func (s *scribe) write(arrow string, h frame.Header, p []byte) {
	header := frame.AppendHeader(nil, h)
	key := ""
	if h.Masked {
		header, key = header[:len(header)-len(h.Key)], " [key]"
	}
	fmt.Fprintf(s, "%s % x%s", arrow, header, key)
	for i := 0; i < len(p); i += 16 {
		if len(p) > 16 {
			fmt.Fprint(s, "\n ")
		}
		fmt.Fprintf(s, " % x", p[i:min(i+16, len(p))])
	}
	fmt.Fprintln(s)
}
