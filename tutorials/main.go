// Command tutorials opens the book: it serves the chapters at
// http://localhost:6455, over the library that they are about.
//
//	go run ./tutorials
//	go run ./tutorials -addr localhost:7000
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"rfc6455/tutorials/internal/live"
)

const defaultAddr = "localhost:6455"

// shutdownTimeout bounds the time from Ctrl-C to the end: every closing
// handshake must be over by then.
const shutdownTimeout = 8 * time.Second

func main() {
	addr := flag.String("addr", defaultAddr, "`host:port` to listen on; port 0 picks a free one")
	flag.Usage = func() {
		fmt.Fprint(flag.CommandLine.Output(),
			"Serves the book about the WebSocket protocol to your browser.\n\n"+
				"Usage: go run ./tutorials [-addr host:port]\n\n")
		flag.PrintDefaults()
	}
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	if err := run(ctx, *addr, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run serves the book until ctx ends, then says goodbye to every page that is
// still open.
func run(ctx context.Context, addr string, out io.Writer) error {
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return listenError(addr, err)
	}
	hub := live.NewHub()
	srv := &http.Server{
		Handler:           newBook(hub, addr, ln.Addr()),
		ConnContext:       live.ConnContext,
		ReadHeaderTimeout: 5 * time.Second,
		WriteTimeout:      10 * time.Second,
		MaxHeaderBytes:    16 << 10,
	}
	// One request for each connection, so that the handshake that the page
	// shows is all that came before the first frame.
	srv.SetKeepAlivesEnabled(false)

	served := make(chan error, 1)
	go func() { served <- srv.Serve(live.Listen(ln.(*net.TCPListener))) }()
	fmt.Fprintf(out, "The book is open at %s\nLeave with Ctrl-C.\n", bookURL(addr, ln.Addr()))

	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	fmt.Fprintln(out, "\nClosing the book.")
	goodbye, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	return errors.Join(hub.Shutdown(goodbye), srv.Shutdown(goodbye))
}

// listenError says what keeps the book from opening, and the way around it.
func listenError(addr string, err error) error {
	why := fmt.Sprintf("The book cannot listen on %s: %v.", addr, err)
	if errors.Is(err, syscall.EADDRINUSE) {
		why = fmt.Sprintf("The address %s is taken: another program listens there, perhaps the book in another terminal.", addr)
	}
	return errors.New(why + "\nChoose another port: go run ./tutorials -addr localhost:7000 (port 0 picks a free one)")
}

// bookURL is where a reader finds the book: the host that was asked for, if it
// names one, and the port that was given.
func bookURL(addr string, listening net.Addr) string {
	host, _, _ := net.SplitHostPort(addr)
	if ip := net.ParseIP(host); host == "" || ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port(listening)) + "/"
}

func port(a net.Addr) string {
	_, p, _ := net.SplitHostPort(a.String())
	return p
}
