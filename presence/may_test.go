package presence

import (
	"strings"
	"testing"
	"time"
)

func TestWhoMayDoWhatInEveryStatus(t *testing.T) {
	// queue call, internal call, transfer, dial out
	want := map[string]string{
		"offline": "----", "available": "yyyy", "not_ready": "-yyy", "not_ready tentative": "-yyy", "not_ready conference": "---y",
		"on_break": "-yyy", "away": "---y", "ringing": "----", "in_line": "----", "acw": "----",
	}
	seen := map[string]bool{}
	every(func(s State) {
		for _, typ := range everyType {
			s.Profile = Worn{Type: typ}
			name := s.Status().String()
			if s.Status() == NotReady && (typ == TentativeProfile || typ == ConferenceProfile) {
				name += " " + typ.String()
			}
			seen[name] = true
			got := ""
			for v := QueueCall; v <= DialOut; v++ {
				if s.May(v) {
					got += "y"
				} else {
					got += "-"
				}
			}
			if got != want[name] {
				t.Errorf("%s may %s, want %s", name, got, want[name])
			}
			if s.Offerable() != s.May(QueueCall) {
				t.Errorf("%s: offerable is %t", name, s.Offerable())
			}
		}
	})
	if len(seen) != len(want) {
		t.Errorf("saw %d of %d", len(seen), len(want))
	}
}

// state is one for the table of vocabularies.
func state(declared Status, a Activity, changes ...func(*State)) State {
	s := State{Declared: Declaration{Status: declared}, Activity: a}
	for _, change := range changes {
		change(&s)
	}
	return s
}

func worn(typ ProfileType) func(*State) {
	return func(s *State) { s.Profile = Worn{Name: "one", Type: typ} }
}

func then(d Declaration) func(*State) { return func(s *State) { s.Pending = &d } }

func TestEveryStateHasItsNameInEveryVocabulary(t *testing.T) {
	for _, c := range []struct {
		state State
		want  Words // Tencent, Sinch, Expertflow, Intermedia, Ocelot
	}{
		{state(Offline, Idle), Words{"Offline", "Offline", "LOGOUT", "signed out", "Offline"}},
		{state(Available, Idle), Words{"Available", "Free", "READY", "Available", "Available"}},
		{state(Available, Idle, worn(AvailableProfile)), Words{"Available", "Free", "READY", "Available", "Available"}},
		{state(Available, Offered), Words{"Available", "Busy", "RESERVED", "Available", "Available"}},
		{state(Available, Dialling), Words{"In line", "Busy", "BUSY", "Busy On Call", "Available"}},
		{state(NotReady, Dialling), Words{"In line", "Busy", "BUSY", "Busy On Call", "Available"}},
		{state(Available, Talking), Words{"In line", "Busy", "BUSY", "Busy On Call", "Available"}},
		{state(NotReady, Talking), Words{"In line", "Busy", "PENDING_NOT_READY", "Busy On Call", "Available"}},
		{state(Available, CutOff), Words{"In line", "Busy", "BUSY", "Busy On Call", "Available"}},
		{state(Available, Talking, worn(AwayProfile)), Words{"In line", "Away", "PENDING_NOT_READY", "Busy On Call", "Available"}},
		{state(Available, Talking, worn(TentativeProfile)), Words{"In line", "Away", "PENDING_NOT_READY", "Busy On Call", "Available"}},
		{state(Away, CutOff), Words{"In line", "Away", "PENDING_NOT_READY", "Busy On Call", "Available"}},
		{state(Available, Talking, then(Declaration{Status: NotReady})), Words{"In line", "Busy", "PENDING_NOT_READY", "Busy On Call", "Available"}},
		{state(Available, CutOff, then(Declaration{Status: OnBreak})), Words{"In line", "Busy", "PENDING_NOT_READY", "Busy On Call", "Available"}},
		{state(Available, Talking, then(Declaration{Status: Away})), Words{"In line", "Busy", "PENDING_NOT_READY", "Busy On Call", "Available"}},
		{state(Available, Talking, then(Declaration{Type: BreakProfile})), Words{"In line", "Busy", "PENDING_NOT_READY", "Busy On Call", "Available"}},
		{state(Away, Talking, then(Declaration{Status: Available})), Words{"In line", "Away", "BUSY", "Busy On Call", "Available"}},
		{state(NotReady, Talking, then(Declaration{Status: Available})), Words{"In line", "Busy", "BUSY", "Busy On Call", "Available"}},
		{state(Available, Talking, worn(TentativeProfile), then(Declaration{Status: OnBreak})), Words{"In line", "Away", "PENDING_NOT_READY", "Busy On Call", "Available"}},
		{state(Available, WrapUp), Words{"After-call-work", "Free", "NOT_READY", "Wrap Up", "Available"}},
		{state(NotReady, WrapUp), Words{"After-call-work", "Away", "NOT_READY", "Wrap Up", "Away"}},
		{state(NotReady, Idle), Words{"Busy", "Away", "NOT_READY", "Accept Internal Calls", "Away"}},
		{state(Available, Idle, worn(TentativeProfile)), Words{"Busy", "Away", "NOT_READY", "Accept Internal Calls", "Away"}},
		{state(Available, Idle, worn(ConferenceProfile)), Words{"Busy", "Busy", "NOT_READY", "Not Ready", "Away"}},
		{state(Away, Idle), Words{"On break", "Away", "NOT_READY", "Not Ready", "Away"}},
		{state(Available, Idle, worn(AwayProfile)), Words{"On break", "Away", "NOT_READY", "Not Ready", "Away"}},
		{state(OnBreak, Idle), Words{"On break", "Away", "NOT_READY", "Busy-On Break", "Away"}},
		{state(Available, Idle, worn(BreakProfile)), Words{"On break", "Away", "NOT_READY", "Busy-On Break", "Away"}},
		{state(NotReady, Offered), Words{"Busy", "Away", "NOT_READY", "Accept Internal Calls", "Away"}},
		{state(OnBreak, Offered), Words{"Busy", "Away", "NOT_READY", "Busy-On Break", "Away"}},
		{state(Available, Offered, worn(TentativeProfile)), Words{"Busy", "Away", "NOT_READY", "Accept Internal Calls", "Away"}},
		{state(Available, Talking, then(Declaration{Status: Offline})), Words{"In line", "Busy", "BUSY", "Busy On Call", "Offline"}},
		{state(Offline, Talking), Words{"In line", "Busy", "BUSY", "Busy On Call", "Offline"}},
	} {
		if got := Translated(c.state); got != c.want {
			t.Errorf("%+v:\n got %q\nwant %q", c.state, got, c.want)
		}
	}
}

