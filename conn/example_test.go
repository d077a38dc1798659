package conn_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"rfc6455/conn"
	"rfc6455/frame"
)

// A server on a bare stream of bytes, whose handshake is over. The peer sends the
// frame of §5.7 that is masked.
func ExampleNew() {
	near, peer := net.Pipe()
	c := conn.New(near, conn.Server, nil)
	defer c.CloseNow()

	go io.WriteString(peer, "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58")
	op, p, err := c.Read(context.Background())
	fmt.Printf("%v %q %v\n", op, p, err)
	// Output: text "Hello" <nil>
}

func ExamplePipe() {
	chat := &conn.Options{Subprotocol: "chat"}
	client, server := conn.Pipe(chat, chat)
	defer client.CloseNow()
	fmt.Println(client.Role(), client.Subprotocol())
	fmt.Println(server.Role(), server.Subprotocol())
	// Output:
	// client chat
	// server chat
}

func ExampleConn_Read() {
	client, server := conn.Pipe(nil, nil)
	defer client.CloseNow()
	ctx := context.Background()

	go client.Write(ctx, frame.Text, []byte("Hello"))

	op, p, err := server.Read(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%v %q\n", op, p)
	// Output: text "Hello"
}

// A Read that is given up loses nothing.
func ExampleConn_Read_timeout() {
	client, server := conn.Pipe(nil, nil)
	defer client.CloseNow()

	short, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	_, _, err := server.Read(short)
	fmt.Println(err)

	go client.Write(context.Background(), frame.Text, []byte("late"))
	_, p, err := server.Read(context.Background())
	fmt.Printf("%q %v\n", p, err)
	// Output:
	// context deadline exceeded
	// "late" <nil>
}

// An echo that uses the same memory for each message.
func ExampleConn_Append() {
	client, server := conn.Pipe(nil, nil)
	defer client.CloseNow()
	ctx := context.Background()

	go func() {
		var buf []byte
		for {
			op, p, err := server.Append(ctx, buf[:0])
			if err != nil || server.Write(ctx, op, p) != nil {
				return
			}
			buf = p
		}
	}()

	for _, s := range []string{"one", "two"} {
		if err := client.Write(ctx, frame.Text, []byte(s)); err != nil {
			log.Fatal(err)
		}
		_, p, err := client.Read(ctx)
		fmt.Printf("%s %v\n", p, err)
	}
	// Output:
	// one <nil>
	// two <nil>
}

func ExampleConn_Messages() {
	client, server := conn.Pipe(nil, nil)
	defer client.CloseNow()
	ctx := context.Background()

	go func() {
		server.Write(ctx, frame.Text, []byte("one"))
		server.Write(ctx, frame.Binary, []byte{2})
		server.Close(frame.CloseNormal, "")
	}()

	for m, err := range client.Messages(ctx) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%v %q\n", m.Opcode, m.Data)
	}
	// Output:
	// text "one"
	// binary "\x02"
}

// A message of any length goes through little memory.
func ExampleConn_Reader() {
	client, server := conn.Pipe(nil, nil)
	defer client.CloseNow()
	ctx := context.Background()

	go client.Write(ctx, frame.Text, []byte("a long story\n"))

	_, r, err := server.Reader(ctx)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := io.Copy(os.Stdout, r); err != nil {
		log.Fatal(err)
	}
	// Output: a long story
}

func ExampleConn_Write() {
	client, server := conn.Pipe(nil, nil)
	defer client.CloseNow()
	ctx := context.Background()

	go func() {
		for m, err := range server.Messages(ctx) {
			if err != nil || server.Write(ctx, m.Opcode, m.Data) != nil {
				return
			}
		}
	}()

	if err := client.Write(ctx, frame.Text, []byte("Hello")); err != nil {
		log.Fatal(err)
	}
	_, p, err := client.Read(ctx)
	fmt.Printf("%q %v\n", p, err)
	// Mistakes are reported, and nothing is sent.
	fmt.Println(client.Write(ctx, frame.Text, []byte{0xff}))
	fmt.Println(client.Write(ctx, frame.Ping, nil))
	// Output:
	// "Hello" <nil>
	// conn: a text message must be UTF-8; send other bytes as binary (RFC 6455 §5.6)
	// conn: a message is text or binary, not ping
}

