package frame

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The sixteen opcodes of §5.2 and §11.8.
func TestOpcode(t *testing.T) {
	type kind struct {
		Name              string
		Control, Reserved bool
	}
	want := []kind{
		{Name: "continuation"},
		{Name: "text"},
		{Name: "binary"},
		{Name: "reserved 0x3", Reserved: true},
		{Name: "reserved 0x4", Reserved: true},
		{Name: "reserved 0x5", Reserved: true},
		{Name: "reserved 0x6", Reserved: true},
		{Name: "reserved 0x7", Reserved: true},
		{Name: "close", Control: true},
		{Name: "ping", Control: true},
		{Name: "pong", Control: true},
		{Name: "reserved 0xb", Control: true, Reserved: true},
		{Name: "reserved 0xc", Control: true, Reserved: true},
		{Name: "reserved 0xd", Control: true, Reserved: true},
		{Name: "reserved 0xe", Control: true, Reserved: true},
		{Name: "reserved 0xf", Control: true, Reserved: true},
	}
	var got []kind
	for o := range Opcode(16) {
		got = append(got, kind{o.String(), o.IsControl(), o.IsReserved()})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
