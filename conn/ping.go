package conn

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"time"

	"rfc6455/frame"
)

// pings are the pings of this end that wait for their pongs. Conn.mu guards
// them.
type pings struct {
	last    uint64  // number of the newest ping, which is its payload
	waiting []*ping // oldest first
	trip    time.Duration
	timer   *time.Timer // of KeepAlive
}

type ping struct {
	number uint64
	sent   time.Time
	pong   chan struct{} // closed when the pong is in
}

// Ping sends a ping and returns when its pong is in (§5.5.2), or a pong for a
// later ping (§5.5.3). It may be called while another goroutine reads, and while
// none does: then it reads itself, and keeps messages that come first, up to
// Options.MaxMessageSize bytes, for the next Read. With more messages in the way
// it depends on Reads to go on.
//
// If ctx ends first its error is returned and the connection stays open. The
// other errors are those of Read and Write.
func (c *Conn) Ping(ctx context.Context) error {
	p := c.newPing()
	if err := c.sendPing(ctx, p); err != nil {
		c.forget(p)
		return err
	}
	if err := c.awaitPong(ctx, p); err != nil {
		c.forget(p)
		return err
	}
	return nil
}

// RoundTrip returns how long the last ping that was answered took until its
// pong was in, or zero.
func (c *Conn) RoundTrip() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state().trip
}

func (c *Conn) newPing() *ping {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.state()
	s.last++
	p := &ping{number: s.last, sent: time.Now(), pong: make(chan struct{})}
	s.waiting = append(s.waiting, p)
	return p
}

func (c *Conn) forget(p *ping) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.state()
	s.waiting = slices.DeleteFunc(s.waiting, func(q *ping) bool { return q == p })
}

func (c *Conn) sendPing(ctx context.Context, p *ping) error {
	if err := c.out.lock.acquire(ctx); err != nil {
		return err
	}
	defer c.releaseWriter(ctx)
	if err := c.sendable(ctx); err != nil {
		return err
	}
	return c.sendFrame(ctx, frame.Header{Fin: true, Opcode: frame.Ping}, binary.BigEndian.AppendUint64(nil, p.number))
}

// ponged takes the payload of a pong. One that belongs to no ping is legal and
// means nothing (§5.5.3).
func (c *Conn) ponged(payload []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.later == nil || len(payload) != 8 {
		return
	}
	s := c.later
	number := binary.BigEndian.Uint64(payload)
	i := slices.IndexFunc(s.waiting, func(p *ping) bool { return p.number == number })
	if i < 0 {
		return
	}
	s.trip = time.Since(s.waiting[i].sent)
	for _, p := range s.waiting[:i+1] {
		close(p.pong)
	}
	s.waiting = slices.Delete(s.waiting, 0, i+1)
}

// awaitPong waits for the pong, as the reader if there is no other.
func (c *Conn) awaitPong(ctx context.Context, p *ping) (err error) {
	w := c.in.lock.enqueue()
	for {
		select {
		case <-w.turn:
			full, err := c.readAhead(ctx, p)
			c.releaseReader(ctx)
			if err != nil {
				return err
			}
			w = &waiter{} // its turn never comes: without room only a Read can go on
			if !full {
				w = c.in.lock.enqueue()
			}
			continue
		case <-p.pong:
		case <-c.Done():
			err = c.cause()
		case <-ctx.Done():
			err = ctx.Err()
		}
		if w.turn != nil {
			c.in.lock.leave(w)
		}
		return err
	}
}

// readAhead reads until the pong is in, and keeps the messages that come before
// it. It stops after each of them, so that a Read can have it, and when no room
// is left.
func (c *Conn) readAhead(ctx context.Context, p *ping) (full bool, err error) {
	in := &c.in
	for !p.answered() {
		if in.full() {
			return true, nil
		}
		part := in.takePart()
		n := len(part)
		part, op, err := c.progress(ctx, part)
		if op != frame.Continuation {
			in.keep(op, part, true)
			return false, nil
		}
		if n > 0 || in.machine.message != frame.Continuation && !c.ended.Load() {
			in.keep(in.machine.message, part, false)
		}
		if err != nil {
			return false, err
		}
	}
	return false, nil
}

func (p *ping) answered() bool {
	select {
	case <-p.pong:
		return true
	default:
		return false
	}
}

// full reports whether as much is kept as one message may have.
func (in *incoming) full() bool {
	if in.extra == nil {
		return false
	}
	limit := in.machine.maxSize()
	if limit == noLimit {
		limit = DefaultMaxMessageSize
	}
	for _, k := range in.extra.kept {
		limit -= int64(len(k.Data)) + 1 // empty messages take room too
	}
	return limit < 0
}

// takePart returns what is kept of the message under way, to go on with it.
func (in *incoming) takePart() []byte {
	if in.extra == nil || len(in.extra.kept) == 0 {
		return nil
	}
	last := len(in.extra.kept) - 1
	if in.extra.kept[last].whole {
		return nil
	}
	part := in.extra.kept[last].Data
	in.extra.kept = in.extra.kept[:last]
	return part
}

// startKeepAlive pings the peer from time to time.
func (c *Conn) startKeepAlive() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state().timer = time.AfterFunc(c.options().KeepAlive, c.keepAlive)
}

// keepAlive sends one ping and gives the connection up if the peer shows no sign
// of life until the pong is overdue.
func (c *Conn) keepAlive() {
	timeout := c.options().PongTimeout
	if timeout <= 0 {
		timeout = c.options().KeepAlive
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	arrived := c.in.arrived.Load()
	err := c.Ping(ctx)
	if errors.Is(err, context.DeadlineExceeded) && c.in.arrived.Load() == arrived && !c.blocked() {
		c.finish(errKeepAlive)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ended.Load() {
		c.state().timer.Reset(c.options().KeepAlive)
	}
}

// blocked reports whether the pong may be behind messages that nobody reads. The
// peer is not to blame then.
func (c *Conn) blocked() bool {
	if !c.in.lock.try() {
		return false
	}
	defer c.in.lock.release()
	return c.in.full()
}
