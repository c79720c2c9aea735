package gateway

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"telagent-gateway/call"
	"telagent-gateway/media"
	"telagent-gateway/sip"
	"telagent-gateway/store"
)

// What the store keeps for the wires.
const (
	sipLegs       = "sip.leg"
	sipContacts   = "sip.contact"
	mediaLegs     = "media.leg"
	mediaIdentity = "media.identity"
)

// snapshotEvery is how often the audio of all legs is kept, because streams move on without a word.
const snapshotEvery = 10 * time.Second

// giveUpAfter is when a leg that was taken up is given up if nothing was heard of its far side since, and it does not answer.
const giveUpAfter = 2 * time.Minute

// keeper hands the store what the wires need to go on with their legs after a restart.
type keeper struct {
	store *store.Store
	log   *zap.Logger
	stop  chan struct{}
	done  chan struct{}

	audio  *media.Wire      // set before there is a leg
	giveUp func(call.LegID) // likewise

	mu   sync.Mutex
	legs map[call.LegID]bool // that the signalling wire keeps

	taking sync.Mutex // held while audio is kept, so that no newer state of it is overtaken by an older one
	exact  bool       // it is kept as it will stay; guarded by taking
}

func newKeeper(s *store.Store, log *zap.Logger) *keeper {
	return &keeper{store: s, log: log, stop: make(chan struct{}), done: make(chan struct{}), legs: map[call.LegID]bool{}}
}

// leg keeps a leg's dialog, and its audio with it: one is worth nothing without the other.
func (k *keeper) leg(leg call.LegID, state []byte) {
	k.store.Keep(sipLegs, string(leg), state)
	k.mu.Lock()
	if state == nil {
		delete(k.legs, leg)
	} else {
		k.legs[leg] = true
	}
	k.mu.Unlock()
	if state == nil {
		k.store.Keep(mediaLegs, string(leg), nil)
	} else {
		k.changed(leg)
	}
}

// changed keeps the audio of a leg as it is now, if its dialog is kept.
func (k *keeper) changed(leg call.LegID) {
	k.mu.Lock()
	kept := k.legs[leg]
	k.mu.Unlock()
	if !kept {
		return
	}
	k.taking.Lock()
	defer k.taking.Unlock()
	if k.exact {
		return
	}
	if state, ok := k.audio.Snapshot(leg); ok {
		k.keep(&state)
	}
}

