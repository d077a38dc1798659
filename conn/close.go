package conn

import (
	"context"
	"fmt"
	"net"
	"time"
	"unicode/utf8"

	"rfc6455/frame"
)

// Close closes the connection with a closing handshake (§7.1.2): it sends a
// close frame with the code and a reason of at most 123 bytes of UTF-8, waits for
// that of the peer, and closes the transport, which a client leaves to the
// server as long as it can (§7.1.1). All that takes no longer than
// Options.CloseTimeout, whatever the peer goes on sending. Messages that arrive
// meanwhile are dropped, unless another goroutine is reading them.
//
// It returns nil if the handshake was completed. A code or a reason that must
// not be sent is refused, and the connection stays open. frame.CloseNoStatus
// sends a close frame without a code.
func (c *Conn) Close(code frame.CloseCode, reason string) error {
	if _, err := frame.AppendClose(nil, code, reason); err != nil {
		return err
	}
	if code == frame.CloseMandatoryExtension && c.Role() == Server {
		// §7.4.1: a server refuses the handshake instead.
		return fmt.Errorf("conn: only a client may close with %v (RFC 6455 §7.4.1)", code)
	}
	if c.ended.Load() {
		return fmt.Errorf("%w: %w", net.ErrClosed, c.cause())
	}
	ctx, cancel := c.closingContext(context.Background())
	defer cancel()
	if c.out.lock.acquire(ctx) == nil {
		sent := make(chan struct{})
		go func() {
			defer close(sent)
			c.sendCloseLocked(ctx, code, reason)
		}()
		select {
		case <-sent:
		case <-time.After(readBeside):
		}
		c.awaitClose(ctx)
	}
	c.finish(errCloseTimeout)
	if sent, received := c.CloseStatus(); sent.Code == frame.CloseAbnormal || received.Code == frame.CloseAbnormal {
		return c.cause()
	}
	return nil
}

// readBeside is how long a close frame may take to be sent before the connection
// reads beside it: a peer may take no byte before its own are taken, say because
// it closes too.
const readBeside = 10 * time.Millisecond

// CloseNow closes the transport without a closing handshake, and with it ends
// all calls on the connection. For the peer the code is 1006 (§7.1.5). It
// returns the transport's error.
func (c *Conn) CloseNow() error { return c.finish(errClosedHere) }

// awaitClose reads until the peer's close frame has ended the connection, or
// lets the goroutine do it that is reading.
func (c *Conn) awaitClose(ctx context.Context) {
	w := c.in.lock.enqueue()
	select {
	case <-w.turn:
		var dropped []byte
		for err := error(nil); err == nil; {
			dropped, _, err = c.progress(ctx, dropped[:0])
		}
		c.releaseReader(ctx)
	case <-c.Done():
		c.in.lock.leave(w)
	case <-ctx.Done():
		c.in.lock.leave(w)
	}
}

// closed takes the payload of the peer's close frame.
func (c *Conn) closed(ctx context.Context, p []byte) error {
	code, reason, err := frame.ParseClose(p)
	if err != nil {
		return c.fail(ctx, err)
	}
	ce := CloseError{code, reason}
	ctx, cancel := c.closingContext(ctx)
	defer cancel()
	c.step(stepReceive, ce)
	// §5.5.1: answer with the same code, unless our own is on its way.
	c.sendClose(code, "")
	if c.Role() == Client {
		// §7.1.1: the server closes TCP first and keeps the port's
		// TIME_WAIT; a client that was first could not come back with the
		// same port.
		c.drain(ctx)
	}
	c.finish(ce)
	return c.cause()
}

// fail fails the connection (§7.1.7): the peer is told why, and nothing that it
// sends is looked at any more.
func (c *Conn) fail(ctx context.Context, err error) error {
	ctx, cancel := c.closingContext(ctx)
	defer cancel()
	pe := err.(frame.ProtocolError)
	if c.sendClose(pe.Code, clip(pe.Detail)) == nil {
		if w, ok := c.rw.(interface{ CloseWrite() error }); ok && c.Role() == Server {
			w.CloseWrite()
		}
		// Were the transport closed with unread bytes in it, TCP would
		// send a reset, and that may reach the peer before our close
		// frame is read.
		c.drain(ctx)
	}
	c.finish(err)
	return c.cause()
}

