package frame

import (
	"testing"

	"rfc6455/mask"
)

var benchHeaders = []struct {
	name string
	h    Header
}{
	{"7 bits", Header{Fin: true, Opcode: Text, Length: 125}},
	{"7 bits, masked", Header{Fin: true, Opcode: Text, Masked: true, Key: mask.Key{1, 2, 3, 4}, Length: 125}},
	{"16 bits, masked", Header{Fin: true, Opcode: Text, Masked: true, Key: mask.Key{1, 2, 3, 4}, Length: 16 << 10}},
	{"64 bits, masked", Header{Fin: true, Opcode: Text, Masked: true, Key: mask.Key{1, 2, 3, 4}, Length: 1 << 20}},
}

func BenchmarkParseHeader(b *testing.B) {
	for _, bb := range benchHeaders {
		b.Run(bb.name, func(b *testing.B) {
			wire := AppendHeader(nil, bb.h)
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := ParseHeader(wire); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkAppendHeader(b *testing.B) {
	for _, bb := range benchHeaders {
		b.Run(bb.name, func(b *testing.B) {
			buf := make([]byte, 0, MaxHeaderLen)
			b.ReportAllocs()
			for b.Loop() {
				AppendHeader(buf, bb.h)
			}
		})
	}
}
