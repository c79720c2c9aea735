package sip

import (
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"telagent-gateway/call"
)

// deafen lets a peer take nothing any more off its connection, while it goes on to send, until that is closed.
func deafen(p *peer) {
	p.got <- nil // full from here on
	for n := 0; n < 50*writeQueue; n++ {
		select {
		case <-p.ended:
			return
		default:
			p.write([]byte(optionsText(p, n)))
		}
	}
}

func TestAPhoneThatNeverReadsLosesItsConnectionAndNotItsCall(t *testing.T) {
	for network, opens := range map[string]func(r *rig) *peer{
		"TCP": func(r *rig) *peer { return r.connect("ana", "203.0.113.20") },
		"WS":  func(r *rig) *peer { return r.browser("ana", "203.0.113.20") },
	} {
		t.Run(network, func(t *testing.T) {
			bubble(t, func(r *rig) {
				other := talking(r)
				p := opens(r)
				p.registers("ana")
				r.do(toAna)
				p.answer(p.asked("INVITE"), 200, "a", withSDP)
				p.asked("ACK")
				r.reported(call.Answered{Leg: "out"})
				r.settle()
				p.got = make(chan sip.Message, 1)
				began := time.Now()
				go deafen(p)
				r.reported(call.Missed{Sign: call.Flow, AOR: "ana"})
				r.reported(call.Unbound{AOR: "ana"})
				if passed := time.Since(began); passed > writeTime+time.Second {
					t.Errorf("its connection was closed after %v", passed)
				}
				r.nothingReported() // its call is there: its audio decides
				if n := len(r.w.streams); n != 0 {
					t.Errorf("%d connections are left", n)
				}
				other.ask("INFO", "")
				other.hears(200)
				for len(p.got) > 0 {
					<-p.got
				}
			}, withWeb)
		})
	}
}
