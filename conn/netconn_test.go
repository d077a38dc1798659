package conn_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"rfc6455/conn"
	"rfc6455/frame"
)

// A stream has no messages: what arrives is the bytes of all of them.
func TestNetConnRead(t *testing.T) {
	for _, role := range roles {
		f := from(other(role))
		wire := f.whole(frame.Binary, "one,") +
			f.whole(frame.Binary, "") +
			f.whole(frame.Text, "two,") +
			f.part(frame.Binary, "th") + f.whole(frame.Ping, "?") + f.part(frame.Continuation, "") + f.whole(frame.Continuation, "ree,") +
			f.whole(frame.Binary, string(pattern(100_000))) +
			f.close(frame.CloseNormal, "")
		want := []byte("one,two,three," + string(pattern(100_000)))
		t.Run(role.String(), func(t *testing.T) {
			n := conn.New(&tape{Reader: strings.NewReader(wire)}, role, nil).NetConn(frame.Binary)
			// It reads with buffers of all sizes, and looks at the end too.
			if err := iotest.TestReader(n, want); err != nil {
				t.Error(err)
			}
		})
	}
}

// Only what the peer has ended as agreed is an end of the stream.
func TestNetConnEnd(t *testing.T) {
	tests := []struct {
		name string
		end  string
		want error // of Read; the others are errors of Read that tell more
		code frame.CloseCode
	}{
		{"1000", from(conn.Client).close(frame.CloseNormal, "done"), io.EOF, 0},
		{"1001", from(conn.Client).close(frame.CloseGoingAway, ""), io.EOF, 0},
		{"no code", from(conn.Client).close(frame.CloseNoStatus, ""), nil, frame.CloseNoStatus},
		{"1011", from(conn.Client).close(frame.CloseInternalError, ""), nil, frame.CloseInternalError},
		{"4000", from(conn.Client).close(4000, ""), nil, 4000},
		{"lost", "", io.ErrUnexpectedEOF, frame.CloseAbnormal},
		{"lost in mid-frame", from(conn.Client).header(frame.Binary, 1), io.ErrUnexpectedEOF, frame.CloseAbnormal},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			wire := from(conn.Client).whole(frame.Binary, "all") + tt.end
			n := conn.New(&tape{Reader: strings.NewReader(wire)}, conn.Server, nil).NetConn(frame.Binary)
			if _, err := io.ReadFull(n, make([]byte, 3)); err != nil {
				t.Fatal(err)
			}
			for range 2 { // the second time is like the first
				_, err := n.Read(make([]byte, 1))
				var ce conn.CloseError
				errors.As(err, &ce)
				if err == nil || tt.want != nil && !errors.Is(err, tt.want) || ce.Code != tt.code {
					t.Errorf("error %v with close code %d, want %v with %d", err, ce.Code, tt.want, tt.code)
				}
				if (err == io.EOF) != (tt.want == io.EOF) {
					t.Errorf("the end is io.EOF: %v", err == io.EOF)
				}
			}
		})
	}
}

