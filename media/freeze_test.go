package media

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"telagent-gateway/call"
)

var addresses atomic.Uint32

// ownAddress is one where a wire stands whose ports no other wire and no other process takes in a restart.
func ownAddress() string {
	return fmt.Sprintf("127.43.%d.%d", os.Getpid()%250, addresses.Add(1)%250+1)
}

// startAt starts a wire, at an address of its own if it is given none.
func startAt(t *testing.T, o Options) *Wire {
	t.Helper()
	if o.Address == "" {
		o.Address = ownAddress()
	}
	w, err := Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() }) // it may be over already
	return w
}

// sings waits until a robot has sent so many packets more.
func (r *robot) sings(packets uint64) {
	r.t.Helper()
	from := r.spoke.Load()
	r.until(func() bool { return r.spoke.Load() >= from+packets })
}

// frozenCall is a call of two robots in a wire that stands still, and its state.
func frozenCall(t *testing.T) (w *Wire, customer, agent *robot, states []LegState) {
	t.Helper()
	w = startAt(t, Options{})
	customer, agent = newRobot(t, 500), newRobot(t, 900)
	callIn(t, w, "c", customer)
	dial(t, w, "a", "c", agent)
	w.Do(call.Join{A: "c", B: "a"})
	expectTones(t, "customer before", customer.hears(500, 900), 900)
	states, err := w.Freeze()
	if err != nil || len(states) != 2 {
		t.Fatalf("%d legs, %v", len(states), err)
	}
	return w, customer, agent, states
}

// expectWhole checks that a call went on as if nothing had been: both hear each other, in one stream each, and nothing of
// what they said was lost.
func expectWhole(t *testing.T, w *Wire, customer, agent *robot) {
	t.Helper()
	expectTones(t, "customer", customer.hears(500, 900), 900)
	expectTones(t, "agent", agent.hears(500, 900), 500)
	customer.expectOneStream()
	agent.expectOneStream()
	for _, id := range []call.LegID{"c", "a"} {
		if st, ok := w.Stats(id); !ok || st.Lost != 0 || st.Foreign != 0 {
			t.Errorf("%s: %+v", id, st)
		}
	}
}

func TestAnotherWireGoesOnWithTheSocketsAndNotAPacketIsLost(t *testing.T) {
	t.Parallel()
	old, customer, agent, states := frozenCall(t)
	sockets := map[netip.AddrPort]*os.File{}
	for _, state := range states {
		rtp, rtcp, err := old.Sockets(state.Leg)
		if err != nil {
			t.Fatal(err)
		}
		at := netip.AddrPortFrom(state.Home, uint16(state.Port))
		sockets[at] = os.NewFile(uintptr(rtp), "RTP")
		sockets[netip.AddrPortFrom(state.Home, uint16(state.Port+1))] = os.NewFile(uintptr(rtcp), "RTCP")
	}
	customer.sings(15) // they wait in the socket meanwhile
	w := startAt(t, Options{Inherited: func(at netip.AddrPort) *os.File { return sockets[at] }})
	if failed := w.RestoreAll(states); len(failed) > 0 {
		t.Fatal(failed)
	}
	if err := old.Abandon(); err != nil {
		t.Fatal(err)
	}
	expectWhole(t, w, customer, agent)
}

func TestAWireGoesOnItselfWhereNobodyTookItsLegs(t *testing.T) {
	t.Parallel()
	w, customer, agent, states := frozenCall(t)
	rtp, rtcp, err := w.Sockets(states[0].Leg)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.SetNonblock(rtp, false); err != nil { // as an os.File does whose Fd is asked for
		t.Fatal(err)
	}
	if _, err := w.Freeze(); err == nil {
		t.Error("frozen twice")
	}
	if _, err := w.Answer("x", customer.describe(), Terms{}); err == nil {
		t.Error("a frozen wire took a leg")
	}
	customer.sings(15)
	if err := w.Thaw(); err != nil {
		t.Fatal(err)
	}
	expectWhole(t, w, customer, agent)
	for _, socket := range []int{rtp, rtcp} {
		if err := unix.Close(socket); err != nil {
			t.Error(err)
		}
	}
	if err := w.Thaw(); err == nil {
		t.Error("thawed twice")
	}
}

func TestWhatHappenedBeforeAWireFreezesIsReportedThen(t *testing.T) {
	t.Parallel()
	var reported atomic.Int64
	w := startAt(t, Options{Report: func(call.Event) {
		runtime.Gosched()
		reported.Add(1)
	}})
	const happened = 900
	for range happened {
		w.report(call.Digit{Leg: "c", Key: "1"})
	}
	if _, err := w.Freeze(); err != nil {
		t.Fatal(err)
	}
	if n := reported.Load(); n != happened {
		t.Errorf("%d of %d events were reported", n, happened)
	}
}

func TestNobodyHearsAFrozenOrAnAbandonedWire(t *testing.T) {
	t.Parallel()
	w, customer, agent, _ := frozenCall(t)
	heard := func() int {
		customer.mu.Lock()
		defer customer.mu.Unlock()
		return len(customer.heard)
	}
	customer.sings(5) // what was on its way has come
	before := heard()
	w.Release("c")
	customer.sings(10)
	if now := heard(); now != before {
		t.Errorf("%d packets of a frozen wire", now-before)
	}
	if err := w.Abandon(); err != nil {
		t.Fatal(err)
	}
	agent.sings(1)
	if now := heard(); now != before {
		t.Errorf("%d packets of an abandoned wire", now-before)
	}
	if err := w.Abandon(); err == nil {
		t.Error("abandoned twice")
	}
}

func TestALegWhosePortIsTakenGetsAnotherOneAndOffersIt(t *testing.T) {
	t.Parallel()
	w, customer, agent, states := frozenCall(t) // which holds its ports
	taken := states[0]
	if err := w.Abandon(); err != nil {
		t.Fatal(err)
	}
	other, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(taken.Home, uint16(taken.Port))))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Close() }()
	next := startAt(t, Options{})
	next.ports.next = (states[1].Port - next.ports.first) / 2 // the next port would be the other leg's
	if failed := next.RestoreAll(states); len(failed) > 0 {
		t.Fatal(failed)
	}
	if moved := next.Elsewhere(); !slices.Equal(moved, []call.LegID{taken.Leg}) {
		t.Errorf("elsewhere are %v", moved)
	}
	l := must(next.find(taken.Leg))
	f, err := readDescription(must(next.Current(taken.Leg)), next.homes, Terms{}, []Way{RTP})
	if err != nil || int(f.rtp.Port()) != l.port || l.port == taken.Port {
		t.Errorf("port %d is offered, its own is %d, %v", f.rtp.Port(), l.port, err)
	}
	// Who moved hears the other one at once, and is heard when he was told.
	far, tone := customer, 900.0
	if taken.Leg == "a" {
		far, tone = agent, 500
	}
	expectTones(t, "who moved", far.hears(500, 900), tone)
	if err := next.Restore(states[1]); err == nil {
		t.Error("restored twice")
	}
}
