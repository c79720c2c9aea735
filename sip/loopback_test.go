package sip

import (
	"fmt"
	"testing"

	"telagent-gateway/call"
)

func TestAPhoneOnRealSocketsRegistersIsRungAndCalls(t *testing.T) {
	for _, transport := range []string{"udp", "tcp"} {
		t.Run(transport, func(t *testing.T) {
			loopback(t, func(r *rig) {
				p := (*peer)(nil)
				if transport == "udp" {
					p = r.peer("ana", "127.0.0.1:0")
				} else {
					p = r.connect("ana", "127.0.0.1")
				}
				p.registers("ana")
				if list := r.w.Phones(); len(list) != 1 || list[0].AOR != "ana" || list[0].Source != p.addr.String() {
					t.Errorf("phones: %+v", list)
				}
				r.do(toAna)
				in := p.asked("INVITE")
				p.answer(in, 100, "", "")
				p.answer(in, 180, "a", "")
				r.reported(call.Ringing{Leg: "out"})
				p.talksUntilLetGo(in)

				own := p.caller("+4930")
				own.prove("INVITE", withSDP, "ana")
				own.hears(100)
				own.hears(180)
				r.event()
				r.do(call.Answer{Leg: "in-1"})
				own.learn(own.hears(200))
				own.ask("ACK", "")
				own.ask("BYE", "")
				own.hears(200)
				r.reported(call.Ended{Leg: "in-1", How: call.HungUp, Cause: call.Normal})
			})
		})
	}
}

func TestManyINVITEsAndCANCELsOnRealSocketsKeepTheirOrder(t *testing.T) {
	loopback(t, func(r *rig) {
		r.slow.Store(true)
		c := r.peer("carrier", "127.0.0.7:0").caller("+18005550100")
		for i := range 200 {
			c.id = fmt.Sprint("pair-", i)
			c.ask("INVITE", withSDP)
			c.ask("CANCEL", "")
			for _, want := range []string{"100 INVITE", "200 CANCEL", "487 INVITE"} {
				m := c.next()
				if got := fmt.Sprintf("%d %s", statusOfMessage(m), m.CSeq().MethodName); got != want || m.CallID().Value() != c.id {
					t.Fatalf("got %s in place of %s:\n%v", got, want, m)
				}
				if want == "487 INVITE" {
					to := c.to
					c.to = m.To().Value()
					c.repeat("ACK", "")
					c.to = to
				}
			}
			if _, ok := r.event().(call.Invited); !ok {
				t.Fatal("not invited first")
			}
			if _, ok := r.event().(call.Ended); !ok {
				t.Fatal("not ended then")
			}
		}
	})
}
