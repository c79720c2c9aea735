package demo

import (
	"context"
	"sync"
)

// bell wakes everybody who waits for something to become true. The zero value is ready.
type bell struct {
	mu   sync.Mutex
	rung chan struct{}
}

// ring makes every waiter look again.
func (b *bell) ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.rung != nil {
		close(b.rung)
		b.rung = nil
	}
}

func (b *bell) next() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.rung == nil {
		b.rung = make(chan struct{})
	}
	return b.rung
}

// wait returns when so is true, or with the context's error. so is called once at the start and after each ring.
func (b *bell) wait(ctx context.Context, so func() bool) error {
	for {
		rung := b.next()
		if so() {
			return nil
		}
		select {
		case <-rung:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