func TestNetConnWrite(t *testing.T) {
	for _, op := range []frame.Opcode{frame.Text, frame.Binary} {
		t.Run(op.String(), func(t *testing.T) {
			rw := &tape{}
			n := conn.New(rw, conn.Client, nil).NetConn(op)
			for _, s := range []string{"one", "", "three"} {
				if m, err := io.WriteString(n, s); m != len(s) || err != nil {
					t.Errorf("%d bytes of %q are written, error %v", m, s, err)
				}
			}
			want := []string{op.String() + ` "one"`, op.String() + ` ""`, op.String() + ` "three"`}
			if diff := cmp.Diff(want, rw.sent(t, conn.Client)); diff != "" {
				t.Errorf("sent (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("text is UTF-8", func(t *testing.T) {
		rw := &tape{}
		n := conn.New(rw, conn.Client, nil).NetConn(frame.Text)
		if m, err := n.Write([]byte{0xff}); m != 0 || err == nil || len(rw.writes) > 0 {
			t.Errorf("%d bytes written, error %v, sent %q; want nothing and an error", m, err, rw.writes)
		}
	})
}

func TestNetConnClose(t *testing.T) {
	t.Run("says 1000", func(t *testing.T) {
		c, p := pipe.open(t, conn.Server, nil)
		n := c.NetConn(frame.Binary)
		wait := meanwhile(func() {
			p.want("close 1000")
			p.send(p.close(frame.CloseNormal, ""))
			p.wantEnd()
		})
		if err := n.Close(); err != nil {
			t.Error(err)
		}
		wait()
		if _, err := n.Write([]byte("late")); !errors.Is(err, net.ErrClosed) {
			t.Errorf("a write after Close fails with %v, want net.ErrClosed", err)
		}
	})
	t.Run("after the peer", func(t *testing.T) {
		wire := from(conn.Client).close(frame.CloseNormal, "")
		n := conn.New(&tape{Reader: strings.NewReader(wire)}, conn.Server, nil).NetConn(frame.Binary)
		if _, err := n.Read(make([]byte, 1)); err != io.EOF {
			t.Fatal(err)
		}
		if _, err := n.Write([]byte("late")); !errors.Is(err, net.ErrClosed) {
			t.Errorf("a write fails with %v, want net.ErrClosed", err)
		}
		if err := n.Close(); err != nil {
			t.Errorf("Close: %v, though the peer has closed well", err)
		}
	})
	// Close ends the calls that wait, however many goroutines call it.
	t.Run("by many", func(t *testing.T) {
		client, server := conn.Pipe(nil, nil)
		n := client.NetConn(frame.Binary)
		answered := meanwhile(func() { server.Read(t.Context()) })
		read := make(chan error)
		go func() {
			_, err := n.Read(make([]byte, 1))
			read <- err
		}()
		var waits []func()
		for range 4 {
			waits = append(waits, meanwhile(func() { n.Close() }))
		}
		for _, wait := range waits {
			wait()
		}
		if err := <-read; err == nil {
			t.Error("a Read that waited has no error")
		}
		answered()
		<-client.Done()
	})
}

func TestNetConnAddr(t *testing.T) {
	c, p := tcp.open(t, conn.Client, nil)
	n := c.NetConn(frame.Binary)
	if got, want := n.LocalAddr().String(), p.RemoteAddr().String(); got != want {
		t.Errorf("the local address is %s, want %s", got, want)
	}
	if got, want := n.RemoteAddr().String(), p.LocalAddr().String(); got != want {
		t.Errorf("the remote address is %s, want %s", got, want)
	}
	n = conn.New(&tape{}, conn.Client, nil).NetConn(frame.Binary)
	for _, a := range []net.Addr{n.LocalAddr(), n.RemoteAddr()} {
		if a.Network() != "websocket" || a.String() != "websocket" {
			t.Errorf("the address without a net.Conn is %q %q", a.Network(), a)
		}
	}
}

// timedOut sees to it that err is what users of a net.Conn know as a timeout.
func timedOut(t *testing.T, err error) {
	t.Helper()
	var ne net.Error
	if !errors.Is(err, os.ErrDeadlineExceeded) || !errors.As(err, &ne) || !ne.Timeout() {
		t.Errorf("error %v, want os.ErrDeadlineExceeded", err)
	}
}

// inBubble runs a test of deadlines. The peer is on a pipe, and time stands
// still as long as somebody has something to do.
func inBubble(t *testing.T, name string, f func(t *testing.T, n net.Conn, p *peer)) {
	t.Run(name, func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c, p := pipe.open(t, conn.Server, nil)
			f(t, c.NetConn(frame.Binary), p)
		})
	})
}

func TestNetConnReadDeadline(t *testing.T) {
	in := func(d time.Duration) time.Time { return time.Now().Add(d) }

	inBubble(t, "past", func(t *testing.T, n net.Conn, p *peer) {
		n.SetReadDeadline(in(-time.Second))
		_, err := n.Read(make([]byte, 1))
		timedOut(t, err)
		n.SetReadDeadline(time.Time{})
		defer meanwhile(func() { p.send(p.whole(frame.Binary, "a")) })()
		if _, err := n.Read(make([]byte, 1)); err != nil {
			t.Errorf("without the deadline: %v", err)
		}
	})
	inBubble(t, "past, with bytes here", func(t *testing.T, n net.Conn, p *peer) {
		defer meanwhile(func() { p.send(p.whole(frame.Binary, "ab")) })()
		if _, err := n.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		n.SetReadDeadline(in(-time.Second))
		m, err := n.Read(make([]byte, 1))
		timedOut(t, err)
		if m != 0 {
			t.Errorf("%d bytes were read", m)
		}
		n.SetReadDeadline(time.Time{})
		b := make([]byte, 1)
		if _, err := n.Read(b); string(b) != "b" || err != nil {
			t.Errorf("without the deadline: %q, %v; want b", b, err)
		}
	})
	inBubble(t, "comes", func(t *testing.T, n net.Conn, p *peer) {
		start := time.Now()
		n.SetReadDeadline(in(time.Second))
		_, err := n.Read(make([]byte, 1))
		timedOut(t, err)
		if after := time.Since(start); after != time.Second {
			t.Errorf("it came after %v, want 1s", after)
		}
		_, err = n.Read(make([]byte, 1))
		timedOut(t, err) // it stays until it is moved
	})
	inBubble(t, "moved later", func(t *testing.T, n net.Conn, p *peer) {
		n.SetReadDeadline(in(time.Second))
		defer meanwhile(func() {
			pass(time.Second / 2)
			n.SetReadDeadline(in(time.Minute))
			pass(30 * time.Second)
			p.send(p.whole(frame.Binary, "a"))
		})()
		if _, err := n.Read(make([]byte, 1)); err != nil {
			t.Error(err)
		}
	})
	inBubble(t, "moved earlier", func(t *testing.T, n net.Conn, p *peer) {
		start := time.Now()
		n.SetDeadline(in(time.Minute))
		defer meanwhile(func() {
			pass(time.Second)
			n.SetDeadline(time.Now())
		})()
		_, err := n.Read(make([]byte, 1))
		timedOut(t, err)
		if after := time.Since(start); after != time.Second {
			t.Errorf("it came after %v, want 1s", after)
		}
	})
	// Wherever in the frame the deadline comes, the bytes are all there.
	inBubble(t, "loses nothing", func(t *testing.T, n net.Conn, p *peer) {
		wire := p.part(frame.Binary, "Hel") + p.whole(frame.Ping, "") + p.whole(frame.Continuation, "lo") + p.close(frame.CloseNormal, "")
		defer meanwhile(func() {
			for i := range len(wire) {
				pass(time.Second)
				p.send(wire[i : i+1])
			}
		})()
		defer meanwhile(func() { p.want(`pong ""`, "close 1000") })()
		var got bytes.Buffer
		var timeouts int
		for {
			n.SetReadDeadline(in(700 * time.Millisecond))
			_, err := io.Copy(&got, n)
			if err == nil {
				break
			}
			if !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Fatal(err)
			}
			timeouts++
		}
		if got.String() != "Hello" || timeouts < len(wire)/2 {
			t.Errorf("read %q with %d timeouts, want Hello and many", got.String(), timeouts)
		}
	})
}

