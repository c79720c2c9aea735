package gateway

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.uber.org/zap"

	"telagent-gateway/media"
	"telagent-gateway/telagent"
)

// freezeBound is how long the legs may take to finish what they are at before the calls are left to the next start.
const freezeBound = 2 * time.Second

// Stop ends the gateway and leaves the calls that are up to its next start, which goes on with them; until then their
// audio is silent. So it does with legs that stand by for an agent. Where nobody is connected, or where the configuration says
// so, it is Close. An upgrade that is under way comes to its end first, or is not done: the calls may be the other process's
// then.
func (g *Gateway) Stop(ctx context.Context) error {
	g.stopping.Store(true)
	g.reloading.Lock()
	defer g.reloading.Unlock()
	if g.handedOver() {
		return g.depart()
	}
	connected, err := read(ctx, g.loop, func(_ time.Time, f *telagent.Floor) bool { return f.Connected() })
	if err != nil { // the loop is stuck
		connected = g.sip.Talks()
	}
	if !connected || !g.conf().Restart.KeepCalls {
		return g.close(ctx)
	}
	g.service.stopping()
	errs := []error{g.server.Leave(lastReply)}
	still, cancel := context.WithTimeout(context.WithoutCancel(ctx), freezeBound) // an upgrade may have used up the rest
	defer cancel()
	if err := g.sip.Freeze(still); err != nil {
		g.log.Warn("some legs were in the middle of something", zap.Error(err))
	}
	g.service.close()
	g.loop.finish()
	states, err := g.media.Freeze()
	if err != nil {
		errs = append(errs, fmt.Errorf("leave the calls: %w", err))
	}
	g.keeper.close()
	g.keeper.exactly(states)
	g.sip.Abandon()
	errs = append(errs, g.media.Abandon())
	g.ladders.close()
	g.verifies.Wait()
	if err := errors.Join(append(errs, g.store.Close())...); err != nil {
		return err
	}
	g.log.Info("calls are left to the next start", zap.Int("legs", len(states)))
	return nil
}

// exactly keeps the audio of legs as it will stay. Who was told before of something new, and looks only now, finds nothing newer.
func (k *keeper) exactly(states []media.LegState) {
	k.taking.Lock()
	defer k.taking.Unlock()
	k.exact = true
	for i := range states {
		k.keep(&states[i])
	}
}

// keepUsed keeps how far streams came in a start that failed: the states that it began with were exact, perhaps, and the next start
// would send other packets under the same numbers, and encrypted ones with the same keys. Not of legs that have other ports: of
// those the far sides were not told, and the next start has to find that out, too.
//
// RFC 3711 §3.3.1, §9.1
func (g *Gateway) keepUsed(states []media.LegState) {
	elsewhere := g.media.Elsewhere()
	for i := range states {
		if s := &states[i]; !slices.Contains(elsewhere, s.Leg) {
			if body, err := s.Encode(); err == nil {
				g.store.Keep(mediaLegs, string(s.Leg), body)
			}
		}
	}
}

// forsake ends a gateway whose start failed, without a word to anybody.
func (g *Gateway) forsake() error {
	var errs []error
	if g.pages != nil {
		errs = append(errs, g.pages.Close())
	}
	if g.media != nil { // else what signalling lets go of would be told by RTCP that it is over, and its recording be finished
		states, err := g.media.Freeze()
		errs = append(errs, err)
		g.keepUsed(states)
	}
	if g.sip != nil {
		g.sip.Abandon()
	}
	if g.media != nil {
		errs = append(errs, g.media.Abandon())
	}
	g.verifies.Wait()
	if g.store != nil {
		errs = append(errs, g.store.Close())
	}
	return errors.Join(errs...)
}
