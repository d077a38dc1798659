package conn

import (
	"context"
	"slices"
	"sync"
)

// lock is a mutex that is served in order and whose waiters can give up. It
// takes no memory for waiting while nobody waits.
type lock struct {
	mu    sync.Mutex // held for a few instructions at a time
	held  bool
	queue []chan struct{} // each is closed when its waiter holds the lock
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
	turn := l.enqueue()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
		l.leave(turn)
		return ctx.Err()
	}
}

// enqueue returns a channel that is closed when the caller holds the lock.
func (l *lock) enqueue() chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	turn := make(chan struct{})
	if l.held {
		l.queue = append(l.queue, turn)
	} else {
		l.held = true
		close(turn)
	}
	return turn
}

// leave gives up a place that enqueue gave, or the lock if it has come already.
func (l *lock) leave(turn chan struct{}) {
	l.mu.Lock()
	i := slices.Index(l.queue, turn)
	if i >= 0 {
		l.queue = slices.Delete(l.queue, i, i+1)
	}
	l.mu.Unlock()
	if i < 0 {
		l.release()
	}
}

// release hands the lock to the first in the queue.
func (l *lock) release() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.queue) == 0 {
		l.held, l.queue = false, nil
		return
	}
	close(l.queue[0])
	l.queue = slices.Delete(l.queue, 0, 1)
}
