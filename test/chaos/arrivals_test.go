//go:build peers || chaos

package chaos

import (
	"context"
	"fmt"
	"sync"
	"time"

	"telagent-gateway/test/crowd"
)

// arrival is a call that came while a fault lasted.
type arrival struct {
	talked  bool
	problem error
}

// arrivals lets a customer call every so often; each talks for two seconds and hangs up.
func (h *house) arrivals(length, every time.Duration) []arrival {
	all := make([]arrival, int(length/every))
	began := time.Now()
	ctx, cancel := context.WithTimeout(h.t.Context(), length+bound)
	defer cancel()
	var working sync.WaitGroup
	for i := range all {
		h.pause(time.Until(began.Add(time.Duration(i) * every)))
		working.Go(func() { all[i].talked, all[i].problem = h.visit(ctx, 2*time.Second) })
	}
	working.Wait()
	return all
}

// visit is a customer who calls, talks for a while and hangs up.
func (h *house) visit(ctx context.Context, talk time.Duration) (talked bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	customer := h.dial()
	if err := customer.Wait(ctx, crowd.Up); err != nil {
		return false, err
	}
	if _, err := h.partner(ctx, customer); err != nil {
		_, _ = customer.Hangup(h.t.Context()) // it is judged already
		return false, err
	}
	h.pause(talk)
	if status, err := customer.Hangup(ctx); err != nil || status != 200 {
		return false, fmt.Errorf("BYE: %d (%w)", status, err)
	}
	return true, nil
}
