package handshake_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rfc6455/handshake"
)

func TestHeader(t *testing.T) {
	h := handshake.Header{
		{"Cookie", "a=1"},
		{"X-K", "k"},
		{"COOKIE", "b=2"},
		{"Empty", ""},
		{"cookie", "c=3"},
	}
	tests := []struct {
		name string
		want []string
	}{
		{"cookie", []string{"a=1", "b=2", "c=3"}},
		{"x-k", []string{"k"}},
		{"empty", []string{""}},
		{"cooki", nil},
		{"cookies", nil},
		{"X-\u212a", nil}, // the sign for Kelvin is a K in Unicode, but not in a header
		{"", nil},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, slices.Collect(h.Values(tt.name))); diff != "" {
			t.Errorf("Values(%q) (-want +got):\n%s", tt.name, diff)
		}
		first := ""
		if len(tt.want) > 0 {
			first = tt.want[0]
		}
		if got := h.Get(tt.name); got != first {
			t.Errorf("Get(%q) = %q, want %q", tt.name, got, first)
		}
	}
	for value := range h.Values("cookie") {
		if value != "a=1" {
			t.Errorf("a loop that was left goes on with %q", value)
		}
		break
	}
}
