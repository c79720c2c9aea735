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

// chromium is a JsSIP in a Chromium in the hands of ana.
type chromium struct{ *stage.Browser }

func (p chromium) Dial(uri string)     { p.T.Helper(); p.Do("dial", uri) }
func (p chromium) Hangup()             { p.T.Helper(); p.Do("hangup") }
func (p chromium) Hold()               { p.T.Helper(); p.Do("hold") }
func (p chromium) Resume()             { p.T.Helper(); p.Do("resume") }
func (p chromium) Press(key string)    { p.T.Helper(); p.Do("press", key) }
func (p chromium) Transfer(uri string) { p.T.Helper(); p.Do("transfer", uri) }
func (p chromium) Calls() int          { return p.Count("established") - p.Count("closed") }

// keyTones are the two frequencies of each key.
var keyTones = map[string][2]float64{"7": {852, 1209}}

// AwaitKey waits for the key's two tones: a browser plays them and tells its page nothing.
func (p chromium) AwaitKey(key string) {
	p.T.Helper()
	stage.Await(p.T, p.Name+" hears the key", bound, func() bool {
		s := p.Heard()
		for n := stage.Rate / 20; len(s) >= n; s = s[n:] {
			if stage.Share(s[:n], keyTones[key][0]) > 0.2 && stage.Share(s[:n], keyTones[key][1]) > 0.2 {
				return true
			}
		}
		return false
	})
}

// webSocket is what a station has for browsers.
func webSocket(t *testing.T) setting {
	return setting{
		listen: []string{"tcp:NET.1:5060", "ws:NET.1:5066", "wss:NET.1:7443"}, sip: `, web_origins: ["*"]`,
		authority: stage.NewAuthority(t), // the browser is told to believe any
	}
}

// browser starts ana's and registers it.
func (s *station) browser(t *testing.T) chromium {
	p := chromium{stage.StartBrowser(s.T, "ana's browser", float64(demo.SoftphoneTone))}
	server := fmt.Sprintf("wss://%s.1:7443", s.Net)
	if s.row.Transport == "WS" {
		server = fmt.Sprintf("ws://%s.1:5066", s.Net)
	}
	p.Register(server, fmt.Sprintf("sip:ana@%s.1", s.Net), "ana-secret-1")
	return p
}

func TestChromiumIsAnAgentsSoftphone(t *testing.T) {
	for _, r := range Rows(t.Name()) {
		t.Run(r.String(), func(t *testing.T) {
			t.Parallel()
			s := startStation(t, r, webSocket(t))
			s.playPhone(t, func() device { return s.browser(t) })
		})
	}
}

// TestACallMovesFromABrowserToAPhoneBehindKamailioAndBack is the main job with peers that nobody here wrote: the agent is
// in a browser, her phone and her customer are behind a carrier that challenges, and the customer measures.
func TestACallMovesFromABrowserToAPhoneBehindKamailioAndBack(t *testing.T) {
	t.Parallel()
	with := webSocket(t)
	with.number = 9
	with.trunk = `{name: carrier, uri: "sip:NET.7:5060;transport=udp", username: gw, password: carrier-secret, accept_from: [NET.7/32]}`
	s := startStation(t, Row{}, with)
	host := s.at(7)
	stage.StartCarrier(t, host, s.at(1)+":5060;transport=udp", nil)
	s.customers = robot(t, demo.Part{
		Name: "customer", Address: s.at(2), Tone: demo.CustomerTone,
		Registrar: host + ":5060", Domain: host, User: customerNumber, Password: stage.CarrierPassword,
	})
	account := fmt.Sprintf("<sip:%s@%s>;auth_pass=%s;answermode=auto;regint=60", agentNumber, host, stage.CarrierPassword)
	phone := baresip{s.baresip("phone", 0, stage.Line{Account: account, Tone: float64(demo.PhoneTone), Host: s.at(4)})}
	stage.Await(t, "the phone is registered", bound, func() bool { return strings.Count(phone.Log(), " binding") == 1 })
	ana := s.browser(t)
	s.Available("ana")

	since := time.Now()
	s.callIn(t, host+":5060")
	s.hears(t, s.customer, demo.SoftphoneTone, since)
	ana.AwaitTone(float64(demo.CustomerTone))
	since = time.Now()
	ana.Do("restart") // of ICE, as when her network changes
	s.hears(t, s.customer, demo.SoftphoneTone, time.Now())
	ana.AwaitTone(float64(demo.CustomerTone))
	s.undisturbed(t, since)
	s.unheard(t, func() { ana.AwaitTone(float64(demo.CustomerTone)) }, func() {
		s.toPhone(t, phone)
		stage.Await(t, "the browser is let go", bound, func() bool { return ana.Calls() == 0 })
		s.SwitchTo("ana", "softphone")
		s.hears(t, s.customer, demo.SoftphoneTone, time.Now())
		ana.AwaitTone(float64(demo.CustomerTone))
		stage.Await(t, "the phone is let go", bound, func() bool { return phone.Calls() == 0 })
		s.AwaitAgent("ana", "is in the browser", func(a stage.Agent) bool { return a.Reach == "softphone" && a.Status == "in_line" })
	})
	if got := ana.Stats(); got.Codec != "audio/PCMU" && got.Codec != "audio/PCMA" || got.Cipher != "SRTP_AEAD_AES_128_GCM" {
		t.Errorf("the browser says %+v", got)
	}
	stage.Await(t, "the browser has measured the round trip by our reports", bound, func() bool { return ana.Stats().RoundTrip > 0 })
}

func TestABrowserThatIsKilledLeavesTheCustomerOnComfortAudioUntilThePhoneTakesHim(t *testing.T) {
	t.Parallel()
	with := webSocket(t)
	with.number = 8
	s := startStation(t, Row{}, with)
	ana := s.browser(t)
	s.Available("ana")
	s.talk(t, ana)

	killed := time.Now()
	ana.Kill()
	s.hears(t, s.customer, demo.Other, killed)
	s.AwaitAgent("ana", "is cut off", func(a stage.Agent) bool { return a.Activity == "cut_off" && a.Status == "in_line" })
	clicked := time.Now()
	s.SwitchTo("ana", "telagent")
	pstn := s.next(t, s.phones)
	s.hears(t, s.customer, demo.PhoneTone, clicked)
	s.hears(t, pstn, demo.CustomerTone, clicked)
	s.undisturbed(t, killed)
	if err := s.customer.Hangup(s.within()); err != nil {
		t.Fatal(err)
	}
}
