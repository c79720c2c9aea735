package dialplan

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func number(t interface{ Fatalf(string, ...any) }, r Rules, raw string) Number {
	n, err := r.Read(raw)
	if err != nil {
		t.Fatalf("read %q: %v", raw, err)
	}
	return n
}

func TestNothingIsDialledThatNoRuleAllows(t *testing.T) {
	for _, c := range []struct {
		rules Rules
		raw   string
		want  Code
	}{
		{Rules{}, "+49301234567", NoRule},
		{Rules{}, "112", EmergencyCall},
		{Rules{Region: "DE"}, "110", EmergencyCall},
		{Rules{Emergency: []string{"4444"}}, "4444", EmergencyCall},
		{Rules{Deny: []string{"+"}, Emergency: []string{"0112"}}, "0112", EmergencyCall},
		{Rules{Allow: []string{"DE"}}, "+49301234567", ""},
		{Rules{Allow: []string{"DE"}}, "+43123456", NoRule},
		{Rules{Allow: []string{"+4930"}}, "+49301234567", ""},
		{Rules{Allow: []string{"+4930"}}, "+4989123456", NoRule},
		{Rules{Allow: []string{"+"}}, "+49301234567", ""},

		// the longest entry decides, a country before its code, denial among equals
		{Rules{Allow: []string{"DE"}, Deny: []string{"+4930"}}, "+49301234567", NotAllowed},
		{Rules{Allow: []string{"+493012"}, Deny: []string{"+4930"}}, "+49301234567", ""},
		{Rules{Allow: []string{"DE", "+4930"}, Deny: []string{"DE", "+4930"}}, "+49301234567", NotAllowed},
		{Rules{Allow: []string{"+1"}, Deny: []string{"JM"}}, "+18765551234", NotAllowed},
		{Rules{Allow: []string{"+1"}, Deny: []string{"JM"}}, "+12025550123", ""},
		{Rules{Allow: []string{"US"}}, "+18765551234", NoRule},
		{Rules{Allow: []string{"JM"}, Deny: []string{"+1"}}, "+18765551234", ""},
		{Rules{Allow: []string{"DE"}, Deny: []string{"+"}}, "+49301234567", ""},

		// what costs more needs an entry of its own
		{Rules{Allow: []string{"DE", "+49900"}}, "+499001234567", PremiumNumber},
		{Rules{Allow: []string{"DE"}}, "+4990012345678", PremiumNumber},
		{Rules{Allow: []string{"DE"}}, "+491371234567", PremiumNumber},
		{Rules{Allow: []string{"GB"}}, "+447012345678", PremiumNumber},
		{Rules{Allow: []string{"+"}}, "+979123456789", PremiumNumber},
		{Rules{Premium: []string{"+49900"}}, "+499001234567", ""},
		{Rules{Premium: []string{"DE"}, Deny: []string{"+49900"}}, "+499001234567", PremiumNumber},
		{Rules{Premium: []string{"DE"}}, "+49301234567", NoRule},

		// networks of no country need their code
		{Rules{Allow: []string{"+", "+8", "+88"}}, "+882123456789", NoRule},
		{Rules{Allow: []string{"+882"}}, "+882123456789", ""},
		{Rules{Allow: []string{"+870"}}, "+870123456789", ""},

		// short numbers are named one by one, feature codes are for nobody
		{Rules{Region: "DE", Allow: []string{"DE", "+"}}, "11833", NoRule},
		{Rules{Region: "DE", Allow: []string{"115"}}, "115", ""},
		{Rules{Allow: []string{"+"}}, "*71", BadNumber},
	} {
		n := number(t, c.rules, c.raw)
		v := c.rules.Permit(n)
		allowed := c.want == "" || c.want == EmergencyCall
		if v.Code != c.want || v.Allowed != allowed || (v.Sentence == "") != allowed {
			t.Errorf("%+v say %+v to %s, not %q", c.rules, v, c.raw, c.want)
		}
		if !allowed && !strings.Contains(v.Sentence, n.Dial) {
			t.Errorf("%q does not name %s", v.Sentence, n.Dial)
		}
	}
	if v := (Rules{Allow: []string{"+"}}).Permit(Number{}); v.Allowed || v.Code != BadNumber {
		t.Errorf("no number at all: %+v", v)
	}
}

func TestANumberOfTheDirectoryNeedsARuleOnlyWhereItCostsMoreOrIsDenied(t *testing.T) {
	for raw, want := range map[string]struct{ typed, listed Code }{
		"+49301234567": {}, "030 1234567": {}, "+41441234567": {typed: NoRule}, "4711": {typed: NoRule},
		"+4930666123": {NotAllowed, NotAllowed}, "+499001234567": {PremiumNumber, PremiumNumber}, "+882123456789": {NoRule, NoRule},
		"112": {BadNumber, BadNumber}, "*71": {BadNumber, BadNumber}, "ana": {BadNumber, BadNumber},
	} {
		r := Rules{Region: "DE", Allow: []string{"DE"}, Deny: []string{"+4930666"}}
		typed, phone := r.Phone(raw)
		listed, entry := r.Listed(raw)
		if phone.Code != want.typed || entry.Code != want.listed || typed != listed {
			t.Errorf("%q: typed %q %+v, listed %q %+v", raw, typed, phone, listed, entry)
		}
		if phone.Allowed != (want.typed == "") || entry.Allowed != (want.listed == "") {
			t.Errorf("%q: typed %+v, listed %+v", raw, phone, entry)
		}
	}
}