func (k *keeper) keep(state *media.LegState) {
	body, err := state.Encode()
	if err != nil {
		k.log.Error("the audio of a leg cannot be kept", zap.String("leg", string(state.Leg)), zap.Error(err))
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.legs[state.Leg] { // else it ended meanwhile
		k.store.Keep(mediaLegs, string(state.Leg), body)
	}
}

// contact keeps what a phone registered.
func (k *keeper) contact(key string, state []byte) { k.store.Keep(sipContacts, key, state) }

// run keeps the audio of every leg now and then, until close, and gives those up that were taken up in vain.
func (k *keeper) run(taken []call.LegID) {
	defer close(k.done)
	tick := time.NewTicker(snapshotEvery)
	defer tick.Stop()
	began, patience := time.Now(), time.NewTimer(giveUpAfter)
	defer patience.Stop()
	for {
		select {
		case <-tick.C:
			k.all()
		case <-patience.C:
			for _, leg := range taken {
				if state, ok := k.audio.Snapshot(leg); ok && !state.LastHeard.After(began) {
					k.giveUp(leg)
				}
			}
		case <-k.stop:
			return
		}
	}
}

// all keeps the audio of every leg as it is now.
func (k *keeper) all() {
	k.mu.Lock()
	legs := slices.Collect(maps.Keys(k.legs))
	k.mu.Unlock()
	for _, leg := range legs {
		k.changed(leg)
	}
}

func (k *keeper) close() {
	close(k.stop)
	<-k.done
}

// restored is what a process that is gone left to the wires.
type restored struct {
	legs, contacts, audio, identity map[string][]byte
	sounds                          map[call.LegID]bool // legs whose audio goes on
}

// left reads what a process that is gone left to the wires.
func (g *Gateway) left(ctx context.Context) (r restored, err error) {
	kept, err := g.store.Kept(ctx)
	if err != nil {
		return r, err
	}
	return restored{legs: kept[sipLegs], contacts: kept[sipContacts], audio: kept[mediaLegs], identity: kept[mediaIdentity]}, nil
}

// keeps tells the signalling wire to keep what it needs, and to go on with what the last process left.
func (g *Gateway) keeps(o sip.Options, r restored) sip.Options {
	o.Keep, o.KeepContact, o.Contacts = g.keeper.leg, g.keeper.contact, r.contacts
	o.Kept = make(map[call.LegID][]byte, len(r.legs))
	for leg, body := range r.legs {
		o.Kept[call.LegID(leg)] = body
	}
	return o
}

// startMedia starts the audio wire, with the legs that the last process left.
func (g *Gateway) startMedia(r *restored) (err error) {
	o := g.mediaOptions()
	o.Changed, o.Identity = g.keeper.changed, r.identity[""]
	if g.media, err = media.Start(o); err != nil && o.Identity != nil {
		g.log.Error("audio starts with a new certificate", zap.Error(err))
		o.Identity = nil
		g.media, err = media.Start(o)
	}
	if err != nil {
		return fmt.Errorf("start media: %w", err)
	}
	identity, err := g.media.Identity()
	if err != nil {
		return fmt.Errorf("start media: %w", err)
	}
	g.store.Keep(mediaIdentity, "", identity)
	g.keeper.audio = g.media
	var states []media.LegState
	for leg, body := range r.audio {
		if r.legs[leg] == nil {
			g.store.Keep(mediaLegs, leg, nil)
			continue
		}
		state, err := media.DecodeLeg(body)
		if err != nil || string(state.Leg) != leg {
			g.log.Error("the audio of a leg is lost", zap.String("leg", leg), zap.Error(err))
			continue
		}
		states = append(states, state)
	}
	if g.heir != nil { // it knows better than the store
		if states, err = g.heir.audio(r); err != nil {
			return fmt.Errorf("take over the audio: %w", err)
		}
	}
	failed := g.media.RestoreAll(states)
	r.sounds = make(map[call.LegID]bool, len(states))
	for _, state := range states {
		r.sounds[state.Leg] = failed[state.Leg] == nil
	}
	return nil
}

// resumed are the legs that both wires took up: the first thing that the loop is told.
type resumed []call.LegID

// lostPart is the alarm that legs could not be gone on with, and lostTime how long it is shown.
const (
	lostPart = "legs_lost"
	lostTime = time.Hour
)

// mourn lets administrators know how many legs could not be gone on with.
func (g *Gateway) mourn(lost int) {
	if lost == 0 {
		return
	}
	// Not by its mailbox, which thousands of phones that are bound again may have filled: the loop does not run yet.
	g.loop.step(call.Impaired{Part: lostPart, Problem: fmt.Sprintf("After its start the gateway could not go on with %d legs that were up before: what was kept of them cannot be read, "+
		"or no ports are free. They are ended; the log says why.", lost)})
	time.AfterFunc(lostTime, func() { g.loop.report(call.Repaired{Part: lostPart}) })
}

// takeUp lets the Floor go on with the legs that both wires took up, before it hears of anything else. Whatever one of the
// two does not have is over.
func (g *Gateway) takeUp(r restored) {
	lost := g.sip.Unread()
	var legs resumed
	for _, leg := range g.sip.Legs() {
		if r.sounds[leg] {
			legs = append(legs, leg)
			delete(r.sounds, leg)
			continue
		}
		g.log.Error("a leg has no audio any more; it is hung up", zap.String("leg", string(leg)))
		g.sip.Do(call.Hangup{Leg: leg, Cause: call.Lost})
		lost++
	}
	for leg := range r.sounds {
		g.media.Release(leg)
	}
	g.loop.step(legs)
	g.mourn(lost)
	for _, leg := range g.media.Elsewhere() {
		g.sip.Redescribe(leg)
	}
	if len(legs) > 0 {
		g.log.Info("legs go on that were up before the start", zap.Int("legs", len(legs)))
	}
	g.drainAgain()
	go g.keeper.run(legs)
}
