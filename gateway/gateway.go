// Package gateway is the one loop that owns the Floor and introduces the wires to it.
//
// It decides nothing and speaks no protocol: facts come in from sip and media, requests from the console, and what the
// Floor orders goes out again, in one order, one step after the other.
//
// Start with Start, then step in loop.go.
package gateway

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"telagent-gateway/call"
	"telagent-gateway/config"
	"telagent-gateway/console"
	"telagent-gateway/media"
	"telagent-gateway/sip"
	"telagent-gateway/store"
	"telagent-gateway/telagent"
)

// lastReply is how long requests that are under way have to be answered when the gateway ends.
const lastReply = time.Second

// farewell is how long the peers have to answer our BYE when the gateway ends.
const farewell = 2 * time.Second

// Options are what a gateway is started with.
type Options struct {
	Config *config.Config   // checked already; see config.Load
	Log    *zap.Logger      // nil: silent
	Level  *zap.AtomicLevel // of the log; nil: a reload cannot change it
	From   *Heir            // takes over from another process; nil: from none
}

// Gateway is a running gateway.
type Gateway struct {
	log     *zap.Logger
	config  *config.Config // as it was at the start; see conf
	level   *zap.AtomicLevel
	loop    *loop
	running bool // whether the loop was started
	sip     *sip.Wire
	media   *media.Wire
	store   *store.Store
	console *console.Console
	keeper  *keeper
	asks    atomic.Pointer[sip.Wire] // for who may be told of audio before there is a signalling wire
	ladders *ladders                 // nil: nothing is kept for them
	pages   net.Listener
	server  *console.Server
	proofs  sync.Map          // user → telagent.Credentials; with desks, a read index of what the Floor last said
	desks   sync.Map          // desk phone's AOR → agent
	shown   map[string]string // agent → desk phone that he is shown under; once it runs, the loop's alone
	agents  sync.Map          // who is an agent

	strain     *strain     // how hard we are pressed; nil: we are not started yet
	service    *service    // systemd, if that started us
	softphones *softphones // of agents' pages
	proof      *sip.Proof  // of the pages; nil: they are served without TLS

	audio     audio
	reloading sync.Mutex                    // held while a configuration is taken
	current   atomic.Pointer[config.Config] // that was taken last
	drained   chan struct{}                 // closed when a drain is done that was to end the gateway
	end       func()                        // closes it

	heir      *Heir         // that we are; nil: we took over from nobody
	sockets   *sockets      // where we are reached
	orders    atomic.Uint64 // that signalling was given
	handed    chan struct{} // closed when another process has the calls
	successor signalled     // that process; set before
	stopping  atomic.Bool   // it is about to end

	keypad    keypad
	verifies  sync.WaitGroup // PINs that are being checked
	verifying chan struct{}  // has room for as many as are checked at once
}

// Start restores the Floor from the store, then opens the wires: audio first, which goes on at once where calls were up. The
// store is opened before all and the pages last, so that nobody is answered before what was promised is remembered. A start
// that fails says no goodbye to the calls of before: they are there for the next one.
func Start(ctx context.Context, o Options) (*Gateway, error) {
	g := &Gateway{log: o.Log, config: o.Config, level: o.Level, drained: make(chan struct{}), shown: map[string]string{}, verifying: make(chan struct{}, verifiesAtOnce)}
	if g.log == nil {
		g.log = zap.NewNop()
	}
	g.service = newService(g.log.Named("systemd"))
	g.current.Store(o.Config)
	g.end = sync.OnceFunc(func() { close(g.drained) })
	g.heir, g.sockets, g.handed = o.From, newSockets(nil), make(chan struct{})
	if g.heir != nil {
		g.sockets = newSockets(g.heir.socket)
	}
	g.softphones = newSoftphones(g)
	if err := g.start(ctx); err != nil {
		if g.heir.unproven() {
			return nil, err // the calls are still the other process's
		}
		return nil, errors.Join(err, g.forsake())
	}
	return g, nil
}

