package dialplan

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestNumbersAreReadAsPeopleAndPhonesWriteThem(t *testing.T) {
	for _, c := range []struct {
		raw, region string
		want        Number
	}{
		{"+49301234567", "", Number{"+49301234567", Fixed, "DE"}},
		{"+49 30 / 123-45.67", "", Number{"+49301234567", Fixed, "DE"}},
		{"+49(0)30 1234567", "", Number{"+49301234567", Fixed, "DE"}},
		{"0049 (0)30 1234567", "", Number{"+49301234567", Fixed, "DE"}},
		{"+39 (0)6 1234567", "", Number{"+39061234567", Fixed, "IT"}},
		{"+34 (0)91 123 45 67", "", Number{"+34911234567", Fixed, "ES"}},
		{"0301234567", "DE", Number{"+49301234567", Fixed, "DE"}},
		{"(030) 123 45 67", "DE", Number{"+49301234567", Fixed, "DE"}},
		{"0049 30 1234567", "DE", Number{"+49301234567", Fixed, "DE"}},
		{"0049301234567", "US", Number{"+49301234567", Fixed, "DE"}},
		{"011 49 30 1234567", "US", Number{"+49301234567", Fixed, "DE"}},
		{"0011 49 30 1234567", "AU", Number{"+49301234567", Fixed, "DE"}},
		{"202-555-0123", "US", Number{"+12025550123", Fixed, "US"}},
		{"1 (202) 555-0123", "US", Number{"+12025550123", Fixed, "US"}},
		{"06 1234 5678", "IT", Number{"+390612345678", Fixed, "IT"}},
		{"0170 1234567", "DE", Number{"+491701234567", Mobile, "DE"}},
		{"tel:+49-30-1234567", "", Number{"+49301234567", Fixed, "DE"}},
		{"TEL:+49301234567;isub=1", "", Number{"+49301234567", Fixed, "DE"}},
		{"tel:1234567;phone-context=+4930", "", Number{"+49301234567", Fixed, "DE"}},
		{"tel:0301234567;phone-context=example.com", "DE", Number{"+49301234567", Fixed, "DE"}},
		{"\u202a+49\u00a030\u20111234567\u202c", "", Number{"+49301234567", Fixed, "DE"}},
		{"＋４９３０１２３４５６７", "", Number{"+49301234567", Fixed, "DE"}},
		{"٠٣٠١٢٣٤٥٦٧", "DE", Number{"+49301234567", Fixed, "DE"}},
		{"+18765551234", "", Number{"+18765551234", Mobile, "JM"}},
		{"+15551234567", "", Number{"+15551234567", Unknown, ""}},
		{"+491701", "", Number{"+491701", Unknown, "DE"}},
	} {
		n, err := Normalise(c.raw, c.region)
		if err != nil || n != c.want {
			t.Errorf("%q in %q is %v (%v), not %v", c.raw, c.region, n, err, c.want)
		}
	}
}

func TestEveryNumberHasItsKind(t *testing.T) {
	for raw, want := range map[string]Number{
		"+498001234567":    {"+498001234567", TollFree, "DE"},
		"+80012345678":     {"+80012345678", TollFree, "001"},
		"+499001234567":    {"+499001234567", Premium, "DE"},
		"+4990012345678":   {"+4990012345678", Premium, "DE"}, // too long: the carrier charges what stands before
		"+979123456789":    {"+979123456789", Premium, "001"},
		"+19005551234":     {"+19005551234", Premium, "US"},
		"+449512345678":    {"+449512345678", Premium, ""}, // in no range that is known, and yet dear
		"+491371234567":    {"+491371234567", SharedCost, "DE"},
		"+447012345678":    {"+447012345678", Personal, "GB"},
		"+447640123456":    {"+447640123456", Pager, "GB"},
		"+4932212345678":   {"+4932212345678", Fixed, "DE"},
		"+445612345678":    {"+445612345678", VoIP, "GB"},
		"+445512345678":    {"+445512345678", UAN, "GB"},
		"+882123456789":    {"+882123456789", International, "001"},
		"+883510012345678": {"+883510012345678", International, "001"},
		"+870123456789":    {"+870123456789", International, "001"},
		"+881612345678":    {"+881612345678", International, "001"},
		"112":              {"112", Emergency, ""},
		"911":              {"911", Emergency, ""},
		"1 1 0":            {"110", Emergency, ""},
		"+49112":           {"112", Emergency, ""}, // a softphone that completes every number
		"115":              {"115", Short, ""},
		"11833":            {"11833", Short, ""},
		"4711":             {"4711", Short, ""},
		"*71":              {"*71", Feature, ""},
		"*71*2":            {"*71*2", Feature, ""},
		"#31#":             {"#31#", Feature, ""},
	} {
		n, err := Normalise(raw, "DE")
		if err != nil || n != want {
			t.Errorf("%q is %v (%v), not %v", raw, n, err, want)
		}
	}
	if n, err := Normalise("999", "GB"); err != nil || n.Kind != Emergency {
		t.Errorf("999 in Britain is %v (%v)", n, err)
	}
	if n, err := Normalise("999", ""); err != nil || n.Kind != Short {
		t.Errorf("999 anywhere is %v (%v)", n, err)
	}
	if n, err := Normalise("1234", "US"); err != nil || n.Kind != Short {
		t.Errorf("1234 in the United States is %v (%v)", n, err)
	}
	if n, err := Normalise("+44999", "DE"); err == nil {
		t.Errorf("999 of another country is %v", n)
	}
}