func TestLimitsHoldForWhoDialsAndForTheTrunk(t *testing.T) {
	r := Rules{Allow: []string{"DE"}, Limits: Limits{MaxDuration: 2 * time.Hour}}
	n := number(t, r, "+49301234567")
	var ana, north Usage
	who := Dialler{Name: "ana", Limits: Limits{Calls: 2, PerHour: 3}, Usage: &ana}
	over := Dialler{Name: "the trunk north", Limits: Limits{PerHour: 4, MaxDuration: time.Hour}, Usage: &north}
	step := func(now time.Time, want Code) {
		t.Helper()
		v := r.Check(n, now, who, over)
		if v.Code != want || v.Allowed != (want == "") {
			t.Fatalf("at %v: %+v, not %q", now, v, want)
		}
		if v.Allowed && v.MaxDuration != time.Hour {
			t.Fatalf("a call may last %v", v.MaxDuration)
		}
		if v.Allowed {
			ana.Begin(now)
			north.Begin(now)
		}
	}
	step(noon, "")
	step(noon, "")
	step(noon, TooManyCalls)
	if v := r.Check(Number{Dial: "112", Kind: Emergency}, noon, who, over); !v.Allowed || v.MaxDuration != 0 {
		t.Fatalf("an emergency call: %+v", v)
	}
	ana.End()
	step(noon.Add(30*time.Minute), "")
	ana.End()
	step(noon.Add(59*time.Minute), LimitPerHour)
	step(noon.Add(60*time.Minute), "") // the first two are forgotten
	north.Begin(noon.Add(60 * time.Minute))
	ana.End()
	north.Begin(noon.Add(60 * time.Minute))
	if v := r.Check(n, noon.Add(61*time.Minute), who, over); v.Code != LimitPerHour || !strings.Contains(v.Sentence, "the trunk north") {
		t.Fatalf("the trunk is over its limit: %+v", v)
	}
	if v := r.Check(n, noon, Dialler{Name: "nobody", Limits: Limits{Calls: 1}}); !v.Allowed || v.MaxDuration != 2*time.Hour {
		t.Fatalf("without usage and limits: %+v", v)
	}
}

func TestAnHourIsCountedToTheMinute(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var u Usage
		var begun []int64
		now := noon
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 5000).Draw(t, "seconds")) * time.Second)
			if rapid.Bool().Draw(t, "begins") {
				u.Begin(now)
				begun = append(begun, now.Unix()/60)
			}
			want := 0
			for _, minute := range begun {
				if now.Unix()/60-minute < 60 {
					want++
				}
			}
			if got := u.LastHour(now); got != want || u.Calls() != len(begun) {
				t.Fatalf("counted %d within the hour and %d at once; %d and %d began", got, u.Calls(), want, len(begun))
			}
		}
	})
}

func TestMoreEndsThanBeginsCountNothing(t *testing.T) {
	var u Usage
	u.End()
	u.Begin(noon)
	if u.Calls() != 1 {
		t.Errorf("%d calls", u.Calls())
	}
}

func TestAClockThatIsSetBackForgetsNothing(t *testing.T) {
	var u Usage
	u.Begin(noon)
	u.Begin(noon.Add(-3 * time.Hour))
	if n := u.LastHour(noon.Add(time.Minute)); n != 2 {
		t.Errorf("%d calls within the hour", n)
	}
}

func TestMoreRulesNeverAllowWhatTheyDeny(t *testing.T) {
	entry := rapid.OneOf(rapid.StringMatching(`\+[1-9][0-9]{0,6}`), rapid.SampledFrom([]string{"DE", "US", "JM", "GB", "+"}))
	raw := rapid.SampledFrom([]string{"+49301234567", "+18765551234", "+12025550123", "+882123456789", "+499001234567", "+491701234567", "115"})
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(entry, 0, 5)
		r := Rules{Region: "DE", Allow: list.Draw(t, "allow"), Deny: list.Draw(t, "deny"), Premium: list.Draw(t, "premium")}
		n := number(t, r, raw.Draw(t, "raw"))
		before := r.Permit(n)
		more := r
		more.Deny = append([]string{entry.Draw(t, "also denied")}, r.Deny...)
		if after := more.Permit(n); after.Allowed && !before.Allowed {
			t.Fatalf("%s is allowed by one more entry of Deny: %+v", n.Dial, more)
		}
		more = r
		more.Deny = append([]string{n.Dial}, r.Deny...)
		if after := more.Permit(n); after.Allowed {
			t.Fatalf("%s is denied by itself and allowed: %+v", n.Dial, more)
		}
	})
}

func TestEntriesOfRulesAreCheckedForWhatTheyMayBe(t *testing.T) {
	for _, entry := range []string{"DE", "US", "+", "+49", "+4930", "+882", "115", "11833"} {
		if err := CheckEntry(entry); err != nil {
			t.Errorf("%v", err)
		}
	}
	for _, entry := range []string{"", "de", "XX", "Germany", "0049", "+0", "+049", "49 30", "+49 30", "+49-30", "4", "030", "1234567", "+12345678901234567", "*", "112+"} {
		if err := CheckEntry(entry); err == nil || !strings.Contains(err.Error(), "write DE, +4930") {
			t.Errorf("%q: %v", entry, err)
		}
	}
}

func TestTheCallerIDOfTheAgentComesBeforeThatOfHisQueue(t *testing.T) {
	c := CallerID{Default: "+1", Queues: map[string]string{"support": "+2"}, Agents: map[string]string{"ana": "+3"}}
	for _, is := range [][3]string{{"ana", "support", "+3"}, {"ben", "support", "+2"}, {"ben", "sales", "+1"}, {"ben", "", "+1"}} {
		if got := c.For(is[0], is[1]); got != is[2] {
			t.Errorf("%s for %s shows %s, not %s", is[0], is[1], got, is[2])
		}
	}
}
