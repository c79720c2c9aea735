package sip

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestScrubTakesOutWhatWouldBecomeAHeader(t *testing.T) {
	for in, want := range map[string]string{
		"Ana":                    "Ana",
		"Ana\r\nInjected: yes":   "AnaInjected: yes",
		"a\nb\x00c\td\x7fe":      "abcde",
		"a\u2028b\u0085c":        "abc",
		"J\xffürgen":             "Jürgen",
		"":                       "",
		strings.Repeat("x", 600): strings.Repeat("x", maxValue),
		strings.Repeat("ü", 300): strings.Repeat("ü", maxValue/2),
	} {
		if got := scrub(in); got != want {
			t.Errorf("scrub(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestAUserPartIsEscapedAndComesBack(t *testing.T) {
	for in, want := range map[string]string{
		"+49301234567":       "+49301234567",
		"ana":                "ana",
		"a b@c:d":            "a%20b%40c%3Ad",
		"50%":                "50%25",
		"%0d%0aX":            "%250d%250aX",
		"x>;tag=1":           "x%3E;tag=1",
		"jürgen":             "j%C3%BCrgen",
		"a\"b<c>":            "a%22b%3Cc%3E",
		"user;par=u@example": "user;par=u%40example",
	} {
		got := scrubUser(in)
		if got != want {
			t.Errorf("scrubUser(%q) = %q, want %q", in, got, want)
		}
		if back := plainUser(got); back != in {
			t.Errorf("plainUser(%q) = %q, want %q", got, back, in)
		}
	}
}

func TestAnEscapeIsUndoneOnce(t *testing.T) {
	for in, want := range map[string]string{"%2541": "%41", "%4": "%4", "%zz": "%zz", "a%41": "aA", "null-%00": "null-\x00", "%": "%"} {
		if got := plainUser(in); got != want {
			t.Errorf("plainUser(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestADisplayNameCannotLeaveItsQuotes(t *testing.T) {
	for _, in := range []string{`Ana`, `a"b`, `a\`, `\"`, `"><sip:evil@x>`, "a\r\nb\"", `\\`} {
		written := scrubName(in)
		if end := quoteEnd(`"` + written + `"`); end != len(written)+1 {
			t.Errorf("%q becomes %q, which ends its quotes early", in, written)
		}
		if back := plainName(written); back != scrub(in) {
			t.Errorf("%q came back as %q", in, back)
		}
	}
}

func FuzzScrub(f *testing.F) {
	for _, s := range []string{"Ana", "a\r\nb", "\xff\xfe", "%41%", `"\`, strings.Repeat("é", 400)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for name, v := range map[string]string{"scrub": scrub(s), "user": scrubUser(s), "name": scrubName(s)} {
			if controls(v) || !utf8.ValidString(v) {
				t.Fatalf("%s(%q) = %q", name, s, v)
			}
		}
		if len(scrub(s)) > maxValue {
			t.Fatalf("%d bytes", len(scrub(s)))
		}
		if plainUser(scrubUser(s)) != scrub(s) {
			t.Fatalf("%q became %q", s, plainUser(scrubUser(s)))
		}
	})
}
