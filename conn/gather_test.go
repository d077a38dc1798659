package conn_test

import (
	"fmt"
	"testing"

	"rfc6455/conn"
	"rfc6455/frame"
)

// Each packet shows a write.
func TestGather(t *testing.T) {
	var texts, echoes []string
	for i := range 16 {
		texts = append(texts, from(conn.Client).whole(frame.Text, fmt.Sprint(i)))
		echoes = append(echoes, fmt.Sprintf(`text "%d"`, i))
	}

	t.Run("answers to pipelined messages leave in one write", func(t *testing.T) {
		c, p := packets.open(t, conn.Server, &conn.Options{Gather: true})
		go echo(c)
		for range 3 {
			p.send(texts...)
			p.wantPacket(echoes...)
		}
	})
	t.Run("without the option each is one write", func(t *testing.T) {
		c, p := packets.open(t, conn.Server, nil)
		go echo(c)
		p.send(texts...)
		for _, e := range echoes {
			p.wantPacket(e)
		}
	})
	t.Run("no whole message is left", func(t *testing.T) {
		c, p := packets.open(t, conn.Server, &conn.Options{Gather: true})
		go echo(c)
		p.send(texts[0], texts[1], texts[2][:4])
		p.wantPacket(echoes[0], echoes[1])
		p.send(texts[2][4:], texts[3])
		p.wantPacket(echoes[2], echoes[3])
	})
	t.Run("the last answer does not wait for the next Read", func(t *testing.T) {
		c, p := packets.open(t, conn.Server, &conn.Options{Gather: true})
		p.send(texts[0], texts[1])
		for range 2 {
			op, p, err := c.Read(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Write(t.Context(), op, p); err != nil {
				t.Fatal(err)
			}
		}
		p.wantPacket(echoes[0], echoes[1])
	})
	t.Run("a frame is left that is no whole message", func(t *testing.T) {
		c, p := packets.open(t, conn.Server, &conn.Options{Gather: true})
		go echo(c)
		p.send(texts[0], p.part(frame.Text, "He"), p.whole(frame.Ping, "?"))
		p.wantPacket(echoes[0], `pong "?"`)
		p.send(p.whole(frame.Continuation, "llo"))
		p.wantPacket(`text "Hello"`)
	})
	t.Run("control frames behind the last message", func(t *testing.T) {
		c, p := packets.open(t, conn.Server, &conn.Options{Gather: true})
		go echo(c)
		p.send(texts[0], p.whole(frame.Ping, "?"))
		p.wantPacket(echoes[0], `pong "?"`)
		p.send(texts[1], p.close(1000, ""))
		p.wantPacket(echoes[1], `close 1000`)
	})
	t.Run("more than a buffer holds", func(t *testing.T) {
		c, p := tcp.open(t, conn.Server, &conn.Options{Gather: true})
		go echo(c)
		for _, n := range []int{100, 5 << 10, 100 << 10} {
			message, answer := p.whole(frame.Binary, string(pattern(n))), describe(frame.Header{Fin: true, Opcode: frame.Binary}, pattern(n))
			defer meanwhile(func() {
				for range 10 {
					p.send(message, message, message)
				}
			})()
			for range 30 {
				p.want(answer)
			}
		}
	})
	t.Run("within a stream", func(t *testing.T) {
		c, p := packets.open(t, conn.Server, &conn.Options{Gather: true})
		p.send(p.whole(frame.Text, "ab"), p.whole(frame.Text, "c"))
		for range 2 {
			_, r, err := c.Reader(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for b := make([]byte, 1); ; {
				if _, err := r.Read(b); err != nil {
					break
				}
				c.Write(t.Context(), frame.Text, b)
			}
		}
		p.wantPacket(`text "a"`, `text "b"`, `text "c"`)
	})
	t.Run("over TLS", func(t *testing.T) {
		c, p := overTLS.open(t, conn.Server, &conn.Options{Gather: true})
		go echo(c)
		for range 3 {
			p.send(texts...)
			p.want(echoes...)
		}
	})
	t.Run("the answer that is not given holds nothing up", func(t *testing.T) {
		c, p := packets.open(t, conn.Server, &conn.Options{Gather: true})
		go func() {
			for {
				op, p, err := c.Read(t.Context())
				if err != nil {
					return
				}
				if string(p) != "2" {
					c.Write(t.Context(), op, p)
				}
			}
		}()
		p.send(texts[0], texts[1], texts[2])
		p.wantPacket(echoes[0], echoes[1])
	})
}
