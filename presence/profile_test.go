package presence

import (
	"testing"
	"time"
)

var everyType = []ProfileType{NoProfile, AvailableProfile, AwayProfile, TentativeProfile, ConferenceProfile, BreakProfile}

func TestAProfileWithADurationEndsByItselfAndTheToggleStaysWhatItWas(t *testing.T) {
	for _, toggle := range []Status{Available, NotReady, Away, OnBreak} {
		s := State{Declared: Declaration{Status: toggle, By: "ana"}, IdleSince: began}
		s.Declare(now, Declaration{Profile: "Lunch", Type: AwayProfile, For: 30 * time.Minute, By: "ana"})
		if s.Status() != Away || s.Profile.Name != "Lunch" || !s.Until().Equal(now.Add(30*time.Minute)) {
			t.Errorf("%s and at lunch: %+v", toggle, s)
		}
		if s.Expire(now.Add(29 * time.Minute)) {
			t.Errorf("%s: the lunch ended too early", toggle)
		}
		back := now.Add(30 * time.Minute)
		if !s.Expire(back) || s.Status() != toggle || s.Profile != (Worn{}) {
			t.Errorf("%s, after lunch: %+v", toggle, s)
		}
		if toggle == Available && !s.IdleSince.Equal(back) {
			t.Errorf("after lunch he is idle since %v", s.IdleSince)
		}
	}
}

func TestWhatAProfileShowsFollowsItsType(t *testing.T) {
	want := map[ProfileType][2]Status{
		NoProfile: {Available, NotReady}, AvailableProfile: {Available, NotReady}, AwayProfile: {Away, Away},
		TentativeProfile: {NotReady, NotReady}, ConferenceProfile: {NotReady, NotReady}, BreakProfile: {OnBreak, OnBreak},
	}
	for _, typ := range everyType {
		for i, toggle := range []Status{Available, NotReady} {
			if got := (State{Declared: Declaration{Status: toggle}, Profile: Worn{Type: typ}}).Status(); got != want[typ][i] {
				t.Errorf("%s with a profile of type %q is %s", toggle, typ, got)
			}
		}
		if got := (State{Profile: Worn{Type: typ}}).Status(); got != Offline {
			t.Errorf("signed off with a profile of type %q is %s", typ, got)
		}
	}
}

func TestChoosingAProfileSetsTheToggleOnlyForWhoHasNone(t *testing.T) {
	for _, c := range []struct {
		declared Status
		chosen   Declaration
		word     Status
		toggle   Status
	}{
		{NotReady, Declaration{Type: AvailableProfile}, NotReady, NotReady},
		{NotReady, Declaration{Type: AvailableProfile, Status: Available}, Available, Available},
		{Available, Declaration{Type: AvailableProfile, Status: NotReady}, NotReady, NotReady},
		{Away, Declaration{Type: AvailableProfile}, Available, Available},
		{OnBreak, Declaration{Type: AvailableProfile}, Available, Available},
		{Offline, Declaration{Type: AvailableProfile}, Available, Available},
		{Offline, Declaration{Type: AwayProfile}, Away, NotReady},
		{Away, Declaration{Type: TentativeProfile}, NotReady, Away},
	} {
		s := State{Declared: Declaration{Status: c.declared}}
		c.chosen.Profile = "one"
		s.Declare(now, c.chosen)
		if s.Word() != c.word || s.Declared.Status != c.toggle || s.Profile.Name != "one" {
			t.Errorf("declared %s, then %+v: %+v", c.declared, c.chosen, s)
		}
	}
}

func TestADeclaredWordEndsAProfileThatStandsInItsWay(t *testing.T) {
	for _, typ := range everyType[1:] {
		for _, word := range declaredWords {
			s := State{Declared: Declaration{Status: NotReady}, Profile: Worn{Name: "one", Type: typ}}
			s.Declare(now, Declaration{Status: word})
			kept := typ == AvailableProfile && word != Offline
			if s.Status() != word || (s.Profile.Name == "one") != kept {
				t.Errorf("%s with a profile of type %s: %+v", word, typ, s)
			}
		}
	}
}

func TestTheDefaultProfileIsChosenLikeAnyOtherAndLeavesWhatIsDeclared(t *testing.T) {
	s := State{Declared: Declaration{Status: NotReady, By: "ana"}, Profile: Worn{Name: "Sales", Type: AvailableProfile}}
	s.Declare(now, Declaration{Status: NotReady, Profile: Default, By: "boss"})
	if s.Profile != (Worn{}) || s.Declared != (Declaration{Status: NotReady, By: "ana"}) {
		t.Errorf("%+v", s)
	}
	s.Profile = Worn{Name: "Sales", Type: AvailableProfile}
	s.Declare(now, Declaration{Status: Available, Profile: Default, By: "boss"})
	if s.Profile != (Worn{}) || s.Declared != (Declaration{Status: Available, By: "boss"}) {
		t.Errorf("%+v", s)
	}
}

