//go:build peers

package peers

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"telagent-gateway/test/stage"
)

// The tones of the peers, far from each other and from the built-in audio.
const (
	customerTone  = 1000.0
	softphoneTone = 1700.0
	phoneTone     = 2300.0
)

// site is a running gateway in a /24 of loopback of its own, with one trunk: its calls come from 127.0.0.1 or .2, and go
// to the phone in the site's slot 1, or to SIPp at .3.
type site struct {
	*stage.Gateway
	slot int // of its first phone

	requests int               // of this test's own, for their ids
	tokens   map[string]string // of agents who asked for something
}

const siteConfig = `
sip: {domain: NET.1, listen: ["udp:NET.1:5060", "tcp:NET.1:5060"]}
media: {listen: NET.1, ports: 20000-20999, recordings: DIR/recordings}
http: {listen: "NET.1:8080"}
store: sqlite:DIR/telagent.db
trunks:
  - {name: carrier, uri: "sip:CARRIER;transport=udp", username: gw, password: carrier-secret, accept_from: [127.0.0.1/32, NET.2/32, NET.3/32], channels: 30}
dialling: {region: DE, allow: [DE]}
policy: {ring_time: 8s, confirm_time: 6s, access_number: "+4930900", supervisors_by_phone: true}
log: {level: debug, format: console}
`

const siteDirectory = `
users:
  - {name: boss, role: supervisor, teams: [support], password: boss-secret-1, phone_id: "9001", pin: "804211"}
  - {name: root, role: admin, password: root-secret-1}
agents:
  - {id: ana, name: Ana, team: support, password: ana-secret-1, phone_id: "1001", pin: "4711", numbers: ["+49301234567"], desk_phone: ana-desk, queues: {support: 1, recorded: 1}, wrap_up: 2s}
  - {id: ben, name: Ben, team: support, password: ben-secret-1, numbers: ["+49301234568"], queues: {support: 1}, wrap_up: 2s}
  - {id: nora, name: Nora, team: support, password: nora-secret-1, numbers: ["+49301234567"], queues: {nailed: 1}, wrap_up: 2s, nailed_up: true}
  - {id: sally, name: Sally, team: support, role: supervisor, supervises: [support], password: sally-secret-1, wrap_up: 2s}
queues:
  - {name: support, numbers: ["+18005550100"], strategy: longest_idle, priority: 5, calling_name: Support}
  - {name: recorded, numbers: ["+18005550101"], record: true}
  - {name: nailed, numbers: ["+18005550102"]}
`

// startSite imports the directory, starts the gateway and signs boss in. number is the site's own, 2..99; carrier is
// where the trunk's calls go, empty: to the phone made by pstnPhone. others are pairs, of what stands in the configuration
// or the directory and what stands there instead.
func startSite(t *testing.T, number int, carrier string, others ...string) *site {
	t.Helper()
	s := &site{slot: 5 * number, tokens: map[string]string{}}
	if carrier == "" {
		carrier = fmt.Sprintf("127.0.0.1:%d", sipPort(s.slot+1))
	}
	other := strings.NewReplacer(others...)
	config := strings.ReplaceAll(other.Replace(siteConfig), "CARRIER", carrier)
	s.Gateway = stage.StartGateway(t, fmt.Sprintf("127.0.%d", number), config, other.Replace(siteDirectory))
	return s
}

func (s *site) customer() *phone { return s.customerAt(s.slot) }

func (s *site) customerAt(slot int) *phone {
	return startPhone(s.T, "customer", slot, "<sip:+4915112345678@127.0.0.1>;regint=0", customerTone)
}

// pstnPhone is what the carrier's switch rings for a number; mode is baresip's answermode.
func (s *site) pstnPhone(number, mode string) *phone { return s.pstnPhones(mode, number) }

// pstnPhones is one for several numbers.
func (s *site) pstnPhones(mode string, numbers ...string) *phone {
	var accounts []string
	for _, n := range numbers {
		accounts = append(accounts, fmt.Sprintf("<sip:%s@127.0.0.1>;regint=0;answermode=%s", n, mode))
	}
	return startPhone(s.T, "phone "+numbers[0], s.slot+1, strings.Join(accounts, "\n"), phoneTone)
}

func (s *site) softphone(id string, slot int, hz float64) *phone {
	account := fmt.Sprintf("<sip:%s@%s.1>;auth_pass=%s-secret-1;answermode=auto;regint=60", id, s.Net, id)
	return startPhone(s.T, id+"'s softphone", slot, account, hz)
}

// deskPhone registers as an agent's desk phone, with the agent's password.
func (s *site) deskPhone(id string) *phone {
	account := fmt.Sprintf("<sip:%s-desk@%s.1>;auth_pass=%s-secret-1;answermode=auto;regint=60", id, s.Net, id)
	return startPhone(s.T, id+"'s desk phone", s.slot+3, account, phoneTone)
}

const supportNumber = "+18005550100"

func (s *site) supportURI() string { return "sip:" + supportNumber + "@" + s.Net + ".1" }

// bound is how long anything may take that is not a matter of time.
const bound = 40 * time.Second
