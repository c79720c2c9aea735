package presence

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
)

var (
	began = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	now   = began.Add(time.Hour)
)

var (
	everyStatus   = []Status{Offline, NotReady, Available, Away, OnBreak, Ringing, InLine, ACW}
	everyActivity = []Activity{Idle, WrapUp, Offered, Dialling, CutOff, Talking}
)

// every calls f with a state for each pair of what is declared and what calls do.
func every(f func(State)) {
	for _, d := range declaredWords {
		for _, a := range everyActivity {
			s := State{Declared: Declaration{Status: d, By: "ana"}, Activity: a, Since: began, IdleSince: began}
			if a == WrapUp {
				s.WrapUpUntil = now.Add(time.Minute)
			}
			f(s)
		}
	}
}

func TestWhatIsShownIsAFunctionOfWhatIsDeclaredAndWhatCallsDo(t *testing.T) {
	want := map[Activity]func(Status) Status{
		Idle:     func(declared Status) Status { return declared },
		WrapUp:   func(Status) Status { return ACW },
		Offered:  func(Status) Status { return Ringing },
		Dialling: func(Status) Status { return InLine },
		CutOff:   func(Status) Status { return InLine },
		Talking:  func(Status) Status { return InLine },
	}
	every(func(s State) {
		if got := s.Status(); got != want[s.Activity](s.Declared.Status) {
			t.Errorf("declared %s and %s: shown as %s", s.Declared.Status, s.Activity, got)
		}
	})
}

func TestEveryDeclarationDuringEveryActivityTakesEffectIsBookedOrIsRefused(t *testing.T) {
	every(func(s State) {
		for _, word := range everyStatus {
			was, is := s, s
			d := Declaration{Status: word, Reason: "because", By: "boss"}
			effect := is.Declare(now, d)
			declarable := word == Offline || word == NotReady || word == Available || word == Away || word == OnBreak
			busy := s.Activity != Idle && s.Activity != WrapUp
			switch {
			case !declarable:
				if effect != Refused || !reflect.DeepEqual(is, was) {
					t.Errorf("%s during %s: %s and changed to %+v", word, s.Activity, effect, is)
				}
			case busy:
				if effect != Later || is.Pending == nil || *is.Pending != d || is.Status() != was.Status() || is.Declared != was.Declared {
					t.Errorf("%s during %s: %s, %+v; want it booked and nothing else changed", word, s.Activity, effect, is)
				}
			default:
				if is.Status() != word || is.Activity != Idle || is.Pending != nil || !is.WrapUpUntil.IsZero() {
					t.Errorf("%s during %s: %s, %+v; want it at once", word, s.Activity, effect, is)
				}
				if (effect == EndsACW) != (s.Activity == WrapUp) {
					t.Errorf("%s during %s is said to be %s", word, s.Activity, effect)
				}
			}
		}
	})
}

func TestAnActivityFollowsOnlyThoseThatItMay(t *testing.T) {
	can := map[[2]Activity]bool{
		{Idle, Offered}: true, {Idle, Dialling}: true, {Idle, Talking}: true, {WrapUp, Dialling}: true, {Offered, Talking}: true, {Offered, Idle}: true,
		{Dialling, Talking}: true, {Dialling, Idle}: true, {Talking, CutOff}: true, {CutOff, Talking}: true,
		{Talking, WrapUp}: true, {CutOff, WrapUp}: true, {Talking, Idle}: true, {CutOff, Idle}: true, {WrapUp, Idle}: true,
	}
	for _, from := range everyActivity {
		for _, to := range everyActivity {
			s := State{Activity: from}
			if entered := enters(&s, to); entered != can[[2]Activity{from, to}] {
				t.Errorf("from %s to %s: %t", from, to, entered)
			} else if entered != (s.Activity == to && from != to) {
				t.Errorf("from %s to %s: it is %s then", from, to, s.Activity)
			}
		}
	}
}

func enters(s *State, a Activity) (ok bool) {
	defer func() { ok = recover() == nil }()
	s.Enter(a)
	return
}

func TestWhatIsBookedTakesEffectWhenTheWorkEnds(t *testing.T) {
	lunch := Declaration{Status: OnBreak, Reason: "lunch", Until: now.Add(time.Hour), By: "ana"}
	ends := map[string]func(*State){
		"an offer that came to nothing": func(s *State) { s.Activity = Offered; s.Declare(now, lunch); s.Leave(now) },
		"a talk without wrap-up":        func(s *State) { s.Activity = Talking; s.Declare(now, lunch); s.EndWork(now, 0) },
		"a talk and its wrap-up": func(s *State) {
			s.Activity = Talking
			s.Declare(now, lunch)
			s.EndWork(now, time.Minute)
			if s.Status() != ACW || s.Pending == nil || !s.WrapUpUntil.Equal(now.Add(time.Minute)) {
				t.Errorf("in wrap-up: %+v", s)
			}
			s.EndWrapUp(now.Add(time.Minute))
		},
	}
	for name, end := range ends {
		s := State{Declared: Declaration{Status: Available}, IdleSince: began}
		end(&s)
		if s.Status() != OnBreak || s.Declared != lunch || s.Pending != nil || s.Before != Available {
			t.Errorf("after %s: %+v", name, s)
		}
	}
}

func TestABookedBreakThatIsOverBeforeItBeginsDoesNotBegin(t *testing.T) {
	s := State{Declared: Declaration{Status: Available}, Activity: Talking}
	s.Declare(now, Declaration{Status: OnBreak, Until: now.Add(time.Minute)})
	s.EndWork(now.Add(time.Hour), 0)
	if s.Status() != Available || s.Pending != nil {
		t.Errorf("after the talk: %+v", s)
	}
}

