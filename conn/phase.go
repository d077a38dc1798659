package conn

// phase is how far the closing handshake has come (§7.1.2 to §7.1.4).
type phase uint8

const (
	phaseOpen          phase = iota // messages in both directions
	phaseCloseSent                  // ours is on its way; nothing but the peer's is awaited
	phaseCloseReceived              // the peer's is in; ours must follow
	phaseClosed                     // both are through, or the transport is gone
)

func (p phase) String() string {
	return [...]string{"open", "close sent", "close received", "closed"}[p]
}

// step is what moves a connection from one phase to the next.
type step uint8

const (
	stepSend    step = iota // we send a close frame
	stepReceive             // we receive one
	stepLost                // the transport ends, or the connection is failed (§7.1.7)
)

// phases is the closing handshake. A step that leads back to its own phase is
// not taken: an endpoint sends one close frame, and ignores what follows the
// peer's.
//
//	open ── send ──▶ close sent ── receive ──▶ closed
//	  └─ receive ─▶ close received ── send ──────▲
//
// When the transport is lost every phase becomes closed.
var phases = [...][3]phase{
	phaseOpen:          {stepSend: phaseCloseSent, stepReceive: phaseCloseReceived, stepLost: phaseClosed},
	phaseCloseSent:     {stepSend: phaseCloseSent, stepReceive: phaseClosed, stepLost: phaseClosed},
	phaseCloseReceived: {stepSend: phaseClosed, stepReceive: phaseCloseReceived, stepLost: phaseClosed},
	phaseClosed:        {stepSend: phaseClosed, stepReceive: phaseClosed, stepLost: phaseClosed},
}
