package gateway

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"telagent-gateway/call"
	"telagent-gateway/config"
	"telagent-gateway/media"
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
func left(t *testing.T, kinds map[string]map[string][]byte, live ...telagent.Change) *config.Config {
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
	s.Write(live, nil)
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
			core, logs := observer.New(zap.InfoLevel)
			g, err := Start(t.Context(), Options{Config: left(t, kinds, waitingCaller()), Log: zap.New(core)})
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

// spoken is what an audio wire of before keeps of a leg whose far side has described itself.
func spoken(t *testing.T, leg call.LegID) []byte {
	t.Helper()
	w, err := media.Start(media.Options{Address: "127.49.1.2", PortMin: 20000, PortMax: 20099})
	if err != nil {
		t.Fatal(err)
	}
	const sdp = "v=0\r\no=- 1 1 IN IP4 127.49.1.1\r\ns=-\r\nc=IN IP4 127.49.1.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
	if _, err := w.Answer(leg, []byte(sdp), media.Terms{}); err != nil {
		t.Fatal(err)
	}
	w.Established(leg)
	state, ok := w.Snapshot(leg)
	body, err := state.Encode()
	if !ok || err != nil {
		t.Fatal(ok, err)
	}
	if err := w.Abandon(); err != nil {
		t.Fatal(err)
	}
	return body
}

// waitingCaller is a call of before whose customer waits in line.
func waitingCaller() telagent.Change {
	c := telagent.LiveCall{Legs: []telagent.LiveLeg{{Leg: "l1", Seat: call.CustomerSeat}}}
	c.ID, c.Customer, c.Queue, c.Waits, c.Priority = "v1", "l1", "support", true, 5
	return telagent.CallKept{Call: c}
}

// saidGoodbye says whether a BYE of RTCP is among what waits in a socket.
func saidGoodbye(t *testing.T, reports *net.UDPConn) bool {
	t.Helper()
	if err := reports.SetReadDeadline(time.Now().Add(time.Millisecond)); err != nil { // it was sent before
		t.Fatal(err)
	}
	room := make([]byte, 2048)
	for {
		n, err := reports.Read(room)
		if err != nil {
			return false
		}
		for rest := room[:n]; len(rest) >= 4; rest = rest[min(len(rest), 4+4*int(binary.BigEndian.Uint16(rest[2:]))):] {
			if rest[1] == 203 { // RFC 3550 §6.6
				return true
			}
		}
	}
}

func TestAStartThatFailsSaysNothingToAnybodyAndTheNextOneGoesOn(t *testing.T) {
	far := phone(t)
	reports, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 49, 1, 1), Port: 4001}) // see spoken
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = reports.Close() }()
	c := left(t, map[string]map[string][]byte{sipLegs: {"l1": leftLeg("c1", far)}, mediaLegs: {"l1": spoken(t, "l1")}}, waitingCaller())
	taken, err := net.Listen("tcp4", "127.49.1.2:0")
	if err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(c *config.Config){
		"before signalling": func(c *config.Config) { c.HTTP.Listen = taken.Addr().String() },
		"in signalling":     func(c *config.Config) { c.SIP.Listen = append(c.SIP.Listen, "tcp:"+taken.Addr().String()) },
	} {
		broken := *c
		spoil(&broken)
		if _, err := Start(t.Context(), Options{Config: &broken}); !errors.Is(err, syscall.EADDRINUSE) {
			t.Fatalf("%s: %v", name, err)
		}
	}
	if err := taken.Close(); err != nil {
		t.Fatal(err)
	}
	late, err := Start(t.Context(), Options{Config: c})
	if err != nil {
		t.Fatal(err)
	}
	if err := late.forsake(); err != nil { // as if its last step had failed
		t.Error(err)
	}
	if saidGoodbye(t, reports) {
		t.Error("the far side was told by RTCP that its peer has left")
	}
	g, err := Start(t.Context(), Options{Config: c})
	if err != nil {
		t.Fatal(err)
	}
	if calls := g.View().Calls; len(calls) != 1 || len(calls[0].Legs) != 1 {
		t.Errorf("calls that go on: %+v", calls)
	}
	if method := hears(t, far); method != "OPTIONS" {
		t.Errorf("the phone hears %s first", method)
	}
	ended := make(chan error, 1)
	go func() { ended <- g.Close(context.Background()) }()
	if method := hears(t, far); method != "BYE" {
		t.Errorf("the phone hears %s at the end", method)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestAStartThatFailsUsesNoNumberTwiceThatTheNextOneUses(t *testing.T) {
	far := phone(t)
	audio, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 49, 1, 1), Port: 4000}) // see spoken
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = audio.Close() }()
	state, err := media.DecodeLeg(spoken(t, "l1"))
	if err != nil {
		t.Fatal(err)
	}
	state.Exact, state.Audio = true, call.Music // as a stop leaves it
	body, err := state.Encode()
	if err != nil {
		t.Fatal(err)
	}
	c := left(t, map[string]map[string][]byte{sipLegs: {"l1": leftLeg("c1", far)}, mediaLegs: {"l1": body}}, waitingCaller())
	g := &Gateway{config: c, log: zap.NewNop(), sockets: newSockets(nil)} // as Start begins, and goes on to its audio
	if err := g.openStore(t.Context()); err != nil {
		t.Fatal(err)
	}
	g.keeper = newKeeper(g.store, g.log)
	r, err := g.left(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := g.startMedia(&r); err != nil {
		t.Fatal(err)
	}
	room, last := make([]byte, 2048), uint16(0)
	if err := audio.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := audio.Read(room); err != nil {
			t.Fatal(err)
		}
		last = binary.BigEndian.Uint16(room[2:])
	}
	if err := g.forsake(); err != nil {
		t.Error(err)
	}
	if err := g.openStore(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = g.store.Close() }()
	if r, err = g.left(t.Context()); err != nil {
		t.Fatal(err)
	}
	if next, err := media.DecodeLeg(r.audio["l1"]); err != nil || next.Exact && int16(next.Sequence-last) <= 0 {
		t.Errorf("the next start begins at %d, and %d was sent (%v)", next.Sequence, last, err)
	}
}

