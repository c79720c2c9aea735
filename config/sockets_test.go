package config

import (
	"strings"
	"testing"
)

func TestListenersThatWantOnePortAndNetworksThatNobodyIsInAreNamed(t *testing.T) {
	const twice = " is taken by tcp:127.0.0.1:5060 already; give one of them another port"
	for text, want := range map[string]string{
		`sip: {listen: ["tcp:127.0.0.1:5060", "ws:127.0.0.1:5060"]}`:                                          "t.yaml:1: sip.listen[1]: ws:127.0.0.1:5060" + twice,
		`sip: {listen: ["tcp:127.0.0.1:5060", "ws:0.0.0.0:5060"], advertise: 203.0.113.5}`:                    "t.yaml:1: sip.listen[1]: ws:0.0.0.0:5060" + twice,
		`sip: {listen: ["tcp:127.0.0.1:5060", "ws:[::]:5060"], advertise: 203.0.113.5}`:                       "t.yaml:1: sip.listen[1]: ws:[::]:5060" + twice,
		"sip: {listen: [\"udp:127.0.0.1:5060\", \"tcp:127.0.0.1:5060\"]}\nhttp: {listen: \"127.0.0.1:5060\"}": "t.yaml:2: http.listen: 127.0.0.1:5060" + twice,
		`sip: {listen: ["tcp:127.0.0.1:5060", "udp:127.0.0.1:5060", "ws:127.0.0.2:5060", "tcp:[::1]:5060"]}`:  "",
		trunkWith(`accept_from: ["::ffff:192.0.2.0/120"]`):                                                    `t.yaml:4: trunks[0].accept_from[0]: "::ffff:192.0.2.0/120" is a network of IPv4; write 192.0.2.0/24`,
	} {
		got := ""
		if _, err := read(t, text, nil); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s:\n got %v\nwant %s", text, got, want)
		}
	}
}

func TestATrunkThatNoSocketOfOursLeadsToIsWarnedOf(t *testing.T) {
	const tcp, udp, both = `sip: {listen: ["tcp:127.0.0.1:5060"]}`, `sip: {listen: ["udp:127.0.0.1:5060"]}`, `sip: {listen: ["udp:[::]:5060"], advertise: 203.0.113.5}`
	for text, want := range map[string]string{
		tcp + "\n" + trunkWith(""):                                              "trunks[0].uri: no entry of sip.listen sends UDP over IPv4, so nothing gets there; add one, or write ;transport=tcp",
		udp + "\n" + trunkWith(`proxy: "sip:[2001:db8::1]"`):                    "trunks[0].proxy: no entry of sip.listen sends UDP over IPv6, so nothing gets there; add one, or write ;transport=tcp",
		tcp + "\n" + trunkWith(`proxy: "sip:[2001:db8::1]:5060;transport=tcp"`): "",
		udp + "\n" + trunkWith(""):                                              "",
		both + "\n" + trunkWith(""):                                             "",
	} {
		c, err := read(t, text, nil)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, w := range c.Warnings {
			if strings.Contains(w.What, "sends UDP") {
				got = w.What
			}
		}
		if got != want {
			t.Errorf("%s:\n got %v\nwant %s", text, got, want)
		}
	}
}
