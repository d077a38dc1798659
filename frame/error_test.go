package frame

import (
	"errors"
	"fmt"
	"testing"
)

func TestProtocolErrorAs(t *testing.T) {
	want := ProtocolError{"5.2", "minimal-length", CloseProtocolError, "what was seen"}
	wrapped := fmt.Errorf("reading: %w", want)

	var value ProtocolError
	if !errors.As(wrapped, &value) || value != want {
		t.Errorf("as a value: %+v, want %+v", value, want)
	}
	var pointer *ProtocolError
	if !errors.As(wrapped, &pointer) || *pointer != want {
		t.Errorf("as a pointer: %+v, want %+v", pointer, want)
	}
	var other interface{ Timeout() bool }
	if errors.As(wrapped, &other) {
		t.Error("it passes for an error of another kind")
	}
	if got := want.Error(); got != "frame: what was seen (RFC 6455 §5.2)" {
		t.Errorf("Error() = %q", got)
	}
}
