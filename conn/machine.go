package conn

import (
	"fmt"

	"rfc6455/frame"
	"rfc6455/mask"
)

// Role is the side of the connection that this end plays. It decides who masks
// (§5.1) and who closes TCP first (§7.1.1).
type Role uint8

// The two roles.
const (
	Client Role = iota + 1
	Server
)

func (r Role) String() string {
	switch r {
	case Client:
		return "client"
	case Server:
		return "server"
	}
	return fmt.Sprintf("Role(%d)", uint8(r))
}

// machine holds the rules for what a peer may send next (§5, §6.2, §8.1). It is
// a pure value: headers and pieces of payload go in, verdicts come out, and it
// knows no socket, clock, buffer or goroutine.
//
// For each frame, call begin with the header, payload with each piece of the
// payload as it arrives, and end when left is zero. The first error ends the
// connection: it says with which close code.
//
//	          text, binary (FIN=0)
//	       ┌───────────────────────▶┐
//	no message                    message ◀─┐ continuation (FIN=0)
//	 ▲  │  ▲                        │  │  └─┘
//	 └──┘  └◀───────────────────────┘  └─▶ control frames change nothing,
//	text, binary    continuation           here and there
//	(FIN=1)         (FIN=1)
type machine struct {
	opts   *Options     // for its limits
	header frame.Header // of the frame under way
	left   int64        // bytes of its payload that are still to come
	size   int64        // of the message so far, with the whole frame under way
	frames int32        // of the message so far
	key    mask.Key     // for the next byte of payload

	role    Role
	inFrame bool         // between begin and end
	message frame.Opcode // Text or Binary within a message, otherwise Continuation
	text    utf8State    // how far the text of the message is valid
}

// begin takes a header that frame.ParseHeader has accepted. The clauses stand in
// the order of the RFC.
func (m *machine) begin(h frame.Header) error {
	switch {
	// §5.1: a client masks every frame, a server none, so that nobody can
	// choose the bytes that a proxy sees from a client (§10.3).
	case m.role == Server && !h.Masked:
		return violation(h, "5.1", "client-masks", "a %v frame from the client is not masked; MASK must be 1")
	case m.role == Client && h.Masked:
		return violation(h, "5.1", "server-does-not-mask", "a %v frame from the server is masked; MASK must be 0")

	// §5.2: reserved bits and opcodes belong to extensions.
	case h.RSV1, h.RSV2, h.RSV3:
		return violation(h, "5.2", "rsv-zero", "a %v frame has a reserved bit set, and no extension was negotiated that gives it a meaning")
	case h.Opcode.IsReserved():
		return violation(h, "5.2", "opcode-known", "a frame has a %v opcode, and no extension was negotiated that gives it a meaning")

	// §5.4: a message is one frame of text or binary and then continuations;
	// control frames may stand between them.
	case h.Opcode.IsControl():
	case h.Opcode == frame.Continuation && m.message == frame.Continuation:
		return violation(h, "5.4", "continuation-unexpected", "a %v frame comes where no message is under way")
	case h.Opcode != frame.Continuation && m.message != frame.Continuation:
		return violation(h, "5.4", "continuation-expected", "a %v frame comes within a message; only continuation frames may, until one has FIN=1")

	// §10.4: limits, before any of the payload is read.
	case h.Length > m.maxSize()-m.size:
		return m.tooLong()
	case m.frames >= m.maxFrames():
		return m.tooManyFrames()
	}

	m.header, m.left, m.key, m.inFrame = h, h.Length, h.Key, true
	if h.Opcode.IsControl() {
		return nil
	}
	if h.Opcode != frame.Continuation {
		m.message = h.Opcode
	}
	m.frames++
	m.size += h.Length
	return nil
}

// payload takes the next piece of the frame, as it came, at most left bytes,
// and unmasks it in place.
func (m *machine) payload(p []byte) error {
	if m.header.Masked {
		m.key = mask.XOR(p, m.key)
	}
	m.left -= int64(len(p))
	// §8.1: text is checked as it arrives.
	if m.message == frame.Text && !m.header.Opcode.IsControl() {
		if n := m.text.next(p); n < len(p) {
			return invalidByte(p[n])
		}
	}
	return nil
}

// end closes the frame and returns the opcode of the message that it ends, or
// Continuation if the message goes on or the frame was a control frame.
func (m *machine) end() (frame.Opcode, error) {
	m.inFrame = false
	if m.header.Opcode.IsControl() || !m.header.Fin {
		return frame.Continuation, nil
	}
	if !m.text.complete() {
		return frame.Continuation, invalidUTF8("its end in the middle of a character")
	}
	op := m.message
	m.message, m.frames, m.size = frame.Continuation, 0, 0
	return op, nil
}

// The errors are made in functions of their own, so that a legal frame pays for
// none of it, in time or in stack.

//go:noinline
func violation(h frame.Header, section, rule, format string) error {
	return frame.ProtocolError{Section: section, Rule: rule, Code: frame.CloseProtocolError,
		Detail: fmt.Sprintf(format, h.Opcode)}
}

//go:noinline
func (m *machine) tooLong() error {
	return frame.ProtocolError{Section: "10.4", Rule: "message-limit", Code: frame.CloseMessageTooBig,
		Detail: fmt.Sprintf("the message is longer than %d bytes; raise Options.MaxMessageSize to accept it", m.maxSize())}
}

//go:noinline
func (m *machine) tooManyFrames() error {
	return frame.ProtocolError{Section: "10.4", Rule: "frames-limit", Code: frame.ClosePolicyViolation,
		Detail: fmt.Sprintf("the message has more than %d frames; raise Options.MaxFrames to accept it", m.maxFrames())}
}

//go:noinline
func invalidUTF8(at string) error {
	return frame.ProtocolError{Section: "8.1", Rule: "text-utf8", Code: frame.CloseInvalidPayload,
		Detail: "a text message is not UTF-8: " + at + " cannot stand there"}
}

//go:noinline
func invalidByte(b byte) error { return invalidUTF8(fmt.Sprintf("the byte %#02x", b)) }

const noLimit = 1<<63 - 1

func (m *machine) maxSize() int64 {
	switch n := m.opts.MaxMessageSize; {
	case n < 0:
		return noLimit
	case n == 0:
		return DefaultMaxMessageSize
	default:
		return n
	}
}

func (m *machine) maxFrames() int32 {
	switch n := m.opts.MaxFrames; {
	case n < 0:
		return 1<<31 - 1
	case n == 0:
		return DefaultMaxFrames
	default:
		return int32(min(n, 1<<31-1))
	}
}
