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
	behind bool          // its pong may be behind messages that nobody reads
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
	p, err := c.sendPing(ctx)
	if err != nil {
		return err
	}
	return c.awaitPong(ctx, p)
}

// RoundTrip returns how long the last ping that was answered took until its
// pong was in, or zero.
func (c *Conn) RoundTrip() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state().trip
}

// sendPing sends a ping. Its number is drawn when its turn to be sent has come,
// so that pings are numbered in the order of the wire.
func (c *Conn) sendPing(ctx context.Context) (*ping, error) {
	if err := c.out.lock.acquire(ctx); err != nil {
		return nil, err
	}
	defer c.releaseWriter(ctx)
	if err := c.sendable(ctx); err != nil {
		return nil, err
	}
	p := c.newPing()
	err := c.sendFrame(ctx, frame.Header{Fin: true, Opcode: frame.Ping}, binary.BigEndian.AppendUint64(nil, p.number))
	if err != nil {
		c.forget(p)
	}
	return p, err
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
	defer c.forget(p)
	w := c.in.lock.enqueue()
	for {
		select {
		case <-w.turn:
			full, err := c.readAhead(ctx, p)
			c.releaseReader(ctx)
			if err != nil {
				return err
			}
			if full {
				p.behind = true
				w = &waiter{} // its turn never comes: only a Read can go on
			} else {
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
	// A ping may have to wait behind a long message. How long, that is the
	// business of WriteTimeout.
	p, err := c.sendPing(context.Background())
	if err != nil {
		return // it has ended
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	arrived := c.in.arrived.Load()
	err = c.awaitPong(ctx, p)
	// Where the pong may be behind messages that nobody reads, the peer is not
	// to blame.
	if errors.Is(err, context.DeadlineExceeded) && c.in.arrived.Load() == arrived && !p.behind {
		c.finish(errKeepAlive)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ended.Load() {
		c.state().timer.Reset(c.options().KeepAlive)
	}
}
