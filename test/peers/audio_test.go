//go:build peers

package peers

import (
	"fmt"
	"testing"

	"telagent-gateway/test/stage"
)

// wideband is a softphone that likes wideband codecs best and asks for packets of a length of its own.
func (s *site) wideband(account string) *phone {
	slot := s.slot + 2
	return &phone{stage.StartPhone(s.T, stage.Line{
		Name: "ana's softphone", Tone: softphoneTone, Host: "127.0.0.1", SIP: sipPort(slot), Control: 12500 + slot, RTP: 13000 + 14*slot,
		Account: fmt.Sprintf("<sip:ana@%s.1>;auth_pass=ana-secret-1;answermode=auto;regint=60;%s", s.Net, account),
		Config:  []string{"module opus.so", "module g722.so"},
	})}
}

type measuredCall struct {
	Legs []struct {
		Seat    string
		Quality *struct {
			Received, Sent struct {
				Packets     int
				LossPercent *float64 `json:"loss_percent"`
				JitterMS    *float64 `json:"jitter_ms"`
				MOS         *float64
			}
			RoundTripMS *float64 `json:"round_trip_ms"`
		}
	}
}

// whole says whether the quality of every leg is known in both directions and good.
func (c measuredCall) whole() bool {
	for _, l := range c.Legs {
		q := l.Quality
		if q == nil || q.Received.LossPercent == nil || q.Sent.LossPercent == nil || q.RoundTripMS == nil || q.Received.Packets == 0 ||
			*q.Received.LossPercent > 5 || *q.Sent.LossPercent > 5 || *q.Sent.MOS < 3 {
			return false
		}
	}
	return len(c.Legs) == 2
}

func TestAPhoneThatLikesWidebandAndLongPacketsTalksHoldsAndIsMeasured(t *testing.T) {
	t.Parallel()
	s := startSite(t, 12, "")
	softphone := s.wideband("audio_codecs=opus/48000/2,g722,pcma,pcmu;ptime=40")
	s.Available("ana")
	customer := startPhone(t, "customer", s.slot, "<sip:+4915112345678@127.0.0.1>;regint=0;audio_codecs=pcmu;ptime=30", customerTone)
	customer.Dial(s.supportURI())
	customer.AwaitTone(softphoneTone)
	softphone.AwaitTone(customerTone)

	stage.Await(t, "both legs are measured in both directions", bound, func() bool {
		var live measuredCall
		s.API("GET", s.TheCall(), nil, &live)
		return live.whole()
	})
	softphone.Order("hold", "")
	s.awaitHearing("hold", person{customer, nil})
	s.hearsMusic(customer)
	softphone.Order("resume", "")
	s.awaitHearing("resumed", person{customer, []float64{softphoneTone}}) // the softphone writes what it hears now into another file
	s.untouched(customer)

	customer.Hangup()
	stage.Await(t, "the history has what was measured", bound, func() bool {
		var history struct{ Records []measuredCall }
		s.API("GET", "/history", nil, &history)
		return len(history.Records) == 1 && history.Records[0].whole()
	})
	if t.Failed() {
		t.Log(softphone.Log())
	}
}

func TestAPhoneOverIPv6TalksWithACustomerOverIPv4(t *testing.T) {
	t.Parallel()
	s := startSite(t, 13, "", `"tcp:NET.1:5060"]}`, `"tcp:NET.1:5060", "udp:[::1]:5513"]}`, "media: {listen: NET.1,", `media: {listen: "NET.1, ::1",`)
	slot := s.slot + 2
	softphone := &phone{stage.StartPhone(t, stage.Line{
		Name: "ana's softphone", Tone: softphoneTone, Host: "::1", Media: "::1", SIP: sipPort(slot), Control: 12500 + slot, RTP: 13000 + 14*slot,
		Account: fmt.Sprintf(`<sip:ana@%s.1>;auth_pass=ana-secret-1;answermode=auto;regint=60;outbound="sip:[::1]:5513"`, s.Net),
		Config:  []string{"net_prefer_ipv6 yes"},
	})}
	s.Available("ana")
	customer := s.customer()
	customer.Dial(s.supportURI())
	customer.AwaitTone(softphoneTone)
	softphone.AwaitTone(customerTone)
	softphone.Order("hold", "")
	s.awaitHearing("hold", person{customer, nil})
	softphone.Order("resume", "")
	s.awaitHearing("resumed", person{customer, []float64{softphoneTone}})
	s.untouched(customer)
	if s.logged("c=IN IP6 ::1") < 2 || s.logged("c=IN IP4 "+s.Net+".1") < 1 {
		t.Error("the phone's audio is not described over IPv6, or the customer's not over IPv4")
	}
}
