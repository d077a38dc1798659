package frame

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rfc6455/internal/rfc"
	"rfc6455/mask"
)

// unhex reads bytes as the tests spell them: "81 85  37 fa 21 3d".
func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Each header is parsed and written again; the two must be inverses.
func TestHeader(t *testing.T) {
	tests := []struct {
		id, name string
		wire     string
		want     Header
	}{
		{"5.2/single-frame", "first and last", "81 00", Header{Fin: true, Opcode: Text}},
		{"5.2/single-frame", "first of several", "01 00", Header{Opcode: Text}},

		// The reserved bits and opcodes are syntax: whether they mean
		// something is for the connection to say.
		{"", "RSV1", "c1 00", Header{Fin: true, RSV1: true, Opcode: Text}},
		{"", "RSV2", "a1 00", Header{Fin: true, RSV2: true, Opcode: Text}},
		{"", "RSV3", "91 00", Header{Fin: true, RSV3: true, Opcode: Text}},
		{"", "reserved data opcode", "83 00", Header{Fin: true, Opcode: 3}},
		{"", "reserved control opcode", "8b 00", Header{Fin: true, Opcode: 0xB}},

		{"5.2/minimal-length", "1 byte", "82 01", Header{Fin: true, Opcode: Binary, Length: 1}},
		{"5.2/minimal-length", "longest in 7 bits", "82 7d", Header{Fin: true, Opcode: Binary, Length: 125}},
		{"5.2/minimal-length", "shortest in 16 bits", "82 7e 00 7e", Header{Fin: true, Opcode: Binary, Length: 126}},
		{"5.2/minimal-length", "one more", "82 7e 00 7f", Header{Fin: true, Opcode: Binary, Length: 127}},
		{"5.2/minimal-length", "longest in 16 bits", "82 7e ff ff", Header{Fin: true, Opcode: Binary, Length: math.MaxUint16}},
		{"5.2/minimal-length", "shortest in 64 bits", "82 7f 00 00 00 00 00 01 00 00", Header{Fin: true, Opcode: Binary, Length: 1 << 16}},
		{"5.2/length-network-order", "16 bits", "82 7e 01 02", Header{Fin: true, Opcode: Binary, Length: 0x0102}},
		{"5.2/length-network-order", "64 bits", "82 7f 01 02 03 04 05 06 07 08", Header{Fin: true, Opcode: Binary, Length: 0x0102030405060708}},
		{"5.2/length-top-bit", "longest in 31 bits", "82 7f 00 00 00 00 7f ff ff ff", Header{Fin: true, Opcode: Binary, Length: math.MaxInt32}},
		{"5.2/length-top-bit", "32 bits", "82 7f 00 00 00 00 80 00 00 00", Header{Fin: true, Opcode: Binary, Length: 1 << 31}},
		{"5.2/length-top-bit", "33 bits", "82 7f 00 00 00 01 00 00 00 00", Header{Fin: true, Opcode: Binary, Length: 1 << 32}},
		{"5.2/length-top-bit", "longest of all", "82 7f 7f ff ff ff ff ff ff ff", Header{Fin: true, Opcode: Binary, Length: math.MaxInt64}},

		{"5.3/mask-bit", "behind 7 bits", "81 85 37 fa 21 3d",
			Header{Fin: true, Opcode: Text, Masked: true, Key: mask.Key{0x37, 0xfa, 0x21, 0x3d}, Length: 5}},
		{"5.3/mask-bit", "behind 16 bits", "02 fe 01 00 37 fa 21 3d",
			Header{Opcode: Binary, Masked: true, Key: mask.Key{0x37, 0xfa, 0x21, 0x3d}, Length: 256}},
		{"5.3/mask-bit", "behind 64 bits", "80 ff 00 00 00 00 00 01 00 00 37 fa 21 3d",
			Header{Fin: true, Opcode: Continuation, Masked: true, Key: mask.Key{0x37, 0xfa, 0x21, 0x3d}, Length: 1 << 16}},
		{"5.3/mask-bit", "key of zeros", "81 80 00 00 00 00", Header{Fin: true, Opcode: Text, Masked: true}},

		{"5.5/control-length", "longest close", "88 7d", Header{Fin: true, Opcode: Close, Length: 125}},
		{"5.5/control-length", "longest ping", "89 7d", Header{Fin: true, Opcode: Ping, Length: 125}},
		{"5.5/control-length", "longest pong, masked", "8a fd 01 02 03 04",
			Header{Fin: true, Opcode: Pong, Masked: true, Key: mask.Key{1, 2, 3, 4}, Length: 125}},
	}
	for _, tt := range tests {
		t.Run(strings.TrimPrefix(tt.id+"/"+tt.name, "/"), func(t *testing.T) {
			if tt.id != "" {
				rfc.Covers(t, tt.id)
			}
			wire := unhex(t, tt.wire)

			// What follows the header must not matter.
			got, n, err := ParseHeader(append(bytes.Clone(wire), 0xff, 0xff))
			if err != nil || n != len(wire) {
				t.Fatalf("ParseHeader took %d bytes with error %v, want %d and none", n, err, len(wire))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("ParseHeader (-want +got):\n%s", diff)
			}
			for short := range wire {
				got, n, err := ParseHeader(wire[:short])
				if err != ErrShort || n != 0 || got != (Header{}) {
					t.Errorf("ParseHeader of the first %d bytes is %+v, %d, %v; want nothing and ErrShort", short, got, n, err)
				}
			}
			if diff := cmp.Diff(append([]byte("kept"), wire...), AppendHeader([]byte("kept"), tt.want)); diff != "" {
				t.Errorf("AppendHeader (-want +got):\n%s", diff)
			}
		})
	}
}

