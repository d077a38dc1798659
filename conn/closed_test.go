package conn_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"rfc6455/conn"
	"rfc6455/frame"
	"rfc6455/internal/rfc"
)

// The peer's close frame is answered with its code, and is what reads return.
func TestCloseAnswered(t *testing.T) {
	rfc.Covers(t, "5.5.1/close-answered", "7.1.5/no-status")
	long := strings.Repeat("é", 61) + "!" // 123 bytes
	for _, role := range roles {
		for _, want := range []conn.CloseError{
			{Code: 1000, Reason: "bye"}, {Code: 1001}, {Code: 1002}, {Code: 1003}, {Code: 1007}, {Code: 1011}, {Code: 1014},
			{Code: 3000}, {Code: 3999, Reason: long}, {Code: 4000}, {Code: 4999}, {Code: frame.CloseNoStatus},
		} {
			t.Run(fmt.Sprintf("%v/%d", role, want.Code), func(t *testing.T) {
				rw := &tape{Reader: strings.NewReader(from(other(role)).close(want.Code, want.Reason))}
				c := conn.New(rw, role, nil)
				_, _, err := c.Read(t.Context())
				if err != error(want) {
					t.Errorf("Read: %v; want %v", err, want)
				}
				if diff := cmp.Diff([]string{fmt.Sprintf("close %d", want.Code)}, rw.sent(t, role)); diff != "" {
					t.Errorf("answer (-want +got):\n%s", diff)
				}
				if sent, received := c.CloseStatus(); sent.Code != want.Code || received != want {
					t.Errorf("CloseStatus: %v, %v; want code %d both and the reason", sent, received, want.Code)
				}
				if !rw.closed {
					t.Error("the transport is still open")
				}
			})
		}
	}
}

func TestIllegalClose(t *testing.T) {
	rfc.Covers(t, "5.5.1/close-code-length", "7.4/close-code-range", "8.1/close-reason-utf8")
	for _, role := range roles {
		for payload, code := range map[string]frame.CloseCode{
			"\x03":           frame.CloseProtocolError, // one byte
			"\x00\x00":       frame.CloseProtocolError, // 0
			"\x03\xe7":       frame.CloseProtocolError, // 999
			"\x03\xec":       frame.CloseProtocolError, // 1004
			"\x03\xed":       frame.CloseProtocolError, // 1005
			"\x03\xee":       frame.CloseProtocolError, // 1006
			"\x03\xf7":       frame.CloseProtocolError, // 1015
			"\x07\xd0":       frame.CloseProtocolError, // 2000
			"\x0b\xb7":       frame.CloseProtocolError, // 2999
			"\x13\x88":       frame.CloseProtocolError, // 5000
			"\xff\xff":       frame.CloseProtocolError,
			"\x03\xe8\xff":   frame.CloseInvalidPayload,
			"\x03\xe8ab\xc3": frame.CloseInvalidPayload,
		} {
			rw := &tape{Reader: strings.NewReader(from(other(role)).whole(frame.Close, payload))}
			_, _, err := conn.New(rw, role, nil).Read(t.Context())
			var pe frame.ProtocolError
			if !errors.As(err, &pe) || pe.Code != code {
				t.Errorf("%v, payload %x: %v; want a ProtocolError with %v", role, payload, err, code)
			}
			if sent := rw.sent(t, role); len(sent) != 1 || !strings.HasPrefix(sent[0], fmt.Sprintf("close %d ", code)) {
				t.Errorf("%v, payload %x: it sends %q; want close %d", role, payload, sent, code)
			}
		}
	}
}

// A client that is asked to close waits for the server too.
func TestClientAnswersAndWaits(t *testing.T) {
	rfc.Covers(t, "5.5.1/client-waits", "7.1.1/server-closes-tcp-first", "5.5.1/close-answered-soon")
	synctest.Test(t, func(t *testing.T) {
		c, p := pipe.open(t, conn.Client, &conn.Options{CloseTimeout: closeTimeout})
		read := make(chan error)
		go func() {
			_, _, err := c.Read(t.Context())
			read <- err
		}()
		p.send(p.close(1001, "away"))
		p.want("close 1001")
		synctest.Wait()
		select {
		case err := <-read:
			t.Errorf("Read ends before the server has closed: %v", err)
		default:
		}
		p.Close()
		if err, want := <-read, error(conn.CloseError{Code: 1001, Reason: "away"}); err != want {
			t.Errorf("Read: %v; want %v", err, want)
		}
	})
}

