package conn_test

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rfc6455/conn"
	"rfc6455/frame"
)

// witness writes down what the hooks are shown.
type witness struct {
	t     *testing.T
	lines []string
}

func (w *witness) options() *conn.Options {
	return &conn.Options{
		MaxMessageSize: 200_000,
		Trace: &conn.Trace{
			Received: func(c *conn.Conn, h frame.Header, offset int64, p []byte) {
				w.shown("<-", other(c.Role()), h, offset, p)
			},
			Sent: func(c *conn.Conn, h frame.Header, offset int64, p []byte) {
				w.shown("->", c.Role(), h, offset, p)
			},
		},
	}
}

// shown takes a piece of a frame that an end of the given role has sent.
func (w *witness) shown(arrow string, sender conn.Role, h frame.Header, offset int64, p []byte) {
	if h.Masked != (sender == conn.Client) {
		w.t.Errorf("a %v frame of the %v is shown with MASK=%v", h.Opcode, sender, h.Masked)
	}
	line := describe(h, p)
	if h.Opcode == frame.Close {
		line, _, _ = strings.Cut(line, ` "`) // the reason is for another test
	}
	if int64(len(p)) != h.Length {
		line = fmt.Sprintf("%s, from %d of %d", line, offset, h.Length)
	}
	w.lines = append(w.lines, arrow+" "+line)
}

func (w *witness) want(lines ...string) {
	w.t.Helper()
	if diff := cmp.Diff(lines, w.lines); diff != "" {
		w.t.Errorf("shown to the hooks (-want +got):\n%s", diff)
	}
}

// What arrives is shown as it arrives, unmasked, and each answer behind what it
// answers.
func TestTraceReceived(t *testing.T) {
	tests := []struct {
		name   string
		frames func(f from) []string
		cuts   []int // so many bytes before its end, where the last frame is cut; otherwise each comes at once
		want   []string
	}{
		{"one frame",
			func(f from) []string { return []string{f.whole(frame.Text, "Hello")} }, nil,
			[]string{`<- text "Hello"`}},
		{"two frames",
			func(f from) []string { return []string{f.whole(frame.Text, "one"), f.whole(frame.Binary, "two")} }, nil,
			[]string{`<- text "one"`, `<- binary "two"`}},
		{"without payload",
			func(f from) []string { return []string{f.whole(frame.Text, "")} }, nil,
			[]string{`<- text ""`}},
		{"payload in pieces",
			func(f from) []string { return []string{f.whole(frame.Text, "Hello")} }, []int{5, 3, 2},
			[]string{`<- text "He", from 0 of 5`, `<- text "l", from 2 of 5`, `<- text "lo", from 3 of 5`}},
		{"header in pieces",
			func(f from) []string { return []string{f.whole(frame.Text, "Hello")} }, []int{6, 5},
			[]string{`<- text "Hello"`}},
		{"message in fragments",
			func(f from) []string {
				return []string{f.part(frame.Text, ""), f.part(frame.Continuation, "Hel"), f.whole(frame.Continuation, "lo")}
			}, nil,
			[]string{`<- text "" …`, `<- continuation "Hel" …`, `<- continuation "lo"`}},
		{"pings between fragments",
			func(f from) []string {
				return []string{f.part(frame.Text, "Hel"), f.whole(frame.Ping, "?"), f.whole(frame.Ping, ""), f.whole(frame.Continuation, "lo")}
			}, nil,
			[]string{`<- text "Hel" …`, `<- ping "?"`, `-> pong "?"`, `<- ping ""`, `-> pong ""`, `<- continuation "lo"`}},
		{"ping in pieces is shown when it is whole",
			func(f from) []string { return []string{f.whole(frame.Ping, "Hello")} }, []int{5, 3},
			[]string{`<- ping "Hello"`, `-> pong "Hello"`}},
		{"pong",
			func(f from) []string { return []string{f.whole(frame.Pong, "!")} }, nil,
			[]string{`<- pong "!"`}},
		{"close",
			func(f from) []string { return []string{f.close(frame.CloseNormal, "")} }, nil,
			[]string{`<- close 1000`, `-> close 1000`}},
		{"close without payload",
			func(f from) []string { return []string{f.close(frame.CloseNoStatus, "")} }, nil,
			[]string{`<- close 1005`, `-> close 1005`}},
		{"refused because of a reserved bit",
			func(f from) []string {
				return []string{f.frame(frame.Header{Fin: true, RSV1: true, Opcode: frame.Text}, "Hello")}
			}, nil,
			[]string{`<- text "", from 0 of 5`, `-> close 1002`}},
		{"refused because of its length",
			func(f from) []string { return []string{f.header(frame.Binary, 200_001)} }, nil,
			[]string{`<- binary "", from 0 of 200001`, `-> close 1009`}},
		{"refused, without payload",
			func(f from) []string { return []string{f.whole(frame.Continuation, "")} }, nil,
			[]string{`<- continuation ""`, `-> close 1002`}},
		{"nothing after a refusal",
			func(f from) []string {
				return []string{f.whole(frame.Continuation, ""), f.whole(frame.Text, "more")}
			}, nil,
			[]string{`<- continuation ""`, `-> close 1002`}},
	}
	for _, role := range roles {
		for _, tt := range tests {
			t.Run(role.String()+"/"+tt.name, func(t *testing.T) {
				pieces := tt.frames(from(other(role)))
				for _, cut := range tt.cuts {
					last := len(pieces) - 1
					at := len(pieces[last]) - cut
					pieces = append(pieces[:last], pieces[last][:at], pieces[last][at:])
				}
				var arrivals []io.Reader // one for each read
				for _, p := range pieces {
					arrivals = append(arrivals, strings.NewReader(p))
				}
				w := &witness{t: t}
				play(t, role, w.options(), io.MultiReader(arrivals...))
				w.want(tt.want...)
			})
		}
	}
}