func (g *Gateway) start(ctx context.Context) (err error) {
	c := g.config
	if err := g.heir.fits(c); err != nil {
		return err
	}
	if err := g.heir.await(); err != nil {
		return err
	}
	if err := g.openStore(ctx); err != nil {
		return err
	}
	if keep := c.History.Ladders; keep.Keep > 0 {
		g.store.PruneLadders(keep.Keep, keep.AtMost)
		g.ladders = newLadders(g)
	}
	g.keeper = newKeeper(g.store, g.log)
	left, err := g.left(ctx)
	if err != nil {
		return fmt.Errorf("load the store: %w", err)
	}
	people, err := g.furnish(ctx)
	if err != nil {
		return err
	}
	if err := g.startMedia(&left); err != nil {
		return err
	}
	if t := c.HTTP.TLS; t.Certificate != "" {
		if g.proof, err = sip.NewProof(sip.KeyPair(t), g.log.Named("console")); err != nil {
			return fmt.Errorf("prepare the console: %w", err)
		}
	}
	if g.pages, err = g.sockets.streams(netip.MustParseAddrPort(c.HTTP.Listen)); err != nil {
		return fmt.Errorf("listen for the console: %w", err)
	}
	banned, err := g.store.Bans(ctx)
	if err != nil {
		return err
	}
	g.audio = newAudio(g.media, c)
	if g.sip, err = sip.Start(g.keeps(g.sipOptions(people, banned), left)); err != nil {
		return fmt.Errorf("start sip: %w", err)
	}
	g.asks.Store(g.sip)
	g.keeper.giveUp = g.sip.GiveUp
	if g.console, err = console.New(g.admitting(g.consoleOptions())); err != nil {
		return fmt.Errorf("make the console: %w", err)
	}
	if err := g.console.Recall(ctx); err != nil {
		return err
	}
	if err := g.deliver(ctx); err != nil {
		return err
	}
	g.takeUp(left)
	g.strain = newStrain(g.loop, g.sip, c.Overload.Busy, c.Overload.Overloaded, g.log.Named("load"))
	go g.loop.run() // what comes in before is in its mailbox; it needs all wires to answer
	g.running = true
	go g.strain.run()
	if g.ladders != nil {
		go g.ladders.run()
	}
	if err := g.takeOver(); err != nil {
		return err
	}
	g.server = g.console.Serve(g.pages, g.papers())
	g.service.ready()
	g.service.begin(g.loop, g.store.Healthy)
	return nil
}

// furnish makes the Floor of what the store gives back, and returns how its agents are shown.
func (g *Gateway) furnish(ctx context.Context) (people map[string]sip.Presence, err error) {
	state, err := g.store.Load(ctx)
	if err != nil {
		return nil, fmt.Errorf("load the store: %w", err)
	}
	steadied(&state.Live, time.Now())
	for _, u := range state.Users {
		g.learn(u)
	}
	for _, a := range state.Agents {
		g.learnAgent(a)
	}
	floor := telagent.New(settings(g.config), state, newID)
	people = g.people(floor.View(time.Now()).Agents)
	g.loop = newLoop(floor, g, g.log.Named("floor"))
	g.watchStore()
	return people, nil
}

// Close ends the gateway: first nobody new is let in, then the legs end, then what became of them is remembered. It
// may be called on a gateway that did not start wholly. An upgrade that is under way comes to its end first,
// or is not done.
func (g *Gateway) Close(ctx context.Context) error {
	g.stopping.Store(true)
	g.reloading.Lock()
	defer g.reloading.Unlock()
	if g.handedOver() {
		return g.depart()
	}
	return g.close(ctx)
}

func (g *Gateway) close(ctx context.Context) error {
	g.service.stopping()
	var errs []error
	if g.server != nil {
		errs = append(errs, g.server.Leave(lastReply)) // whoever asked for the end hears of it
	} else if g.pages != nil {
		errs = append(errs, g.pages.Close())
	}
	if g.sip != nil {
		g.hangUp(ctx)
	}
	if g.media != nil {
		errs = append(errs, g.media.Close())
	}
	if g.running {
		g.keeper.close()
		g.service.close()
		g.strain.close()
		g.loop.finish()
		g.ladders.close()
	}
	g.verifies.Wait()
	if g.store != nil {
		errs = append(errs, g.store.Close())
	}
	return errors.Join(errs...)
}

// hangUp ends all legs. A peer that is gone never answers our BYE, which is no fault of ours: we wait for a moment only.
func (g *Gateway) hangUp(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, farewell)
	defer cancel()
	g.loop.clear(ctx) // the wire reports nothing any more once it is closed
	if err := g.sip.Close(ctx); err != nil {
		g.log.Warn("some peers did not answer our BYE", zap.Error(err))
	}
}

