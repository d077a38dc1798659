package conn_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rfc6455/conn"
	"rfc6455/frame"
	"rfc6455/internal/rfc"
)

// A message whose beginning is out and whose end cannot follow ends the
// connection: any other message would be taken for its rest.
func TestWriterCannotEnd(t *testing.T) {
	rfc.Covers(t, "5.6/text-is-utf8")
	for _, pieces := range [][]string{{"ok", "\xff"}, {"\xc3"}} {
		rw := &tape{Reader: strings.NewReader("")}
		c := conn.New(rw, conn.Server, nil)
		w, err := c.Writer(t.Context(), frame.Text)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range pieces {
			io.WriteString(w, s)
		}
		if err := w.Close(); err == nil || !strings.Contains(err.Error(), "§5.6") {
			t.Errorf("Close after %q: %v; want an error about UTF-8", pieces, err)
		}
		want := []string{fmt.Sprintf("text %q …", pieces[0]), `close 1011 "a message could not be finished"`}
		if diff := cmp.Diff(want, rw.sent(t, conn.Server)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if err := c.Write(t.Context(), frame.Text, nil); !errors.Is(err, net.ErrClosed) {
			t.Errorf("the next Write: %v; want net.ErrClosed", err)
		}
	}
}

func TestOpenToSend(t *testing.T) {
	rfc.Covers(t, "6.1/open-to-send", "6.1/send-aborts", "5.5.1/no-data-after-close")
	p := from(conn.Client)
	rw := &tape{Reader: strings.NewReader(p.close(1000, ""))}
	c := conn.New(rw, conn.Server, nil)
	ctx := context.Background()
	w, err := c.Writer(ctx, frame.Text)
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(w, "under way")
	if err := c.Close(frame.CloseNormal, ""); err != nil {
		t.Fatal(err)
	}
	_, writerErr := io.WriteString(w, "too late")
	_, openErr := c.Writer(ctx, frame.Text)
	for name, err := range map[string]error{
		"Writer.Write":  writerErr,
		"Writer.Close":  w.Close(),
		"Writer":        openErr,
		"Write":         c.Write(ctx, frame.Text, nil),
		"WritePrepared": c.WritePrepared(ctx, conn.Prepare(frame.Text, nil)),
		"Ping":          c.Ping(ctx),
		"Close":         c.Close(frame.CloseNormal, ""),
	} {
		if !errors.Is(err, net.ErrClosed) {
			t.Errorf("%s after Close: %v; want net.ErrClosed", name, err)
		}
	}
	if diff := cmp.Diff([]string{`text "under way" …`, "close 1000"}, rw.sent(t, conn.Server)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Any number of goroutines write in all ways at once, and each message arrives
// as it is.
func TestWritersNeverInterleave(t *testing.T) {
	rfc.Covers(t, "5.4/no-interleaving")
	for _, tr := range transports {
		for _, role := range roles {
			t.Run(tr.name+"/"+role.String(), func(t *testing.T) {
				near, far := tr.pair(t)
				if role == conn.Server {
					near, far = far, near
				}
				from, to := conn.New(near, role, nil), conn.New(far, other(role), nil)
				ctx := t.Context()
				go from.Read(ctx) // takes in the pongs

				const rounds = 10
				lengths := []int{0, 1, 200, 17 << 10, 50 << 10}
				for i, n := range lengths {
					p := bytes.Repeat([]byte{'a' + byte(i)}, n)
					prepared := conn.Prepare(frame.Text, p)
					for _, write := range []func() error{
						func() error { return from.Write(ctx, frame.Text, p) },
						func() error { return from.WritePrepared(ctx, prepared) },
						func() error { return inPieces(ctx, from, p) },
						func() error { return from.Ping(ctx) },
					} {
						defer meanwhile(func() {
							for range rounds {
								if err := write(); err != nil {
									t.Error(err)
								}
							}
						})()
					}
				}
				defer func() {
					if t.Failed() {
						from.CloseNow() // nobody reads what the writers wait for
					}
				}()

				got := map[string]int{}
				for range len(lengths) * 3 * rounds {
					_, p, err := to.Read(ctx)
					if err != nil {
						t.Fatal(err)
					}
					got[fmt.Sprintf("%d times %.1q", len(p), p)]++
					if len(p) > 0 && bytes.Count(p, p[:1]) != len(p) {
						t.Fatalf("a message of %d bytes is mixed with another", len(p))
					}
				}
				want := map[string]int{}
				for i, n := range lengths {
					p := bytes.Repeat([]byte{'a' + byte(i)}, n)
					want[fmt.Sprintf("%d times %.1q", len(p), p)] = 3 * rounds
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("messages (-want +got):\n%s", diff)
				}
				// The pings that are left need a reader.
				go to.Read(ctx)
			})
		}
	}
}

// inPieces writes p as a message of about three frames.
func inPieces(ctx context.Context, c *conn.Conn, p []byte) error {
	w, err := c.Writer(ctx, frame.Text)
	if err != nil {
		return err
	}
	for len(p) > 0 {
		n := min(len(p), len(p)/3+1)
		if _, err := w.Write(p[:n]); err != nil {
			return err
		}
		p = p[n:]
	}
	return w.Close()
}