func TestNetConnWriteDeadline(t *testing.T) {
	inBubble(t, "past", func(t *testing.T, n net.Conn, p *peer) {
		n.SetWriteDeadline(time.Now().Add(-time.Second))
		m, err := n.Write([]byte("never there"))
		timedOut(t, err)
		if m != 0 {
			t.Errorf("%d bytes were written", m)
		}
		n.SetWriteDeadline(time.Time{})
		defer meanwhile(func() { p.want(`binary "a"`) })()
		if _, err := n.Write([]byte("a")); err != nil {
			t.Errorf("without the deadline: %v", err)
		}
	})
	inBubble(t, "before the first byte", func(t *testing.T, n net.Conn, p *peer) {
		n.SetWriteDeadline(time.Now().Add(time.Second))
		_, err := n.Write([]byte("never there")) // the peer reads nothing
		timedOut(t, err)
		n.SetWriteDeadline(time.Now().Add(time.Second))
		defer meanwhile(func() { p.want(`binary "a"`) })()
		if _, err := n.Write([]byte("a")); err != nil {
			t.Errorf("with a new deadline: %v", err)
		}
	})
	// Half a frame cannot be taken back. It must not look as if another try
	// could succeed, as after a timeout.
	inBubble(t, "in mid-frame", func(t *testing.T, n net.Conn, p *peer) {
		n.SetWriteDeadline(time.Now().Add(time.Second))
		defer meanwhile(func() { io.ReadFull(p, make([]byte, 4)) })()
		if _, err := n.Write([]byte("Hello")); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("error %v, want the end of the connection", err)
		}
		n.SetDeadline(time.Time{})
		if _, err := n.Write([]byte("a")); !errors.Is(err, net.ErrClosed) {
			t.Errorf("the next write fails with %v, want net.ErrClosed", err)
		}
		if _, err := n.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("the next read fails with %v, want the end of the connection", err)
		}
	})
}

// A tunnel: HTTP in TLS in a WebSocket. The server of net/http interrupts its own
// reads with deadlines, between any two requests.
func TestNetConnTunnel(t *testing.T) {
	a, b := tcpPair(t)
	client, server := secure(t)(
		conn.New(a, conn.Client, nil).NetConn(frame.Binary),
		conn.New(b, conn.Server, nil).NetConn(frame.Binary))

	l := &listener{accept: make(chan net.Conn, 1), closed: make(chan struct{})}
	l.accept <- server
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		fmt.Fprintf(w, "%s %s", r.URL.Path, body)
	})}
	defer meanwhile(func() { s.Serve(l) })()
	defer s.Close()

	dials := 0
	tr := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		if dials++; dials > 1 {
			return nil, fmt.Errorf("dial %d: the first connection was not kept", dials)
		}
		return client, nil
	}}
	defer tr.CloseIdleConnections()
	for i := range 3 {
		body := string(pattern(i * 50_000))
		resp, err := (&http.Client{Transport: tr}).Post(fmt.Sprintf("http://inside/%d", i), "text/plain", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if want := fmt.Sprintf("/%d %s", i, body); err != nil || string(got) != want {
			t.Fatalf("answer of %d bytes, error %v; want %d bytes", len(got), err, len(want))
		}
	}
}

// listener brings the connections that are put into accept.
type listener struct {
	accept chan net.Conn
	closed chan struct{}
}

func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.accept:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}
func (l *listener) Close() error   { close(l.closed); return nil }
func (l *listener) Addr() net.Addr { return &net.TCPAddr{} }
