// Command echo measures what echo servers cost, this library's beside others',
// and prints tables in Markdown:
//
//	go run ./echo              CPU and allocations for a message, then idle memory
//	go run ./echo -idle 0      without idle memory
//	go run ./echo -rounds 0    idle memory only
//
// Each server is in a process of its own and counts its own CPU time, so the
// load, which comes from this process, is not in the numbers. The servers take
// turns, round by round: a noisy moment meets them all. Everything is on
// 127.0.0.1, ends by itself within minutes, and on Ctrl-C at once.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"time"

	"rfc6455/bench/internal/peer"
)

// longest is how long the whole program may take, whatever happens.
const longest = 30 * time.Minute

func main() {
	peer.Main()

	rounds := flag.Int("rounds", 9, "how often each server is measured at each size")
	slice := flag.Duration("slice", 250*time.Millisecond, "how long each time")
	idle := flag.Int("idle", 5000, "how many idle connections are opened")
	flag.Parse()
	if *rounds < 0 || *slice <= 0 || *slice > time.Minute || *idle < 0 || *idle > 20_000 || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	if err := run(ctx, *rounds, *slice, *idle); err != nil {
		if ctx.Err() != nil {
			err = ctx.Err() // whatever broke, broke because of it
		}
		fmt.Fprintln(os.Stderr, "echo:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, rounds int, slice time.Duration, idle int) error {
	fmt.Printf("%s, %s/%s, %d CPUs, loopback\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
	if rounds > 0 {
		for _, depth := range []int{1, 16} {
			if err := costs(ctx, depth, rounds, slice); err != nil {
				return err
			}
		}
	}
	if idle > 0 {
		return idleMemory(ctx, idle)
	}
	return nil
}

// find returns the servers with the given names.
func find(names ...string) []peer.Server {
	list := make([]peer.Server, len(names))
	for i, name := range names {
		s, ok := peer.Find(name)
		if !ok {
			panic("there is no server " + name)
		}
		list[i] = s
	}
	return list
}
