//go:build peers || outage

package outage

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"telagent-gateway/demo"
)

// manner is how a phone behind the carrier behaves when it rings.
type manner struct {
	word   string // in the table
	script demo.Script
	takes  bool // whoever answers takes the call with the key 1, after he has listened
}

// The people take their time.
const (
	listens = 1200 * time.Millisecond // to the prompt, before the key
	talks   = 3 * time.Second         // on the phone, before the customer hangs up
)

func taken(rings time.Duration) manner {
	return manner{"taken", demo.Script{Rings: rings, Tone: demo.PhoneTone}, true}
}

// The phones that do not take the call.
var (
	busy      = manner{word: "busy", script: demo.Busy()}
	noAnswer  = manner{word: "no answer", script: demo.NoAnswer()}
	voicemail = manner{word: "voicemail", script: demo.Voicemail(time.Second)}
	wrongKey  = manner{word: "wrong key", script: demo.Script{Rings: time.Second, Thinks: listens, Presses: "5", Tone: demo.MachineTone}}
)

// caller is a customer and what became of his call.
type caller struct {
	leg    *demo.Leg
	number string
	agent  string // with whom he talked when the line went

	// Guarded by the cast's mu.
	phone   *demo.Leg // that he talks with; nil: none yet
	taker   string    // whose phone it is
	pressed time.Time
	twoWay  time.Time // since when both heard each other; zero: not yet
	failed  []string  // what the phones said that did not take it
	wrong   string    // who heard whom and should not; empty: nobody
}

// cast is everybody behind the carrier.
type cast struct {
	s       *stage
	callers []*caller
	probe   sync.Mutex // one pair at a time says something that nobody else says
	working sync.WaitGroup

	mu     sync.Mutex
	phones []*demo.Leg
	most   int // channels of the trunk that were in use at once
}

// enter gives the carrier its phones and begins to answer them.
func (s *stage) enter() *cast {
	c := &cast{s: s}
	for i := range s.o.agents {
		for n, m := range s.o.phones(i) {
			s.carrier.Phone(phoneNumber(i, n), m.script)
		}
	}
	ctx, cancel := context.WithCancel(s.t.Context())
	s.t.Cleanup(func() { cancel(); c.working.Wait() })
	c.working.Go(func() {
		for {
			l, err := s.carrier.Next(ctx)
			if err != nil {
				return
			}
			c.rings(l)
			c.working.Go(func() { c.answer(ctx, l) })
		}
	})
	return c
}

// rings counts the channels that are in use when a phone is called.
func (c *cast) rings(l *demo.Leg) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.phones = append(c.phones, l)
	c.most = max(c.most, c.channels())
}

// channels returns how many of the trunk's channels are in use. The caller holds mu.
func (c *cast) channels() (n int) {
	for _, who := range c.callers {
		if who.leg.State() < demo.Over {
			n++
		}
	}
	for _, l := range c.phones {
		if l.State() < demo.Over {
			n++
		}
	}
	return n
}

// answer is the person at a phone that rings.
func (c *cast) answer(ctx context.Context, l *demo.Leg) {
	i, n := owner(l.Number())
	m := c.s.o.phones(i)[n]
	if !m.takes {
		who := c.callerOf(ctx, agentID(i))
		if who == nil {
			who = c.first(agentID(i)) // busy is said so fast that his customer is in the queue by now
		}
		_ = l.Wait(ctx, demo.Over) // the end of the rehearsal ends the wait too
		if who != nil {
			said := m.word
			if who.agent != agentID(i) {
				said = agentID(i) + " " + said
			}
			c.mu.Lock()
			who.failed = append(who.failed, said)
			c.mu.Unlock()
		}
		return
	}
	if l.Wait(ctx, demo.Up) != nil || pause(ctx, listens) != nil {
		return
	}
	who := c.callerOf(ctx, agentID(i))
	if who == nil {
		return // he hung up this moment
	}
	pressed, err := l.Press(ctx, "1")
	if err != nil {
		return // likewise
	}
	c.together(ctx, who, l, pressed, agentID(i))
}

// owner returns whose number it is, and which of his.
func owner(number string) (i, n int) {
	if _, err := fmt.Sscanf(number, "+4930%1d000%02d", &n, &i); err != nil {
		return -1, 0
	}
	return i - 1, n - 1
}

