package conn_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"rfc6455/conn"
	"rfc6455/frame"
	"rfc6455/internal/rfc"
)

// The lengths at which a header, or a buffer of the connection, changes its
// shape.
var boundaries = []int{
	0, 1, 125, 126, 127, // the 7-bit length ends
	18<<10 - 15, 18<<10 - 14, 18<<10 - 5, 18<<10 - 4, 18 << 10, 18<<10 + 1, // a frame just fits in a buffer
	32<<10 - 1, 32 << 10, 32<<10 + 1, // what a header is trusted with
	65535, 65536, // the 16-bit length ends
	1 << 20, // the default limit
}

func TestBoundaryLengths(t *testing.T) {
	rfc.Covers(t, "6.1/frames-transmitted", "6.2/parsed-as-frames", "6.2/type-noted", "6.2/server-unmasks")
	for _, tr := range transports {
		t.Run(tr.name, func(t *testing.T) {
			client, server := tr.pair(t)
			a, b := conn.New(client, conn.Client, nil), conn.New(server, conn.Server, nil)
			for _, n := range boundaries {
				transfer(t, a, b, n)
				transfer(t, b, a, n)
			}
		})
	}
}

// transfer sends n bytes as text and as binary, and reads them in both ways.
func transfer(t *testing.T, from, to *conn.Conn, n int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	sent := pattern(n)
	defer meanwhile(func() {
		from.Write(ctx, frame.Text, sent)
		from.Write(ctx, frame.Binary, sent)
	})()
	defer cancel()
	if op, p, err := to.Read(ctx); op != frame.Text || !bytes.Equal(p, sent) || err != nil {
		t.Fatalf("Read: %v of %d bytes, error %v; want text of %d bytes from the %v", op, len(p), err, n, from.Role())
	}
	before := []byte("before ")
	if op, p, err := to.Append(ctx, before); op != frame.Binary || !bytes.Equal(p, append(before, sent...)) || err != nil {
		t.Fatalf("Append: %v of %d bytes, error %v; want binary of %d+%d bytes from the %v", op, len(p), err, len(before), n, from.Role())
	}
}

func TestMessages(t *testing.T) {
	for _, role := range roles {
		p := from(other(role))
		tests := []struct {
			id       string
			in       string
			messages []string
			sent     []string
		}{{
			id:       "5.4/fragmented-and-whole",
			in:       p.whole(frame.Text, "one") + p.part(frame.Text, "t") + p.part(frame.Continuation, "w") + p.whole(frame.Continuation, "o") + p.whole(frame.Binary, "three"),
			messages: []string{`text "one"`, `text "two"`, `binary "three"`},
		}, {
			id:       "5.4/fragments-in-order",
			in:       p.part(frame.Binary, "1") + p.part(frame.Continuation, "2") + p.part(frame.Continuation, "") + p.part(frame.Continuation, "3") + p.whole(frame.Continuation, ""),
			messages: []string{`binary "123"`},
		}, {
			id: "5.4/control-between-fragments",
			in: p.part(frame.Text, "He") + p.whole(frame.Ping, "?") + p.part(frame.Continuation, "") + p.whole(frame.Pong, "!") +
				p.whole(frame.Ping, "") + p.whole(frame.Continuation, "llo"),
			messages: []string{`text "Hello"`},
			sent:     []string{`pong "?"`, `pong ""`},
		}, {
			id:       "6.2/control-handled",
			in:       p.part(frame.Text, "unfinished") + p.close(4000, "bye"),
			messages: nil,
			sent:     []string{`close 4000`},
		}, {
			id:       "6.2/type-noted",
			in:       p.part(frame.Binary, "\xff") + p.whole(frame.Continuation, "\xff") + p.whole(frame.Text, "é"),
			messages: []string{`binary "\xff\xff"`, `text "é"`},
		}, {
			id:       "6.2/next-message",
			in:       p.whole(frame.Text, "") + p.whole(frame.Binary, "") + p.part(frame.Text, "") + p.whole(frame.Continuation, "") + p.whole(frame.Text, "x"),
			messages: []string{`text ""`, `binary ""`, `text ""`, `text "x"`},
		}}
		for _, tt := range tests {
			t.Run(tt.id+"/"+role.String(), func(t *testing.T) {
				rfc.Covers(t, tt.id)
				want := outcome{Messages: tt.messages, Sent: tt.sent}
				for name, in := range chunked(tt.in) {
					got, err := play(t, role, nil, in)
					if diff := cmp.Diff(want, got); diff != "" {
						t.Errorf("%s (-want +got):\n%s%v", name, diff, err)
					}
				}
			})
		}
	}
}

// chunked returns the ways in which the bytes of s can arrive.
func chunked(s string) map[string]io.Reader {
	all := map[string]io.Reader{
		"at once":                    strings.NewReader(s),
		"byte by byte":               iotest.OneByteReader(strings.NewReader(s)),
		"the end with the last byte": iotest.DataErrReader(strings.NewReader(s)),
	}
	for i := range len(s) {
		all[fmt.Sprintf("cut at %d", i)] = io.MultiReader(strings.NewReader(s[:i]), strings.NewReader(s[i:]))
	}
	return all
}

func TestByteByByte(t *testing.T) {
	rfc.Covers(t, "6.2/parsed-as-frames")
	const long = 300 // bytes, so that the length takes 16 bits
	for _, tr := range transports {
		for _, role := range roles {
			t.Run(tr.name+"/"+role.String(), func(t *testing.T) {
				c, p := tr.open(t, role, nil)
				in := p.part(frame.Text, "H\xc3") + p.whole(frame.Ping, "now?") + p.whole(frame.Continuation, "\xa9!") + p.whole(frame.Binary, string(pattern(long)))
				defer meanwhile(func() { p.want(`pong "now?"`) })()
				defer meanwhile(func() {
					for i := range len(in) {
						p.send(in[i : i+1])
					}
				})()
				defer c.CloseNow()
				for _, want := range []string{"Hé!", string(pattern(long))} {
					if _, got, err := c.Read(t.Context()); string(got) != want || err != nil {
						t.Fatalf("Read: %q, %v; want %q", got, err, want)
					}
				}
			})
		}
	}
}

