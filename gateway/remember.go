package gateway

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"telagent-gateway/call"
	"telagent-gateway/store"
)

// Pauses between two attempts to open a store that is away.
const (
	openPause   = 200 * time.Millisecond
	openPauseAt = 2 * time.Second // most
)

// openStore opens the store, and waits for one that is away for as long as the configuration says. Nothing is listened on
// meanwhile: a phone asks again, and a call that is up goes on as soon as we do.
func (g *Gateway) openStore(ctx context.Context) (err error) {
	until := time.Now().Add(g.config.Restart.WaitForStore)
	for pause := openPause; ; pause = min(2*pause, openPauseAt) {
		g.store, err = store.Open(ctx, g.config.Store.Reveal(), g.log.Named("store"))
		if err == nil {
			return nil
		}
		err = fmt.Errorf("open the store: %w", err)
		left := time.Until(until)
		if !errors.Is(err, store.ErrAway) || left <= 0 {
			return err
		}
		g.log.Warn("the store is away; a start needs it, and tries again", zap.Duration("for", left.Round(time.Second)), zap.Error(err))
		g.service.tell(fmt.Sprintf("STATUS=waiting for the store: %v", err))
		select {
		case <-time.After(min(pause, left)):
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		}
	}
}

// trouble is one of the store, as an alarm.
type trouble struct {
	kind           error
	part, sentence string // the alarm's code; empty: there is none
}

var troubles = []trouble{
	{store.ErrFull, "store_full", "The store's disk is full. Calls go on, and what happens waits in memory; what is asked of the gateway is done and answered as not saved. Make room."},
	{store.ErrAway, "store_away", "The store takes nothing. Calls go on, and what happens waits in memory; what is asked of the gateway is done and answered as not saved."},
	{store.ErrSlow, "store_slow", "The store is slow. Calls go on; what is asked of the gateway is done and answered as not saved until it is quicker."},
}

// troubleOf returns the trouble that an answer of Healthy is of.
func troubleOf(answer error) trouble {
	for _, t := range troubles {
		if errors.Is(answer, t.kind) {
			return t
		}
	}
	return trouble{}
}

// watchStore lets the Floor know how the store is. What is wrong is told before what is over, so that nobody believes for
// a moment that all is well.
func (g *Gateway) watchStore() {
	told := ""
	g.store.Watch(func(answer error) {
		was, is := told, troubleOf(answer)
		told = is.part
		if is.part != "" {
			g.loop.report(call.Impaired{Part: is.part, Problem: is.sentence})
		}
		if was != "" && was != is.part {
			g.loop.report(call.Repaired{Part: was})
		}
	})
}
