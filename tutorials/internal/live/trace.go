package live

import (
	"bytes"
	"sync"

	"rfc6455/conn"
	"rfc6455/frame"
	"rfc6455/mask"
)

// maxPayload is how many payload bytes of a frame an event carries. Nobody reads
// more of them as hex.
const maxPayload = 512

// tracer turns the hooks of a connection into frame events. The page is told of
// a frame when all of it has crossed the wire.
type tracer struct {
	emit func(Event)

	mu       sync.Mutex // each direction has a goroutine of its own
	received partial
	sent     partial
}

// partial is a frame on its way.
type partial struct {
	from    string
	open    bool
	header  frame.Header
	payload []byte // the first maxPayload bytes, before masking
	arrived int64
}

func newTracer(emit func(Event)) *tracer {
	return &tracer{emit: emit, received: partial{from: "client"}, sent: partial{from: "server"}}
}

// hooks returns the trace of a server's connection: what is received comes from
// the client.
func (t *tracer) hooks() *conn.Trace {
	return &conn.Trace{
		Received: func(_ *conn.Conn, h frame.Header, offset int64, p []byte) {
			t.add(&t.received, h, offset, p)
		},
		Sent: func(_ *conn.Conn, h frame.Header, offset int64, p []byte) {
			t.add(&t.sent, h, offset, p)
		},
	}
}

func (t *tracer) add(f *partial, h frame.Header, offset int64, p []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !f.open {
		*f = partial{from: f.from, open: true, header: h}
	}
	f.payload = append(f.payload, p[:min(len(p), maxPayload-len(f.payload))]...)
	f.arrived = offset + int64(len(p))
	if f.arrived == h.Length {
		f.open = false
		t.emit(f.event())
	}
}

// finish tells of a frame that the end of the connection cut short: a header
// that was refused, or a payload that stopped.
func (t *tracer) finish() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, f := range []*partial{&t.received, &t.sent} {
		if f.open {
			f.open = false
			t.emit(f.event())
		}
	}
}

// event returns f as it was on the wire.
func (f *partial) event() Event {
	payload := bytes.Clone(f.payload)
	if f.header.Masked {
		// §5.3: masking is its own inverse, so the key of the header
		// brings the bytes of the wire back.
		mask.XOR(payload, f.header.Key)
	}
	return Event{
		Type:    eventFrame,
		From:    f.from,
		Header:  frame.AppendHeader(nil, f.header), // §5.2: there is one legal spelling
		Payload: payload,
		LeftOut: f.arrived - int64(len(payload)),
	}
}
