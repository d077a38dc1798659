package main

import (
	_ "unsafe" // for go:linkname

	"github.com/gobwas/ws"

	_ "github.com/coder/websocket"
	_ "github.com/gorilla/websocket"
	_ "github.com/lesismal/nbio/nbhttp/websocket"
	_ "github.com/lxzan/gws"

	"rfc6455/mask"
)

// The masking functions that the libraries keep to themselves. They are called
// where they are, nothing is copied. x/net has no function for it: its reader
// masks each byte on the way.

//go:linkname coderMask github.com/coder/websocket.maskGo
func coderMask(b []byte, key uint32) uint32

//go:linkname gorillaMask github.com/gorilla/websocket.maskBytes
func gorillaMask(key [4]byte, pos int, b []byte) int

//go:linkname gwsMask github.com/lxzan/gws/internal.MaskXOR
func gwsMask(b, key []byte)

//go:linkname nbioMask github.com/lesismal/nbio/nbhttp/websocket.maskXOR
func nbioMask(b, key []byte)

// contender masks every payload of a list. The loop belongs to it, so that
// no call through a function value is measured along.
type contender struct {
	name     string
	assembly bool // not written in Go alone, so it sets no mark
	mask     func(list [][]byte)
}

var (
	key   = [4]byte{0x37, 0xfa, 0x21, 0x3d}
	key32 = uint32(0x3d21fa37) // the same with its first byte lowest
)

// contenders has ours first.
var contenders = []contender{
	{"rfc6455", false, func(list [][]byte) {
		for _, b := range list {
			mask.XOR(b, key)
		}
	}},
	{"coder", false, func(list [][]byte) {
		for _, b := range list {
			coderMask(b, key32)
		}
	}},
	{"gws", false, func(list [][]byte) {
		for _, b := range list {
			gwsMask(b, key[:])
		}
	}},
	{"nbio", false, func(list [][]byte) {
		for _, b := range list {
			nbioMask(b, key[:])
		}
	}},
	{"gorilla", false, func(list [][]byte) {
		for _, b := range list {
			gorillaMask(key, 0, b)
		}
	}},
	{"gobwas", true, func(list [][]byte) {
		for _, b := range list {
			ws.Cipher(b, key, 0)
		}
	}},
}
