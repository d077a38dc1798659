package conn

import (
	"context"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// queue lets n goroutines wait for l, one behind the other. Each notes its
// number when it has the lock, and hands it on; if it gives up it notes
// -1-number.
//
// It must be called in a bubble of synctest. There a waiter that nobody wakes
// ends the test as a deadlock, instead of holding it up.
func queue(l *lock, n int, ctx func(i int) context.Context) (wait func() []int) {
	var wg sync.WaitGroup
	var mu sync.Mutex
	var order []int
	note := func(i int) {
		mu.Lock()
		defer mu.Unlock()
		order = append(order, i)
	}
	for i := range n {
		wg.Go(func() {
			if err := l.acquire(ctx(i)); err != nil {
				note(-1 - i)
				return
			}
			note(i)
			l.release()
		})
		synctest.Wait() // until it stands in the queue
	}
	return func() []int {
		wg.Wait()
		return order
	}
}

func TestLock(t *testing.T) {
	background := func(int) context.Context { return context.Background() }

	t.Run("free", func(t *testing.T) {
		var l lock
		if !l.try() {
			t.Fatal("a new lock is not free")
		}
		if l.try() {
			t.Fatal("a lock was given twice")
		}
		l.release()
		if err := l.acquire(t.Context()); err != nil {
			t.Fatalf("a lock that was released is not free: %v", err)
		}
	})

	t.Run("free, by way of the queue", func(t *testing.T) {
		var l lock
		w := l.enqueue()
		select {
		case <-w.turn:
		default:
			t.Fatal("no turn, though nobody had the lock")
		}
		if l.try() {
			t.Fatal("a lock was given twice")
		}
		l.leave(w)
		checkFree(t, &l)
	})

	t.Run("served in order", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var l lock
			l.try()
			wait := queue(&l, 5, background)
			l.release()
			if got, want := wait(), []int{0, 1, 2, 3, 4}; !slices.Equal(got, want) {
				t.Errorf("served %v, want %v", got, want)
			}
			checkFree(t, &l)
		})
	})

	t.Run("not past the queue", func(t *testing.T) {
		var l lock
		l.try()
		w := l.enqueue()
		l.release()
		if l.try() {
			t.Error("taken by one who did not wait, while the queue was not empty")
		}
		<-w.turn
		l.release()
		checkFree(t, &l)
	})

	t.Run("giving up in the queue", func(t *testing.T) {
		for i, want := range [][]int{{-1, 1, 2}, {-2, 0, 2}, {-3, 0, 1}} {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				var l lock
				l.try()
				wait := queue(&l, 3, func(j int) context.Context {
					if j == i {
						return ctx
					}
					return context.Background()
				})
				cancel()
				synctest.Wait()
				l.release()
				if got := wait(); !slices.Equal(got, want) {
					t.Errorf("number %d gave up: served %v, want %v", i, got, want)
				}
				checkFree(t, &l)
			})
		}
	})

	t.Run("error of the context", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			var l lock
			l.try()
			if err := l.acquire(ctx); err != context.DeadlineExceeded {
				t.Errorf("error %v, want that of the context", err)
			}
			l.release()
			checkFree(t, &l)
		})
	})

	// The lock is handed over, and then the waiter leaves before it has
	// noticed.
	t.Run("giving up with the turn", func(t *testing.T) {
		var l lock
		l.try()
		first, second := l.enqueue(), l.enqueue()
		l.release()
		l.leave(first)
		select {
		case <-second.turn:
		default:
			t.Fatal("the lock was not handed on to the second")
		}
		l.leave(second)
		checkFree(t, &l)
	})
}

// checkFree takes l and releases it again.
func checkFree(t *testing.T, l *lock) {
	t.Helper()
	if !l.try() {
		t.Error("the lock is not free in the end")
		return
	}
	l.release()
	if l.line != nil {
		t.Error("somebody is left in the line")
	}
}

// Many goroutines, half of which may give up at any moment: at most one has the
// lock at a time, and nobody is forgotten. The race detector watches held, which
// nothing but the lock guards.
func TestLockManyGoroutines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l lock
		held := 0
		var wg sync.WaitGroup
		for i := range 32 {
			wg.Go(func() {
				for range 200 {
					ctx, cancel := context.WithCancel(t.Context())
					if i%2 == 0 {
						go cancel()
					}
					if l.acquire(ctx) == nil {
						held++
						if held != 1 {
							t.Errorf("%d have the lock", held)
						}
						if rand.N(4) == 0 {
							runtime.Gosched()
						}
						held--
						l.release()
					} else if i%2 != 0 {
						t.Error("gave up with a context that had not ended")
					}
					cancel()
				}
			})
		}
		wg.Wait()
		checkFree(t, &l)
	})
}
