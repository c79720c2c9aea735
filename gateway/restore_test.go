package gateway

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"telagent-gateway/call"
	"telagent-gateway/config"
	"telagent-gateway/store"
	"telagent-gateway/telagent"
)

// phone is a far side that answers nothing.
func phone(t *testing.T) *net.UDPConn {
	t.Helper()
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 49, 1, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// leftLeg is what the signalling wire of a process that is gone kept of a leg with a phone.
func leftLeg(name string, far *net.UDPConn) []byte {
	return fmt.Appendf(nil, `{"Version": 1, "Up": true, "Dialog": {"Version": 1, "CallID": %q, "LocalTag": "here", "RemoteTag": "there",
		"LocalURI": "sip:gw@127.49.1.2", "RemoteURI": "sip:far@%[2]s", "Target": "sip:far@%[2]s", "Contact": "sip:gw@127.49.1.2", "LocalSeq": 100,
		"Network": "UDP", "Local": "127.49.1.2:5060", "Remote": %[2]q}}`, name, far.LocalAddr().String())
}

// left is the configuration of a gateway whose last process kept that.
func left(t *testing.T, kinds map[string]map[string][]byte, live ...telagent.LiveCall) *config.Config {
	t.Helper()
	c := config.Default()
	c.SIP.Listen, c.HTTP.Listen = []string{"udp:127.49.1.2:5060"}, "127.49.1.2:0"
	c.Media.Ports = config.Ports{First: 20000, Last: 20099}
	c.Store = config.DSN("sqlite:" + t.TempDir() + "/telagent.db")
	s, err := store.Open(t.Context(), c.Store.Reveal(), zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	for kind, bodies := range kinds {
		for id, body := range bodies {
			s.Keep(kind, id, body)
		}
	}
	s.Write([]telagent.Change{telagent.QueueChanged{Queue: telagent.Queue{Name: "support", Numbers: []string{"100"}, Strategy: "longest_idle", Priority: 5}}}, nil)
	for _, c := range live {
		s.Write([]telagent.Change{telagent.CallKept{Call: c}}, nil)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return c
}

// hears returns the next request that a phone gets, which it answers.
func hears(t *testing.T, far *net.UDPConn) string {
	t.Helper()
	room := make([]byte, 4096)
	if err := far.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	n, from, err := far.ReadFromUDPAddrPort(room)
	if err != nil {
		t.Fatal(err)
	}
	method, _, _ := strings.Cut(string(room[:n]), " ")
	_, headers, _ := strings.Cut(string(room[:n]), "\r\n")
	if _, err := far.WriteToUDPAddrPort([]byte("SIP/2.0 200 OK\r\n"+headers), from); err != nil {
		t.Fatal(err)
	}
	return method
}

func TestALegWhoseAudioCannotBeReadIsHungUpAndNotLeftInSilence(t *testing.T) {
	for name, audio := range map[string]string{"none": "", "no JSON": "{", "of another version": `{"Layout": 99, "Leg": "l1"}`, "of another leg": `{"Layout": 1, "Leg": "l2"}`} {
		t.Run(name, func(t *testing.T) {
			far := phone(t)
			kinds := map[string]map[string][]byte{sipLegs: {"l1": leftLeg("c1", far)}, mediaLegs: {}}
			if audio != "" {
				kinds[mediaLegs]["l1"] = []byte(audio)
			}
			c := telagent.LiveCall{Legs: []telagent.LiveLeg{{Leg: "l1", Seat: call.CustomerSeat}}}
			c.ID, c.Customer, c.Queue, c.Waits, c.Priority = "v1", "l1", "support", true, 5
			core, logs := observer.New(zap.InfoLevel)
			g, err := Start(t.Context(), Options{Config: left(t, kinds, c), Log: zap.New(core)})
			if err != nil {
				t.Fatal(err)
			}
			if calls := g.View().Calls; len(calls) > 0 {
				t.Errorf("the call goes on: %+v", calls)
			}
			alarm := func(e observer.LoggedEntry) bool {
				return strings.Contains(fmt.Sprint(e.ContextMap()["changes"]), lostPart)
			}
			if logs.Filter(alarm).Len() != 1 {
				t.Error("no alarm says so")
			}
			if method := hears(t, far); method != "BYE" {
				t.Errorf("the phone hears %s", method)
			}
			if err := g.Close(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}