func TestWhatIsNoNumberIsRefusedWithASentence(t *testing.T) {
	for raw, region := range map[string]string{
		"": "", " ": "DE", "+": "DE", "ana": "DE", "1-800-FLOWERS": "US", "+49 30 1234567 ext. 5": "DE", "tel:+49301234567;ext=5": "DE",
		"+49": "DE", "+491": "DE", "+999123456": "DE", "+0301234567": "DE", "49+301234567": "DE", "+493012345678901234": "DE",
		"0": "DE", "00": "DE", "0000": "DE", "7": "DE", "12345678901234567890": "DE", "301234567": "DE", "1234567": "DE", "5550123": "US",
		"0301234567": "", "12025550123": "", "71*": "DE", "+*71": "DE", "+4900301234567": "DE",
		strings.Repeat("1", 1000): "DE", "\xff\xfe": "DE", "sip:+49301234567@example.com": "DE",
	} {
		n, err := Normalise(raw, region)
		if err == nil {
			t.Errorf("%q in %q is %v", raw, region, n)
			continue
		}
		if s := err.Error(); !strings.Contains(s, "write it with its country code, like +49301234567") && !strings.Contains(s, "has no country code; write it like +49301234567") || len(s) > 200 {
			t.Errorf("%q: %q does not say what would be right", raw, s)
		}
	}
}

func TestAnUnknownRegionReadsOnlyNumbersWithTheirCountryCode(t *testing.T) {
	if n, err := Normalise("+49301234567", "XX"); err != nil || n.Region != "DE" {
		t.Errorf("with it: %v (%v)", n, err)
	}
	if n, err := Normalise("0301234567", "XX"); err == nil {
		t.Errorf("without it: %v", n)
	}
}

// sound checks what holds of everything that was read.
func sound(t interface{ Fatalf(string, ...any) }, raw, region string) {
	n, err := Normalise(raw, region)
	if err != nil {
		if n != (Number{}) || !utf8.ValidString(err.Error()) {
			t.Fatalf("%q in %q: %v with %q", raw, region, n, err)
		}
		return
	}
	again, err := Normalise(n.Dial, region)
	if err != nil || again != n {
		t.Fatalf("%q in %q is %v; read again it is %v (%v)", raw, region, n, again, err)
	}
	digits := strings.TrimPrefix(n.Dial, "+")
	switch {
	case n.IsE164() != (n.Kind < Emergency):
		t.Fatalf("%q in %q is %v, of a kind that it cannot be", raw, region, n)
	case n.IsE164() && (len(digits) < 2 || len(digits) > 15 || digits[0] == '0' || strings.Trim(digits, "0123456789") != ""):
		t.Fatalf("%q in %q is %v, which is no E.164", raw, region, n)
	case n.Kind == Short && (len(digits) > shortest || strings.Trim(digits, "0123456789") != ""):
		t.Fatalf("%q in %q is %v, which is not short", raw, region, n)
	}
	if v := (Rules{Region: region}).Permit(n); v.Allowed != (n.Kind == Emergency) {
		t.Fatalf("%q in %q is %v, and no rules say %v", raw, region, n, v)
	}
}

var regions = []string{"", "DE", "US", "IT", "GB", "AU", "BR", "JP", "RU", "MX", "AR", "SM", "SG", "XX"}

func TestWhatWasReadIsReadAgainAsTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.StringMatching(`(\+|00|0|011|tel:)?[1-9][0-9]{0,3}( ?\(0\)| |-)?[0-9]{1,5}([ ./-][0-9]{1,5}){0,2}`).Draw(t, "raw")
		sound(t, raw, rapid.SampledFrom(regions).Draw(t, "region"))
	})
}

func FuzzNormalise(f *testing.F) {
	for _, seed := range []string{
		"+49301234567", "0301234567", "0049 30 123", "+49(0)30 1234567", "tel:+49-30-1;phone-context=+4930", "*71", "112", "+882123456789",
		"٠٣٠١٢٣٤٥٦٧", "011 49 30 1234567", "+4900301234567", "＋",
	} {
		for region := range regions {
			f.Add(seed, byte(region))
		}
	}
	f.Fuzz(func(t *testing.T, raw string, region byte) { sound(t, raw, regions[int(region)%len(regions)]) })
}
