package conn_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rfc6455/conn"
	"rfc6455/frame"
	"rfc6455/mask"
)

var roles = []conn.Role{conn.Client, conn.Server}

func other(role conn.Role) conn.Role {
	if role == conn.Client {
		return conn.Server
	}
	return conn.Client
}

// from builds what an end of this role sends, as bytes of the wire.
type from conn.Role

// frame returns one frame. A client's key is always the same: these tests have
// nobody to hide the payload from.
func (f from) frame(h frame.Header, payload string) string {
	if conn.Role(f) == conn.Client {
		h.Masked, h.Key = true, mask.Key{1, 2, 3, 4}
	}
	var b strings.Builder
	frame.Write(&b, h, []byte(payload)) // a Builder takes everything
	return b.String()
}

// whole returns a frame with FIN=1, part one with FIN=0.
func (f from) whole(op frame.Opcode, p string) string {
	return f.frame(frame.Header{Fin: true, Opcode: op}, p)
}
func (f from) part(op frame.Opcode, p string) string {
	return f.frame(frame.Header{Opcode: op}, p)
}

func (f from) close(code frame.CloseCode, reason string) string {
	p, err := frame.AppendClose(nil, code, reason)
	if err != nil {
		panic(err)
	}
	return f.whole(frame.Close, string(p))
}

// header returns only the header of a frame with a payload of n bytes.
func (f from) header(op frame.Opcode, n int64) string {
	h := frame.Header{Fin: true, Opcode: op, Length: n, Masked: conn.Role(f) == conn.Client}
	return string(frame.AppendHeader(nil, h))
}

// describe puts a frame or a message into words: `text "Hello"`. A frame that is
// not the last of its message has an ellipsis behind it.
func describe(h frame.Header, p []byte) string {
	s := fmt.Sprintf("%v %q", h.Opcode, p)
	if len(p) > frame.MaxControlPayload {
		s = fmt.Sprintf("%v of %d bytes", h.Opcode, len(p))
	}
	if h.Opcode == frame.Close {
		code, reason, err := frame.ParseClose(p)
		s = fmt.Sprintf("close %d", code)
		if reason != "" {
			s += fmt.Sprintf(" %q", reason)
		}
		if err != nil {
			s = err.Error()
		}
	}
	if !h.Fin {
		s += " …"
	}
	return s
}

// nextFrame reads a frame that an end of the given role has sent, and describes
// it. What must hold for every frame is checked here: a client masks, a server
// does not, and the reserved bits are 0.
func nextFrame(t testing.TB, role conn.Role, r io.Reader) (string, error) {
	t.Helper()
	h, p, err := frame.Read(r, 1<<30)
	if err != nil {
		return "", err
	}
	if h.Masked != (role == conn.Client) {
		t.Errorf("§5.1: a %v frame of the %v has MASK=%v", h.Opcode, role, h.Masked)
	}
	if h.RSV1 || h.RSV2 || h.RSV3 {
		t.Errorf("§5.2: a %v frame has a reserved bit set", h.Opcode)
	}
	return describe(h, p), nil
}

// tape is a transport without deadlines, whose peer has said all that it will
// say. It keeps each write.
type tape struct {
	io.Reader
	writes []string
	closed bool
}

func (t *tape) Write(p []byte) (int, error) {
	t.writes = append(t.writes, string(p))
	return len(p), nil
}

func (t *tape) Close() error { t.closed = true; return nil }

// sent describes the frames that were written by an end of the given role.
func (t *tape) sent(tb testing.TB, role conn.Role) []string {
	tb.Helper()
	r := strings.NewReader(strings.Join(t.writes, ""))
	var all []string
	for {
		s, err := nextFrame(tb, role, r)
		if err == io.EOF {
			return all
		}
		if err != nil {
			tb.Fatalf("after %q: %v", all, err)
		}
		all = append(all, s)
	}
}

// outcome is what a connection has made of what it got.
type outcome struct {
	Messages []string
	Sent     []string
}

// play lets a connection read what in holds until the connection ends, and
// returns the error that it ends with.
func play(t testing.TB, role conn.Role, opts *conn.Options, in io.Reader) (outcome, error) {
	t.Helper()
	rw := &tape{Reader: in}
	c := conn.New(rw, role, opts)
	var o outcome
	for {
		op, p, err := c.Read(context.Background())
		if err != nil {
			o.Sent = rw.sent(t, role)
			return o, err
		}
		o.Messages = append(o.Messages, describe(frame.Header{Fin: true, Opcode: op}, p))
	}
}

// peer is the other end of a connection. It knows no rules and sends what a test
// wants it to send.
type peer struct {
	net.Conn
	t testing.TB
	from
}

func (p *peer) send(frames ...string) {
	p.t.Helper()
	if _, err := io.WriteString(p.Conn, strings.Join(frames, "")); err != nil {
		p.t.Errorf("peer: %v", err)
	}
}

// want reads as many frames as it is given, and compares them.
func (p *peer) want(frames ...string) {
	p.t.Helper()
	p.compare(p.Conn, frames)
}

// wantPacket does the same with the frames of one packet.
func (p *peer) wantPacket(frames ...string) {
	p.t.Helper()
	buf := make([]byte, 128<<10)
	n, err := p.Read(buf)
	if err != nil {
		p.t.Errorf("peer: %v", err)
	}
	packet := bytes.NewReader(buf[:n])
	p.compare(packet, frames)
	if packet.Len() > 0 {
		p.t.Errorf("peer: %d more bytes in the packet", packet.Len())
	}
}

func (p *peer) compare(r io.Reader, want []string) {
	p.t.Helper()
	var got []string
	for range want {
		s, err := nextFrame(p.t, other(conn.Role(p.from)), r)
		if err != nil {
			p.t.Errorf("peer: after %q: %v", got, err)
			return
		}
		got = append(got, s)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		p.t.Errorf("frames at the peer (-want +got):\n%s", diff)
	}
}

// wantEnd sees to it that nothing more comes.
func (p *peer) wantEnd() {
	p.t.Helper()
	if rest, err := io.ReadAll(p.Conn); len(rest) > 0 || err != nil {
		p.t.Errorf("peer: %d more bytes %.20x, error %v; want the end of the stream", len(rest), rest, err)
	}
}

// meanwhile runs f beside the test and returns a function that waits for its end.
func meanwhile(f func()) (wait func()) {
	var wg sync.WaitGroup
	wg.Go(f)
	return wg.Wait
}

// echo sends messages back until the connection ends.
func echo(c *conn.Conn) {
	ctx := context.Background()
	var buf []byte
	for {
		op, p, err := c.Append(ctx, buf[:0])
		if err != nil || c.Write(ctx, op, p) != nil {
			return
		}
		buf = p
	}
}

// pass lets time pass. It is for bubbles of synctest, where that takes no time.
func pass(d time.Duration) { <-time.After(d) }

// pattern returns n bytes that are not all alike.
func pattern(n int) []byte {
	return bytes.Repeat([]byte("0123456789abcdefghijklmnopqrstuvwxyz-"), n/37+1)[:n]
}