// The first two bytes hold twelve fields (§5.2). Here each of their 65536
// values is read once more as a string of 0 and 1.
func TestFirstTwoBytes(t *testing.T) {
	for v := range 1 << 16 {
		bits := fmt.Sprintf("%016b", v)
		number := func(from, to int) (n int) {
			for _, bit := range bits[from:to] {
				n = 2*n + int(bit-'0')
			}
			return n
		}
		want := Header{
			Fin: bits[0] == '1', RSV1: bits[1] == '1', RSV2: bits[2] == '1', RSV3: bits[3] == '1',
			Opcode: Opcode(number(4, 8)),
			Masked: bits[8] == '1',
			Length: int64(number(9, 16)),
		}
		isControl := bits[4] == '1'
		wantErr := ""
		switch {
		case isControl && !want.Fin:
			wantErr = "5.5/control-fin"
		case isControl && want.Length > 125:
			wantErr = "5.5/control-length"
		}
		wire := binary.BigEndian.AppendUint16(nil, uint16(v))
		switch want.Length {
		case 126:
			wire, want.Length = append(wire, 0x12, 0x34), 0x1234
		case 127:
			wire, want.Length = append(wire, 0, 0, 0x12, 0x34, 0, 0, 0, 0), 0x1234_0000_0000
		}
		if want.Masked {
			wire, want.Key = append(wire, 5, 6, 7, 8), mask.Key{5, 6, 7, 8}
		}

		got, n, err := ParseHeader(wire)
		if wantErr != "" {
			if ruleOf(err) != wantErr {
				t.Fatalf("% x: error %v, want %s", wire, err, wantErr)
			}
			continue
		}
		if err != nil || n != len(wire) || got != want {
			t.Fatalf("% x: took %d bytes, error %v (-want +got):\n%s", wire, n, err, cmp.Diff(want, got))
		}
	}
}

// ruleOf returns the id of the rule that err says was broken, or "".
func ruleOf(err error) string {
	if pe, ok := errors.AsType[ProtocolError](err); ok {
		return pe.Section + "/" + pe.Rule
	}
	return ""
}

