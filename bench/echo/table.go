package main

import (
	"fmt"
	"slices"
	"strings"

	"rfc6455/bench/internal/peer"
)

// print prints t in Markdown, a line for each server. text returns a cell of it,
// for the server i in the row of a size.
func (t *table) print(text func(row []cell, i int) string) {
	fmt.Print("| |")
	for _, size := range t.sizes {
		fmt.Printf(" %s |", size.name)
	}
	fmt.Println("\n|---|" + strings.Repeat("--:|", len(t.sizes)))
	for i, s := range t.servers {
		fmt.Printf("| %s |", s.Name)
		for _, row := range t.cells {
			fmt.Printf(" %s |", text(row, i))
		}
		fmt.Println()
	}
}

// printCheapest prints the line that says what rfc6455 costs in terms of the
// library that is cheapest at each size.
func (t *table) printCheapest() {
	ours := t.index("rfc6455")
	fmt.Print("| *rfc6455 to the cheapest library* |")
	for _, row := range t.cells {
		highest, name := 0.0, ""
		for i, s := range t.servers {
			if s.Module == "" || s.Module == t.servers[ours].Module {
				continue
			}
			if r := ratio(row[ours], row[i]); r > highest {
				highest, name = r, s.Name
			}
		}
		fmt.Printf(" **%.2f** of %s |", highest, name)
	}
	fmt.Println()
}

// index returns the place of a server that is in t.
func (t *table) index(name string) int {
	return slices.IndexFunc(t.servers, func(s peer.Server) bool { return s.Name == name })
}

// ratio returns the median of what a cost in terms of b in the same round.
func ratio(a, b cell) float64 {
	quotients := make([]float64, len(a.cpu))
	for i := range quotients {
		quotients[i] = a.cpu[i] / b.cpu[i]
	}
	return median(quotients)
}

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	return v[len(v)/2]
}
