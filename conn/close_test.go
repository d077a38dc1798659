package conn_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"rfc6455/conn"
	"rfc6455/frame"
	"rfc6455/internal/rfc"
)

const closeTimeout = 3 * time.Second

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

// What must not be sent is refused, and the connection stays as it was.
func TestCloseRefused(t *testing.T) {
	rfc.Covers(t, "7.4.1/no-1005", "7.4.1/no-1006", "7.4.1/no-1015")
	tests := []struct {
		role   conn.Role
		code   frame.CloseCode
		reason string
	}{
		{conn.Client, 0, ""},
		{conn.Client, 999, ""},
		{conn.Client, 1004, ""},
		{conn.Client, 1005, "a reason"},
		{conn.Client, 1006, ""},
		{conn.Client, 1015, ""},
		{conn.Client, 2999, ""},
		{conn.Client, 5000, ""},
		{conn.Client, 1000, strings.Repeat("x", 124)},
		{conn.Client, 1000, "\xff"},
		{conn.Server, 1010, ""},
	}
	for _, tt := range tests {
		rw := &tape{}
		c := conn.New(rw, tt.role, nil)
		if err := c.Close(tt.code, tt.reason); err == nil || errors.Is(err, net.ErrClosed) {
			t.Errorf("Close(%d, %q): %v; want a refusal", tt.code, tt.reason, err)
		}
		if err := c.Write(t.Context(), frame.Text, []byte("on")); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff([]string{`text "on"`}, rw.sent(t, tt.role)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

// The whole handshake from this end, in both roles.
func TestClose(t *testing.T) {
	rfc.Covers(t, "7.1.2/close-frame-sent", "7.1.2/closed-after-both", "5.5.1/tcp-closed-after-both")
	t.Run("server", func(t *testing.T) {
		rfc.Covers(t, "5.5.1/server-closes-at-once", "7.1.1/server-closes-at-once", "7.1.1/server-closes-tcp-first")
		synctest.Test(t, func(t *testing.T) {
			c, p := pipe.open(t, conn.Server, nil)
			defer meanwhile(func() {
				p.want(`close 4000 "bye"`)
				p.send(p.close(4000, ""))
				p.wantEnd()
			})()
			start := time.Now()
			if err := c.Close(4000, "bye"); err != nil {
				t.Error(err)
			}
			if d := time.Since(start); d > 0 {
				t.Errorf("it took %v", d)
			}
			<-c.Done()
		})
	})
	t.Run("client", func(t *testing.T) {
		rfc.Covers(t, "5.5.1/client-waits", "7.1.1/client-waits", "7.1.1/server-closes-tcp-first")
		synctest.Test(t, func(t *testing.T) {
			c, p := pipe.open(t, conn.Client, &conn.Options{CloseTimeout: closeTimeout})
			defer meanwhile(func() {
				p.want(`close 1000 "bye"`)
				p.send(p.close(1000, "see you"))
				pass(closeTimeout / 2)
				p.Close()
			})()
			start := time.Now()
			if err := c.Close(1000, "bye"); err != nil {
				t.Error(err)
			}
			if d := time.Since(start); d != closeTimeout/2 {
				t.Errorf("it took %v; want it to wait until the server has closed", d)
			}
			sent, received := c.CloseStatus()
			if want := (conn.CloseError{Code: 1000, Reason: "bye"}); sent != want {
				t.Errorf("sent: %v; want %v", sent, want)
			}
			if want := (conn.CloseError{Code: 1000, Reason: "see you"}); received != want {
				t.Errorf("received: %v; want %v", received, want)
			}
		})
	})
	t.Run("client of a server that does not close", func(t *testing.T) {
		rfc.Covers(t, "5.5.1/client-waits-bounded", "7.1.1/client-closes-tcp")
		synctest.Test(t, func(t *testing.T) {
			c, p := pipe.open(t, conn.Client, &conn.Options{CloseTimeout: closeTimeout})
			defer meanwhile(func() {
				p.want(`close 1000`)
				p.send(p.close(1000, ""))
				p.wantEnd()
			})()
			start := time.Now()
			if err := c.Close(1000, ""); err != nil {
				t.Error(err)
			}
			if d := time.Since(start); d != closeTimeout {
				t.Errorf("it took %v; want %v", d, closeTimeout)
			}
		})
	})
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

// Two ends of the library close at the same time, or one of them.
func TestCloseOfBothEnds(t *testing.T) {
	for _, tr := range transports {
		for _, closing := range [][]conn.Role{{conn.Client}, {conn.Server}, {conn.Client, conn.Server}} {
			t.Run(fmt.Sprint(tr.name, closing), func(t *testing.T) {
				rfc.Covers(t, "5.5.1/close-both-at-once", "7.1.1/clean-close")
				near, far := tr.pair(t)
				ends := map[conn.Role]*conn.Conn{conn.Client: conn.New(near, conn.Client, nil), conn.Server: conn.New(far, conn.Server, nil)}
				for role, c := range ends {
					if len(closing) == 1 && closing[0] != role {
						defer meanwhile(func() {
							_, _, err := c.Read(context.Background())
							if want := (conn.CloseError{Code: 4000 + frame.CloseCode(closing[0])}); err != error(want) {
								t.Errorf("Read of the %v: %v; want %v", role, err, want)
							}
						})()
						continue
					}
					defer meanwhile(func() {
						if err := c.Close(4000+frame.CloseCode(role), ""); err != nil {
							t.Errorf("Close of the %v: %v", role, err)
						}
					})()
				}
			})
		}
	}
}

// A closing handshake takes no longer than its time, whatever the peer sends
// meanwhile.
func TestCloseTimeout(t *testing.T) {
	for _, role := range roles {
		p := from(other(role))
		for name, says := range map[string]struct{ first, again string }{
			"is silent":            {},
			"sends messages":       {"", p.whole(frame.Text, "x")},
			"sends pings":          {"", p.whole(frame.Ping, "x")},
			"sends fragments":      {p.part(frame.Text, ""), p.part(frame.Continuation, "x")},
			"sends a long frame":   {p.header(frame.Binary, 1<<20), "x"},
			"never ends its close": {p.close(1000, "and a reason")[:10], ""},
		} {
			t.Run(fmt.Sprintf("%v of a peer that %s", role, name), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					c, p := pipe.open(t, role, &conn.Options{CloseTimeout: closeTimeout})
					go io.Copy(io.Discard, p)
					defer meanwhile(func() {
						_, err := io.WriteString(p, says.first)
						for err == nil && says.again != "" {
							pass(closeTimeout / 10)
							_, err = io.WriteString(p, says.again)
						}
					})()
					start := time.Now()
					err := c.Close(frame.CloseNormal, "")
					if err == nil || !strings.Contains(err.Error(), "Options.CloseTimeout") {
						t.Errorf("Close: %v; want an error that names Options.CloseTimeout", err)
					}
					if d := time.Since(start); d != closeTimeout {
						t.Errorf("it took %v; want %v", d, closeTimeout)
					}
					sent, received := c.CloseStatus()
					if sent.Code != frame.CloseNormal || received.Code != frame.CloseAbnormal {
						t.Errorf("CloseStatus: %v, %v; want 1000 and 1006", sent, received)
					}
				})
			})
		}
	}
}

// A peer that takes no byte cannot hold up a Close, also behind a writer that is
// stuck, and over TLS, which would like to say goodbye.
func TestCloseAtStuckPeer(t *testing.T) {
	for _, tr := range []transport{pipe, {"tls", tlsPipe}} {
		for _, writers := range []int{0, 1, 3} {
			t.Run(fmt.Sprintf("%s, %d writers", tr.name, writers), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					c, _ := tr.open(t, conn.Server, &conn.Options{CloseTimeout: closeTimeout})
					wrote := make(chan error)
					for range writers {
						go func() { wrote <- c.Write(t.Context(), frame.Binary, pattern(100)) }()
					}
					synctest.Wait()
					start := time.Now()
					if err := c.Close(frame.CloseNormal, ""); err == nil {
						t.Error("Close has no error")
					}
					if d := time.Since(start); d != closeTimeout {
						t.Errorf("it took %v; want %v", d, closeTimeout)
					}
					for range writers {
						if err := <-wrote; err == nil {
							t.Error("a Write that was stuck has no error")
						}
					}
					if sent, _ := c.CloseStatus(); sent.Code != frame.CloseAbnormal {
						t.Errorf("CloseStatus: sent %v; want 1006, since no close frame went out", sent)
					}
					<-c.Done()
				})
			})
		}
	}
}

