package frame

import (
	"bytes"
	"fmt"
	"io"

	"rfc6455/mask"
)

// Read reads one whole frame from r and returns its header and its payload,
// unmasked. It is meant for small tools and tests: it takes the header byte by
// byte, so that it never reads past the end of the frame.
//
// A payload longer than limit bytes is refused before any memory is taken, with
// a [ProtocolError] of code 1009. Below the limit, memory grows with the bytes
// that have really arrived. If r ends before the first byte the error is
// [io.EOF], later it is [io.ErrUnexpectedEOF].
func Read(r io.Reader, limit int64) (Header, []byte, error) {
	var buf [MaxHeaderLen]byte
	for n := 1; ; n++ {
		if _, err := io.ReadFull(r, buf[n-1:n]); err != nil {
			if err == io.EOF && n > 1 {
				err = io.ErrUnexpectedEOF
			}
			return Header{}, nil, err
		}
		h, _, err := ParseHeader(buf[:n])
		if err == ErrShort {
			continue
		}
		if err != nil {
			return Header{}, nil, err
		}
		if h.Length > limit {
			return h, nil, ProtocolError{"10.4", "frame-limit", CloseMessageTooBig,
				fmt.Sprintf("a frame of %d bytes is longer than the limit of %d", h.Length, limit)}
		}
		p, err := readPayload(r, h)
		return h, p, err
	}
}

func readPayload(r io.Reader, h Header) ([]byte, error) {
	// The buffer grows as bytes arrive: a peer that announces much and
	// sends little costs little (§10.4).
	var buf bytes.Buffer
	n, err := buf.ReadFrom(io.LimitReader(r, h.Length))
	if err == nil && n < h.Length {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, err
	}
	if h.Masked {
		mask.XOR(buf.Bytes(), h.Key)
	}
	return buf.Bytes(), nil
}

// Write writes one whole frame in a single call of w.Write. It sets h.Length to
// len(payload) and masks a copy of the payload if h.Masked is set; payload
// itself stays as it is.
func Write(w io.Writer, h Header, payload []byte) error {
	h.Length = int64(len(payload))
	buf := AppendHeader(make([]byte, 0, MaxHeaderLen+len(payload)), h)
	n := len(buf)
	buf = append(buf, payload...)
	if h.Masked {
		mask.XOR(buf[n:], h.Key)
	}
	_, err := w.Write(buf)
	return err
}