// callerOf returns the customer whom the gateway shows in an agent's call; nil: none.
func (c *cast) callerOf(ctx context.Context, agent string) *caller {
	var a struct {
		Customer *struct{ Number string }
	}
	if c.s.boss.Do(ctx, "GET", "/agents/"+agent, nil, &a) != nil || a.Customer == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, who := range c.callers {
		if who.number == a.Customer.Number {
			return who
		}
	}
	return nil
}

// first returns the customer with whom an agent talked when the line went.
func (c *cast) first(agent string) *caller {
	for _, who := range c.callers {
		if who.agent == agent {
			return who
		}
	}
	return nil
}

// together waits until a customer and a phone hear each other, and makes sure that they are the right ones: what one of
// them alone says is heard by the other, and by no other phone or customer.
func (c *cast) together(ctx context.Context, who *caller, phone *demo.Leg, pressed time.Time, taker string) {
	heard, err := who.leg.WaitHears(ctx, demo.PhoneTone, pressed)
	if err != nil {
		c.blame(who, "%s: %v", taker, err)
		return
	}
	hears, err := phone.WaitHears(ctx, demo.CustomerTone, pressed)
	if err != nil {
		c.blame(who, "%s: %v", taker, err)
		return
	}
	if heard.Before(hears) {
		heard = hears
	}
	c.probe.Lock()
	defer c.probe.Unlock()
	if err := c.onlyPair(ctx, who.leg, phone); err != nil {
		c.blame(who, "%s: %v", taker, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	who.phone, who.taker, who.pressed, who.twoWay = phone, taker, pressed, heard
}

func (c *cast) blame(who *caller, format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	who.wrong = fmt.Sprintf(format, args...)
}

// onlyPair lets a customer and a phone each say what nobody else says, for a moment. The caller holds probe.
func (c *cast) onlyPair(ctx context.Context, customer, phone *demo.Leg) error {
	said := time.Now()
	customer.Say(demo.SecondTone)
	phone.Say(demo.DeskTone)
	_, err := phone.WaitHears(ctx, demo.SecondTone, said)
	_, err2 := customer.WaitHears(ctx, demo.DeskTone, said)
	over := time.Now()
	for _, l := range c.everybody() {
		if l != customer && l.Trace().Heard(demo.DeskTone, said, over) || l != phone && l.Trace().Heard(demo.SecondTone, said, over) {
			err = errors.Join(err, fmt.Errorf("%s hears what it must not", l))
		}
	}
	customer.Say(demo.CustomerTone)
	phone.Say(demo.PhoneTone)
	_, err3 := phone.WaitHears(ctx, demo.CustomerTone, over) // what is on its way must not blur the next probe
	_, err4 := customer.WaitHears(ctx, demo.PhoneTone, over)
	return errors.Join(err, err2, err3, err4)
}

// everybody returns all legs of the carrier.
func (c *cast) everybody() []*demo.Leg {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []*demo.Leg
	for _, who := range c.callers {
		all = append(all, who.leg)
	}
	return append(all, c.phones...)
}

// callIn lets a customer for each agent call, and waits until each hears a softphone.
func (c *cast) callIn() {
	c.s.t.Helper()
	for i := range c.s.o.agents {
		number := fmt.Sprintf("+49151000000%02d", i+1)
		leg, err := c.s.carrier.Call(number, "sip:"+queueDID+"@"+c.s.place.gateway+":5060")
		c.s.must(err)
		c.mu.Lock()
		c.callers = append(c.callers, &caller{leg: leg, number: number})
		c.mu.Unlock()
	}
	ctx := c.s.within(bound)
	for _, who := range c.callers {
		_, err := who.leg.WaitHears(ctx, demo.SoftphoneTone, c.s.began)
		c.s.must(err)
	}
	for i := range c.s.o.agents {
		who := c.callerOf(ctx, agentID(i))
		if who == nil {
			c.s.t.Fatalf("%s is in no call", agentID(i))
		}
		who.agent = agentID(i)
	}
	c.s.say("%d customers talk with %d agents, and hear their softphones", len(c.callers), c.s.o.agents)
}

// count returns how many customers are so.
func (c *cast) count(so func(*caller) bool) (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, who := range c.callers {
		if so(who) {
			n++
		}
	}
	return n
}

func moved(who *caller) bool { return !who.twoWay.IsZero() }

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