// act hands an Action to the wire that it is for.
func (g *Gateway) act(a call.Action) {
	g.ladders.ordered(a)
	switch a := a.(type) {
	case call.Ring, call.Answer, call.Reject, call.Dial, call.Reroute, call.Hangup, call.Progress:
		g.orders.Add(1)
		g.sip.Do(a)
	case call.Verify:
		g.verify(a)
	case call.Join, call.Hear, call.Swap, call.Park, call.Say, call.Ask, call.Record:
		g.media.Do(a)
	default:
		panic(fmt.Sprintf("gateway: no wire for %T", a))
	}
}

// tell shows Changes to the consoles.
func (g *Gateway) tell(changes []telagent.Change) {
	for _, c := range changes {
		switch c := c.(type) {
		case telagent.UserChanged:
			g.learn(c.User)
		case telagent.AgentChanged:
			g.learnAgent(c.Agent)
			g.show(c.Shown)
		case telagent.EntryChanged:
			if c.Gone {
				g.forget(c.Revision.Entry)
			}
		case telagent.DrainChanged:
			g.sip.Drain(turning(c.Drain.On, g.conf().Drain))
		case telagent.Drained:
			g.end()
		default:
		}
	}
	g.ladders.ended(changes)
	g.console.Tell(changes)
}

// remember gives Changes to the store; committed, if any, is called when they are safe.
func (g *Gateway) remember(changes []telagent.Change, committed func(error)) {
	if ill := g.store.Healthy(); ill != nil && committed != nil {
		g.store.Write(changes, nil) // an outage is no time to keep a supervisor waiting, see console.ErrNotSaved
		committed(ill)
		return
	}
	g.store.Write(changes, committed)
}

// learn keeps what proves a user, for the digest check of the signalling wire.
func (g *Gateway) learn(u telagent.User) { g.proofs.Store(u.Name, u.Credentials) }

// forget lets nobody prove himself any more who is gone, and shows an agent who is to nobody.
func (g *Gateway) forget(e telagent.EntryName) {
	switch e.Kind {
	case telagent.AgentEntry:
		g.proofs.Delete(e.Name)
		g.agents.Delete(e.Name)
		if desk := g.shown[e.Name]; desk != "" {
			g.desks.Delete(desk)
			g.sip.Show(desk, sip.Presence{})
		}
		delete(g.shown, e.Name)
		g.sip.Show(e.Name, sip.Presence{})
	case telagent.UserEntry:
		g.proofs.Delete(e.Name)
	case telagent.QueueEntry, telagent.ProfileEntry, telagent.ReasonsEntry, telagent.SiteEntry, telagent.PolicyEntry, telagent.ScheduleEntry:
	}
}

// learnAgent keeps who has a phone, and whose desk phone an address of record is.
func (g *Gateway) learnAgent(a telagent.Agent) {
	g.agents.Store(a.ID, true)
	if a.DeskPhone != "" {
		g.desks.Store(a.DeskPhone, a.ID)
	}
}

// secret returns what proves an address of record: a user's own, or a desk phone's.
func (g *Gateway) secret(aor string) (sip.Secret, bool) {
	if isPage(aor) {
		s, ok := g.softphones.secret(aor)
		if _, is := g.agents.Load(s.AOR); !is {
			return sip.Secret{}, false
		}
		return s, ok
	}
	if _, is := g.agents.Load(aor); is { // who is no agent has no phone
		c := g.proofOf(aor)
		return sip.Secret{HA1MD5: c.HA1MD5, HA1SHA: c.HA1SHA}, c.HA1MD5 != ""
	}
	owner, ok := g.desks.Load(aor)
	if !ok {
		return sip.Secret{}, false
	}
	// Who gave his desk phone up has no digest of it any more, see directory.
	c := g.proofOf(owner)
	return sip.Secret{HA1MD5: c.DeskMD5, HA1SHA: c.DeskSHA}, c.DeskMD5 != ""
}

func (g *Gateway) proofOf(user any) telagent.Credentials {
	held, _ := g.proofs.Load(user)
	c, _ := held.(telagent.Credentials)
	return c
}

// newID returns a name for a call or a leg that no other will ever have.
func newID() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails, see crypto/rand
	return hex.EncodeToString(b[:])
}