func TestALegWhosePortIsAnotherProgramsGoesOnAtAnotherOne(t *testing.T) {
	far, audio := phone(t), spoken(t, "l1")
	state, err := media.DecodeLeg(audio)
	if err != nil {
		t.Fatal(err)
	}
	other, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 49, 1, 2), Port: state.Port})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Close() }()
	g, err := Start(t.Context(), Options{Config: left(t, map[string]map[string][]byte{sipLegs: {"l1": leftLeg("c1", far)}, mediaLegs: {"l1": audio}}, waitingCaller())})
	if err != nil {
		t.Fatal(err)
	}
	if calls := g.View().Calls; len(calls) != 1 {
		t.Errorf("calls that go on: %+v", calls)
	}
	if method := hears(t, far); method != "INVITE" {
		t.Errorf("the phone hears %s", method)
	}
	g.sip.Abandon() // the phone's answer to that was none
	if err := g.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestAStartWaitsForAStoreThatIsAwayForAsLongAsItMay(t *testing.T) {
	c := left(t, nil)
	db, err := sql.Open("sqlite", strings.TrimPrefix(c.Store.Reveal(), "sqlite:"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	other, err := db.Begin() // which writes, and takes its time
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Exec(`UPDATE meta SET value = 'other' WHERE name = 'owner'`); err != nil {
		t.Fatal(err)
	}
	c.Restart.WaitForStore = 0
	if _, err := Start(t.Context(), Options{Config: c}); !errors.Is(err, store.ErrAway) {
		t.Errorf("a start that does not wait: %v", err)
	}
	c.Restart.WaitForStore = time.Minute
	back := sync.OnceFunc(func() { _ = other.Rollback() }) // the store is back
	log := zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(zapcore.EncoderConfig{}), zapcore.AddSync(io.Discard), zap.InfoLevel), zap.Hooks(func(e zapcore.Entry) error {
		if strings.HasPrefix(e.Message, "the store is away") {
			back()
		}
		return nil
	}))
	g, err := Start(t.Context(), Options{Config: c, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestALegThatIsLostKeepsNoStartWaitingWhoseMailboxIsFull(t *testing.T) {
	hands := &fakeHands{}
	g := &Gateway{loop: newLoop(telagent.New(telagent.Settings{}, telagent.State{}, newID), hands, zap.NewNop())}
	for range inboxSize { // as phones do that are bound again before the loop runs
		g.loop.report(call.Bound{AOR: "ana"})
	}
	g.mourn(1)
	if !strings.Contains(fmt.Sprint(hands.changes), lostPart) {
		t.Errorf("nobody is told of it: %v", hands.changes)
	}
}
