package frame

import (
	"encoding/binary"
	"fmt"
	"unicode/utf8"
)

// CloseCode says why a connection ends (§7.4).
type CloseCode uint16

// The codes of §7.4.1, and those that the IANA registry of §11.7 has gained
// since. The four that are marked "never sent" only have a meaning inside a
// program.
const (
	CloseNormal             CloseCode = 1000 // the purpose is fulfilled
	CloseGoingAway          CloseCode = 1001 // server shuts down, or page left
	CloseProtocolError      CloseCode = 1002 // a rule of the protocol was broken
	CloseUnsupportedData    CloseCode = 1003 // text where only binary is understood, or the reverse
	CloseReserved           CloseCode = 1004 // never sent; it has no meaning yet
	CloseNoStatus           CloseCode = 1005 // never sent: the close frame had no code
	CloseAbnormal           CloseCode = 1006 // never sent: there was no close frame
	CloseInvalidPayload     CloseCode = 1007 // the data does not fit the type: text that is not UTF-8
	ClosePolicyViolation    CloseCode = 1008 // against a rule of the application
	CloseMessageTooBig      CloseCode = 1009 // longer than the receiver's limit
	CloseMandatoryExtension CloseCode = 1010 // client only: the server did not agree to an extension
	CloseInternalError      CloseCode = 1011 // something unexpected stopped the sender of the code
	CloseServiceRestart     CloseCode = 1012 // come back after a while
	CloseTryAgainLater      CloseCode = 1013 // overloaded
	CloseBadGateway         CloseCode = 1014 // an upstream server gave a bad answer
	CloseTLSHandshake       CloseCode = 1015 // never sent: TLS failed
)

// IsSendable reports whether c may stand in a close frame (§7.4.1, §7.4.2):
// 1000 to 1003, 1007 to 1014, and 3000 to 4999 for libraries, frameworks and
// applications.
func (c CloseCode) IsSendable() bool {
	switch {
	case c >= 1000 && c <= 1003, c >= 1007 && c <= 1014, c >= 3000 && c <= 4999:
		return true
	}
	return false
}

var closeNames = [...]string{
	"normal closure", "going away", "protocol error", "unsupported data", "reserved",
	"no status received", "abnormal closure", "invalid payload data", "policy violation",
	"message too big", "mandatory extension missing", "internal error", "service restart",
	"try again later", "bad gateway", "TLS handshake failed",
}

// String returns the number and, if the code is registered, its name:
// "1002 (protocol error)".
func (c CloseCode) String() string {
	if i := int(c) - int(CloseNormal); i >= 0 && i < len(closeNames) {
		return fmt.Sprintf("%d (%s)", uint16(c), closeNames[i])
	}
	return fmt.Sprint(uint16(c))
}

// MaxCloseReason is the longest reason of a close frame in bytes: 125 bytes of
// payload less the two of the code (§5.5.1).
const MaxCloseReason = MaxControlPayload - 2

// ParseClose splits the payload of a close frame (§5.5.1). An empty payload is
// legal and means [CloseNoStatus]. One byte, a code that is not for the wire
// (§7.4), and a reason that is not UTF-8 (§8.1) fail with a [ProtocolError].
func ParseClose(p []byte) (CloseCode, string, error) {
	switch len(p) {
	case 0:
		return CloseNoStatus, "", nil
	case 1:
		return 0, "", ProtocolError{"5.5.1", "close-code-length", CloseProtocolError,
			"a close frame carries one byte; it needs none, or a code of two bytes"}
	}
	code := CloseCode(binary.BigEndian.Uint16(p))
	if !code.IsSendable() {
		return 0, "", ProtocolError{"7.4", "close-code-range", CloseProtocolError,
			fmt.Sprintf("a close frame carries the code %v, which must not be sent", code)}
	}
	if !utf8.Valid(p[2:]) {
		return 0, "", ProtocolError{"8.1", "close-reason-utf8", CloseInvalidPayload,
			"the reason in a close frame is not UTF-8"}
	}
	return code, string(p[2:]), nil
}

// AppendClose appends the payload of a close frame to dst (§5.5.1).
// [CloseNoStatus] without a reason gives the empty payload. It refuses a code
// that must not be sent, and a reason that is longer than [MaxCloseReason]
// bytes or is not UTF-8; dst is then returned as it was.
func AppendClose(dst []byte, code CloseCode, reason string) ([]byte, error) {
	switch {
	case code == CloseNoStatus && reason == "":
		return dst, nil
	case !code.IsSendable():
		return dst, fmt.Errorf("frame: close code %v must not be sent (RFC 6455 §7.4)", code)
	case len(reason) > MaxCloseReason:
		return dst, fmt.Errorf("frame: close reason of %d bytes, at most %d fit in a control frame (RFC 6455 §5.5)", len(reason), MaxCloseReason)
	case !utf8.ValidString(reason):
		return dst, fmt.Errorf("frame: close reason is not UTF-8 (RFC 6455 §5.5.1)")
	}
	dst = binary.BigEndian.AppendUint16(dst, uint16(code))
	return append(dst, reason...), nil
}