func TestWhoIsSoAlreadyBooksNothing(t *testing.T) {
	s := State{Declared: Declaration{Status: Available, By: "ana"}, Activity: Talking}
	s.Declare(now, Declaration{Status: OnBreak, By: "ana"})
	s.Declare(now, Declaration{Status: Available, By: "boss"})
	if s.Pending != nil {
		t.Errorf("pending is %+v", s.Pending)
	}
}

func TestATimedBreakGivesBackWhatWasBeforeAndAnOpenOneStays(t *testing.T) {
	for _, before := range []Status{Available, NotReady} {
		s := State{Declared: Declaration{Status: before}}
		s.Declare(now, Declaration{Status: OnBreak, Until: now.Add(time.Minute)})
		s.Declare(now, Declaration{Status: OnBreak, Reason: "longer", Until: now.Add(time.Hour)})
		if s.Expire(now.Add(time.Minute)) || s.Status() != OnBreak {
			t.Errorf("too early: %+v", s)
		}
		if !s.Expire(now.Add(time.Hour)) || s.Declared != (Declaration{Status: before}) {
			t.Errorf("declared %s before a break, afterwards %+v", before, s.Declared)
		}
	}
	s := State{Declared: Declaration{Status: OnBreak}}
	if s.Expire(now.Add(1000 * time.Hour)) {
		t.Error("a break without an end ended")
	}
	for _, word := range []Status{Available, Offline} { // these have no end: what would come back?
		s := State{Declared: Declaration{Status: NotReady}}
		s.Declare(now, Declaration{Status: word, Until: now.Add(time.Minute)})
		if s.Expire(now.Add(time.Hour)) || s.Status() != word {
			t.Errorf("%s until a time became %s", word, s.Status())
		}
	}
}

func TestAMissedOfferKeepsThePlaceAmongTheIdle(t *testing.T) {
	s := State{Declared: Declaration{Status: Available}, IdleSince: began}
	s.Enter(Offered)
	s.Leave(now)
	if !s.IdleSince.Equal(began) {
		t.Errorf("idle since %v after a missed offer", s.IdleSince)
	}
	s.Enter(Offered)
	s.Enter(Talking)
	s.EndWork(now, time.Minute)
	s.EndWrapUp(now.Add(time.Minute))
	if !s.IdleSince.Equal(now.Add(time.Minute)) {
		t.Errorf("idle since %v after a call", s.IdleSince)
	}
}

func TestOnlyWhoIsSignedOffOrAwayByTheSystemBecomesAvailableByASwitch(t *testing.T) {
	for d, want := range map[Declaration]bool{
		{}: true, {Status: Offline, Reason: ReasonForcedOff, By: "boss"}: true, {Status: Away, Reason: ReasonRNA}: true,
		{Status: Away, Reason: ReasonIdle}: true, {Status: Away, Reason: ReasonDeviceLost}: true,
		{Status: Away, Reason: ReasonSignOn, By: "ana"}: false, {Status: Away, By: "ana"}: false,
		{Status: OnBreak, By: "ana"}: false, {Status: NotReady, By: "ana"}: false, {Status: Available, By: "ana"}: false,
	} {
		if got := (State{Declared: d}).BecomesAvailable(); got != want {
			t.Errorf("%+v: %t", d, got)
		}
	}
}

func TestSigningOffEndsATelagentsSession(t *testing.T) {
	s := State{Declared: Declaration{Status: Available}, Reach: ByPhone, Number: "+49301234567", Activity: Talking}
	s.Declare(now, Declaration{Status: Offline})
	if s.Reach != ByPhone {
		t.Error("the session ended before the talk did")
	}
	s.EndWork(now, 0)
	if s.Status() != Offline || s.Reach != BySoftphone || s.Number != "" {
		t.Errorf("signed off: %+v", s)
	}
}

func TestAStateComesBackFromJSONAsItWas(t *testing.T) {
	every(func(s State) {
		s.Reach, s.Number, s.Before = ByPhone, "+49301234567", NotReady
		s.Pending = &Declaration{Status: OnBreak, Reason: "lunch", Until: now, By: "boss"}
		data, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var back State
		if err := json.Unmarshal(data, &back); err != nil || !reflect.DeepEqual(s, back) {
			t.Errorf("%s came back as %+v (%v)", data, back, err)
		}
	})
	var s State
	for _, bad := range []string{`{"Activity":"asleep"}`, `{"Reach":"drum"}`, `{"Declared":{"Status":"gone"}}`} {
		if err := json.Unmarshal([]byte(bad), &s); err == nil {
			t.Errorf("%s was taken", bad)
		}
	}
}

func TestWordsAreStableAndComeBack(t *testing.T) {
	for _, s := range everyStatus {
		if back, err := ParseStatus(s.String()); err != nil || back != s {
			t.Errorf("%s came back as %s (%v)", s, back, err)
		}
	}
	if got := Status(99).String() + Activity(99).String(); got != "invalid(99)invalid(99)" {
		t.Errorf("what is none prints as %s", got)
	}
}

func TestTheDocumentHasEveryPairAndEveryArrow(t *testing.T) {
	doc := Document()
	every(func(s State) {
		if !strings.Contains(doc, "| "+s.Activity.String()+" |") || !strings.Contains(doc, s.Status().String()) {
			t.Errorf("the document lacks %s", s.Activity)
		}
	})
	for from, all := range follows {
		for _, to := range all {
			if arrow := from.String() + " --> " + to.String(); !strings.Contains(doc, arrow) {
				t.Errorf("the document lacks %s", arrow)
			}
		}
	}
}