func TestVocabulariesHaveStableWords(t *testing.T) {
	for v := range vocabularies {
		if back, err := ParseVocabulary(v.String()); err != nil || back != v {
			t.Errorf("%s came back as %s (%v)", v, back, err)
		}
	}
	if _, err := ParseVocabulary("klingon"); err == nil {
		t.Error("a vocabulary that does not exist was taken")
	}
}

func TestATimerTurnsAmberThenRedAtItsThresholds(t *testing.T) {
	limits := Thresholds{ACW: {Amber: time.Minute, Red: 3 * time.Minute}, Away: {Red: time.Hour}}
	for _, c := range []struct {
		status Status
		after  time.Duration
		want   string
	}{
		{ACW, 59 * time.Second, ""},
		{ACW, time.Minute, "amber"},
		{ACW, 3 * time.Minute, "red"},
		{Away, 59 * time.Minute, ""},
		{Away, time.Hour, "red"},
		{Available, 1000 * time.Hour, ""},
	} {
		amber, red := limits.At(c.status, began)
		if got := Level(amber, red, began.Add(c.after)); got != c.want {
			t.Errorf("%s after %v is %q", c.status, c.after, got)
		}
	}
}

func TestIconsFollowTheReachAndRestWhileATelagent(t *testing.T) {
	has := Channels{Chat: true, Video: true}
	for _, c := range []struct {
		state     State
		reachable bool
		want      Capabilities
	}{
		{State{Declared: Declaration{Status: Available}}, true, Capabilities{Voice: On, Chat: On, Video: On}},
		{State{Declared: Declaration{Status: Available}}, false, Capabilities{Voice: Greyed, Chat: On, Video: On}},
		{State{Declared: Declaration{Status: Available}, Reach: ByPhone}, true, Capabilities{Voice: On, Chat: Greyed, Video: Greyed}},
		{State{}, true, Capabilities{Voice: Greyed, Chat: Greyed, Video: Greyed}},
	} {
		if got := c.state.Capabilities(has, c.reachable); got != c.want {
			t.Errorf("%+v: %+v", c.state, got)
		}
	}
}

func TestTheDocumentHasEveryVerbEveryStandingAndEveryVocabulary(t *testing.T) {
	doc := Document()
	words := append([]string{"Tencent", "Sinch", "Expertflow", "Intermedia", "Ocelot"}, append(verbWords, standingWords...)...)
	for row := signedOff; row <= asideAndRung; row++ {
		words = append(words, dictionary[row].what)
	}
	for _, w := range words {
		if !strings.Contains(doc, w) {
			t.Errorf("the document lacks %q", w)
		}
	}
}

func TestAnEmergencyCallOutOfTheWrapUpEndsItsCountdown(t *testing.T) {
	s := State{Declared: Declaration{Status: Available}, Activity: WrapUp, WrapUpUntil: now}
	s.Enter(Dialling)
	if !s.WrapUpUntil.IsZero() {
		t.Error("it goes on")
	}
	s.Leave(now)
	if s.Status() != Available {
		t.Errorf("afterwards %s", s.Status())
	}
}
