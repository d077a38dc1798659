package conn

import (
	"context"
	"sync"
)

// lock is a mutex that is served in order and whose waiters can give up. It is
// small, since each connection has two, and nearly always free.
type lock struct {
	mu    sync.Mutex // held for a few instructions at a time
	held  bool
	first *waiter
}

// waiter is a place in the queue for a lock.
type waiter struct {
	turn chan struct{} // closed when the lock is the waiter's
	next *waiter
}

// try takes the lock if it is free.
func (l *lock) try() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held {
		return false
	}
	l.held = true
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

// enqueue gives a place in the queue, whose turn may have come already.
func (l *lock) enqueue() *waiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	w := &waiter{turn: make(chan struct{})}
	if !l.held {
		l.held = true
		close(w.turn)
		return w
	}
	last := &l.first
	for *last != nil {
		last = &(*last).next
	}
	*last = w
	return w
}

// leave gives up a place in the queue, or the lock if its turn has come.
func (l *lock) leave(w *waiter) {
	l.mu.Lock()
	for p := &l.first; *p != nil; p = &(*p).next {
		if *p == w {
			*p = w.next
			l.mu.Unlock()
			return
		}
	}
	l.mu.Unlock()
	l.release()
}

// release hands the lock to the first in the queue.
func (l *lock) release() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if w := l.first; w != nil {
		l.first = w.next
		close(w.turn)
		return
	}
	l.held = false
}
