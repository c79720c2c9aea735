//go:build peers

package interop

import (
	"net/netip"
	"testing"
	"time"

	"telagent-gateway/demo"
	"telagent-gateway/test/stage"
)

// TestSIPpIsACarrier has a SIPp for each customer or phone behind the carrier. They echo what they hear: who talks with
// one hears himself.
func TestSIPpIsACarrier(t *testing.T) {
	for _, r := range Rows(t.Name()) {
		t.Run(r.String(), func(t *testing.T) {
			t.Parallel()
			mode, transport := "u1", "udp"
			if r.Transport == "TCP" {
				mode, transport = "t1", "tcp"
			}
			s := startStation(t, r, setting{listen: []string{"tcp:NET.1:5060"}, trunk: `{name: carrier, uri: "sip:NET.3:5060;transport=` + transport + `", accept_from: [NET.2/32, NET.3/32]}`})
			s.playSIPp(t, transport, func(scenario string, args ...string) *stage.SIPp {
				return s.StartSIPp(scenario, ".3", 1, append(args, "-t", mode, "-rtp_echo")...)
			})
		})
	}
}

func (s *station) playSIPp(t *testing.T, transport string, start func(scenario string, args ...string) *stage.SIPp) {
	phone := func(scenario, number string) *stage.SIPp {
		p := start(scenario, "-key", "user", number, "-key", "gateway", s.at(1))
		stage.AwaitBound(t, transport, netip.MustParseAddrPort(s.at(3)+":5060"))
		return p
	}
	ana := s.agent(t, "ana", s.at(6), demo.SoftphoneTone)
	s.Available("ana")
	play(t, s.row, CallIn, func(t *testing.T) {
		since := time.Now()
		customer := start("carrier-customer", "-s", queueNumber, s.at(1)+":5060")
		leg := s.next(t, ana)
		s.hears(t, leg, demo.SoftphoneTone, since)
		s.hangUp(t, leg)
		customer.Ends()
		s.AwaitStatus("ana", "available")
	})
	var taker *stage.SIPp
	play(t, s.row, Keys, func(t *testing.T) {
		since := time.Now()
		s.callIn(t, s.at(1)+":5060")
		s.hears(t, s.customer, demo.SoftphoneTone, since)
		taker = phone("carrier-phone-holds", agentNumber)
		since = time.Now()
		s.SwitchTo("ana", "telagent")
		s.hears(t, s.customer, demo.CustomerTone, since)
	})
	play(t, s.row, Hold, func(t *testing.T) {
		since := time.Now()
		s.hears(t, s.customer, demo.Other, since)
		held := time.Now()
		s.hears(t, s.customer, demo.CustomerTone, held)
	})
	play(t, s.row, Switch, func(t *testing.T) {
		since := time.Now()
		s.SwitchTo("ana", "softphone")
		s.hears(t, s.customer, demo.SoftphoneTone, since)
		taker.Ends()
		s.undisturbed(t, s.customer.Since(demo.Up))
	})
	play(t, s.row, Transfer, func(t *testing.T) {
		to := phone("carrier-phone", outsideNumber)
		since := time.Now()
		s.API("POST", s.TheCall()+"/transfer", map[string]string{"to": outsideNumber, "request_id": t.Name()}, nil)
		s.hears(t, s.customer, demo.CustomerTone, since)
		s.hangUp(t, s.customer)
		to.Ends()
		s.AwaitStatus("ana", "available")
	})
	play(t, s.row, CallOut, func(t *testing.T) {
		to := phone("carrier-phone", outsideNumber)
		since := time.Now()
		leg, err := ana.Call("", "sip:0301111111@"+s.at(1)+":5060")
		if err != nil {
			t.Fatal(err)
		}
		s.hears(t, leg, demo.SoftphoneTone, since)
		s.hangUp(t, leg)
		to.Ends()
	})
}
