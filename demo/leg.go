package demo

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"
)

// State is how far a leg has come. States only grow.
type State uint8

// The states.
const (
	Calling State = iota // INVITE sent or received
	Ringing              // 180 sent or received
	Up                   // 200 sent or received
	Over                 // ended or failed
)

// String returns the state's word.
func (s State) String() string { return []string{"calling", "ringing", "up", "over"}[s] }

// Side says who ended a leg.
type Side uint8

// The sides. Nobody is a leg whose robot was killed, or whose far side fell silent in the middle of a transaction.
const (
	Nobody Side = iota
	Near        // this robot
	Far         // the other side
)

// Ending is how a leg ended. The zero value is Nobody.
type Ending struct {
	By     Side
	Status int    // the refusal; 0: BYE
	Reason string // the Reason header (RFC 3326) that came with it; empty: none
}

// Leg is one call of a robot: its dialog and its audio. Its methods are safe for concurrent use.
type Leg struct {
	robot   *Robot
	inbound bool
	callID  string
	number  string // that was dialled (inbound) or is called
	caller  string // user part of the caller
	shown   string // From as the caller shows himself
	audio   *audio
	giveUp  chan struct{} // closed: CANCEL, or refuse
	acked   chan struct{} // closed: the 200 that we sent is acknowledged
	invited *message      // the INVITE that we got, and where from
	source  *net.UDPAddr

	// Guarded by the robot's mu.
	state      State
	since      [Over + 1]time.Time
	ending     Ending
	changes    []string
	far        *net.UDPAddr // where requests go
	local      string       // our From within the dialog, tag included
	remote     string       // our To within the dialog
	remoteTag  string
	target     string // the far side's contact
	routes     []string
	seq        uint32
	remoteSeq  uint32
	ack        []byte // the ACK that we sent
	sdp        description
	sdpVersion int
	gaveUp     bool
}

// State returns how far the leg has come, and Since when it came to a state; zero: not yet.
func (l *Leg) State() State {
	l.robot.mu.Lock()
	defer l.robot.mu.Unlock()
	return l.state
}

// Since returns when the leg came to a state; zero: it did not, or not yet.
func (l *Leg) Since(s State) time.Time {
	l.robot.mu.Lock()
	defer l.robot.mu.Unlock()
	return l.since[s]
}

// Ending returns how the leg ended; only of meaning when its state is Over.
func (l *Leg) Ending() Ending {
	l.robot.mu.Lock()
	defer l.robot.mu.Unlock()
	return l.ending
}

// Number returns the number or user that was dialled, Caller the user part of the caller as he shows himself.
func (l *Leg) Number() string { return l.number }

// Caller returns the user part of the caller's address, as he shows himself.
func (l *Leg) Caller() string { return l.caller }

// Shown returns the whole From value that the called robot was shown, name included.
func (l *Leg) Shown() string { return l.shown }

// Trace returns what arrived at the leg's RTP socket.
func (l *Leg) Trace() *Trace { return &l.audio.trace }

// Overslept returns by how much the leg's own sender was late at most in the window: what this machine, not the
// gateway, adds to every time that is measured.
func (l *Leg) Overslept(from, to time.Time) time.Duration { return l.audio.longestNap(from, to) }

// Changes returns every request within the dialog that could change it (anything but ACK, BYE and OPTIONS), as methods in
// their order. None: the far side never touched the dialog.
func (l *Leg) Changes() []string {
	l.robot.mu.Lock()
	defer l.robot.mu.Unlock()
	return slices.Clone(l.changes)
}

// Mute stops or resumes the sending of RTP, without a word in signalling.
func (l *Leg) Mute(on bool) { l.audio.mute(on) }

// Say changes what the leg's robot says in it: a tone of Tones, Silence (sent as packets), or Other for a chord.
func (l *Leg) Say(s Sound) { l.audio.say(s) }

// Press sends one key by RFC 4733 and returns when its first packet left. It takes 160 ms.
func (l *Leg) Press(ctx context.Context, key string) (time.Time, error) { return l.audio.key(ctx, key) }

// Wait returns when the leg has come to the state, or with an error when it ended before or the context did.
func (l *Leg) Wait(ctx context.Context, s State) error {
	err := l.robot.news.wait(ctx, func() bool { return l.State() >= s })
	if err != nil {
		return fmt.Errorf("%s is %s, not %s: %w", l, l.State(), s, err)
	}
	if s < Over && l.Since(s).IsZero() {
		return fmt.Errorf("%s ended before it was %s: %+v", l, s, l.Ending())
	}
	return nil
}

