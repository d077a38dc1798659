package conn

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"unicode/utf8"

	"rfc6455/frame"
	"rfc6455/mask"
)

// Write sends p as one message in one frame; op is Text or Binary, and text must
// be valid UTF-8. Any number of goroutines may write, and messages never
// interleave. p is not changed, and may be reused when Write returns.
//
// When ctx ends before the first byte is sent, Write returns ctx's error and the
// message was never there. Later, the connection is closed, since half a frame
// cannot be taken back. After the connection has ended, and after this end has
// sent its close frame (§5.5.1), the error wraps [net.ErrClosed].
func (c *Conn) Write(ctx context.Context, op frame.Opcode, p []byte) error {
	if err := checkMessage(op, p); err != nil {
		return err
	}
	return c.writeFrame(ctx, frame.Header{Fin: true, Opcode: op}, p, nil)
}

func checkMessage(op frame.Opcode, p []byte) error {
	if op == frame.Text && !utf8.Valid(p) {
		return errNotUTF8
	}
	return checkOpcode(op)
}

func checkOpcode(op frame.Opcode) error {
	if op != frame.Text && op != frame.Binary {
		return fmt.Errorf("conn: a message is text or binary, not %v", op)
	}
	return nil
}

var errNotUTF8 = errors.New("conn: a text message must be UTF-8; send other bytes as binary (RFC 6455 §5.6)")

// writeFrame sends one frame of data: of the message that w writes, or the only
// one of its message if w is nil.
func (c *Conn) writeFrame(ctx context.Context, h frame.Header, p []byte, w *messageWriter) error {
	if err := c.acquireMessage(ctx, w); err != nil {
		return err
	}
	err := c.sendable(ctx)
	if err == nil {
		err = c.sendFrame(ctx, h, p)
	}
	c.releaseWriter(ctx)
	return err
}

// acquireMessage takes the lock for a frame of w's message. It waits as long as
// a message of another writer is not finished: messages do not interleave
// (§5.4).
func (c *Conn) acquireMessage(ctx context.Context, w *messageWriter) error {
	for {
		if err := c.out.lock.acquire(ctx); err != nil {
			return err
		}
		other := c.out.message.Load()
		if other == nil || other == w {
			return nil
		}
		c.releaseWriter(ctx)
		select {
		case <-other.closed:
		case <-ctx.Done():
			return ctx.Err()
		case <-c.Done():
			return fmt.Errorf("%w: %w", net.ErrClosed, c.cause())
		}
	}
}

// sendable returns why no frame can be sent now, or nil.
func (c *Conn) sendable(ctx context.Context) error {
	switch {
	case c.ended.Load():
		return fmt.Errorf("%w: %w", net.ErrClosed, c.cause())
	case c.out.closeSent:
		// §5.5.1: nothing follows our close frame.
		return errClosedHere
	}
	return ctx.Err()
}

// sendFrame sends a frame, or with Gather puts it behind the frames that wait.
// The caller holds the lock.
func (c *Conn) sendFrame(ctx context.Context, h frame.Header, p []byte) error {
	o := &c.out
	if err := c.makeRoom(ctx, min(len(p), bufferSize/2)); err != nil {
		return err
	}
	begin := o.w
	if int(o.w)+frame.MaxHeaderLen+len(p) > bufferSize {
		return c.sendLong(ctx, h, p)
	}
	c.put(h, p)
	o.unsent.Store(true)
	if o.more.Load() {
		return nil
	}
	return c.flushFrame(ctx, begin, nil)
}

// sendLong sends a frame that does not fit in the buffer.
func (c *Conn) sendLong(ctx context.Context, h frame.Header, p []byte) error {
	o := &c.out
	begin := o.w
	h.Length = int64(len(p))
	key := c.putHeader(&h, p)
	if !h.Masked && c.in.socket.raw != nil {
		return c.flushFrame(ctx, begin, p)
	}
	// The first piece goes out with the header.
	n := copy(o.buf.data[o.w:], p)
	if h.Masked {
		key = mask.XOR(o.buf.data[o.w:int(o.w)+n], key)
	}
	o.w += int16(n)
	if err := c.flushFrame(ctx, begin, nil); err != nil || n == len(p) {
		return err
	}
	err := c.sendRest(ctx, h.Masked, key, p[n:])
	if err != nil && !c.ended.Load() {
		return c.halfFrame(err)
	}
	return err
}

// sendRest sends the rest of a payload, of a client through a buffer in which it
// is masked. It does so in pieces of a TLS record: the transport counts what it
// has taken by whole calls, and a peer that is slow must be told from one that is
// stuck.
func (c *Conn) sendRest(ctx context.Context, masked bool, key mask.Key, p []byte) error {
	const record = 16 << 10
	buf := getBuffer()
	defer putBuffer(buf)
	for len(p) > 0 {
		piece := p[:min(len(p), record)]
		p = p[len(piece):]
		if masked {
			piece = buf.data[:copy(buf.data[:], piece)]
			key = mask.XOR(piece, key)
		}
		if _, err := c.send(ctx, piece, nil); err != nil {
			return err
		}
	}
	return nil
}

// Writer starts a message whose length need not be known; op is Text or Binary.
// Each Write sends one frame at once (use a [bufio.Writer] to gather small
// pieces), and Close ends the message. Other messages wait until then, so Close
// must be called. Text may be cut anywhere, also within a character.
//
// The writer uses ctx. An error in the middle of the message cannot be mended:
// Close then ends the connection with 1011.
func (c *Conn) Writer(ctx context.Context, op frame.Opcode) (io.WriteCloser, error) {
	if err := checkOpcode(op); err != nil {
		return nil, err
	}
	w := &messageWriter{c: c, ctx: ctx, op: op, text: op == frame.Text, closed: make(chan struct{})}
	if err := c.acquireMessage(ctx, nil); err != nil {
		return nil, err
	}
	defer c.releaseWriter(ctx)
	if err := c.sendable(ctx); err != nil {
		return nil, err
	}
	c.out.message.Store(w)
	return w, nil
}

// messageWriter writes one message in fragments (§5.4).
type messageWriter struct {
	c      *Conn
	ctx    context.Context
	op     frame.Opcode // of the next frame
	text   bool
	utf8   utf8State
	err    error         // why the message cannot be ended as it should
	closed chan struct{} // when the message has ended
}

func (w *messageWriter) Write(p []byte) (int, error) {
	if w.err != nil || len(p) == 0 {
		return 0, w.err
	}
	if w.text && w.utf8.next(p) < len(p) {
		w.err = errNotUTF8
		return 0, w.err
	}
	if w.err = w.c.writeFrame(w.ctx, frame.Header{Opcode: w.op}, p, w); w.err != nil {
		return 0, w.err
	}
	w.op = frame.Continuation
	return len(p), nil
}

func (w *messageWriter) Close() error {
	if w.err == errMessageOver {
		return w.err
	}
	if w.err == nil && !w.utf8.complete() {
		w.err = errNotUTF8
	}
	if w.err == nil {
		w.err = w.c.writeFrame(w.ctx, frame.Header{Fin: true, Opcode: w.op}, nil, w)
	}
	err := w.err
	if err != nil && w.op == frame.Continuation {
		// The peer waits for the rest, and no other message may come
		// before it.
		w.c.Close(frame.CloseInternalError, "a message could not be finished")
	}
	w.err = errMessageOver
	w.c.out.message.Store(nil)
	close(w.closed)
	return err
}

var errMessageOver = errors.New("conn: the message has ended already")