// clip cuts s to what fits in a close frame.
func clip(s string) string {
	if len(s) <= frame.MaxCloseReason {
		return s
	}
	n := frame.MaxCloseReason
	for !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// sendClose sends our close frame, unless it is out already. It takes the time of
// the closing handshake for that: the peer has to be answered also in a Read
// whose context has ended.
func (c *Conn) sendClose(code frame.CloseCode, reason string) error {
	ctx, cancel := c.closingContext(context.Background())
	defer cancel()
	if err := c.out.lock.acquire(ctx); err != nil {
		return err
	}
	return c.sendCloseLocked(ctx, code, reason)
}

// sendCloseLocked is sendClose for a caller that holds the lock. It releases the
// lock.
func (c *Conn) sendCloseLocked(ctx context.Context, code frame.CloseCode, reason string) error {
	defer c.releaseWriter(ctx)
	if c.out.closeSent || c.ended.Load() {
		return nil
	}
	p, err := frame.AppendClose(nil, code, reason)
	if err == nil {
		err = c.makeRoom(ctx, len(p))
	}
	if err != nil {
		return err
	}
	c.put(frame.Header{Fin: true, Opcode: frame.Close}, p)
	c.out.closeSent = true
	if err := c.flush(ctx); err != nil {
		return err
	}
	c.step(stepSend, CloseError{code, reason})
	return nil
}

// drain reads and drops what still comes, until the peer has closed.
func (c *Conn) drain(ctx context.Context) {
	stop := context.AfterFunc(ctx, func() { c.closeTransport(false) })
	defer stop()
	c.setReadDeadline(time.Time{})
	c.in.r, c.in.w = 0, 0
	c.in.giveBack()
	buf := getBuffer()
	defer putBuffer(buf)
	for err := error(nil); err == nil; {
		_, err = c.rw.Read(buf.data[:])
	}
}

// step moves the closing handshake on.
func (c *Conn) step(s step, ce CloseError) {
	c.mu.Lock()
	defer c.mu.Unlock()
	st := c.state()
	st.phase = phases[st.phase][s]
	if s == stepSend {
		st.sent = ce
	} else {
		st.received = ce
	}
}

// closingContext bounds ctx by the one time that the whole closing handshake
// has.
func (c *Conn) closingContext(ctx context.Context) (context.Context, context.CancelFunc) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.state()
	if s.by.IsZero() {
		t := c.options().CloseTimeout
		if t <= 0 {
			t = DefaultCloseTimeout
		}
		s.by = time.Now().Add(t)
	}
	return context.WithDeadline(ctx, s.by)
}

// finish ends the connection because of err, unless it has ended before.
func (c *Conn) finish(err error) error {
	c.mu.Lock()
	s := c.state()
	if s.err != nil {
		c.mu.Unlock()
		return nil
	}
	clean := s.phase == phaseClosed
	if s.received.Code != frame.CloseAbnormal {
		// §7.1.5: this is how the peer closed, whatever becomes of the
		// transport now.
		err = s.received
	}
	s.err = err
	s.phase = phases[s.phase][stepLost]
	if s.timer != nil {
		s.timer.Stop()
	}
	c.unwatch()
	c.ended.Store(true)
	c.mu.Unlock()

	err = c.closeTransport(clean)

	c.mu.Lock()
	defer c.mu.Unlock()
	s.closed = true
	if s.done != nil {
		close(s.done)
	}
	return err
}

// closeTransport closes rw. TLS would say goodbye and wait for seconds until a
// peer that takes no bytes has taken it: it may only if both close frames went
// through (§7.1.1).
func (c *Conn) closeTransport(clean bool) error {
	if t := c.belowTLS(); t != nil && !clean {
		return t.Close()
	}
	return c.rw.Close()
}
