//go:build !race

package mask

import "testing"

// The race detector adds allocations of its own.
func TestAllocations(t *testing.T) {
	b := make([]byte, 1000)
	n := testing.AllocsPerRun(100, func() { XOR(b, NewKey()) })
	if n != 0 {
		t.Errorf("a new key and a masked payload take %v allocations, want 0", n)
	}
}
