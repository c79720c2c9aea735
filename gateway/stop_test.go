package gateway

import (
	"context"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/zap"

	"telagent-gateway/media"
	"telagent-gateway/store"
	"telagent-gateway/telagent"
)

func TestAGatewayThatEndsIsNotUpgraded(t *testing.T) {
	g := started(t)
	if err := g.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := g.handOver(t.Context(), &successor{}, "", ""); !errors.Is(err, errStopped) { // its program was started before
		t.Errorf("handed over: %v", err)
	}
	if pid, err := g.Upgrade(t.Context(), "", ""); !errors.Is(err, errStopped) {
		t.Errorf("upgraded to process %d, %v", pid, err)
	}
}

func TestAGatewayWhoseDrainIsDoneDuringAnUpgradeEnds(t *testing.T) {
	g := started(t)
	next := exec.Command("cat")
	if _, err := next.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := next.Start(); err != nil {
		t.Fatal(err)
	}
	one, _ := batons(t)
	s := &successor{baton: one, cmd: next, ended: make(chan struct{})}
	go func() { _ = next.Wait(); close(s.ended) }()
	if err := g.Do(t.Context(), telagent.Drain{Stop: true}); err != nil { // nobody talks
		t.Fatal(err)
	}
	<-g.Drained()
	if err := g.handOver(t.Context(), s, "", ""); !errors.Is(err, errStopped) {
		t.Errorf("handed over to who would not end: %v", err)
	}
	<-s.ended
	if err := g.Do(t.Context(), telagent.Drain{Off: true}); err != nil {
		t.Errorf("it does not go on until it ends: %v", err)
	}
}

func TestAnUpgradeComesToItsEndBeforeTheGatewayDoes(t *testing.T) {
	g := started(t)
	g.reloading.Lock() // as an upgrade does
	ended := make(chan error, 1)
	go func() { ended <- g.Stop(t.Context()) }()
	if err := g.Do(t.Context(), telagent.Drain{}); err != nil {
		t.Errorf("it ends in the middle of an upgrade: %v", err)
	}
	close(g.handed) // the calls are the other process's
	g.reloading.Unlock()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if err := g.sip.Freeze(t.Context()); err != nil {
		t.Errorf("its legs were touched: %v", err)
	}
	g.leave()
	g.stopping.Store(true) // there is nothing left to be closed
}

func TestWhoAsksInTheMomentOfAnUpgradeIsAnswered(t *testing.T) {
	g := started(t)
	g.service.close()                       // it looks at the loop too
	still, err := g.loop.pause(t.Context()) // as an upgrade does
	if err != nil {
		t.Fatal(err)
	}
	answered := make(chan error, 1)
	go func() {
		res, err := http.Post(g.server.Addr()+"/api/v1/setup", "application/json", strings.NewReader(`{"token":"x","user":"root","password":"something"}`))
		if err == nil {
			err = res.Body.Close()
		}
		answered <- err
	}()
	for !slices.ContainsFunc(still.waited, func(l letter) bool { _, is := l.in.(reading); return is }) { // it waits for the loop
		<-time.After(time.Millisecond)
		still.unheard()
	}
	g.leave()
	close(g.handed)
	g.stopping.Store(true)
	if err := errors.Join(g.depart(), <-answered); err != nil {
		t.Error(err)
	}
}

func TestAGatewayThatIsStoppingDoesNotTakeItsUsersForStrangers(t *testing.T) {
	g := started(t)
	if err := g.Do(t.Context(), telagent.PutUser{User: telagent.User{Name: "root", Role: telagent.AdminRole}}); err != nil {
		t.Fatal(err)
	}
	g.View()
	if err := g.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if users := g.View().Users; len(users) != 1 {
		t.Errorf("it knows %v", users)
	}
}

func TestAReloadThatWaitsForAnUpgradeKeepsNobodyFromEndingBoth(t *testing.T) {
	g := started(t)
	g.reloading.Lock() // as an upgrade does
	defer g.reloading.Unlock()
	ctx, terminate := context.WithCancel(t.Context())
	terminate()
	g.Reread(ctx) // comes back, or SIGTERM would be heard of when another process has the calls
}