// A fault is reported at the first byte that shows it. Before that byte the
// header may still become a legal one, and so it is only short.
func TestParseHeaderFaults(t *testing.T) {
	tests := []struct {
		id, name string
		wire     string
		shows    int // length of the shortest prefix with the fault
	}{
		{"5.2/length-top-bit", "2^63", "82 7f 80 00 00 00 00 00 00 00", 3},
		{"5.2/length-top-bit", "2^63, masked", "82 ff 80 00 00 00 00 00 00 00 01 02 03 04", 3},
		{"5.2/length-top-bit", "2^64-1", "82 7f ff ff ff ff ff ff ff ff", 3},

		{"5.2/minimal-length", "0 in 16 bits", "82 7e 00 00", 4},
		{"5.2/minimal-length", "124 in 16 bits", "81 7e 00 7c", 4}, // the RFC's own example
		{"5.2/minimal-length", "125 in 16 bits", "81 7e 00 7d", 4},
		{"5.2/minimal-length", "125 in 16 bits, masked", "81 fe 00 7d 01 02 03 04", 4},
		{"5.2/minimal-length", "0 in 64 bits", "82 7f 00 00 00 00 00 00 00 00", 8},
		{"5.2/minimal-length", "126 in 64 bits", "82 7f 00 00 00 00 00 00 00 7e", 8},
		{"5.2/minimal-length", "65535 in 64 bits", "82 7f 00 00 00 00 00 00 ff ff", 8},
		{"5.2/minimal-length", "65535 in 64 bits, masked", "82 ff 00 00 00 00 00 00 ff ff 01 02 03 04", 8},

		{"5.5/control-fin", "close", "08 00", 1},
		{"5.5/control-fin", "ping", "09 00", 1},
		{"5.5/control-fin", "pong, masked", "0a 80 01 02 03 04", 1},
		{"5.5/control-fin", "reserved", "0f 00", 1},
		{"5.5/control-fin", "and too long", "09 7e 00 7e", 1},

		{"5.5/control-length", "close of 126", "88 7e 00 7e", 2},
		{"5.5/control-length", "ping of 65536", "89 7f 00 00 00 00 00 01 00 00", 2},
		{"5.5/control-length", "pong, masked", "8a fe 00 7e 01 02 03 04", 2},
		{"5.5/control-length", "reserved", "8b 7e 00 7e", 2},
		{"5.5/control-length", "top bit too", "89 7f ff ff ff ff ff ff ff ff", 2},
	}
	for _, tt := range tests {
		t.Run(tt.id+"/"+tt.name, func(t *testing.T) {
			rfc.Covers(t, tt.id)
			if tt.id == "5.5/control-fin" {
				rfc.Covers(t, "5.4/control-not-fragmented")
			}
			wire := unhex(t, tt.wire)
			for n := range len(wire) + 1 {
				h, took, err := ParseHeader(wire[:n])
				switch {
				case h != (Header{}) || took != 0:
					t.Errorf("the first %d bytes gave %+v and took %d, want nothing", n, h, took)
				case n < tt.shows && err != ErrShort:
					t.Errorf("the first %d bytes gave error %v, want ErrShort", n, err)
				case n >= tt.shows && (ruleOf(err) != tt.id || err.(ProtocolError).Code != CloseProtocolError):
					t.Errorf("the first %d bytes gave error %v, want %s with code 1002", n, err, tt.id)
				}
			}
		})
	}
}

// Every length that a shorter form can hold is refused in each longer one.
func TestNonMinimalLengths(t *testing.T) {
	rfc.Covers(t, "5.2/minimal-length")
	for length := range 1 << 16 {
		long := binary.BigEndian.AppendUint64([]byte{0x82, 127}, uint64(length))
		if _, _, err := ParseHeader(long); ruleOf(err) != "5.2/minimal-length" {
			t.Fatalf("%d in 64 bits: error %v", length, err)
		}
		middle := binary.BigEndian.AppendUint16([]byte{0x82, 126}, uint16(length))
		_, _, err := ParseHeader(middle)
		if wantErr := length <= 125; wantErr != (ruleOf(err) == "5.2/minimal-length") {
			t.Fatalf("%d in 16 bits: error %v", length, err)
		}
	}
}

func TestAppendHeader(t *testing.T) {
	t.Run("key without mask", func(t *testing.T) {
		h := Header{Fin: true, Opcode: Text, Key: mask.Key{1, 2, 3, 4}, Length: 5}
		if diff := cmp.Diff(unhex(t, "81 05"), AppendHeader(nil, h)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})

	t.Run("opcode of more than four bits", func(t *testing.T) {
		// It must not spill into the reserved bits.
		if diff := cmp.Diff(unhex(t, "81 00"), AppendHeader(nil, Header{Fin: true, Opcode: 0x71})); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})

	t.Run("negative length", func(t *testing.T) {
		defer func() {
			if recover() == nil {
				t.Error("no panic")
			}
		}()
		AppendHeader(nil, Header{Length: -1})
	})
}

func TestHeaderAllocations(t *testing.T) {
	h := Header{Fin: true, Opcode: Text, Masked: true, Length: 1 << 16}
	buf := make([]byte, 0, MaxHeaderLen)
	n := testing.AllocsPerRun(100, func() {
		if got, _, err := ParseHeader(AppendHeader(buf, h)); err != nil || got != h {
			t.Fatal(got, err)
		}
	})
	if n != 0 {
		t.Errorf("a header written and parsed takes %v allocations, want 0", n)
	}
}
