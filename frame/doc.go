// Package frame is the grammar of WebSocket frames (RFC 6455 §5.2, §5.5, §7.4):
// it turns bytes into headers and close payloads, and back. It knows what a
// frame looks like, and not whether it may come now; that is package conn's
// part.
//
// # The wire
//
//	byte 0                byte 1            then, as needed            then
//	┌───┬───┬───┬───┬────┐┌────┬───────────┐┌───────────┬─────────────┐┌─────────┐
//	│FIN│RSV│RSV│RSV│ op ││MASK│ length    ││ length    │ masking key ││ payload │
//	│   │ 1 │ 2 │ 3 │code││    │ 0…125, or ││ 16 bits   │ 32 bits,    ││         │
//	│   │   │   │   │    ││    │ 126, 127 ─┼▶ 64 bits   │ if MASK=1   ││         │
//	└───┴───┴───┴───┴────┘└────┴───────────┘└───────────┴─────────────┘└─────────┘
//	  1   1   1   1   4      1       7        0, 16, 64     0, 32
//
// Numbers are in network byte order, the most significant byte first. The word
// "Hi" from a server, and the same from a client with the key 01 02 03 04:
//
//	81 02  48 69
//	│  │   └──┴── "Hi"
//	│  └───────── MASK=0, length 2
//	└──────────── FIN=1, opcode 1 (text)
//
//	81 82  01 02 03 04  49 6b
//	   │   └────┬────┘  └──┴── 48 xor 01, 69 xor 02
//	   │        └───────────── masking key
//	   └────────────────────── MASK=1, length 2
//
// # Reading order
//
// opcode.go, header.go, close.go, then frame.go for whole frames, and error.go
// for what happens when a peer breaks the grammar.
package frame