// Long messages too may come in the smallest pieces.
func TestLongByteByByte(t *testing.T) {
	for _, role := range roles {
		p := from(other(role))
		for _, n := range []int{65535, 65536} {
			in := p.part(frame.Text, string(pattern(n))) + p.whole(frame.Continuation, "")
			got, err := play(t, role, nil, iotest.OneByteReader(strings.NewReader(in)))
			if diff := cmp.Diff([]string{fmt.Sprintf("text of %d bytes", n)}, got.Messages); diff != "" {
				t.Errorf("%v (-want +got):\n%s\n%v", role, diff, err)
			}
		}
	}
}

// What Read returns belongs to the caller, and what Append gets is filled.
func TestMemory(t *testing.T) {
	p := from(conn.Client)
	c := conn.New(&tape{Reader: strings.NewReader(p.whole(frame.Text, "first") + p.whole(frame.Text, "second") + p.whole(frame.Text, "third") + p.part(frame.Text, "lost"))}, conn.Server, nil)
	ctx := context.Background()

	_, first, _ := c.Read(ctx)
	_, second, _ := c.Read(ctx)
	if got := string(first) + " " + string(second); got != "first second" {
		t.Errorf("two messages are %q; want %q", got, "first second")
	}

	dst := make([]byte, 2, 10)
	_, third, _ := c.Append(ctx, dst)
	if string(third) != "\x00\x00third" || &third[0] != &dst[0] {
		t.Errorf("Append gives %q, and in other memory: %v", third, &third[0] != &dst[0])
	}

	if _, got, err := c.Append(ctx, dst); len(got) != 2 || err == nil {
		t.Errorf("at the end Append gives %q, %v; want dst as it was and an error", got, err)
	}
}

func TestMessagesIterator(t *testing.T) {
	p := from(conn.Client)
	tests := []struct {
		end  string
		want []string
	}{
		{p.close(frame.CloseNormal, "bye"), []string{"a", "b"}},
		{p.close(frame.CloseGoingAway, ""), []string{"a", "b"}},
		{p.close(4000, ""), []string{"a", "b", "conn: the peer closed with 4000"}},
		{p.close(frame.CloseNoStatus, ""), []string{"a", "b", "conn: the peer closed with 1005 (no status received)"}},
		{"", []string{"a", "b", "conn: the peer closed with 1006 (abnormal closure): unexpected EOF"}},
	}
	for _, tt := range tests {
		c := conn.New(&tape{Reader: strings.NewReader(p.whole(frame.Text, "a") + p.whole(frame.Text, "b") + tt.end)}, conn.Server, nil)
		var got []string
		for m, err := range c.Messages(context.Background()) {
			if err == nil {
				got = append(got, string(m.Data))
				break // it can be left …
			}
		}
		for m, err := range c.Messages(context.Background()) { // … and taken up again
			if err != nil {
				got = append(got, err.Error())
				continue
			}
			got = append(got, string(m.Data))
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

// Every read after the end gives the same error.
func TestErrorStays(t *testing.T) {
	p := from(conn.Client)
	c := conn.New(&tape{Reader: strings.NewReader(p.whole(frame.Text, "\xff"))}, conn.Server, nil)
	ctx := context.Background()
	_, _, first := c.Read(ctx)
	var pe frame.ProtocolError
	if !errors.As(first, &pe) || pe.Code != frame.CloseInvalidPayload {
		t.Fatalf("Read: %v; want a ProtocolError with 1007", first)
	}
	_, _, second := c.Append(ctx, nil)
	_, _, third := c.Reader(ctx)
	for _, err := range []error{second, third} {
		if err != first {
			t.Errorf("the next read: %v; want again %v", err, first)
		}
	}
}

// Options.Buffered comes before what the transport has.
func TestBuffered(t *testing.T) {
	for _, tr := range transports {
		t.Run(tr.name, func(t *testing.T) {
			early := from(conn.Client).part(frame.Binary, string(pattern(40<<10))) + from(conn.Client).whole(frame.Continuation, "and")[:3]
			c, p := tr.open(t, conn.Server, &conn.Options{Buffered: []byte(early)})
			defer meanwhile(func() { p.send(p.whole(frame.Continuation, "and")[3:] + p.whole(frame.Text, "then")) })()
			defer c.CloseNow()
			for _, want := range []string{string(pattern(40<<10)) + "and", "then"} {
				if _, got, err := c.Read(t.Context()); string(got) != want || err != nil {
					t.Fatalf("Read: %d bytes, %v; want %d bytes", len(got), err, len(want))
				}
			}
		})
	}
}

// One goroutine reads at a time; the others wait for their turn or their context.
func TestSecondReader(t *testing.T) {
	c, p := tcp.open(t, conn.Server, nil)
	got := make(chan string)
	for range 2 {
		go func() {
			_, p, err := c.Read(t.Context())
			got <- fmt.Sprintf("%s %v", p, err)
		}()
	}
	p.send(p.whole(frame.Text, "x"))
	if s := <-got; s != "x <nil>" {
		t.Error(s)
	}
	p.send(p.whole(frame.Text, "y"))
	if s := <-got; s != "y <nil>" {
		t.Error(s)
	}
}
