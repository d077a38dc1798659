package frame

import "errors"

// ErrShort says that the bytes end before the header does. It is no fault of
// the peer: come back with more bytes.
var ErrShort = errors.New("frame: the header is not complete yet")

// ProtocolError is a rule of the RFC that the peer broke. Section and Rule name
// the rule, joined by a slash they are its id in the ledger of requirements:
// "5.2/minimal-length".
//
// Find it with [errors.As], as a value or as a pointer:
//
//	var pe frame.ProtocolError
//	if errors.As(err, &pe) { … }
type ProtocolError struct {
	Section string    // of RFC 6455, without the sign: "5.2"
	Rule    string    // short name of the rule: "minimal-length"
	Code    CloseCode // what the closing handshake says about it (§7.4.1)
	Detail  string    // what was seen and what was wanted, in a sentence
}

func (e ProtocolError) Error() string {
	return "frame: " + e.Detail + " (RFC 6455 §" + e.Section + ")"
}

// As lets errors.As fill a *ProtocolError too.
func (e ProtocolError) As(target any) bool {
	p, ok := target.(**ProtocolError)
	if ok {
		*p = &e
	}
	return ok
}
