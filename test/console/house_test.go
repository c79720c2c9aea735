//go:build peers

package console

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"telagent-gateway/demo"
	"telagent-gateway/test/stage"
)

const (
	queueNumber    = "+18005550100"
	customerNumber = "+4915112345678"
	agentNumber    = "+49301234567"
	bound          = 60 * time.Second // how long anything may take that is not a matter of time
)

// house is a gateway with ana and ben, whose softphones are pages, and a carrier with a customer and phones behind it: robots,
// which measure what arrives at their sockets.
type house struct {
	*stage.Gateway
	customers *demo.Robot
	phones    *demo.Robot
	customer  *demo.Leg
}

const houseConfig = `
sip: {domain: NET.1, listen: ["udp:NET.1:5060"]}
media: {listen: NET.1, ports: 20000-20999}
http: {listen: "NET.1:8080"}
store: sqlite:DIR/telagent.db
trunks: [{name: carrier, uri: "sip:CARRIER;transport=udp", accept_from: [NET.2/32, NET.3/32]}]
dialling: {region: DE, allow: [DE]}
policy: {ring_time: 20s, confirm_time: 20s}
log: {level: debug, format: console}
`

const houseDirectory = `
users:
  - {name: boss, role: supervisor, teams: [support], password: boss-secret-1}
  - {name: root, role: admin, password: root-secret-1}
agents:
  - {id: ana, name: Ana, team: support, password: ana-secret-1, numbers: ["+49301234567"], queues: {support: 1}, wrap_up: 1s}
  - {id: ben, name: Ben, team: support, password: ben-secret-1, queues: {support: 1}, wrap_up: 1s}
queues:
  - {name: support, numbers: ["+18005550100"], calling_name: Support}
`

// startHouse starts everybody but the browsers. number is the house's own, 1..9. Agents have a second of after-call work.
func startHouse(t *testing.T, number int) *house {
	t.Helper()
	return startHouseOf(t, number, houseDirectory)
}

// startHouseOf starts a house with a directory of its own.
func startHouseOf(t *testing.T, number int, directory string) *house {
	t.Helper()
	return startHouseBy(t, number, directory, stage.StartGateway)
}

func startHouseBy(t *testing.T, number int, directory string, start func(t *testing.T, net, config, directory string) *stage.Gateway) *house {
	t.Helper()
	net := fmt.Sprintf("127.33.%d", number)
	h := &house{
		customers: robot(t, demo.Part{Name: "customer", Address: net + ".2", Tone: demo.CustomerTone}),
		phones:    robot(t, demo.Part{Name: "phone", Address: net + ".3", Tone: demo.PhoneTone}),
	}
	h.phones.Phone(agentNumber, demo.AnswerAndPress1(0, time.Second))
	h.Gateway = start(t, net, strings.ReplaceAll(houseConfig, "CARRIER", h.phones.Addr()), directory)
	return h
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

func (h *house) within() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), bound)
	h.T.Cleanup(cancel)
	return ctx
}

// hears waits until the customer, or a phone, hears a tone.
func (h *house) hears(l *demo.Leg, what demo.Sound, since time.Time) {
	h.T.Helper()
	if _, err := l.WaitHears(h.within(), what, since); err != nil {
		h.T.Fatal(err)
	}
}

// callIn lets the customer dial the queue.
func (h *house) callIn() {
	h.T.Helper()
	leg, err := h.customers.Call(customerNumber, "sip:"+queueNumber+"@"+h.Net+".1:5060")
	if err != nil {
		h.T.Fatal(err)
	}
	h.customer = leg
}

// undisturbed checks that nothing of what happened since then touched the customer's dialog or broke his stream.
func (h *house) undisturbed(since time.Time) {
	h.T.Helper()
	now, tr := time.Now(), h.customer.Trace()
	if changes := h.customer.Changes(); len(changes) > 0 {
		h.T.Errorf("the customer's dialog was touched: %v", changes)
	}
	if ssrc, seq, ts := tr.SSRCChanges(since, now), tr.SequenceBreaks(since, now), tr.TimestampBreaks(since, now); ssrc+seq+ts > 0 {
		h.T.Errorf("the customer's stream broke: SSRC %d, sequence %d, timestamps %d times", ssrc, seq, ts)
	}
}

// over waits until the call has ended and ana is free again. Her after-call work is too short to be seen for sure.
func (h *house) over() {
	h.T.Helper()
	stage.Await(h.T, "the call is over", bound, func() bool { return h.LiveCalls() == 0 })
	h.AwaitStatus("ana", "available")
}
