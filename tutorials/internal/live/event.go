package live

import "encoding/hex"

// Event is one text message of the feed, as JSON.
type Event struct {
	Type    string  `json:"type"`              // one of the constants below
	At      float64 `json:"at"`                // milliseconds since the session began
	Dropped int     `json:"dropped,omitempty"` // events before this one that a slow page missed

	// Of a session event: the id that the subject's URL contains.
	Session string `json:"session,omitempty"`

	// Of a handshake event: both heads, to the empty line that ends them.
	Request  hexBytes `json:"request,omitempty"`
	Response hexBytes `json:"response,omitempty"`

	// Of a frame event: the bytes of the wire, so the payload is masked if
	// the client sent it. LeftOut counts the bytes that followed Payload but
	// would make the event too long. A frame whose header announces more
	// than both was never completed.
	From    string   `json:"from,omitempty"` // "client" or "server"
	Header  hexBytes `json:"header,omitempty"`
	Payload hexBytes `json:"payload,omitempty"`
	LeftOut int64    `json:"leftOut,omitempty"`

	// Of an end and a trouble event: what happened, for people.
	Text string `json:"text,omitempty"`
}

// The types of an [Event].
const (
	eventSession   = "session"   // the feed is ready
	eventHandshake = "handshake" // a subject was opened
	eventFrame     = "frame"     // a frame crossed the wire
	eventEnd       = "end"       // the subject is over
	eventTrouble   = "trouble"   // what the page asked for could not be done
)

// hexBytes are written as hex digits, which stay readable in a JSON text.
type hexBytes []byte

func (b hexBytes) MarshalText() ([]byte, error) {
	return hex.AppendEncode(nil, b), nil
}
