//go:build peers

package interop

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"telagent-gateway/demo"
	"telagent-gateway/test/stage"
)

// station is a gateway with ana, whose phone is the peer under test, and everybody whom she needs: customers and her PSTN
// phone behind a carrier, and ben, a colleague. These are robots, which measure what arrives at their sockets.
type station struct {
	*stage.Gateway
	row    Row
	number int // of the row; everything of this machine that may be taken once is chosen by it

	customers *demo.Robot
	phones    *demo.Robot // behind the carrier
	ben       *demo.Robot
	customer  *demo.Leg // the call that the columns play with
}

// setting is what a station has beside the usual. The zero value is a carrier of robots, over UDP.
type setting struct {
	listen []string // where else the gateway listens, at NET.1
	trunk  string   // the carrier, an entry of trunks
	sip    string   // more keys of sip, with a comma before them
	media  string   // where else it listens for audio, with a comma before it
	number int      // of the station that plays no row, 5 to 9

	authority *stage.Authority // of its certificate; nil: it has none
}

const stationConfig = `
sip: {domain: NET.1, listen: [LISTEN]SIP}
media: {listen: "NET.1MEDIA", ports: 20000-20999}
http: {listen: "NET.1:8080"}
store: sqlite:DIR/telagent.db
trunks: [TRUNK]
dialling: {region: DE, allow: [DE]}
policy: {ring_time: 20s, confirm_time: 20s}
log: {level: debug, format: console}
`

const stationDirectory = `
users:
  - {name: boss, role: supervisor, teams: [support], password: boss-secret-1}
  - {name: root, role: admin, password: root-secret-1}
agents:
  - {id: ana, name: Ana, team: support, password: ana-secret-1, numbers: ["+49301234567"], queues: {support: 1}, wrap_up: 1s}
  - {id: ben, name: Ben, team: support, password: ben-secret-1, queues: {support: 1}, wrap_up: 1s}
queues:
  - {name: support, numbers: ["+18005550100"]}
`

const (
	queueNumber    = "+18005550100"
	customerNumber = "+4915112345678"
	agentNumber    = "+49301234567"
	outsideNumber  = "+49301111111"
	bound          = 40 * time.Second // how long anything may take that is not a matter of time
)

// startStation starts the gateway of a row, and everybody but the peer.
func startStation(t *testing.T, r Row, with setting) *station {
	t.Helper()
	s := &station{row: r, number: 10 + slices.IndexFunc(Matrix, func(other Row) bool { return other.String() == r.String() })}
	if with.number != 0 {
		s.number = with.number
	}
	if with.authority != nil {
		certificate, key := with.authority.Issue(s.at(1))
		with.sip += fmt.Sprintf(", tls: {certificate: %q, key: %q}", certificate, key)
	}
	s.customers = robot(t, demo.Part{Name: "customer", Address: s.at(2), Tone: demo.CustomerTone})
	s.phones = robot(t, demo.Part{Name: "phone", Address: s.at(3), Tone: demo.PhoneTone})
	s.phones.Phone(agentNumber, demo.AnswerAndPress1(0, time.Second))
	s.phones.Phone(outsideNumber, demo.Script{})
	trunk := cmp.Or(with.trunk, `{name: carrier, uri: "sip:`+s.phones.Addr()+`;transport=udp", accept_from: [NET.2/32, NET.3/32]}`)
	listen := `"` + strings.Join(append([]string{"udp:NET.1:5060"}, with.listen...), `", "`) + `"`
	config := strings.NewReplacer("TRUNK", trunk, "LISTEN", listen, "SIP", with.sip, "MEDIA", with.media).Replace(stationConfig)
	s.Gateway = stage.StartGateway(t, fmt.Sprintf("127.27.%d", s.number), config, stationDirectory)
	s.ben = s.agent(t, "ben", s.at(5), demo.SecondTone)
	s.AwaitStatus("ben", "not_ready")
	return s
}

// words returns the transport of the row, and whether it is over IPv6.
func (s *station) words() (transport string, ipv6 bool) {
	transport, _, ipv6 = strings.Cut(s.row.Transport, overIPv6)
	return transport, ipv6
}

// at returns an address of the station's own.
func (s *station) at(host int) string { return fmt.Sprintf("127.27.%d.%d", s.number, host) }

// agent is a robot that registers as an agent's softphone, and the agent signs on.
func (s *station) agent(t *testing.T, id, address string, tone demo.Sound) *demo.Robot {
	t.Helper()
	r := robot(t, demo.Part{
		Name: id, Address: address, Tone: tone, Script: &demo.Script{},
		Registrar: s.at(1) + ":5060", Domain: s.at(1), User: id, Password: id + "-secret-1",
	})
	if err := r.Register(s.within(), time.Hour); err != nil {
		t.Fatal(err)
	}
	s.AwaitAgent(id, "is reachable", func(a stage.Agent) bool { return a.Reachable == "reachable" })
	s.SignIn(id, id+"-secret-1")
	return r
}

func robot(t *testing.T, p demo.Part) *demo.Robot {
	t.Helper()
	r, err := demo.NewRobot(p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		for _, fault := range r.Faults() {
			t.Error(fault)
		}
	})
	return r
}

// within returns a context that ends when anything would have taken too long.
func (s *station) within() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), bound)
	s.T.Cleanup(cancel)
	return ctx
}

func (s *station) hears(t *testing.T, l *demo.Leg, what demo.Sound, since time.Time) {
	t.Helper()
	if _, err := l.WaitHears(s.within(), what, since); err != nil {
		t.Fatal(err)
	}
}

func (s *station) hangUp(t *testing.T, l *demo.Leg) {
	t.Helper()
	if err := l.Hangup(s.within()); err != nil {
		t.Fatal(err)
	}
}

func (s *station) next(t *testing.T, r *demo.Robot) *demo.Leg {
	t.Helper()
	l, err := r.Next(s.within())
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// undisturbed checks that nothing of what happened since then touched the customer's dialog or broke his stream.
func (s *station) undisturbed(t *testing.T, since time.Time) {
	t.Helper()
	now, tr := time.Now(), s.customer.Trace()
	if changes := s.customer.Changes(); len(changes) > 0 {
		t.Errorf("the customer's dialog was touched: %v", changes)
	}
	if ssrc, seq, ts := tr.SSRCChanges(since, now), tr.SequenceBreaks(since, now), tr.TimestampBreaks(since, now); ssrc+seq+ts > 0 {
		t.Errorf("the customer's stream broke: SSRC %d, sequence %d, timestamps %d times", ssrc, seq, ts)
	}
}