// One message of which nobody knows the length when it begins.
func ExampleConn_Writer() {
	client, server := conn.Pipe(nil, nil)
	defer client.CloseNow()
	ctx := context.Background()

	go func() {
		w, err := client.Writer(ctx, frame.Text)
		if err != nil {
			log.Fatal(err)
		}
		for n := range 3 {
			fmt.Fprintf(w, "%d;", n) // each is a frame
		}
		if err := w.Close(); err != nil {
			log.Fatal(err)
		}
	}()

	_, p, err := server.Read(ctx)
	fmt.Printf("%q %v\n", p, err)
	// Output: "0;1;2;" <nil>
}

func ExampleConn_Ping() {
	client, server := conn.Pipe(nil, nil)
	defer client.CloseNow()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()

	go server.Read(ctx) // an end that reads answers pings

	fmt.Println(client.Ping(ctx))
	fmt.Println(client.RoundTrip() > 0)
	// Output:
	// <nil>
	// true
}

func ExampleConn_Close() {
	client, server := conn.Pipe(nil, nil)
	go server.Read(context.Background()) // an end that reads answers a close frame

	fmt.Println(client.Close(frame.CloseNormal, "good bye"))
	// After that nothing can be sent.
	err := client.Write(context.Background(), frame.Text, []byte("one more thing"))
	fmt.Println(errors.Is(err, net.ErrClosed))
	// Output:
	// <nil>
	// true
}

// Without a closing handshake the peer does not learn why.
func ExampleConn_CloseNow() {
	client, server := conn.Pipe(nil, nil)
	client.CloseNow()

	_, _, err := server.Read(context.Background())
	fmt.Println(err)
	// Output: conn: the peer closed with 1006 (abnormal closure): unexpected EOF
}

func ExampleConn_CloseStatus() {
	client, server := conn.Pipe(nil, nil)
	go server.Read(context.Background())

	client.Close(frame.CloseGoingAway, "the page was left")
	sent, received := client.CloseStatus()
	fmt.Printf("sent     %v %q\n", sent.Code, sent.Reason)
	fmt.Printf("received %v %q\n", received.Code, received.Reason)
	// Output:
	// sent     1001 (going away) "the page was left"
	// received 1001 (going away) ""
}

// A goroutine that only writes learns from Done that nobody listens any more.
func ExampleConn_Done() {
	client, server := conn.Pipe(nil, nil)
	ctx := context.Background()
	go server.Read(ctx)
	go func() {
		client.Read(ctx)
		client.Close(frame.CloseNormal, "")
	}()

	news := make(chan string, 1)
	news <- "first"
	for {
		select {
		case s := <-news:
			fmt.Println(s, server.Write(ctx, frame.Text, []byte(s)))
		case <-server.Done():
			fmt.Println("over")
			return
		}
	}
	// Output:
	// first <nil>
	// over
}

// A message for many is checked and copied once.
func ExamplePrepare() {
	ctx := context.Background()
	m := conn.Prepare(frame.Text, []byte("to all"))

	var clients sync.WaitGroup
	for range 3 {
		client, server := conn.Pipe(nil, nil)
		defer client.CloseNow()
		clients.Go(func() {
			_, p, err := client.Read(ctx)
			fmt.Printf("%s %v\n", p, err)
		})
		if err := server.WritePrepared(ctx, m); err != nil {
			log.Fatal(err)
		}
	}
	clients.Wait()
	// Output:
	// to all <nil>
	// to all <nil>
	// to all <nil>
}

