//go:build peers

package interop

import (
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
	phones    *demo.Robot
	ben       *demo.Robot
	customer  *demo.Leg // the call that the columns play with
}

const stationConfig = `
sip: {domain: NET.1, listen: [LISTEN]}
media: {listen: NET.1, ports: 20000-20999}
http: {listen: "NET.1:8080"}
store: sqlite:DIR/telagent.db
trunks:
  - {name: carrier, uri: "sip:CARRIER;transport=udp", accept_from: [NET.2/32, NET.3/32]}
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
	queueNumber   = "+18005550100"
	outsideNumber = "+49301111111"
	bound         = 40 * time.Second // how long anything may take that is not a matter of time
)

// startStation starts the gateway of a row, listening at .1 as the entries say, and everybody but the peer.
func startStation(t *testing.T, r Row, listen ...string) *station {
	t.Helper()
	s := &station{row: r, number: 10 + slices.IndexFunc(Matrix, func(other Row) bool { return other.String() == r.String() })}
	network := fmt.Sprintf("127.27.%d", s.number)
	s.customers = robot(t, demo.Part{Name: "customer", Address: network + ".2", Tone: demo.CustomerTone})
	s.phones = robot(t, demo.Part{Name: "phone", Address: network + ".3", Tone: demo.PhoneTone})
	s.phones.Phone("+49301234567", demo.AnswerAndPress1(0, time.Second))
	s.phones.Phone(outsideNumber, demo.Script{})
	for i, entry := range append([]string{"udp:NET.1:5060"}, listen...) {
		listen = append(listen[:i:i], `"`+entry+`"`)
	}
	config := strings.NewReplacer("CARRIER", s.phones.Addr(), "LISTEN", strings.Join(listen, ", ")).Replace(stationConfig)
	s.Gateway = stage.StartGateway(t, network, config, stationDirectory)
	s.ben = robot(t, demo.Part{
		Name: "ben", Address: network + ".5", Tone: demo.SecondTone, Script: &demo.Script{},
		Registrar: network + ".1:5060", Domain: network + ".1", User: "ben", Password: "ben-secret-1",
	})
	if err := s.ben.Register(s.within(), time.Hour); err != nil {
		t.Fatal(err)
	}
	s.SignIn("ben", "ben-secret-1")
	s.AwaitAgent("ben", "takes calls of colleagues", func(a stage.Agent) bool { return a.Status == "not_ready" && a.Reachable == "reachable" })
	return s
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
