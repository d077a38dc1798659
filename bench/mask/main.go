// Command mask measures mask.XOR beside the masking functions of other
// libraries, and prints a table in Markdown:
//
//	go run ./mask
//
// All are measured in turn, round by round, so that a noisy moment meets them
// all. A ratio is the speed of rfc6455 over that of the fastest peer in plain Go:
// the median over all rounds of the quotient within a round. It is given for the
// best and for the worst place of the payload in memory, out of the eight in a
// word.
package main

import (
	"flag"
	"fmt"
	"math"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"
)

var sizes = []int{
	4, 5, 6, 7, 8, 9, 12, 15, 16, 20, 24, 31, 32, 48, 63, 64, 65, 100, 125, 126, 127, 128, 200, 255, 256, 500,
	1 << 10, 4 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20,
}

func main() {
	rounds := flag.Int("rounds", 101, "how often each cell is measured")
	flag.Parse()
	if *rounds < 1 || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}

	fmt.Printf("Masking, ns for a payload, offsets 0 to 7; %s, %s/%s\n\n", runtime.Version(), runtime.GOOS, runtime.GOARCH)
	fmt.Print("| bytes |")
	for _, c := range contenders {
		fmt.Printf(" %s |", c.title())
	}
	fmt.Print(" fastest peer in Go | ratio, best offset | worst |\n")
	fmt.Println("|--:|" + strings.Repeat("--:|", len(contenders)) + "---|--:|--:|")
	for _, size := range sizes {
		fmt.Println(measure(size, *rounds))
	}
}

func (c contender) title() string {
	if c.assembly {
		return c.name + " (assembly)"
	}
	return c.name
}

// measure returns the row of the table for one size.
func measure(size, rounds int) string {
	var times [8][][]float64 // by offset, contender and round: ns for a payload
	for offset := range times {
		times[offset] = make([][]float64, len(contenders))
	}
	memory := newMemory(size)
	for round := range rounds {
		for offset := range times {
			runAll(payloads(memory, size, offset, round), round, times[offset])
		}
	}

	var row strings.Builder
	fmt.Fprintf(&row, "| %d |", size)
	for i := range contenders {
		var all []float64
		for offset := range times {
			all = append(all, times[offset][i]...)
		}
		fmt.Fprintf(&row, " %.1f |", median(all))
	}
	best, worst, mark := 0.0, math.Inf(1), ""
	for offset := range times {
		ratio, peer := compare(times[offset])
		best = max(best, ratio)
		if ratio < worst {
			worst, mark = ratio, contenders[peer].name
		}
	}
	fmt.Fprintf(&row, " %s | %.2f | **%.2f** |", mark, best, worst)
	return row.String()
}

// runAll adds one round to the times of every contender.
func runAll(list [][]byte, round int, times [][]float64) {
	// Some 10 µs are long enough for the clock, and short enough for the
	// same conditions to meet all in a round.
	size := len(list[0])
	repeat := max(1, 10_000/(len(list)*(3+size/16)))
	for i := range contenders {
		i := (i + round) % len(contenders) // nobody is always first
		start := time.Now()
		for range repeat {
			contenders[i].mask(list)
		}
		ns := float64(time.Since(start).Nanoseconds())
		times[i] = append(times[i], ns/float64(repeat*len(list)))
	}
}

// page is the distance at which the processor confuses two addresses for a
// moment: a load waits for a store that only seems to be to the same place.
const page = 4 << 10

// payloads returns count(size) payloads in memory, as frames stand in a read
// buffer, all at the given offset in a word. With only one, a short payload would
// be read back while its last bytes are still being stored, and that would be
// measured, not the masking. Every round moves them by a cache line, so that no
// contender is lucky with its place in the page.
func payloads(memory []byte, size, offset, round int) [][]byte {
	start := round*64%(page-64) + offset
	list := make([][]byte, count(size))
	for i := range list {
		list[i] = memory[start+i*stride(size):][:size]
	}
	return list
}

// newMemory returns what payloads of the given size need.
func newMemory(size int) []byte { return make([]byte, count(size)*stride(size)+page) }

// count is how many payloads are masked in a row: up to 8 KiB of them.
func count(size int) int { return min(max(8<<10/size, 1), 32) }

// stride is the distance from one payload to the next: whole words, and at least
// a word between the two.
func stride(size int) int { return (size+7)/8*8 + 8 }

// compare returns the ratio of the fastest peer's time to ours, and that peer.
func compare(times [][]float64) (ratio float64, peer int) {
	for i := 1; i < len(contenders); i++ {
		if contenders[i].assembly {
			continue
		}
		quotients := make([]float64, len(times[i]))
		for round := range quotients {
			quotients[round] = times[i][round] / times[0][round]
		}
		if m := median(quotients); peer == 0 || m < ratio {
			ratio, peer = m, i
		}
	}
	return ratio, peer
}

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	return v[len(v)/2]
}
