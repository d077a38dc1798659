package conn_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rfc6455/conn"
	"rfc6455/frame"
	"rfc6455/internal/rfc"
)

type point struct{ X, Y int }

func TestReadJSON(t *testing.T) {
	p := from(conn.Client)
	in := p.whole(frame.Text, `{"X":1,"Y":2}`) + p.part(frame.Text, `{"X":`) + p.whole(frame.Continuation, `3}`) +
		p.whole(frame.Text, `{"X":`) + p.whole(frame.Text, `{"X":"one"}`) + p.whole(frame.Text, "") + p.whole(frame.Text, `[4]`)
	c := conn.New(&tape{Reader: strings.NewReader(in)}, conn.Server, nil)
	for _, want := range []point{{1, 2}, {3, 0}} {
		if got, err := conn.ReadJSON[point](t.Context(), c); got != want || err != nil {
			t.Errorf("ReadJSON: %v, %v; want %v", got, err, want)
		}
	}
	// What is no JSON, and what does not fit, is the caller's affair.
	var syntax *json.SyntaxError
	if _, err := conn.ReadJSON[point](t.Context(), c); !errors.As(err, &syntax) {
		t.Errorf("half an object: %v; want a json.SyntaxError", err)
	}
	var fits *json.UnmarshalTypeError
	if _, err := conn.ReadJSON[point](t.Context(), c); !errors.As(err, &fits) {
		t.Errorf("a string for a number: %v; want a json.UnmarshalTypeError", err)
	}
	if _, err := conn.ReadJSON[point](t.Context(), c); !errors.As(err, &syntax) {
		t.Errorf("an empty message: %v; want a json.SyntaxError", err)
	}
	if got, err := conn.ReadJSON[[]int](t.Context(), c); !cmp.Equal(got, []int{4}) || err != nil {
		t.Errorf("ReadJSON: %v, %v; want [4]", got, err)
	}
	var ce conn.CloseError
	if _, err := conn.ReadJSON[point](t.Context(), c); !errors.As(err, &ce) {
		t.Errorf("at the end: %v; want a CloseError", err)
	}
}

// Only text is JSON.
func TestReadJSONOfBinary(t *testing.T) {
	rfc.Covers(t, "7.4.1/unsupported-data")
	p := from(conn.Client)
	rw := &tape{Reader: strings.NewReader(p.whole(frame.Binary, `{"X":1}`) + p.close(1003, ""))}
	c := conn.New(rw, conn.Server, nil)
	if v, err := conn.ReadJSON[point](t.Context(), c); v != (point{}) || err == nil {
		t.Errorf("ReadJSON: %v, %v; want an error", v, err)
	}
	if sent := rw.sent(t, conn.Server); len(sent) != 1 || !strings.HasPrefix(sent[0], "close 1003 ") {
		t.Errorf("it sends %q; want close 1003", sent)
	}
}

func TestWriteJSON(t *testing.T) {
	rw := &tape{}
	c := conn.New(rw, conn.Server, nil)
	if err := conn.WriteJSON(t.Context(), c, point{1, 2}); err != nil {
		t.Error(err)
	}
	var kind *json.UnsupportedTypeError
	if err := conn.WriteJSON(t.Context(), c, make(chan int)); !errors.As(err, &kind) {
		t.Errorf("WriteJSON of a channel: %v; want a json.UnsupportedTypeError", err)
	}
	if err := conn.WriteJSON(t.Context(), c, any(nil)); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{`text "{\"X\":1,\"Y\":2}"`, `text "null"`}, rw.sent(t, conn.Server)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