// WaitHears returns since when the leg has heard the sound; see Trace.FirstHeard.
func (l *Leg) WaitHears(ctx context.Context, s Sound, since time.Time) (at time.Time, err error) {
	err = l.robot.news.wait(ctx, func() bool {
		var heard bool
		at, heard = l.Trace().FirstHeard(s, since)
		return heard || l.State() == Over
	})
	if err == nil && at.IsZero() {
		err = errors.New("the leg ended")
	}
	if err != nil {
		return at, fmt.Errorf("%s does not hear %d Hz: %w", l, s, err)
	}
	return at, nil
}

// String names the leg for errors: its robot and the number.
func (l *Leg) String() string { return fmt.Sprintf("%s's leg with %s", l.robot.o.Name, l.number) }

// Hangup ends the leg in whatever state it is: CANCEL while it rings, a refusal of a call that came in, BYE. It waits
// for the far side's answer. A leg that is over stays as it is.
func (l *Leg) Hangup(ctx context.Context) error {
	l.robot.mu.Lock()
	state := l.state
	if state < Up && !l.gaveUp {
		l.gaveUp = true
		close(l.giveUp)
	}
	l.robot.mu.Unlock()
	switch state {
	case Over:
		return nil
	case Up:
		return l.bye(ctx)
	case Calling, Ringing:
	}
	return l.Wait(ctx, Over)
}

// bye ends the dialog (RFC 3261 §15.1.1).
func (l *Leg) bye(ctx context.Context) error {
	m := l.request("BYE")
	l.over(Ending{By: Near})
	got, err := l.robot.ask(ctx, m, l.peer())
	if err != nil {
		return fmt.Errorf("hang up %s: %w", l, err)
	}
	if got.status/100 != 2 && got.status != 481 { // 481: the BYEs crossed
		return fmt.Errorf("hang up %s: %d %s", l, got.status, got.reason)
	}
	return nil
}

// over ends the leg once; what came first stands.
func (l *Leg) over(e Ending) { l.end(e, Over) }

// end ends the leg if its state is below that one; false: it is not, and nothing happened.
func (l *Leg) end(e Ending, below State) bool {
	l.robot.mu.Lock()
	if l.state >= below {
		l.robot.mu.Unlock()
		return false
	}
	l.state, l.ending = Over, e
	l.since[Over] = time.Now()
	delete(l.robot.legs, l.callID)
	l.robot.mu.Unlock()
	l.audio.close()
	l.robot.news.ring()
	return true
}

// reach brings the leg to a state below Over.
func (l *Leg) reach(s State) {
	l.robot.mu.Lock()
	if l.state < s {
		l.state = s
		l.since[s] = time.Now()
	}
	l.robot.mu.Unlock()
	if s == Up {
		l.audio.speak()
	}
	l.robot.news.ring()
}

// peer returns where requests go.
func (l *Leg) peer() *net.UDPAddr {
	l.robot.mu.Lock()
	defer l.robot.mu.Unlock()
	return l.far
}

// request makes the next request within the dialog (RFC 3261 §12.2.1.1).
func (l *Leg) request(method string) *message {
	l.robot.mu.Lock()
	defer l.robot.mu.Unlock()
	l.seq++
	return l.within(method, l.seq)
}

// within makes a request within the dialog. The caller holds the robot's lock.
func (l *Leg) within(method string, seq uint32) *message {
	m := l.robot.newRequest(method, l.target)
	for _, route := range l.routes {
		m.add("Route", route)
	}
	m.add("From", l.local)
	m.add("To", l.remote)
	m.add("Call-ID", l.callID)
	m.add("CSeq", fmt.Sprintf("%d %s", seq, method))
	return m
}

// learn takes the far side's contact and route set from the message that made the dialog. The caller holds the robot's
// lock, once others know the leg.
func (l *Leg) learn(m *message) {
	l.routes = m.all("Record-Route")
	if m.status != 0 {
		slices.Reverse(l.routes) // RFC 3261 §12.1.2
	}
	l.retarget(m)
}

// retarget takes the far side's contact, which a re-INVITE may change (RFC 3261 §12.2.2).
func (l *Leg) retarget(m *message) {
	l.target = address(m.get("Contact"))
	next := l.target
	if len(l.routes) > 0 {
		next = address(l.routes[0])
	}
	if at, err := netip.ParseAddrPort(hostOf(next)); err == nil {
		l.far = net.UDPAddrFromAddrPort(at)
	}
}
