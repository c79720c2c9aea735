package sip

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"telagent-gateway/call"
)

func TestEachTargetIsAskedAndATrunkIsUpWhileOneIsThere(t *testing.T) {
	bubble(t, func(r *rig) {
		r.reported(call.TrunkDown{Trunk: "north", Problem: "name carrier.example.net: no such host"})
		twoTargets(r)
		b := r.peer("b", secondAddr)
		for range 2 {
			b.answer(b.asked("OPTIONS"), 200, "x", "")
		}
		r.reported(call.TrunkUp{Trunk: "north"})
		s := r.w.Trunks()[0]
		if s.Target != "udp:"+secondAddr || len(s.Targets) != 2 || s.Targets[0].Up || s.Targets[0].Problem != "it does not answer" || s.Since.IsZero() {
			t.Errorf("state %+v", s)
		}
		r.do(toPSTN) // goes to the one that is there first
		for {
			req := b.next().(*sip.Request)
			if req.IsInvite() {
				b.answer(req, 486, "x", "")
				break
			}
			b.answer(req, 200, "x", "")
		}
		r.reported(call.Failed{Leg: "out", Cause: call.Busy, Status: 486})
	}, byName, func(o *Options) { o.Trunks[0].Ping = 30 * time.Second })
}

func TestACallThatFailsHasItsTargetAskedAtOnce(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.peer("carrier", carrierAddr)
		p.answer(p.asked("OPTIONS"), 200, "x", "")
		r.reported(call.TrunkUp{Trunk: "north"})
		began := time.Now()
		r.do(toPSTN)
		p.answer(p.asked("INVITE"), 503, "x", "")
		asked := 0
		for range 2 { // the ACK and the question, in whatever order
			if req := p.next().(*sip.Request); req.Method == sip.OPTIONS {
				asked++
				p.answer(req, 503, "x", "Retry-After: 30\n")
			}
		}
		if asked != 1 || time.Since(began) > time.Second {
			t.Errorf("asked %d times within %v", asked, time.Since(began))
		}
		// The call and the question are two misses, which the call and the trunk tell of in whatever order.
		failed, other := r.event(), r.event()
		if _, first := failed.(call.TrunkDown); first {
			failed, other = other, failed
		}
		if want := (call.Failed{Leg: "out", Cause: call.TrunkFault, Status: 503}); failed != call.Event(want) {
			t.Errorf("reported %+v, want %+v", failed, want)
		}
		down, is := other.(call.TrunkDown)
		if !is || !strings.HasPrefix(down.Problem, "udp:"+carrierAddr+" asks to be left alone until ") {
			t.Errorf("reported %+v", down)
		}
		r.pass(29 * time.Second)
		p.hearsNothing()
		for range 2 {
			p.answer(p.asked("OPTIONS"), 200, "x", "")
		}
		r.reported(call.TrunkUp{Trunk: "north"})
	}, func(o *Options) { o.Trunks[0].Ping = time.Hour })
}

func TestAConnectionThatNothingComesBackOnIsLeftForANewOne(t *testing.T) {
	bubble(t, func(r *rig) {
		l, err := r.net.listenStream(netip.MustParseAddrPort(carrierAddr))
		if err != nil {
			r.Fatal(err)
		}
		defer func() { _ = l.Close() }()
		accept := func() *peer {
			c, err := l.Accept()
			if err != nil {
				r.Fatal(err)
			}
			return r.streamPeer("carrier", c)
		}
		first := accept()
		first.answer(first.asked("OPTIONS"), 200, "x", "")
		r.reported(call.TrunkUp{Trunk: "north"})
		for range 2 { // something on the way forgot the connection
			first.asked("OPTIONS")
		}
		r.reported(call.TrunkDown{Trunk: "north", Problem: "it does not answer"})
		began := time.Now()
		<-first.ended
		second := accept()
		for range 2 {
			second.answer(second.asked("OPTIONS"), 200, "x", "")
		}
		if took := time.Since(began); took > time.Minute {
			t.Errorf("it took %v", took)
		}
		r.reported(call.TrunkUp{Trunk: "north"})
	}, func(o *Options) {
		o.Trunks[0].URI, o.Trunks[0].Ping = "sip:"+carrierAddr+";transport=tcp", 30*time.Second
	})
}
