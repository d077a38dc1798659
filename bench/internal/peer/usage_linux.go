package peer

import (
	"fmt"
	"os"
	"runtime"
	"syscall"
	"time"
)

// read fills u with what this process has taken.
func (u *Usage) read() error {
	var ru syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &ru); err != nil {
		return err
	}
	u.CPU = time.Duration(ru.Utime.Nano() + ru.Stime.Nano())

	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	u.Mallocs = m.Mallocs

	// In pages: the size of the address space, and what of it is resident.
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return err
	}
	var size, resident int64
	if _, err := fmt.Sscan(string(statm), &size, &resident); err != nil {
		return err
	}
	u.Resident = resident * int64(os.Getpagesize())
	return nil
}
