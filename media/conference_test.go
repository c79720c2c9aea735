package media

import (
	"testing"
	"time"

	"telagent-gateway/call"
)

// Tones that tell who is heard.
const customerTone, agentTone, secondTone, bossTone = 500, 900, 1500, 2100

// party is four robots in a wire: customer c, agent a, a second agent b and the boss s.
type party struct {
	t      *testing.T
	w      *Wire
	robots map[call.LegID]*robot
}

func newParty(t *testing.T) *party {
	p := &party{t: t, w: startWire(t, nil), robots: map[call.LegID]*robot{}}
	for id, tone := range map[call.LegID]float64{"c": customerTone, "a": agentTone, "b": secondTone, "s": bossTone} {
		p.robots[id] = newRobot(t, tone)
		callIn(t, p.w, id, p.robots[id])
		p.w.Do(call.Park{Leg: id, Audio: call.Silence})
	}
	return p
}

// expect checks what each of the party hears.
func (p *party) expect(when string, c, a, b, s []float64) {
	p.t.Helper()
	from := map[call.LegID]int{}
	for id, r := range p.robots {
		from[id] = r.now()
	}
	for id, tones := range map[call.LegID][]float64{"c": c, "a": a, "b": b, "s": s} {
		if r := p.robots[id]; r != nil {
			expectTones(p.t, when+": "+string(id), r.hearsFrom(from[id], customerTone, agentTone, secondTone, bossTone), tones...)
		}
	}
}

func (p *party) hear(id call.LegID, from ...call.LegID) { p.w.Do(call.Hear{Leg: id, From: from}) }

func (p *party) expectStreams() {
	p.t.Helper()
	for _, r := range p.robots {
		r.expectOneStream()
	}
}

func TestThreeInAConferenceHearEachOtherAndAFourthComesAndGoes(t *testing.T) {
	t.Parallel()
	type tones = []float64
	p := newParty(t)
	p.w.Do(call.Join{A: "c", B: "a"})
	p.expect("two", tones{agentTone}, tones{customerTone}, nil, nil)
	p.hear("b", "c", "a")
	p.hear("c", "a", "b")
	p.hear("a", "c", "b")
	p.expect("three", tones{agentTone, secondTone}, tones{customerTone, secondTone}, tones{customerTone, agentTone}, nil)
	p.hear("s", "c", "a", "b")
	p.hear("a", "c", "b", "s")
	p.expect("whispered to", tones{agentTone, secondTone}, tones{customerTone, secondTone, bossTone}, tones{customerTone, agentTone},
		tones{customerTone, agentTone, secondTone})
	p.w.Release("b")
	delete(p.robots, "b")
	p.expect("one died", tones{agentTone}, tones{customerTone, bossTone}, nil, tones{customerTone, agentTone})
	p.w.Do(call.Park{Leg: "s"})
	p.expect("two again", tones{agentTone}, tones{customerTone}, nil, nil)
	p.expectStreams()
}

func TestASwapUnderTheEarsOfAMonitor(t *testing.T) {
	t.Parallel()
	type tones = []float64
	p := newParty(t)
	p.w.Do(call.Join{A: "c", B: "a"})
	p.hear("s", "c", "a")
	p.expect("monitored", tones{agentTone}, tones{customerTone}, nil, tones{customerTone, agentTone})
	p.w.Do(call.Swap{Old: "a", New: "b"})
	p.expect("swapped", tones{secondTone}, nil, tones{customerTone}, tones{customerTone, secondTone})
	p.expectStreams()
}

// mixer returns a step that lets a packet of each of three legs pass that hear each other, and then sends them what
// they hear: what 20 ms of a conference of three cost without sockets.
func mixer(t testing.TB) func() {
	s := newStage(&testing.T{})
	ids := []call.LegID{"a", "b", "c"}
	for i, id := range ids {
		s.arrives(id, "0 101")
		s.w.Do(call.Hear{Leg: id, From: []call.LegID{ids[(i+1)%3], ids[(i+2)%3]}})
	}
	var legs []*leg
	for _, id := range ids {
		l, err := s.w.find(id)
		if err != nil {
			t.Fatal(err)
		}
		l.rtp = nowhereLink{}
		legs = append(legs, l)
	}
	buf, out, n := make([]byte, rtpHeader+160), make([]byte, maxDatagram), uint32(0)
	return func() {
		n++
		now := start.Add(time.Duration(n) * 20 * time.Millisecond)
		for i, l := range legs {
			putHeader(buf, 0, false, uint16(n), n*160, uint32(i))
			s.w.receive(l, now, farAt(l.id), buf)
		}
		for _, l := range legs {
			if packet, to, _ := l.slot.pace(now, out); packet != nil {
				l.rtp.send(packet, to)
			}
		}
	}
}

// BenchmarkMix is the packet logic of a conference of three alone: 20 ms of it, three packets in and three out.
func BenchmarkMix(b *testing.B) {
	mix := mixer(b)
	b.ReportAllocs()
	for b.Loop() {
		mix()
	}
}

func TestMixingAllocatesNothing(t *testing.T) {
	if n := testing.AllocsPerRun(1000, mixer(t)); n != 0 {
		t.Errorf("%v allocations for 20 ms", n)
	}
}
