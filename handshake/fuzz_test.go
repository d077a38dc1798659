package handshake_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rfc6455/handshake"
)

// What parses keeps its meaning when it is written and read again. What is a
// valid handshake has an answer that a client accepts. What is not has a
// refusal that can be read.
func FuzzParseRequest(f *testing.F) {
	f.Add([]byte(sampleRequest))
	f.Fuzz(func(t *testing.T, head []byte) {
		r, err := handshake.ParseRequest(head)
		if err != nil {
			checkRefusal(t, err)
			return
		}
		again, err := handshake.ParseRequest(handshake.AppendRequest(nil, r))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(r, again); diff != "" {
			t.Fatalf("read again (-first +again):\n%s", diff)
		}
		offer, err := handshake.CheckRequest(r)
		if err != nil {
			checkRefusal(t, err)
			return
		}
		subprotocol := ""
		if len(offer.Subprotocols) > 0 {
			subprotocol = offer.Subprotocols[0]
		}
		answer, err := offer.Answer(subprotocol, offer.Extensions, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := handshake.ParseResponse(handshake.AppendResponse(nil, answer))
		if err != nil {
			t.Fatal(err)
		}
		if err := handshake.CheckResponse(r, resp); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(answer, resp); diff != "" {
			t.Fatalf("answer (-sent +received):\n%s", diff)
		}
	})
}

func checkRefusal(t *testing.T, err error) {
	t.Helper()
	var he *handshake.Error
	if !errors.As(err, &he) || he.Section == "" || he.Rule == "" || he.Status < 400 {
		t.Fatalf("error %#v", err)
	}
	wire := handshake.AppendResponse(nil, he.Response())
	head, _, err := handshake.ReadHead(bytes.NewReader(wire), nil, handshake.DefaultMaxHead)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := handshake.ParseResponse(head); err != nil {
		t.Fatal(err)
	}
}

func FuzzParseResponse(f *testing.F) {
	f.Add([]byte(sampleResponse))
	f.Fuzz(func(t *testing.T, head []byte) {
		resp, err := handshake.ParseResponse(head)
		if err != nil {
			checkRefusal(t, err)
			return
		}
		// Writing may add a Content-Length, but only once.
		once := handshake.AppendResponse(nil, resp)
		again, err := handshake.ParseResponse(once)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(once, handshake.AppendResponse(nil, again)); diff != "" {
			t.Fatalf("written again (-first +again):\n%s", diff)
		}
		if diff := cmp.Diff(resp.Header, again.Header[:len(resp.Header)]); diff != "" {
			t.Fatalf("read again (-first +again):\n%s", diff)
		}
		req, err := handshake.ParseRequest([]byte(sampleRequest))
		if err != nil {
			t.Fatal(err)
		}
		if err := handshake.CheckResponse(req, resp); err != nil {
			checkRefusal(t, err)
		}
	})
}

func FuzzExtensions(f *testing.F) {
	f.Add("mux; max-channels=4; flow-control, deflate-stream")
	f.Fuzz(func(t *testing.T, value string) {
		list, err := handshake.ParseExtensions(value)
		if err != nil {
			checkRefusal(t, err)
			return
		}
		again, err := handshake.ParseExtensions(string(handshake.AppendExtensions(nil, list)))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(list, again); diff != "" {
			t.Fatalf("read again (-first +again):\n%s", diff)
		}
	})
}
