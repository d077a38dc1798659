package conn

import (
	"cmp"
	"context"
	"sync"
)

// lock is a mutex that is served in order and whose waiters can give up. It is
// small, since each connection has two, and nearly always free.
type lock struct {
	mu   sync.Mutex // held for a few instructions at a time
	line *waiter    // nil if the lock is free, nobody if it is taken, or else the first who waits
}

var nobody = new(waiter)

// waiter is a place in the line for a lock.
type waiter struct {
	turn chan struct{} // closed when the lock is the waiter's
	next *waiter
}

// try takes the lock if it is free.
func (l *lock) try() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.line != nil {
		return false
	}
	l.line = nobody
	return true
}

// acquire takes the lock, or returns ctx's error if ctx ends first.
func (l *lock) acquire(ctx context.Context) error {
	if l.try() {
		return nil
	}
	return l.wait(ctx)
}

func (l *lock) wait(ctx context.Context) error {
	w := l.enqueue()
	select {
	case <-w.turn:
		return nil
	case <-ctx.Done():
		l.leave(w)
		return ctx.Err()
	}
}

// enqueue gives a place in the line, whose turn may have come already.
func (l *lock) enqueue() *waiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	w := &waiter{turn: make(chan struct{})}
	switch l.line {
	case nil:
		l.line = nobody
		close(w.turn)
	case nobody:
		l.line = w
	default:
		last := l.line
		for last.next != nil {
			last = last.next
		}
		last.next = w
	}
	return w
}

// leave gives up a place in the line, or the lock if its turn has come.
func (l *lock) leave(w *waiter) {
	l.mu.Lock()
	for p := &l.line; *p != nil; p = &(*p).next {
		if *p == w {
			*p = w.next
			l.line = cmp.Or(l.line, nobody)
			l.mu.Unlock()
			return
		}
	}
	l.mu.Unlock()
	l.release()
}

// release hands the lock to the first in the line.
func (l *lock) release() {
	l.mu.Lock()
	defer l.mu.Unlock()
	w := l.line
	if w == nobody {
		l.line = nil
		return
	}
	l.line = cmp.Or(w.next, nobody)
	close(w.turn)
}