// However a frame is cut on its way, its pieces lie one behind the other, and
// the last one completes it.
func TestTraceOffset(t *testing.T) {
	payload := pattern(100_000) // more than a connection reads at once
	for _, tr := range transports {
		for _, role := range roles {
			t.Run(tr.name+"/"+role.String(), func(t *testing.T) {
				var got []byte
				var last frame.Header
				opts := &conn.Options{Trace: &conn.Trace{
					Received: func(_ *conn.Conn, h frame.Header, offset int64, p []byte) {
						if offset != int64(len(got)) {
							t.Errorf("a piece from %d, %d bytes after the start", offset, len(got))
						}
						got = append(got, p...)
						last = h
					},
				}}
				c, p := tr.open(t, role, opts)
				wait := meanwhile(func() { p.send(p.whole(frame.Binary, string(payload))) })
				if _, _, err := c.Read(t.Context()); err != nil {
					t.Fatal(err)
				}
				wait()
				if !slices.Equal(got, payload) || last.Length != int64(len(payload)) {
					t.Errorf("%d bytes were shown, of a frame of %d; want the %d of the payload", len(got), last.Length, len(payload))
				}
			})
		}
	}
}

// What is sent is shown frame by frame, each as a whole and not masked.
func TestTraceSent(t *testing.T) {
	for _, role := range roles {
		t.Run(role.String(), func(t *testing.T) {
			w := &witness{t: t}
			rw := &tape{}
			c := conn.New(rw, role, w.options())
			ctx := t.Context()
			must := func(err error) {
				t.Helper()
				if err != nil {
					t.Fatal(err)
				}
			}

			must(c.Write(ctx, frame.Text, []byte("Hello")))
			must(c.Write(ctx, frame.Binary, nil))
			must(c.Write(ctx, frame.Binary, pattern(100_000)))
			must(c.WritePrepared(ctx, conn.Prepare(frame.Text, []byte("prepared"))))
			pieces, err := c.Writer(ctx, frame.Text)
			must(err)
			io.WriteString(pieces, "Hel")
			io.WriteString(pieces, "lo")
			must(pieces.Close())

			want := []string{
				`text "Hello"`,
				`binary ""`,
				`binary of 100000 bytes`,
				`text "prepared"`,
				`text "Hel" …`,
				`continuation "lo" …`,
				`continuation ""`,
			}
			if diff := cmp.Diff(want, rw.sent(t, role)); diff != "" {
				t.Errorf("on the wire (-want +got):\n%s", diff)
			}
			for i := range want {
				want[i] = "-> " + want[i]
			}
			w.want(want...)
		})
	}
}

// The hooks are told on which connection it happens, and the key with which a
// client masks.
func TestTraceHeader(t *testing.T) {
	var got frame.Header
	var on *conn.Conn
	rw := &tape{}
	c := conn.New(rw, conn.Client, &conn.Options{Trace: &conn.Trace{
		Sent: func(c *conn.Conn, h frame.Header, _ int64, _ []byte) { on, got = c, h },
	}})
	if err := c.Write(t.Context(), frame.Text, []byte("Hello")); err != nil {
		t.Fatal(err)
	}
	if on != c {
		t.Errorf("shown for the connection %p, want %p", on, c)
	}
	want, _, err := frame.ParseHeader([]byte(rw.writes[0]))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("header on the wire (-) and at the hook (+):\n%s", diff)
	}
}