// While somebody reads, that one gets what comes until the peer closes.
func TestCloseWithReader(t *testing.T) {
	for _, role := range roles {
		synctest.Test(t, func(t *testing.T) {
			c, p := pipe.open(t, role, nil)
			go func() {
				p.send(p.whole(frame.Text, "a"))
				p.want("close 1000")
				p.send(p.part(frame.Text, "b"), p.whole(frame.Continuation, "c"), p.close(1000, "done"))
				p.Close()
			}()
			var got []string
			read := make(chan error)
			go func() {
				for {
					_, p, err := c.Read(t.Context())
					if err != nil {
						read <- err
						return
					}
					got = append(got, string(p))
				}
			}()
			synctest.Wait()
			if err := c.Close(frame.CloseNormal, ""); err != nil {
				t.Error(err)
			}
			if err, want := <-read, error(conn.CloseError{Code: 1000, Reason: "done"}); err != want {
				t.Errorf("Read: %v; want %v", err, want)
			}
			if diff := cmp.Diff([]string{"a", "bc"}, got); diff != "" {
				t.Errorf("%v: messages (-want +got):\n%s", role, diff)
			}
		})
	}
}

// Without a reader Close drops what comes, from the middle of a message too.
func TestCloseWithoutReader(t *testing.T) {
	for _, tr := range transports {
		t.Run(tr.name, func(t *testing.T) {
			c, p := tr.open(t, conn.Server, nil)
			defer meanwhile(func() {
				p.send(p.part(frame.Text, "a"), p.part(frame.Continuation, string(pattern(100<<10))))
				p.want("close 1000")
				p.send(p.whole(frame.Ping, "no answer"), p.whole(frame.Continuation, ""), p.whole(frame.Binary, string(pattern(1<<20))), p.close(1000, ""))
				p.wantEnd()
			})()
			defer c.CloseNow()
			if _, r, err := c.Reader(t.Context()); err != nil {
				t.Fatal(err)
			} else if _, err := io.ReadFull(r, make([]byte, 2)); err != nil {
				t.Fatal(err)
			}
			if err := c.Close(frame.CloseNormal, ""); err != nil {
				t.Error(err)
			}
		})
	}
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
		for _, tr := range []transport{{"tcp", tcpPair}, {"unix", unixPair}, {"tls", tlsPair}} {
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

// Nobody has a reason to close, so nobody closes.
func TestStaysOpen(t *testing.T) {
	rfc.Covers(t, "7.1.7/client-stays", "7.2.1/client-stays", "7.3/client-stays")
	synctest.Test(t, func(t *testing.T) {
		a, b := conn.Pipe(nil, nil)
		defer a.CloseNow()
		go echo(b)
		for range 3 {
			if err := a.Write(t.Context(), frame.Text, nil); err != nil {
				t.Fatal(err)
			}
			if _, _, err := a.Read(t.Context()); err != nil {
				t.Fatal(err)
			}
			pass(365 * 24 * time.Hour)
		}
	})
}

func TestDone(t *testing.T) {
	a, b := conn.Pipe(nil, nil)
	before := a.Done()
	select {
	case <-before:
		t.Error("Done before the end")
	default:
	}
	a.CloseNow()
	<-before
	<-a.Done()
	if _, _, err := b.Read(t.Context()); err == nil {
		t.Error("the other end has no error")
	}
	<-b.Done() // made after the end
}

// A close frame is answered also in a Read whose context has ended.
func TestCloseAnsweredInCancelledRead(t *testing.T) {
	rfc.Covers(t, "5.5.1/close-answered")
	for _, tr := range []transport{pipe, tcp, {"tls", tlsPair}} {
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