// After the peer's close frame, and after a fault, nothing is looked at.
func TestNothingAfterTheEnd(t *testing.T) {
	for _, role := range roles {
		p := from(other(role))
		for id, in := range map[string]string{
			"7.1.7/no-processing-after-fail": p.part(frame.Text, "a") + p.whole(frame.Text, "b"),
			"5.5.2/ping-answered":            p.part(frame.Text, "a") + p.close(1000, ""),
		} {
			t.Run(fmt.Sprint(id, role), func(t *testing.T) {
				rfc.Covers(t, id)
				var seen []string
				opts := &conn.Options{Trace: &conn.Trace{Received: func(_ *conn.Conn, h frame.Header, _ int64, p []byte) {
					seen = append(seen, describe(h, p))
				}}}
				after := p.whole(frame.Ping, "!") + p.whole(frame.Continuation, "x") + p.whole(frame.Text, "y") + p.close(4000, "")
				got, err := play(t, role, opts, strings.NewReader(in+after))
				if len(got.Messages) > 0 || len(got.Sent) != 1 || !strings.HasPrefix(got.Sent[0], "close 100") {
					t.Errorf("%v, %v; want no message, and only a close frame sent", got, err)
				}
				if strings.Contains(fmt.Sprint(seen), "!") {
					t.Errorf("it has looked at %v", seen)
				}
			})
		}
	}
}

// The transport ends without a closing handshake.
func TestTransportLost(t *testing.T) {
	rfc.Covers(t, "7.2.1/transport-lost")
	for _, role := range roles {
		p := from(other(role))
		for _, in := range []string{"", p.part(frame.Text, "a"), p.whole(frame.Text, "ab")[:3], p.close(1000, "bye")[:5]} {
			rw := &tape{Reader: strings.NewReader(in)}
			c := conn.New(rw, role, nil)
			_, _, err := c.Read(t.Context())
			var ce conn.CloseError
			if !errors.As(err, &ce) || ce.Code != frame.CloseAbnormal || !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("after %q: %v; want a CloseError with 1006 that wraps io.ErrUnexpectedEOF", in, err)
			}
			if len(rw.writes) > 0 || !rw.closed {
				t.Errorf("after %q: %q is sent, closed: %v", in, rw.writes, rw.closed)
			}
		}
	}
}

// The peer has closed with a code, and its end of the transport at once. What
// becomes of the answer does not matter.
func TestCloseCodeOutlivesTransport(t *testing.T) {
	want := conn.CloseError{Code: 4000, Reason: "enough"}
	for _, tr := range transports {
		for _, role := range roles {
			t.Run(tr.name+"/"+role.String(), func(t *testing.T) {
				c, p := tr.open(t, role, nil)
				go func() {
					p.send(p.close(want.Code, want.Reason))
					p.Close()
				}()
				if _, _, err := c.Read(t.Context()); err != error(want) {
					t.Errorf("Read: %v; want %v", err, want)
				}
				if _, received := c.CloseStatus(); received != want {
					t.Errorf("CloseStatus: received %v; want %v", received, want)
				}
			})
		}
	}
}

// A connection that fails tells the peer why, and the peer can read it also
// where it is still sending.
func TestFailIsReadable(t *testing.T) {
	rfc.Covers(t, "7.1.7/fail-sends-close", "7.1.7/server-closes", "7.1.7/client-closes", "7.1.1/clean-close", "7.2.1/client-fails", "10.7/invalid-sends-close")
	limited := &conn.Options{MaxMessageSize: 1 << 10}
	for _, role := range roles {
		for _, tr := range []transport{tcp, {"unix", unixPair}, overTLS} {
			t.Run(tr.name+"/"+role.String(), func(t *testing.T) {
				near, far := tr.pair(t)
				if role == conn.Server {
					near, far = far, near
				}
				sendTooMuch(t, conn.New(near, role, limited), conn.New(far, other(role), nil))
			})
		}
		t.Run("pipe/"+role.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				a, b := conn.Pipe(limited, limited)
				if role == conn.Client {
					sendTooMuch(t, a, b)
				} else {
					sendTooMuch(t, b, a)
				}
				if d := time.Since(start); d > 0 {
					t.Errorf("it took %v", d)
				}
			})
		})
	}
}

func sendTooMuch(t *testing.T, failing, other *conn.Conn) {
	ctx := context.Background()
	defer meanwhile(func() {
		_, _, err := failing.Read(ctx)
		var pe frame.ProtocolError
		if !errors.As(err, &pe) || pe.Code != frame.CloseMessageTooBig {
			t.Errorf("Read of the end that fails: %v; want 1009", err)
		}
	})()
	defer meanwhile(func() { other.Write(ctx, frame.Binary, pattern(8<<20)) })()
	_, _, err := other.Read(ctx)
	var ce conn.CloseError
	if !errors.As(err, &ce) || ce.Code != frame.CloseMessageTooBig || ce.Reason == "" {
		t.Errorf("Read of the other end: %v; want 1009 and the reason", err)
	}
}

// A close frame is answered also in a Read whose context has ended.
func TestCloseAnsweredInCancelledRead(t *testing.T) {
	rfc.Covers(t, "5.5.1/close-answered")
	for _, tr := range []transport{pipe, tcp, overTLS} {
		t.Run(tr.name, func(t *testing.T) {
			c, p := tr.open(t, conn.Server, nil)
			defer meanwhile(func() {
				p.send(p.whole(frame.Text, string(pattern(100))), p.close(4000, "")) // together
				p.want("close 4000")
				p.wantEnd()
			})()
			defer c.CloseNow()
			if _, _, err := c.Read(t.Context()); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if _, _, err := c.Read(ctx); err != error(conn.CloseError{Code: 4000}) {
				t.Errorf("Read: %v; want the close frame that was here already", err)
			}
		})
	}
}
