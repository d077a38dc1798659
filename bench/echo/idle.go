package main

import (
	"context"
	"fmt"
	"os"

	"rfc6455/bench/internal/peer"
)

// idleRounds is how often the memory of each server is measured.
const idleRounds = 3

// idleMemory prints how much resident memory one idle connection takes in each
// server, after one echoed message of 125 bytes. Rounds are interleaved.
func idleMemory(ctx context.Context, n int) error {
	servers := find("rfc6455", "rfc6455, net/http", "gorilla", "coder", "gobwas", "gws", "nbio", "x/net")
	bytes := make([][]float64, len(servers))
	for range idleRounds {
		for i, s := range servers {
			b, err := idleOne(ctx, s, n)
			if err != nil {
				return fmt.Errorf("idle memory of %s: %w", s.Name, err)
			}
			bytes[i] = append(bytes[i], b)
		}
	}
	fmt.Printf("\n## Resident memory of an idle connection\n\n")
	fmt.Printf("%d connections after one echo each; median of %d rounds.\n\n", n, idleRounds)
	fmt.Println("| | bytes |\n|---|--:|")
	for i, s := range servers {
		fmt.Printf("| %s | %.0f |\n", s.Name, median(bytes[i]))
	}
	return nil
}

// idleOne returns the bytes that a connection takes in a fresh server.
func idleOne(ctx context.Context, s peer.Server, n int) (float64, error) {
	p, err := peer.Spawn(ctx, s, os.Stderr)
	if err != nil {
		return 0, err
	}
	defer p.Stop()

	// What the first connections bring into memory, code above all, is not
	// counted.
	warm := newLoad(125, 1)
	err = warm.open(ctx, p.Addr, 100)
	warm.close()
	if err != nil {
		return 0, err
	}
	before, err := p.Settle()
	if err != nil {
		return 0, err
	}

	l := newLoad(125, 1)
	defer l.close()
	if err := l.open(ctx, p.Addr, n); err != nil {
		return 0, err
	}
	after, err := p.Settle()
	if err != nil {
		return 0, err
	}
	return float64(after.Resident-before.Resident) / float64(n), nil
}
