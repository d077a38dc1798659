package conn

import (
	"errors"
	"fmt"
	"io"
	"net"

	"rfc6455/frame"
)

// CloseError is how the peer closed: the code and reason of its close frame
// (§7.1.5, §7.1.6). Without a code in the frame Code is 1005, without a close
// frame at all it is 1006, and the error then wraps what happened to the
// transport.
//
// Reason comes from the other side: show it to developers, never to end users
// (§5.5.1).
//
// Find it with [errors.As], as a value or as a pointer.
type CloseError struct {
	Code   frame.CloseCode
	Reason string
}

func (e CloseError) Error() string {
	if e.Reason == "" {
		return fmt.Sprintf("conn: the peer closed with %v", e.Code)
	}
	return fmt.Sprintf("conn: the peer closed with %v: %q", e.Code, e.Reason)
}

// As lets errors.As fill a *CloseError too.
func (e CloseError) As(target any) bool {
	p, ok := target.(**CloseError)
	if ok {
		*p = &e
	}
	return ok
}

// Errors of this end. What the peer does wrong is a [frame.ProtocolError].
var (
	errCloseTimeout = errors.New("conn: the peer did not finish the closing handshake within Options.CloseTimeout")
	errWriteTimeout = errors.New("conn: the peer took no byte within Options.WriteTimeout")
	errKeepAlive    = errors.New("conn: no pong within Options.PongTimeout")
	errClosedHere   = fmt.Errorf("conn: closed by this end: %w", net.ErrClosed)
	errNoDeadline   = errors.New("conn: a context ended, and the transport has no deadlines to interrupt it with")
	errHalfFrame    = errors.New("conn: a write ended in mid-frame, so the connection had to be closed")
)

// lost is the error of a connection whose transport ended without a close
// frame (§7.1.5: the code is then considered to be 1006).
func lost(err error) error {
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("%w: %w", CloseError{Code: frame.CloseAbnormal}, err)
}
