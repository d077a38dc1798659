//go:build !linux

package peer

import (
	"errors"
	"fmt"
)

// read fills u with what this process has taken.
func (u *Usage) read() error {
	return fmt.Errorf("peer: CPU and memory are measured on Linux only: %w", errors.ErrUnsupported)
}
