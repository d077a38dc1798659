package conn

import (
	"time"

	"rfc6455/frame"
)

// The defaults of [Options].
const (
	DefaultMaxMessageSize = 1 << 20         // bytes
	DefaultMaxFrames      = 1 << 17         // a 4 MiB message in pieces of 64 bytes needs half of it
	DefaultMessageTimeout = 5 * time.Minute // 1 MiB at 28 kbit/s
	DefaultWriteTimeout   = time.Minute
	DefaultCloseTimeout   = 5 * time.Second
)

// Options of a connection. The zero value, and a nil *Options, mean the
// defaults. Many connections may share one Options, which must not be changed
// while one of them is open.
type Options struct {
	// MaxMessageSize is the longest message that is accepted, in bytes. A
	// longer one ends the connection with 1009 when its frame header shows
	// it, before any of that frame's payload is read (§10.4).
	// Zero means DefaultMaxMessageSize, a negative value no limit.
	MaxMessageSize int64

	// MaxFrames is the largest number of frames in one message. One more
	// ends the connection with 1008: empty fragments cost the receiver time
	// and never reach the size limit (§10.4).
	// Zero means DefaultMaxFrames, a negative value no limit.
	MaxFrames int

	// MessageTimeout bounds the time that the connection waits for the rest
	// of a message when its beginning is in, in all; at the latest after
	// twice the time, the connection ends with 1008.
	// Zero means DefaultMessageTimeout, a negative value no limit.
	MessageTimeout time.Duration

	// WriteTimeout bounds the time that a write stands still because the
	// peer takes no bytes, beside the context of the call. At the latest
	// after four times the time the connection ends.
	// Zero means DefaultWriteTimeout, a negative value no limit.
	WriteTimeout time.Duration

	// CloseTimeout bounds the whole closing handshake, whatever the peer
	// goes on sending (§7.1.1).
	// Zero or less means DefaultCloseTimeout.
	CloseTimeout time.Duration

	// KeepAlive is the time between two pings that the connection sends on
	// its own. Zero means none are sent.
	KeepAlive time.Duration

	// PongTimeout is how long a ping of KeepAlive waits for its pong before
	// the connection is given up. Zero means KeepAlive.
	PongTimeout time.Duration

	// Gather writes the answers to pipelined messages at once: a Write waits
	// in memory as long as the next message is already here in full, and is
	// sent with the answer to the last of them, or before the connection
	// waits for more. Set it only where the goroutine that reads also writes
	// the answers, and soon calls Read again. Without it nothing is ever
	// delayed.
	Gather bool

	// Subprotocol is what the handshake agreed on, for [Conn.Subprotocol].
	Subprotocol string

	// Buffered holds bytes that were read from the transport together with
	// the handshake. They are the first that the connection reads.
	Buffered []byte

	// Trace is called for what happens on the wire.
	Trace *Trace
}

// Trace is a set of hooks, any of which may be nil. They are called in the
// order of the wire, by the goroutine that reads or writes, and hold it up until
// they return; Received and Sent may run at the same time. They must not call
// methods of the connection that read, write or close.
type Trace struct {
	// Received is called for each piece of a frame's payload as it arrives,
	// and once for a frame without payload, or one that is refused because
	// of its header. p is unmasked and only valid during the call; offset
	// counts the bytes of the payload before it. The frame is complete when
	// offset+len(p) equals h.Length.
	Received func(c *Conn, h frame.Header, offset int64, p []byte)

	// Sent is called in the same way for each frame that is about to be
	// written, with its whole payload before masking.
	Sent func(c *Conn, h frame.Header, offset int64, p []byte)
}
