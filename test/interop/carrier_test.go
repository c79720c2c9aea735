//go:build peers

package interop

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"telagent-gateway/demo"
	"telagent-gateway/test/stage"
)

// TestKamailioIsACarrierThatChallenges has the customer, who is a robot and measures, and the phones that are dialled,
// which are one baresip, behind a Kamailio.
func TestKamailioIsACarrierThatChallenges(t *testing.T) {
	for _, r := range Rows(t.Name()) {
		t.Run(r.String(), func(t *testing.T) {
			t.Parallel()
			authority := stage.NewAuthority(t)
			way := "5060;transport=" + strings.ToLower(r.Transport)
			more := ""
			if r.Transport == "TLS" {
				way, more = "5061;transport=tls", fmt.Sprintf(", ca: %q", authority.CA)
			}
			if r.Encryption == sdes {
				more += ", encryption: sdes"
			}
			s := startStation(t, r, setting{
				listen: []string{"tcp:NET.1:5060", "tls:NET.1:5061"}, authority: authority,
				trunk: `{name: carrier, uri: "sip:NET.7:` + way + `", username: gw, password: carrier-secret, register: true, accept_from: [NET.7/32]` + more + `},
					{name: robots, uri: "sip:127.0.0.1:9", priority: 1, accept_from: [NET.2/32]}`,
			})
			stage.StartCarrier(t, s.at(7), "127.0.0.1:9", authority) // nowhere: calls come by the registration
			s.playCarrier(t, s.at(7))
		})
	}
}

// playCarrier plays every column of the row with a carrier at a host.
func (s *station) playCarrier(t *testing.T, host string) {
	encrypted := s.row.Encryption != none
	if !encrypted {
		s.customers = robot(t, demo.Part{
			Name: "customer", Address: s.at(2), Tone: demo.CustomerTone,
			Registrar: host + ":5060", Domain: host, User: customerNumber, Password: stage.CarrierPassword,
		})
	}
	account := func(number string) string {
		return fmt.Sprintf("<sip:%s@%s>;auth_pass=%s;answermode=auto;regint=60%s", number, host, stage.CarrierPassword, encrypts[s.row.Encryption])
	}
	accounts := account(agentNumber) + "\n" + account(outsideNumber)
	phone := baresip{s.baresip("phone", 0, stage.Line{Account: accounts, Tone: float64(demo.PhoneTone), Host: s.at(4)})}
	stage.Await(t, "the phones are registered", bound, func() bool { return strings.Count(phone.Log(), " binding") == 2 }) // events before the control port was open are told to nobody
	ana := s.agent(t, "ana", s.at(6), demo.SoftphoneTone)
	s.Available("ana")

	play(t, s.row, Register, func(t *testing.T) {
		stage.Await(t, "the gateway is registered at the carrier", bound, func() bool {
			var out struct {
				Trunks []struct{ Registration string }
			}
			s.API("GET", "/trunks", nil, &out)
			return out.Trunks[0].Registration == "registered"
		})
	})
	play(t, s.row, CallIn, func(t *testing.T) {
		at := host
		if encrypted { // robots do not: the one who measures comes by another trunk, after one who does
			caller := s.baresip("customer", 1, stage.Line{Account: account(customerNumber), Tone: float64(demo.CustomerTone), Host: s.at(9)})
			caller.Dial("sip:" + queueNumber + "@" + host)
			since := time.Now()
			leg := s.next(t, ana)
			s.hears(t, leg, demo.CustomerTone, since)
			caller.AwaitTone(float64(demo.SoftphoneTone))
			caller.Hangup()
			s.AwaitStatus("ana", "available")
			at = s.at(1)
		}
		since := time.Now()
		s.callIn(t, at+":5060")
		s.hears(t, s.customer, demo.SoftphoneTone, since)
		s.hears(t, s.next(t, ana), demo.CustomerTone, since)
		s.AwaitStatus("ana", "in_line")
	})
	play(t, s.row, Switch, func(t *testing.T) {
		s.unheard(t, func() {}, func() {
			s.toPhone(t, phone)
			s.toSoftphone(t, ana, phone)
		})
	})
	play(t, s.row, Keys, func(t *testing.T) { s.toPhone(t, phone) })
	play(t, s.row, Hold, func(t *testing.T) {
		since := time.Now()
		phone.Hold()
		s.hears(t, s.customer, demo.Other, since)
		held := time.Now()
		phone.Resume()
		s.hears(t, s.customer, demo.PhoneTone, held)
		phone.AwaitTone(float64(demo.CustomerTone))
	})
	play(t, s.row, Transfer, func(t *testing.T) {
		s.toSoftphone(t, ana, phone)
		since := time.Now()
		s.API("POST", s.TheCall()+"/transfer", map[string]string{"to": outsideNumber, "request_id": t.Name()}, nil)
		s.hears(t, s.customer, demo.PhoneTone, since)
		phone.AwaitTone(float64(demo.CustomerTone))
		s.hangUp(t, s.customer)
		stage.Await(t, "the phone is let go", bound, func() bool { return phone.Calls() == 0 })
		s.AwaitStatus("ana", "available")
	})
	play(t, s.row, CallOut, func(t *testing.T) {
		since := time.Now()
		leg, err := ana.Call("", "sip:0301111111@"+s.at(1)+":5060")
		if err != nil {
			t.Fatal(err)
		}
		s.hears(t, leg, demo.PhoneTone, since)
		phone.AwaitTone(float64(demo.SoftphoneTone))
		s.hangUp(t, leg)
		stage.Await(t, "the phone is let go", bound, func() bool { return phone.Calls() == 0 })
	})
}

// toPhone switches ana to her phone, which takes the call by its key.
func (s *station) toPhone(t *testing.T, phone baresip) {
	t.Helper()
	since := time.Now()
	up := phone.Count("CALL_ESTABLISHED")
	s.SwitchTo("ana", "telagent")
	phone.WaitFor("CALL_ESTABLISHED", up+1)
	phone.Press("1")
	s.hears(t, s.customer, demo.PhoneTone, since)
	phone.AwaitTone(float64(demo.CustomerTone))
	s.AwaitAgent("ana", "is on the phone", func(a stage.Agent) bool { return a.Reach == "phone" && a.Status == "in_line" })
}

// toSoftphone switches her back.
func (s *station) toSoftphone(t *testing.T, ana *demo.Robot, phone baresip) {
	t.Helper()
	since := time.Now()
	s.SwitchTo("ana", "softphone")
	s.hears(t, s.customer, demo.SoftphoneTone, since)
	stage.Await(t, "the phone is let go", bound, func() bool { return phone.Calls() == 0 })
	s.AwaitAgent("ana", "is on the softphone", func(a stage.Agent) bool { return a.Reach == "softphone" && a.Status == "in_line" })
}
