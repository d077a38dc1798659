package conn_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"rfc6455/conn"
	"rfc6455/frame"
	"rfc6455/internal/rfc"
)

// The messages of the conversation through readers that are read in pieces of
// different lengths.
func TestReader(t *testing.T) {
	rfc.Covers(t, "5.4/fragments-in-order", "6.2/type-noted")
	for _, role := range roles {
		in, want := conversation(from(other(role)))
		for _, size := range []int{1, 3, 64, 5 << 10} {
			for name, r := range chunked(in) {
				c := conn.New(&tape{Reader: r}, role, nil)
				var got []string
				for range want {
					op, r, err := c.Reader(t.Context())
					if err != nil {
						t.Fatal(err)
					}
					var p bytes.Buffer
					for err == nil {
						var n int
						piece := make([]byte, size)
						n, err = r.Read(piece)
						p.Write(piece[:n])
					}
					if err != io.EOF {
						t.Fatal(err)
					}
					got = append(got, describe(frame.Header{Fin: true, Opcode: op}, p.Bytes()))
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Fatalf("%v, %s, pieces of %d (-want +got):\n%s", role, name, size, diff)
				}
				if _, _, err := c.Reader(t.Context()); err == nil {
					t.Error("Reader after the end has no error")
				}
			}
		}
	}
}

// The reader keeps to what package io says about readers.
func TestReaderConforms(t *testing.T) {
	for _, n := range []int{0, 1, 100, 40 << 10} {
		p := from(conn.Client)
		half := string(pattern(n)[:n/2])
		in := p.part(frame.Binary, half) + p.whole(frame.Ping, "") + p.part(frame.Continuation, "") + p.whole(frame.Continuation, string(pattern(n))[n/2:])
		c := conn.New(&tape{Reader: strings.NewReader(in)}, conn.Server, nil)
		_, r, err := c.Reader(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := iotest.TestReader(r, pattern(n)); err != nil {
			t.Error(err)
		}
		if m, err := r.Read(make([]byte, 1)); m != 0 || err != io.EOF {
			t.Errorf("Read at the end: %d, %v; want io.EOF again", m, err)
		}
	}
}

// A message that is not read to its end is dropped by whatever reads next.
func TestReaderDropped(t *testing.T) {
	p := from(conn.Client)
	in := p.part(frame.Text, "drop") + p.whole(frame.Ping, "!") + p.whole(frame.Continuation, string(pattern(40<<10))) + p.whole(frame.Text, "next")
	for name, read := range map[string]func(context.Context, *conn.Conn) (frame.Opcode, []byte, error){
		"Read": reads["Read"], "Append": reads["Append"], "Reader": readStream,
	} {
		for _, taken := range []int{0, 2, 4, 10 << 10} {
			c := conn.New(&tape{Reader: strings.NewReader(in)}, conn.Server, nil)
			_, r, err := c.Reader(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.CopyN(io.Discard, r, int64(taken)); err != nil {
				t.Fatal(err)
			}
			if _, got, err := read(t.Context(), c); string(got) != "next" || err != nil {
				t.Errorf("%s after %d bytes: %q, %v; want next", name, taken, got, err)
			}
			if n, err := r.Read(make([]byte, 1)); n != 0 || err == nil || err == io.EOF {
				t.Errorf("the old reader: %d bytes, %v; want an error of its own", n, err)
			}
		}
	}
}

// Dropping can be cancelled as well. The old reader does not come back with a
// hole in its message.
func TestDroppingCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := pipe.open(t, conn.Server, nil)
		go p.send(p.part(frame.Text, "a"), p.part(frame.Continuation, "hole"))
		_, r, err := c.Reader(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() {
			_, _, err := c.Read(ctx)
			ended <- err
		}()
		synctest.Wait()
		cancel()
		if err := <-ended; err != context.Canceled {
			t.Errorf("Read: %v; want context.Canceled", err)
		}
		go p.send(p.whole(frame.Continuation, "rest"), p.whole(frame.Text, "next"))
		if p, err := io.ReadAll(r); len(p) > 0 || err == nil {
			t.Errorf("the old reader: %q, %v; want an error", p, err)
		}
		if _, got, err := c.Read(t.Context()); string(got) != "next" || err != nil {
			t.Errorf("Read: %q, %v; want next", got, err)
		}
	})
}

// A reader gives out only what is valid, and fails at the first byte that is not.
func TestReaderOfBrokenText(t *testing.T) {
	rfc.Covers(t, "8.1/text-utf8")
	p := from(conn.Client)
	c := conn.New(&tape{Reader: strings.NewReader(p.part(frame.Text, "é") + p.part(frame.Continuation, "ab") + p.part(frame.Continuation, "\xff"))}, conn.Server, nil)
	_, r, err := c.Reader(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(r)
	var pe frame.ProtocolError
	if string(got) != "éab" || !errors.As(err, &pe) || pe.Code != frame.CloseInvalidPayload {
		t.Errorf("%q, %v; want éab and 1007", got, err)
	}
}

// The reader uses the context that Reader got.
func TestReaderCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, p := pipe.open(t, conn.Server, nil)
		go p.send(p.part(frame.Text, "a"))
		ctx, cancel := context.WithCancel(t.Context())
		_, r, err := c.Reader(ctx)
		if err != nil {
			t.Fatal(err)
		}
		ended := make(chan error)
		go func() {
			got, err := io.ReadAll(r)
			if string(got) != "a" {
				t.Errorf("the reader gives %q; want a", got)
			}
			ended <- err
		}()
		synctest.Wait()
		cancel()
		if err := <-ended; err != context.Canceled {
			t.Errorf("the reader: %v; want context.Canceled", err)
		}
		go p.send(p.whole(frame.Continuation, "b"), p.whole(frame.Text, "next"))
		if _, got, err := c.Read(t.Context()); string(got) != "next" || err != nil {
			t.Errorf("Read: %q, %v; want next", got, err)
		}
	})
}