func TestAProfileAskedForInLineBeginsAfterTheWorkAndLastsItsWholeTime(t *testing.T) {
	s := State{Declared: Declaration{Status: NotReady}, Activity: Talking}
	s.Declare(now, Declaration{Profile: "Lunch", Type: BreakProfile, For: time.Hour, By: "ana"})
	if s.Status() != InLine || s.Profile != (Worn{}) || s.Then() != OnBreak {
		t.Errorf("in line: %+v", s)
	}
	end := now.Add(20 * time.Minute)
	s.EndWork(end, 0)
	if s.Status() != OnBreak || !s.Until().Equal(end.Add(time.Hour)) {
		t.Errorf("after the work: %+v", s)
	}
}

func TestAPendingProfileThatIsWornAlreadyIsNone(t *testing.T) {
	s := State{Declared: Declaration{Status: Available}, Profile: Worn{Name: "Sales", Type: AvailableProfile}, Activity: Talking}
	s.Declare(now, Declaration{Status: OnBreak})
	s.Declare(now, Declaration{Profile: "Sales", Type: AvailableProfile})
	if s.Pending != nil || s.Then() != Available {
		t.Errorf("%+v", s)
	}
	s.Declare(now, Declaration{Status: Available, Profile: Default})
	if s.Pending == nil {
		t.Error("taking the profile off is nothing")
	}
}

func TestTheEndOfADeclarationLeavesTheProfileAndTheEndOfAProfileTheDeclaration(t *testing.T) {
	s := State{Declared: Declaration{Status: Available}}
	s.Declare(now, Declaration{Status: OnBreak, Until: now.Add(time.Minute)})
	s.Declare(now, Declaration{Profile: "Maybe", Type: TentativeProfile, Until: now.Add(time.Hour)})
	if s.Expire(now.Add(time.Minute)); s.Declared.Status != Available || s.Status() != NotReady {
		t.Errorf("after the break: %+v", s)
	}
	if s.Expire(now.Add(time.Hour)); s.Status() != Available {
		t.Errorf("after the profile: %+v", s)
	}
}

func TestBeingAwayInAnOfficeIsApartFromWhatIsDeclared(t *testing.T) {
	s := State{Declared: Declaration{Status: Available}, Activity: Talking}
	told := s
	if !s.SetOffice(now, "berlin", true, "ana") || s.SetOffice(now.Add(time.Hour), "berlin", true, "ana") || s.SetOffice(now, "rome", false, "ana") {
		t.Error("what changes nothing counts as a change, or the reverse")
	}
	if !s.SetOffice(now.Add(time.Hour), "berlin", true, "boss") {
		t.Error("who set him away anew is not shown")
	}
	if told.AwayIn("berlin") {
		t.Error("whoever was told of the state sees it change")
	}
	s.EndWork(now, time.Minute)
	s.EndWrapUp(now)
	s.Declare(now, Declaration{Profile: "Lunch", Type: AwayProfile, Until: now.Add(time.Minute)})
	s.Expire(now.Add(time.Minute))
	if s.Status() != Available || s.Offices["berlin"] != (OfficeAway{By: "boss", Since: now}) || s.AwayIn("rome") || s.AwayIn("") {
		t.Errorf("%+v", s)
	}
	s.Declare(now, Declaration{Status: Available, By: "ana"})
	if !s.AwayIn("berlin") {
		t.Error("available, said of one thing, was taken for everything")
	}
	s.Activity = Talking
	if s.Declare(now, Declaration{Status: Available, By: "ana", Everywhere: true}); s.Pending == nil || !s.AwayIn("berlin") {
		t.Errorf("asked for in line: %+v", s)
	}
	s.EndWork(now, 0)
	if s.AwayIn("berlin") || s.Declared != (Declaration{Status: Available, By: "ana"}) {
		t.Errorf("after it: %+v", s)
	}
	s.SetOffice(now, "berlin", true, "ana")
	if s.Declare(now, Declaration{Status: Offline}); s.AwayIn("berlin") {
		t.Error("who is signed off is away in an office still")
	}
}

func TestProfilesAreListedByOrderThenByName(t *testing.T) {
	a, b, c := Profile{Name: "A", Order: 2}, Profile{Name: "B", Order: 1}, Profile{Name: "C", Order: 1}
	if a.Compare(b) <= 0 || b.Compare(c) >= 0 || c.Compare(c) != 0 {
		t.Error("they are not")
	}
}

func TestTypesOfProfilesHaveStableWords(t *testing.T) {
	for _, typ := range everyType {
		if back, err := ParseProfileType(typ.String()); err != nil || back != typ {
			t.Errorf("%s came back as %s (%v)", typ, back, err)
		}
	}
	if _, err := ParseProfileType("asleep"); err == nil {
		t.Error("a type that does not exist was taken")
	}
}
