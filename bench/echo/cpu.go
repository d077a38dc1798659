package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"rfc6455/bench/internal/peer"
)

// connections is how many are busy at a time.
const connections = 64

// size is the payload of a message.
type size struct {
	name  string
	bytes int
}

var sizes = []size{{"125 B", 125}, {"1 KiB", 1 << 10}, {"16 KiB", 16 << 10}, {"1 MiB", 1 << 20}}

// reference is the library that the others are given as a ratio of.
const reference = "gorilla"

// cell holds what was measured of one server at one size, by round.
type cell struct {
	cpu    []float64 // µs for each message
	allocs []float64 // for each message
}

// table holds the cells of all servers at all sizes.
type table struct {
	servers []peer.Server
	sizes   []size
	cells   [][]cell // by size, then by server
}

// costs measures servers with the given number of messages on the way on each
// connection, and prints the tables.
func costs(ctx context.Context, depth, rounds int, slice time.Duration) error {
	t := table{sizes: sizes}
	names := []string{"raw TCP", "rfc6455"}
	if depth > 1 {
		names = append(names, "rfc6455, Gather")
		t.sizes = sizes[:3] // nobody sends many MiB ahead of the answers
	}
	t.servers = find(append(names, reference, "coder", "gobwas", "gobwas, tuned", "gws", "nbio", "x/net")...)
	for _, size := range t.sizes {
		row, err := measure(ctx, t.servers, newLoad(size.bytes, depth), rounds, slice)
		if err != nil {
			return fmt.Errorf("%s, %d at a time: %w", size.name, depth, err)
		}
		t.cells = append(t.cells, row)
	}

	fmt.Printf("\n## Server CPU for each echoed message, %d on the way on each of %d connections\n\n", depth, connections)
	fmt.Printf("Median of %d rounds; in brackets the ratio to %s, the median of the ratios within a round.\n\n", rounds, reference)
	base := t.index(reference)
	t.print(func(row []cell, i int) string {
		return fmt.Sprintf("%.1f µs (%.2f)", median(row[i].cpu), ratio(row[i], row[base]))
	})
	t.printCheapest()

	fmt.Print("\nAllocations for each message:\n\n")
	t.print(func(row []cell, i int) string { return fmt.Sprintf("%.0f", median(row[i].allocs)) })
	return nil
}

// measure runs the same load against all servers in turn.
func measure(ctx context.Context, servers []peer.Server, l *load, rounds int, slice time.Duration) ([]cell, error) {
	processes := make([]*peer.Process, len(servers))
	loads := make([]*load, len(servers))
	for i, s := range servers {
		p, err := peer.Spawn(ctx, s, os.Stderr)
		if err != nil {
			return nil, err
		}
		defer p.Stop()
		own := *l
		defer own.close()
		processes[i], loads[i] = p, &own
		if err := own.open(ctx, p.Addr, connections); err != nil {
			return nil, fmt.Errorf("%s: %w", s.Name, err)
		}
	}
	cells := make([]cell, len(servers))
	for round := range rounds {
		for i := range servers {
			i := (i + round) % len(servers) // nobody is always first
			cpu, allocs, err := measureOne(ctx, processes[i], loads[i], slice)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", servers[i].Name, err)
			}
			cells[i].cpu = append(cells[i].cpu, cpu)
			cells[i].allocs = append(cells[i].allocs, allocs)
		}
	}
	return cells, nil
}

// measureOne returns what one message cost p on average during one slice, in µs
// of CPU and in allocations.
func measureOne(ctx context.Context, p *peer.Process, l *load, slice time.Duration) (cpu, allocs float64, err error) {
	before, err := p.Usage()
	if err != nil {
		return 0, 0, err
	}
	messages, err := l.run(ctx, slice)
	if err != nil {
		return 0, 0, err
	}
	after, err := p.Usage()
	if err != nil {
		return 0, 0, err
	}
	n := float64(messages)
	return float64((after.CPU - before.CPU).Nanoseconds()) / 1e3 / n, float64(after.Mallocs-before.Mallocs) / n, nil
}
