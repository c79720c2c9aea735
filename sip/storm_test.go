package sip

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"telagent-gateway/call"
)

var storms = flag.Uint64("storms", 25, "how many random orders of events are tried")

// Whatever order the far sides and the core do things in: nothing breaks, every leg ends exactly once, its audio is
// released exactly once (the rig looks), and nothing is left over.
func TestWhateverTheOrderEveryLegEndsExactlyOnce(t *testing.T) {
	for seed := range *storms {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			dialogs(t, func(r *rig) {
				s := &storm{rig: r, rand: rand.New(rand.NewPCG(seed, 7)), begun: map[call.LegID]bool{}, ended: map[call.LegID]int{}}
				s.phone, s.carrier = softphone(r), r.peer("carrier", carrierAddr)
				if seed%2 == 1 {
					var sent atomic.Int64
					r.net.mu.Lock()
					r.net.lose = func(_, _ netip.AddrPort, _ []byte) bool { return sent.Add(1)%5 == 0 }
					r.net.mu.Unlock()
				}
				for range 150 {
					s.step()
					if s.rand.IntN(3) == 0 {
						s.pass(time.Duration(s.rand.IntN(2000)) * time.Millisecond)
					}
				}
				s.calm()
			})
		})
	}
}

// storm does one random thing after the other.
type storm struct {
	*rig
	rand    *rand.Rand
	phone   *peer
	carrier *peer
	calls   []*caller      // dialogs of the carrier and the phone, whatever became of them
	invites []*sip.Request // INVITEs that came in, and who got them
	at      []*peer
	legs    []call.LegID
	begun   map[call.LegID]bool
	ended   map[call.LegID]int
}

func (s *storm) step() {
	s.listen(s.phone)
	s.listen(s.carrier)
	s.note()
	switch s.rand.IntN(6) {
	case 0:
		c := s.carrier.caller("+18005550100")
		c.ask("INVITE", s.offer())
		s.calls = append(s.calls, c)
	case 1:
		d := []call.Dial{toAna, toPSTN}[s.rand.IntN(2)]
		d.Leg = call.LegID(fmt.Sprint("out-", len(s.begun)))
		s.begun[d.Leg] = true
		s.legs = append(s.legs, d.Leg)
		s.do(d)
	case 2:
		if len(s.legs) > 0 {
			leg := s.legs[s.rand.IntN(len(s.legs))]
			s.do([]call.Action{
				call.Answer{Leg: leg},
				call.Reject{Leg: leg, Cause: call.Busy},
				call.Hangup{Leg: leg, Cause: call.Moved},
				call.Hangup{Leg: leg},
				call.Ring{Leg: leg},
				call.Progress{Leg: leg},
				call.Progress{Leg: leg, Done: true, Cause: call.Normal},
			}[s.rand.IntN(7)])
		}
	case 3:
		if len(s.calls) > 0 {
			c := s.calls[s.rand.IntN(len(s.calls))]
			method := []string{"ACK", "BYE", "CANCEL", "INVITE", "UPDATE", "OPTIONS", "ACK", "ACK", "REFER"}[s.rand.IntN(9)]
			if method == "REFER" {
				to := s.calls[s.rand.IntN(len(s.calls))]
				c.ask(method, "Refer-To: <sip:ben@"+realm+[]string{"", named(to.id, tagIn(to.to), tagIn(to.from))}[s.rand.IntN(2)]+">\n")
			} else if s.rand.IntN(5) == 0 {
				c.repeat(method, s.offer())
			} else {
				c.ask(method, s.offer())
			}
		}
	default:
		s.respond()
	}
}

// respond answers some INVITE that came in, or calls within its dialog.
func (s *storm) respond() {
	if len(s.invites) == 0 {
		return
	}
	i := s.rand.IntN(len(s.invites))
	req, p := s.invites[i], s.at[i]
	tag := []string{"a", "b"}[s.rand.IntN(2)]
	status := []int{100, 180, 183, 200, 200, 486, 603, 401, 487, 302}[s.rand.IntN(10)]
	p.answer(req, status, tag, s.offer())
	if status == 200 && s.rand.IntN(2) == 0 {
		c := p.callee(req, tag)
		c.branch = 1000 + len(s.calls)
		s.calls = append(s.calls, c)
	}
}

func (s *storm) offer() string {
	return []string{withSDP, withSDP, withSDP, "", "Content-Type: application/sdp\n\nbad"}[s.rand.IntN(5)]
}

// listen takes what a peer got: it answers requests within dialogs and remembers the rest.
func (s *storm) listen(p *peer) {
	s.settle()
	for {
		select {
		case m := <-p.got:
			switch m := m.(type) {
			case *sip.Request:
				switch {
				case m.IsInvite():
					s.invites, s.at = append(s.invites, m), append(s.at, p)
				case !m.IsAck():
					p.answer(m, 200, "a", "")
				}
			case *sip.Response:
				for _, c := range s.calls {
					if c.id == m.CallID().Value() && m.StatusCode >= 180 && m.To().Params.Has("tag") && c.peer == p {
						c.to = m.To().Value()
					}
				}
			}
			s.settle()
		default:
			return
		}
	}
}

// note takes what was reported.
func (s *storm) note() {
	s.settle()
	for {
		select {
		case e := <-s.events:
			leg := call.Leg(e)
			switch e.(type) {
			case call.Invited:
				s.begun[leg] = true
				s.legs = append(s.legs, leg)
			case call.Ended, call.Failed:
				s.ended[leg]++
			}
			if s.ended[leg] > 1 || !s.begun[leg] && leg != "" {
				s.Errorf("reported %T%+v about a leg that is over or never began", e, e)
			}
		default:
			return
		}
	}
}

// calm hangs everything up and looks what is left.
func (s *storm) calm() {
	s.note()
	for leg := range s.begun {
		s.do(call.Hangup{Leg: leg})
	}
	for range 8 {
		s.listen(s.phone)
		s.listen(s.carrier)
		s.pass(20 * time.Second)
	}
	s.note()
	for leg := range s.begun {
		if s.ended[leg] != 1 {
			s.Errorf("leg %s ended %d times", leg, s.ended[leg])
		}
	}
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	if len(s.w.queues)+len(s.w.legs) != 0 {
		s.Errorf("%d queues and %d legs are left", len(s.w.queues), len(s.w.legs))
	}
	if len(s.w.standing)+len(s.w.calling) != 0 {
		s.Errorf("%d dialogs are known and %d phones count as calling", len(s.w.standing), len(s.w.calling))
	}
	if n := s.w.trunks[0].inUse; n != 0 {
		s.Errorf("%d channels are still taken", n)
	}
}