// What does not fit the type is an error, and the connection stays open.
func ExampleReadJSON() {
	type order struct{ Item string }
	client, server := conn.Pipe(nil, nil)
	defer client.CloseNow()
	ctx := context.Background()

	go func() {
		client.Write(ctx, frame.Text, []byte(`{"Item": 7}`))
		client.Write(ctx, frame.Text, []byte(`{"Item": "tea"}`))
	}()

	_, err := conn.ReadJSON[order](ctx, server)
	var te *json.UnmarshalTypeError
	fmt.Println(errors.As(err, &te))
	o, err := conn.ReadJSON[order](ctx, server)
	fmt.Println(o.Item, err)
	// Output:
	// true
	// tea <nil>
}

func ExampleWriteJSON() {
	client, server := conn.Pipe(nil, nil)
	defer client.CloseNow()
	ctx := context.Background()

	go conn.WriteJSON(ctx, client, map[string]int{"x": 3, "y": 4})

	op, p, err := server.Read(ctx)
	fmt.Printf("%v %s %v\n", op, p, err)
	// Output: text {"x":3,"y":4} <nil>
}

// A stream of lines, wherever messages begin and end.
func ExampleConn_NetConn() {
	client, server := conn.Pipe(nil, nil)
	var from, to net.Conn = client.NetConn(frame.Binary), server.NetConn(frame.Binary)

	go func() {
		for _, s := range []string{"one\nt", "w", "o\n"} {
			io.WriteString(from, s)
		}
		from.Close()
	}()

	lines := bufio.NewScanner(to)
	for lines.Scan() {
		fmt.Println(lines.Text())
	}
	fmt.Println(lines.Err())
	// Output:
	// one
	// two
	// <nil>
}

// Every frame that a client sends and receives.
func ExampleTrace() {
	line := func(arrow string) func(*conn.Conn, frame.Header, int64, []byte) {
		return func(_ *conn.Conn, h frame.Header, _ int64, p []byte) {
			fmt.Printf("%s %-5v MASK=%-5v %q\n", arrow, h.Opcode, h.Masked, p)
		}
	}
	client, server := conn.Pipe(&conn.Options{Trace: &conn.Trace{Sent: line("->"), Received: line("<-")}}, nil)
	ctx := context.Background()
	go func() {
		op, p, _ := server.Read(ctx)
		server.Write(ctx, op, p)
		server.Read(ctx)
	}()

	client.Write(ctx, frame.Text, []byte("Hello"))
	client.Read(ctx)
	client.Close(frame.CloseNormal, "")
	// Output:
	// -> text  MASK=true  "Hello"
	// <- text  MASK=false "Hello"
	// -> close MASK=true  "\x03\xe8"
	// <- close MASK=false "\x03\xe8"
}

// How the other side closed.
func ExampleCloseError() {
	client, server := conn.Pipe(nil, nil)
	go client.Close(4001, "the game is over")

	_, _, err := server.Read(context.Background())
	var ce conn.CloseError
	if errors.As(err, &ce) {
		fmt.Println(ce.Code)
		fmt.Println(ce.Reason)
	}
	// Output:
	// 4001
	// the game is over
}

// A peer that passes a limit or breaks a rule is told so in the close frame.
func ExampleOptions() {
	client, server := conn.Pipe(nil, &conn.Options{MaxMessageSize: 10})
	ctx := context.Background()
	go client.Write(ctx, frame.Text, []byte(strings.Repeat("x", 11)))
	go client.Read(ctx)

	_, _, err := server.Read(ctx)
	var pe frame.ProtocolError
	if errors.As(err, &pe) {
		fmt.Println(pe.Section, pe.Rule, pe.Code)
		fmt.Println(pe.Detail)
	}
	// Output:
	// 10.4 message-limit 1009 (message too big)
	// the message is longer than 10 bytes; raise Options.MaxMessageSize to accept it
}
