package conn_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rfc6455/conn"
	"rfc6455/frame"
	"rfc6455/internal/rfc"
)

// writing lets write write, and returns the frames that went out.
func writing(t *testing.T, role conn.Role, opts *conn.Options, write func(ctx context.Context, c *conn.Conn) error) []string {
	t.Helper()
	rw := &tape{Reader: strings.NewReader("")}
	if err := write(context.Background(), conn.New(rw, role, opts)); err != nil {
		t.Fatal(err)
	}
	return rw.sent(t, role)
}

func TestWrite(t *testing.T) {
	rfc.Covers(t, "5.1/client-masks", "5.1/server-does-not-mask", "5.2/rsv-sent-zero", "6.1/client-masks-data") // nextFrame looks for these
	tests := []struct {
		id    string
		write func(ctx context.Context, c *conn.Conn) error
		want  []string
	}{
		{"6.1/first-opcode", func(ctx context.Context, c *conn.Conn) error {
			return errors.Join(c.Write(ctx, frame.Text, []byte("Hello")), c.Write(ctx, frame.Binary, []byte{0xFF}))
		}, []string{`text "Hello"`, `binary "\xff"`}},

		{"6.1/data-in-frames", func(ctx context.Context, c *conn.Conn) error {
			return errors.Join(c.Write(ctx, frame.Text, nil), c.Write(ctx, frame.Binary, pattern(1<<20)))
		}, []string{`text ""`, `binary of 1048576 bytes`}},

		{"6.1/send-steps", func(ctx context.Context, c *conn.Conn) error {
			return c.WritePrepared(ctx, conn.Prepare(frame.Text, []byte("Hello")))
		}, []string{`text "Hello"`}},

		{"6.1/last-fin", func(ctx context.Context, c *conn.Conn) error {
			w, err := c.Writer(ctx, frame.Text)
			for _, s := range []string{"He", "", "llo"} {
				io.WriteString(w, s)
			}
			return errors.Join(err, w.Close(), c.Write(ctx, frame.Text, []byte("next")))
		}, []string{`text "He" …`, `continuation "llo" …`, `continuation ""`, `text "next"`}},

		{"6.1/last-fin", func(ctx context.Context, c *conn.Conn) error {
			w, err := c.Writer(ctx, frame.Binary)
			return errors.Join(err, w.Close())
		}, []string{`binary ""`}},

		{"5.6/text-is-utf8", func(ctx context.Context, c *conn.Conn) error {
			w, err := c.Writer(ctx, frame.Text)
			for i := range len("é€𝄞") {
				io.WriteString(w, "é€𝄞"[i:i+1])
			}
			return errors.Join(err, w.Close())
		}, []string{
			`text "\xc3" …`, `continuation "\xa9" …`,
			`continuation "\xe2" …`, `continuation "\x82" …`, `continuation "\xac" …`,
			`continuation "\xf0" …`, `continuation "\x9d" …`, `continuation "\x84" …`, `continuation "\x9e" …`, `continuation ""`}},
	}
	for _, role := range roles {
		for i, tt := range tests {
			t.Run(fmt.Sprintf("%s/%v/%d", tt.id, role, i), func(t *testing.T) {
				rfc.Covers(t, tt.id)
				if diff := cmp.Diff(tt.want, writing(t, role, nil, tt.write)); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		}
	}
}

// What is no message is refused, and the next one goes out as if nothing had
// happened.
func TestWriteRefused(t *testing.T) {
	rfc.Covers(t, "5.6/text-is-utf8", "6.1/first-opcode")
	for _, role := range roles {
		got := writing(t, role, nil, func(ctx context.Context, c *conn.Conn) error {
			const broken = "\xc3("
			for _, op := range []frame.Opcode{frame.Continuation, 0x3, frame.Close, frame.Ping, frame.Pong, 0xF, 0x11} {
				if err := c.Write(ctx, op, nil); err == nil {
					t.Errorf("Write takes the opcode %v", op)
				}
				if w, err := c.Writer(ctx, op); w != nil || err == nil {
					t.Errorf("Writer takes the opcode %v", op)
				}
				if err := c.WritePrepared(ctx, conn.Prepare(op, nil)); err == nil {
					t.Errorf("WritePrepared takes the opcode %v", op)
				}
			}
			if err := c.Write(ctx, frame.Text, []byte(broken)); err == nil {
				t.Errorf("Write takes the text %q", broken)
			}
			if err := c.WritePrepared(ctx, conn.Prepare(frame.Text, []byte(broken))); err == nil {
				t.Errorf("WritePrepared takes the text %q", broken)
			}
			w, err := c.Writer(ctx, frame.Text)
			if err != nil {
				return err
			}
			if _, err := io.WriteString(w, broken); err == nil {
				t.Errorf("a Writer takes the text %q", broken)
			}
			if err := w.Close(); err == nil {
				t.Error("a Writer with an error ends well")
			}
			if _, err := io.WriteString(w, "x"); err == nil {
				t.Error("a Writer goes on after its end")
			}
			if err := w.Close(); err == nil {
				t.Error("a Writer ends twice")
			}
			return c.Write(ctx, frame.Text, []byte("good"))
		})
		if diff := cmp.Diff([]string{`text "good"`}, got); diff != "" {
			t.Errorf("%v (-want +got):\n%s", role, diff)
		}
	}
}

// Write leaves p alone, also where it is masked on its way.
func TestWriteKeepsPayload(t *testing.T) {
	for _, n := range []int{125, 1 << 20} {
		p := pattern(n)
		m := conn.Prepare(frame.Binary, p)
		writing(t, conn.Client, nil, func(ctx context.Context, c *conn.Conn) error { return c.Write(ctx, frame.Binary, p) })
		if !bytes.Equal(p, pattern(n)) {
			t.Errorf("Write has changed a payload of %d bytes", n)
		}
		clear(p)
		rw := &tape{}
		c := conn.New(rw, conn.Server, nil)
		for range 2 {
			if err := c.WritePrepared(t.Context(), m); err != nil {
				t.Fatal(err)
			}
		}
		all := strings.Join(rw.writes, "")
		if first, second := all[:len(all)/2], all[len(all)/2:]; first != second || !strings.HasSuffix(first, string(pattern(n))) {
			t.Errorf("a prepared message of %d bytes has changed", n)
		}
	}
}

// A message whose frame fits in a buffer is one write.
func TestOneWrite(t *testing.T) {
	for _, role := range roles {
		for _, n := range []int{0, 125, 1 << 10, 16 << 10} {
			rw := &tape{}
			if err := conn.New(rw, role, nil).Write(t.Context(), frame.Binary, pattern(n)); err != nil {
				t.Fatal(err)
			}
			if len(rw.writes) != 1 {
				t.Errorf("%v: %d bytes take %d writes", role, n, len(rw.writes))
			}
		}
	}
}

// Each frame of a client has a key of its own.
func TestKeysDiffer(t *testing.T) {
	rfc.Covers(t, "5.3/fresh-key")
	rw := &tape{}
	c := conn.New(rw, conn.Client, nil)
	seen := map[[4]byte]bool{}
	const frames = 100
	for range frames {
		if err := c.Write(t.Context(), frame.Text, nil); err != nil {
			t.Fatal(err)
		}
	}
	for _, w := range rw.writes {
		seen[[4]byte([]byte(w[2:]))] = true
	}
	// Among so few keys out of 2^32, two are alike once in a million runs.
	if len(seen) < frames-1 {
		t.Errorf("%d frames have %d keys", frames, len(seen))
	}
}
