package handshake

import (
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"strings"
)

// Version is the only version of the protocol that is in use (§4.1).
const Version = 13

// guid is the fixed string of §1.3 that no endpoint which does not know
// WebSocket would append to a key.
const guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

const (
	nonceLen = 16 // bytes that a key encodes (§4.1)
	keyLen   = 24 // characters of a key: 22 of the alphabet, then "=="
)

// NewKey returns a fresh Sec-WebSocket-Key: 16 bytes from a source that cannot
// be guessed, in base64 (§4.1).
func NewKey() string {
	var nonce [nonceLen]byte
	rand.Read(nonce[:]) // never fails: crypto/rand ends the program instead
	return base64.StdEncoding.EncodeToString(nonce[:])
}

// Accept returns the Sec-WebSocket-Accept value that answers key (§1.3, §4.2.2).
// The key is used as it was sent, not decoded.
func Accept(key string) string {
	b := make([]byte, 0, keyLen+len(guid))
	b = append(b, key...)
	b = append(b, guid...)
	sum := sha1.Sum(b)
	return base64.StdEncoding.EncodeToString(sum[:])
}

// isKey reports whether s is 16 bytes in base64 with its padding (§4.2.1).
// The last character of the alphabet carries four bits that belong to no byte.
// A careful encoder leaves them 0, but the example key of §4.1 does not, so
// they are not looked at.
func isKey(s string) bool {
	digits, ok := strings.CutSuffix(s, "==")
	if !ok || len(s) != keyLen {
		return false
	}
	for i := range len(digits) {
		if !isAlphanumeric(digits[i]) && digits[i] != '+' && digits[i] != '/' {
			return false
		}
	}
	return true
}
