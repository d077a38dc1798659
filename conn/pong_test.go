package conn_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rfc6455/conn"
	"rfc6455/frame"
	"rfc6455/internal/rfc"
)

func TestPong(t *testing.T) {
	rfc.Covers(t, "5.5.2/ping-answered", "5.5.3/pong-same-payload", "5.5.3/unsolicited-pong")
	for _, role := range roles {
		p := from(other(role))
		for _, payload := range []string{"", "?", "\x00\xff", string(pattern(125))} {
			in := p.whole(frame.Pong, payload) + p.whole(frame.Ping, payload) + p.whole(frame.Pong, "12345678") + p.whole(frame.Text, "x")
			for name, r := range chunked(in) {
				got, _ := play(t, role, nil, r)
				want := outcome{Messages: []string{`text "x"`}, Sent: []string{fmt.Sprintf("pong %q", payload)}}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%v, %s (-want +got):\n%s", role, name, diff)
				}
			}
		}
	}
}

// Pings that come together are all answered, in order, and on a socket in one
// write.
func TestPongsTogether(t *testing.T) {
	rfc.Covers(t, "5.5.2/ping-answered", "5.5.2/ping-answered-soon")
	for _, tr := range []transport{packets, tcp, overTLS} {
		t.Run(tr.name, func(t *testing.T) {
			c, p := tr.open(t, conn.Server, nil)
			go c.Read(t.Context())
			var pings, pongs []string
			for i := range 10 {
				pings = append(pings, p.whole(frame.Ping, fmt.Sprint(i)))
				pongs = append(pongs, fmt.Sprintf(`pong "%d"`, i))
			}
			p.send(pings...)
			if tr.name == packets.name {
				p.wantPacket(pongs...)
			} else {
				p.want(pongs...)
			}
		})
	}
}

// A pong does not wait until the next Read: the message that it came with may
// take long to work on.
func TestPongBeforeRead(t *testing.T) {
	rfc.Covers(t, "5.5.2/ping-answered-soon")
	for _, tr := range transports {
		t.Run(tr.name, func(t *testing.T) {
			c, p := tr.open(t, conn.Server, nil)
			defer meanwhile(func() {
				p.send(p.whole(frame.Ping, "a"), p.whole(frame.Text, "x"))
				p.want(`pong "a"`)
			})()
			defer c.CloseNow()
			if _, _, err := c.Read(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

// Pongs for which there is no room, and no time, wait. Of those the newest is kept.
func TestPongsKeptBack(t *testing.T) {
	rfc.Covers(t, "5.5.2/ping-answered", "5.5.3/newest-ping-only")
	c, p := pipe.open(t, conn.Client, nil)
	// All of this fits in a buffer, and the masked pongs do not.
	const pings = 143
	in := p.whole(frame.Text, string(pattern(100)))
	var all []string
	for i := range pings {
		payload := fmt.Sprintf("%125d", i)
		in += p.whole(frame.Ping, payload)
		all = append(all, fmt.Sprintf("pong %q", payload))
	}
	go p.send(in)
	if _, _, err := c.Read(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := c.Read(ctx); err != context.Canceled {
		t.Fatal(err)
	}
	go c.Read(t.Context())
	fit := 18 << 10 / len(from(conn.Client).whole(frame.Pong, string(pattern(125))))
	p.want(append(all[:fit:fit], all[pings-1])...)
}
