package console

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"telagent-gateway/telagent"
)

func with(token, key string) []string { return append(as(token), "Idempotency-Key", key) }

func TestARequestWithTheSameKeyIsCarriedOutOnceAndAnsweredTwice(t *testing.T) {
	f := newFloor()
	c := newConsole(t, f.options())
	boss := tokenFor(t, c, "boss")
	body := `{"agents":["ana"]}`
	first := ask(c, "POST", prefix+"/force-logout", body, with(boss, `"k1"`)...)
	again := ask(c, "POST", prefix+"/force-logout", body, with(boss, `"k1"`)...)
	if first.Code != 200 || again.Code != 200 || first.Body.String() != again.Body.String() || again.Header().Get("Idempotent-Replayed") != "true" ||
		again.Header().Get("Content-Type") != first.Header().Get("Content-Type") {
		t.Errorf("answered %d %s, then %d %s", first.Code, first.Body, again.Code, again.Body)
	}
	if n := len(f.did()); n != 1 {
		t.Errorf("%d commands, want 1", n)
	}
	w := ask(c, "POST", prefix+"/force-logout", `{"agents":["ben"]}`, with(boss, "k1")...)
	if p := problemOf(t, w); w.Code != 422 || p.Code != "key_reused" {
		t.Errorf("another request: %d %s", w.Code, p.Code)
	}
	if w := ask(c, "POST", prefix+"/force-logout", `{"agents":["ben"]}`, with(tokenFor(t, c, "root"), "k1")...); w.Code != 200 {
		t.Errorf("somebody else's key: %d", w.Code)
	}
	if n := len(f.did()); n != 2 {
		t.Errorf("%d commands, want 2", n)
	}
}

func TestWhatWasRefusedIsRefusedTheSameAgainAndWhatCouldNotBeDoneIsTriedAgain(t *testing.T) {
	f := newFloor()
	c := newConsole(t, f.options())
	ana := tokenFor(t, c, "ana")
	for range 2 {
		if w := ask(c, "PUT", prefix+"/agents/ben/status", `{"status":"away"}`, with(ana, "k")...); w.Code != 403 {
			t.Errorf("answer %d", w.Code)
		}
	}
	f.broken = context.DeadlineExceeded
	if w := ask(c, "PUT", prefix+"/agents/ana/status", `{"status":"away"}`, with(ana, "k2")...); w.Code != 503 {
		t.Errorf("answer %d", w.Code)
	}
	f.broken = fmt.Errorf("later: %w", ErrNotSaved)
	for range 2 { // it was done: not again
		if w := ask(c, "PUT", prefix+"/agents/ana/status", `{"status":"away"}`, with(ana, "k3")...); w.Code != 503 {
			t.Errorf("answer %d", w.Code)
		}
	}
	f.broken = nil
	if w := ask(c, "PUT", prefix+"/agents/ana/status", `{"status":"away"}`, with(ana, "k2")...); w.Code != 200 {
		t.Errorf("answer %d", w.Code)
	}
	if n := len(f.did()); n != 4 {
		t.Errorf("%d commands, want 4", n)
	}
}

func TestASecondRequestWithAKeyThatIsUnderWayIsRefused(t *testing.T) {
	f := newFloor()
	o := f.options()
	begun, goOn := make(chan bool), make(chan bool)
	o.Do = func(context.Context, telagent.Command) error { close(begun); <-goOn; return nil }
	c := newConsole(t, o)
	ana := tokenFor(t, c, "ana")
	done := make(chan int)
	go func() {
		done <- ask(c, "POST", prefix+"/agents/ana/activity", "", with(ana, "k")...).Code
	}()
	<-begun
	w := ask(c, "POST", prefix+"/agents/ana/activity", "", with(ana, "k")...)
	if p := problemOf(t, w); w.Code != 409 || p.Code != "in_flight" {
		t.Errorf("answer %d %s", w.Code, p.Code)
	}
	close(goOn)
	if code := <-done; code != 204 {
		t.Errorf("the first one: %d", code)
	}
}

func TestKeysAreForgottenAfterADayAndTheOldestOfWhoHasTooMany(t *testing.T) {
	clock := start
	o := newOnces(func() time.Time { return clock })
	for i := range oncePerUser + 1 {
		o.begin(onceKey{"ana", fmt.Sprint(i)}, [32]byte{})
	}
	o.begin(onceKey{"ben", "0"}, [32]byte{})
	if o.begin(onceKey{"ana", "1"}, [32]byte{}) == nil {
		t.Error("her second is forgotten")
	}
	if o.begin(onceKey{"ana", "0"}, [32]byte{}) != nil {
		t.Error("her oldest is remembered")
	}
	clock = clock.Add(onceLife)
	if o.begin(onceKey{"ben", "0"}, [32]byte{}) != nil {
		t.Error("a key is remembered for more than a day")
	}
	if len(o.order) != 1 || len(o.byKey) != 1 || len(o.of) != 1 {
		t.Errorf("%d %d %d are kept, want what was asked last", len(o.order), len(o.byKey), len(o.of))
	}
	for i := range onceInAll {
		o.begin(onceKey{fmt.Sprint(i), "k"}, [32]byte{})
	}
	if len(o.order) != onceInAll || slices.Contains(o.order, onceKey{"ben", "0"}) {
		t.Errorf("%d are kept", len(o.order))
	}
}

func TestAKeyThatIsNoKeyIsRefused(t *testing.T) {
	c := newConsole(t, newFloor().options())
	w := ask(c, "POST", prefix+"/agents/ana/activity", "", with(tokenFor(t, c, "ana"), "a b")...)
	if p := problemOf(t, w); w.Code != 400 || p.Code != "bad_key" {
		t.Errorf("answer %d %s", w.Code, p.Code)
	}
}
