package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"

	"rfc6455/bench/internal/peer"
	"rfc6455/frame"
	"rfc6455/mask"
)

// grace is how long an answer may take before the server counts as stuck.
const grace = 30 * time.Second

// load is a set of connections to one server, each of which sends a batch of
// messages, waits for all of the answers, and begins again.
type load struct {
	clients []*client
	batch   []byte // frames, ready to be sent
	depth   int    // messages in batch
	size    int    // bytes of payload in each
}

// client is one end of a connection without a WebSocket library, since each of
// them would favour its own server.
type client struct {
	c  net.Conn
	br *bufio.Reader
}

// newLoad returns a load without connections. All of them send the same bytes.
func newLoad(size, depth int) *load {
	h := frame.Header{Fin: true, Opcode: frame.Binary, Masked: true, Key: mask.NewKey(), Length: int64(size)}
	payload := make([]byte, size)
	for i := range payload {
		payload[i] = byte(i)
	}
	mask.XOR(payload, h.Key)

	l := &load{depth: depth, size: size}
	for range depth {
		l.batch = frame.AppendHeader(l.batch, h)
		l.batch = append(l.batch, payload...)
	}
	return l
}

// open opens n connections, and sends one batch on each.
func (l *load) open(ctx context.Context, addr string, n int) error {
	const atOnce = 32
	ctx, fail := context.WithCancelCause(ctx)
	clients := make([]*client, n)
	var workers sync.WaitGroup
	for worker := range atOnce {
		workers.Go(func() {
			for i := worker; i < n && ctx.Err() == nil; i += atOnce {
				c, err := l.dial(ctx, addr)
				if err != nil {
					fail(err)
					return
				}
				clients[i] = c
			}
		})
	}
	workers.Wait()
	err := context.Cause(ctx)
	fail(nil)
	l.clients = slices.DeleteFunc(clients, func(c *client) bool { return c == nil })
	return err
}

func (l *load) dial(ctx context.Context, addr string) (*client, error) {
	nc, err := peer.Dial(ctx, addr, "http://"+addr)
	if err != nil {
		return nil, err
	}
	c := &client{c: nc, br: bufio.NewReaderSize(nc, min(max(len(l.batch), 512), 64<<10))}
	nc.SetDeadline(time.Now().Add(grace))
	if err := l.exchange(c); err != nil {
		nc.Close()
		return nil, err
	}
	return c, nil
}

func (l *load) close() {
	for _, c := range l.clients {
		c.c.Close()
	}
}

// run keeps all connections busy for the given time, at least for one batch, lets
// the batches under way come back, and returns the number of messages that did.
func (l *load) run(ctx context.Context, d time.Duration) (messages int, err error) {
	end := time.Now().Add(d)
	type result struct {
		messages int
		err      error
	}
	results := make(chan result)
	for _, c := range l.clients {
		go func() {
			var r result
			c.c.SetDeadline(end.Add(grace))
			for {
				r.err = l.exchange(c)
				r.messages += l.depth
				if r.err != nil || ctx.Err() != nil || time.Now().After(end) {
					break
				}
			}
			results <- r
		}()
	}
	for range l.clients {
		r := <-results
		messages += r.messages
		err = errors.Join(err, r.err)
	}
	if err == nil {
		err = ctx.Err()
	}
	return messages, err
}

// exchange sends a batch on c and reads the answers.
func (l *load) exchange(c *client) error {
	sent := make(chan error, 1)
	if len(l.batch) <= 32<<10 {
		_, err := c.c.Write(l.batch)
		sent <- err
	} else {
		// More than the sockets may hold: a server that is echoing takes
		// the end only after we have taken the beginning.
		go func() {
			_, err := c.c.Write(l.batch)
			sent <- err
		}()
	}
	for range l.depth {
		n, err := c.message()
		if err != nil {
			return err
		}
		if n != l.size {
			return fmt.Errorf("a message of %d bytes came back with %d", l.size, n)
		}
	}
	return <-sent
}

// message skips one message, in however many frames, and returns its length.
func (c *client) message() (n int, err error) {
	for {
		h, err := c.header()
		if err != nil {
			return n, err
		}
		if h.Opcode.IsControl() {
			return n, fmt.Errorf("a %v frame came where an answer was due", h.Opcode)
		}
		skipped, err := c.br.Discard(int(h.Length))
		n += skipped
		if err != nil || h.Fin {
			return n, err
		}
	}
}

func (c *client) header() (frame.Header, error) {
	for want := frame.MinHeaderLen; ; want++ {
		b, err := c.br.Peek(max(want, min(c.br.Buffered(), frame.MaxHeaderLen)))
		if err != nil {
			return frame.Header{}, err
		}
		h, n, err := frame.ParseHeader(b)
		if err == frame.ErrShort {
			continue
		}
		c.br.Discard(n)
		return h, err
	}
}
