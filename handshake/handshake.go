package handshake

import (
	"crypto/sha1"
	"encoding/base64"
)

// guid is the fixed string of §1.3 that no endpoint which does not know
// WebSocket would append to a key.
const guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

// Accept returns the Sec-WebSocket-Accept value that answers key (§1.3, §4.2.2).
// The key is used as it was sent, not decoded.
func Accept(key string) string {
	sum := sha1.Sum([]byte(key + guid))
	return base64.StdEncoding.EncodeToString(sum[:])
}