func TestAReloadThatWaitsForAnUpgradeIsTheNewProcesssToDo(t *testing.T) {
	g := started(t)
	next := &fakeProcess{}
	g.reloading.Lock() // as an upgrade does
	done := make(chan struct{})
	go func() { g.Reread(t.Context()); close(done) }()
	if _, err := g.standStill(t.Context()); err != nil {
		t.Fatal(err)
	}
	g.successor = next
	close(g.handed)
	g.reloading.Unlock()
	<-done // else the process before would never end
	if !slices.Equal(next.heard, []os.Signal{syscall.SIGHUP}) {
		t.Errorf("the new process heard %v", next.heard)
	}
	g.leave()
	g.stopping.Store(true) // there is nothing left to be closed
}

// fakeProcess notes the signals that it is sent.
type fakeProcess struct{ heard []os.Signal }

func (p *fakeProcess) Signal(s os.Signal) error {
	p.heard = append(p.heard, s)
	return nil
}

func TestAGatewayWhoseLoopHangsLeavesItsCallsAllTheSame(t *testing.T) {
	far := phone(t)
	c := left(t, map[string]map[string][]byte{sipLegs: {"l1": leftLeg("c1", far)}, mediaLegs: {"l1": spoken(t, "l1")}}, waitingCaller())
	g, err := Start(t.Context(), Options{Config: c})
	if err != nil {
		t.Fatal(err)
	}
	hangs, goOn := make(chan struct{}), make(chan struct{})
	defer close(goOn)
	if err := g.loop.put(t.Context(), reading(func(time.Time, *telagent.Floor) { close(hangs); <-goOn })); err != nil {
		t.Fatal(err)
	}
	<-hangs
	soon, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := g.Stop(soon); err != nil {
		t.Error(err)
	}
	s, err := store.Open(t.Context(), c.Store.Reveal(), zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	kept, err := s.Kept(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if state, err := media.DecodeLeg(kept[mediaLegs]["l1"]); err != nil || !state.Exact {
		t.Errorf("its leg is not kept as it was at the end: exact %t, %v", state.Exact, err)
	}
}

func TestWhoLooksLateOverwritesNoExactState(t *testing.T) {
	far := phone(t)
	c := left(t, map[string]map[string][]byte{sipLegs: {"l1": leftLeg("c1", far)}, mediaLegs: {"l1": spoken(t, "l1")}}, waitingCaller())
	g, err := Start(t.Context(), Options{Config: c})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = g.forsake() }()
	states, err := g.media.Freeze()
	if err != nil {
		t.Fatal(err)
	}
	g.keeper.exactly(states)
	g.keeper.changed("l1") // which the audio wire said before it stood still
	if err := g.store.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	kept, err := g.store.Kept(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if state, err := media.DecodeLeg(kept[mediaLegs]["l1"]); err != nil || !state.Exact {
		t.Errorf("exact: %t, %v", state.Exact, err)
	}
}

func TestALegThatStandsByWithoutACallIsLeftToTheNextStart(t *testing.T) {
	far := phone(t)
	menu := telagent.PartKept{Part: telagent.LivePart{Kind: telagent.MenuPart, ID: "l1", Menu: &telagent.LiveMenu{Leg: telagent.LiveLeg{Leg: "l1"}}}}
	c := left(t, map[string]map[string][]byte{sipLegs: {"l1": leftLeg("c1", far)}, mediaLegs: {"l1": spoken(t, "l1")}}, menu)
	g, err := Start(t.Context(), Options{Config: c})
	if err != nil {
		t.Fatal(err)
	}
	if method := hears(t, far); method != "OPTIONS" {
		t.Fatalf("the phone hears %s", method)
	}
	if err := g.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	if err := far.SetReadDeadline(time.Now().Add(time.Millisecond)); err != nil { // it was sent before
		t.Fatal(err)
	}
	room := make([]byte, 4096)
	if n, err := far.Read(room); err == nil {
		t.Errorf("the phone hears\n%s", room[:n])
	}
	s, err := store.Open(t.Context(), c.Store.Reveal(), zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	if kept, err := s.Kept(t.Context()); err != nil || kept[sipLegs]["l1"] == nil || kept[mediaLegs]["l1"] == nil {
		t.Errorf("its leg was ended, %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
