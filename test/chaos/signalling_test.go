//go:build chaos

package chaos

import (
	"context"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"telagent-gateway/test/crowd"
	"telagent-gateway/test/outage"
)

// signalling are the faults between the gateway and its peers.
var signalling = []fault{
	{"lossy", "5 % of the phones' packets are lost, doubled and late", 0, playLossy},
	{"trunk-dies", "a trunk dies in a call: its end is gone without a word", 0, playTrunkDies},
	{"register-storm", "2,000 phones register within 5 s", 200 * time.Millisecond, playStorm},
}

// playLossy lets 20 phones call in, talk and be called behind a relay that loses, doubles and delays packets.
func playLossy(t *testing.T) (j judged) {
	h := open(t, plan{net: "127.47.14", agents: 10})
	relay, err := outage.NewRelay("127.47.14.9", "127.47.14.1")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(relay.Close)
	if err := relay.Set(outage.Weather{Loss: 5, Twice: 5, Late: 5}); err != nil {
		t.Fatal(err)
	}
	for i, p := range h.phones { // everybody moves behind it
		p.Vanish()
		h.phones[i] = h.peerAt(crowd.Part{
			Name: p.Name, At: netip.MustParseAddrPort("127.47.14.5:0"), Tone: 1700, User: p.User, Password: p.Password, Domain: p.Domain,
			Gateway: netip.MustParseAddrPort("127.47.14.9:5060"),
		})
	}
	h.together(len(h.phones), func(ctx context.Context, i int) error { return h.phones[i].Register(ctx) })
	from := time.Now()
	came := h.arrivals(60*time.Second, 500*time.Millisecond)
	j.up = len(came)
	for i, c := range came {
		if !c.talked {
			j.lost++
			j.fault("call %d: %v", i, c.problem)
		}
	}
	j.late = h.clock.Late(from, time.Now())
	j.faults = append(j.faults, h.settle(len(came))...)
	if relay.Lost() == 0 {
		j.fault("the relay lost nothing")
	}
	return j
}

// playTrunkDies takes a trunk's end away with 10 calls up: none of its agents may be left in a call that is over, and the
// calls of the other trunk go on.
func playTrunkDies(t *testing.T) (j judged) {
	h := open(t, plan{net: "127.47.15", agents: 20})
	pairs := h.talk(20)
	h.commit()
	from := time.Now()
	h.carriers[1].Vanish()
	var others []pair
	for _, p := range pairs {
		if p.customer.State() != crowd.Over {
			others = append(others, p)
		}
	}
	gone := len(pairs) - len(others)
	if !await(3*time.Minute, func() bool { return h.LiveCalls() == len(others) }) {
		j.fault("%d of %d calls of the dead trunk live on after 3 minutes", h.LiveCalls()-len(others), gone)
	}
	t.Logf("its calls ended after %v", time.Since(from).Round(time.Second))
	healed := h.heal(others, from)
	healed.faults = append(healed.faults, j.faults...)
	healed.faults = append(healed.faults, h.leave(others)...)
	healed.faults = append(healed.faults, h.settle(len(pairs))...)
	return healed
}

// playStorm lets 2,000 phones register within 5 s while 50 calls talk, and more come.
func playStorm(t *testing.T) judged {
	const talking, phones, accounts = 50, 2000, 400 // five phones an account: to import 2,000 passwords takes minutes
	h := open(t, plan{net: "127.47.16", agents: talking + 5, idle: accounts})
	pairs := h.talk(talking)
	h.commit()
	from := time.Now()
	var storm []*crowd.Peer
	for i := range phones {
		storm = append(storm, h.peer(crowd.Part{
			Name: idleID(i % accounts), At: netip.MustParseAddrPort(fmt.Sprintf("127.47.16.%d:0", 10+i/500)), User: idleID(i % accounts), Password: idlePassword, Domain: "127.47.16.1",
		}))
	}
	go func() {
		began := time.Now()
		for i, p := range storm {
			h.pause(time.Until(began.Add(time.Duration(i) * 5 * time.Second / phones)))
			p.KeepRegistered()
		}
	}()
	came := h.arrivals(10*time.Second, time.Second)
	registered := await(2*time.Minute, func() bool {
		for _, p := range storm {
			if p.Registered().IsZero() {
				return false
			}
		}
		return true
	})
	took := time.Since(from)
	j := h.heal(pairs, from)
	if !registered {
		j.fault("not all of the phones were registered within %v", took)
	}
	for i, c := range came {
		if !c.talked {
			j.fault("call %d that came meanwhile: %v", i, c.problem)
		}
	}
	refused := 0
	for _, p := range storm {
		refused += p.Refused(500, 599)
	}
	t.Logf("all registered after %v; %d REGISTERs were told to come again later", took.Round(time.Millisecond), refused)
	j.faults = append(j.faults, h.leave(pairs)...)
	j.faults = append(j.faults, h.settle(talking+len(came))...)
	return j
}
