package frame_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"rfc6455/frame"
	"rfc6455/mask"
)

// The examples of §5.7, in its order.

func ExampleWrite() {
	var wire bytes.Buffer
	frame.Write(&wire, frame.Header{Fin: true, Opcode: frame.Text}, []byte("Hello"))
	fmt.Printf("% x\n", wire.Bytes())
	// Output: 81 05 48 65 6c 6c 6f
}

// A client masks. It takes the key from [mask.NewKey], a new one for each frame;
// this is the one of the RFC.
func ExampleWrite_masked() {
	var wire bytes.Buffer
	h := frame.Header{Fin: true, Opcode: frame.Text, Masked: true, Key: mask.Key{0x37, 0xfa, 0x21, 0x3d}}
	frame.Write(&wire, h, []byte("Hello"))
	fmt.Printf("% x\n", wire.Bytes())
	// Output: 81 85 37 fa 21 3d 7f 9f 4d 51 58
}

// One message in two frames: the first says what it is, the last has FIN set.
func ExampleWrite_fragmented() {
	var wire bytes.Buffer
	frame.Write(&wire, frame.Header{Opcode: frame.Text}, []byte("Hel"))
	frame.Write(&wire, frame.Header{Fin: true, Opcode: frame.Continuation}, []byte("lo"))
	fmt.Printf("% x\n", wire.Bytes())
	// Output: 01 03 48 65 6c 80 02 6c 6f
}

// A server's ping and the pong of the client, which carries the same bytes.
func ExampleRead() {
	fromServer := strings.NewReader("\x89\x05Hello")
	ping, payload, err := frame.Read(fromServer, frame.MaxControlPayload)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%v %q\n", ping.Opcode, payload)

	var fromClient bytes.Buffer
	pong := frame.Header{Fin: true, Opcode: frame.Pong, Masked: true, Key: mask.Key{0x37, 0xfa, 0x21, 0x3d}}
	frame.Write(&fromClient, pong, payload)
	fmt.Printf("% x\n", fromClient.Bytes())
	// Output:
	// ping "Hello"
	// 8a 85 37 fa 21 3d 7f 9f 4d 51 58
}

// 256 bytes need the 16-bit length, 64 KiB the one of 64 bits.
func ExampleAppendHeader() {
	for _, length := range []int64{256, 64 << 10} {
		h := frame.Header{Fin: true, Opcode: frame.Binary, Length: length}
		fmt.Printf("% x\n", frame.AppendHeader(nil, h))
	}
	// Output:
	// 82 7e 01 00
	// 82 7f 00 00 00 00 00 01 00 00
}

// A header that arrives in two pieces.
func ExampleParseHeader() {
	wire := []byte{0x81, 0x85, 0x37, 0xfa}
	_, _, err := frame.ParseHeader(wire)
	fmt.Println(err == frame.ErrShort)

	wire = append(wire, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58)
	h, n, err := frame.ParseHeader(wire)
	fmt.Println(h.Fin, h.Opcode, h.Masked, h.Length, err)

	payload := wire[n:]
	mask.XOR(payload, h.Key)
	fmt.Printf("%s\n", payload)
	// Output:
	// true
	// true text true 5 <nil>
	// Hello
}

// What a peer may never send is refused with the rule that it broke, here a
// length of 124 that is written in 16 bits.
func ExampleProtocolError() {
	_, _, err := frame.ParseHeader([]byte{0x81, 0x7e, 0x00, 0x7c})
	fmt.Println(err)

	var pe frame.ProtocolError
	if errors.As(err, &pe) {
		fmt.Println("rule:", pe.Section+"/"+pe.Rule)
		fmt.Println("close with:", pe.Code)
	}
	// Output:
	// frame: a length of at most 125 is written in 16 bits; the shortest form that fits is the only legal one (RFC 6455 §5.2)
	// rule: 5.2/minimal-length
	// close with: 1002 (protocol error)
}

// The limit holds before any of the payload is read.
func ExampleRead_limit() {
	tebibyte := []byte{0x82, 0x7f, 0, 0, 1, 0, 0, 0, 0, 0}
	_, _, err := frame.Read(bytes.NewReader(tebibyte), 1<<20)
	fmt.Println(err)

	_, _, err = frame.Read(bytes.NewReader(tebibyte[:5]), 1<<20)
	fmt.Println(err == io.ErrUnexpectedEOF)
	// Output:
	// frame: a frame of 1099511627776 bytes is longer than the limit of 1048576 (RFC 6455 §10.4)
	// true
}

func ExampleAppendClose() {
	payload, err := frame.AppendClose(nil, frame.CloseGoingAway, "bye")
	fmt.Printf("% x %v\n", payload, err)

	_, err = frame.AppendClose(nil, frame.CloseAbnormal, "")
	fmt.Println(err)
	// Output:
	// 03 e9 62 79 65 <nil>
	// frame: close code 1006 (abnormal closure) must not be sent (RFC 6455 §7.4)
}

func ExampleParseClose() {
	for _, payload := range []string{"\x03\xe9bye", "", "\x03"} {
		code, reason, err := frame.ParseClose([]byte(payload))
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Printf("%v %q\n", code, reason)
	}
	// Output:
	// 1001 (going away) "bye"
	// 1005 (no status received) ""
	// frame: a close frame carries one byte; it needs none, or a code of two bytes (RFC 6455 §5.5.1)
}

func ExampleCloseCode_IsSendable() {
	for _, c := range []frame.CloseCode{1000, 1005, 2000, 4000} {
		fmt.Println(c, c.IsSendable())
	}
	// Output:
	// 1000 (normal closure) true
	// 1005 (no status received) false
	// 2000 false
	// 4000 true
}

func ExampleOpcode() {
	for _, o := range []frame.Opcode{frame.Text, frame.Ping, 0x3, 0xB} {
		fmt.Printf("%v: control %v, reserved %v\n", o, o.IsControl(), o.IsReserved())
	}
	// Output:
	// text: control false, reserved false
	// ping: control true, reserved false
	// reserved 0x3: control false, reserved true
	// reserved 0xb: control true, reserved true
}
