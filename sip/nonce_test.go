package sip

import (
	"strings"
	"testing"
	"time"
)

// clock is a time that a test moves.
type clock struct{ at time.Time }

func newClock() *clock                { return &clock{time.Unix(1_800_000_000, 0)} }
func (c *clock) now() time.Time       { return c.at }
func (c *clock) pass(d time.Duration) { c.at = c.at.Add(d) }

func TestANonceIsGoodForEachCountOnce(t *testing.T) {
	n := newNonces(newClock().now)
	nonce := n.make("")
	for _, step := range []struct {
		count uint32
		want  bool
	}{
		{1, true},
		{1, false},
		{3, true},
		{2, true},
		{2, false},
		{3, false},
		{70, true},
		{6, false},
		{7, true},
		{7, false},
		{0xffffffff, true},
		{70, false},
		{0xffffffff, false},
	} {
		if got := n.use(nonce, step.count); got != step.want {
			t.Errorf("count %d: %t, want %t", step.count, got, step.want)
		}
	}
}

func TestANonceGrowsOld(t *testing.T) {
	c := newClock()
	n := newNonces(c.now)
	nonce := n.make("")
	c.pass(nonceLife)
	if !n.use(nonce, 1) {
		t.Error("refused at the end of its life")
	}
	c.pass(time.Microsecond)
	if n.use(nonce, 2) {
		t.Error("taken after its life")
	}
}

func TestANonceThatWeDidNotMakeIsRefused(t *testing.T) {
	c := newClock()
	n, other := newNonces(c.now), newNonces(c.now)
	good := n.make("")
	for _, nonce := range []string{other.make(""), "", "x", strings.Repeat("A", nonceText), good + "A", good[:len(good)-1], strings.ToUpper(good), "A" + good[1:]} {
		if nonce != good && n.use(nonce, 1) {
			t.Errorf("%q was taken", nonce)
		}
	}
	if len(n.slots) != 0 || n.size != 0 {
		t.Error("something is kept of what was refused")
	}
}

func TestUsedNoncesAreForgottenWithTheirLife(t *testing.T) {
	c := newClock()
	n := newNonces(c.now)
	for range 1000 {
		n.use(n.make(""), 1)
		c.pass(time.Second)
	}
	if most := int(nonceLife/time.Second) + 3*int(nonceSlot/time.Second); n.size > most {
		t.Errorf("%d nonces are remembered, at most %d live", n.size, most)
	}
}

func TestAUsedNonceIsRememberedAsLongAsItLives(t *testing.T) {
	c := newClock()
	n := newNonces(c.now)
	var used []string
	for range int(nonceLife / time.Second) {
		used = append(used, n.make(""))
		if !n.use(used[len(used)-1], 1) {
			t.Fatal("refused")
		}
		c.pass(time.Second)
	}
	for i, nonce := range used {
		if n.use(nonce, 1) {
			t.Fatalf("a nonce of %d seconds ago was taken twice", len(used)-i)
		}
	}
}

func TestAFullMemoryOfOneMomentDoesNotShutOutTheNextOne(t *testing.T) {
	c := newClock()
	n := newNonces(c.now)
	early := n.make("")
	n.use(early, 1)
	n.size = nonceLimit
	c.pass(time.Second)
	n.use(n.make(""), 1) // makes room
	c.pass(time.Second)
	if !n.use(n.make(""), 1) {
		t.Error("a nonce that was made afterwards is refused")
	}
	if n.use(early, 1) {
		t.Error("a forgotten nonce was taken again")
	}
}

func TestWhenTooManyNoncesAreUsedTheOldestTurnStaleAndNoneIsGoodTwice(t *testing.T) {
	c := newClock()
	n := newNonces(c.now)
	early := n.make("")
	n.use(early, 1)
	c.pass(nonceSlot)
	late := n.make("")
	n.use(late, 1)
	n.size = nonceLimit // as if so many were remembered
	c.pass(time.Second)
	if !n.use(n.make(""), 1) {
		t.Error("a new nonce found no room")
	}
	if n.use(early, 1) || n.use(early, 2) {
		t.Error("a forgotten nonce was taken again")
	}
	if n.use(late, 1) {
		t.Error("a remembered nonce was taken twice")
	}
}
