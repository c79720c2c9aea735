// Package dialplan reads numbers as people and phones write them, and decides which of them may be dialled: nothing
// that no rule allows.
//
// It decides about numbers only: it knows no leg, no agent and no trunk but by the name and the usage that its caller
// hands over. It is pure; time comes in as an argument. What a number costs it knows as far as its ranges tell.
//
// Start with Normalise, then Rules and its Check.
package dialplan

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers"
)

// Number is what Normalise made of a text. The zero value is no number.
type Number struct {
	Dial   string // what is dialled: E.164 with its plus; the digits of an emergency or short number; a feature code
	Kind   Kind
	Region string // ISO 3166 code of the country, "001" for a network of no country; empty: not known, or no E.164 number
}

// IsE164 says whether a number can be dialled from anywhere: it is neither an emergency or short number nor a feature code.
func (n Number) IsE164() bool { return strings.HasPrefix(n.Dial, "+") }

const (
	longestText = 64 // bytes of a text that may be a number
	shortest    = 6  // most digits of a number that is dialled as it stands
)

// Normalise reads a number: E.164 with or without punctuation, "tel:" URIs (RFC 3966 §3), 00 and the country's own
// prefix for abroad, national numbers of region (a code like DE; empty: only numbers with their country code are read),
// and what is dialled as it stands: emergency numbers, short numbers, feature codes like *71. The error is one sentence
// fit for the screen. What Normalise returned, it reads again as the same number.
func Normalise(raw, region string) (Number, error) {
	if before, after, found := strings.Cut(raw, "(0)"); found && isAbroad(before) { // +49 (0)30: the zero is for callers at home
		if n, err := read(before+after, region); err == nil && n.Kind != Unknown {
			return n, nil
		}
	}
	return read(raw, region)
}

func isAbroad(beginning string) bool {
	text, ok := cleaned(beginning)
	return ok && (strings.HasPrefix(text, "+") || strings.HasPrefix(text, "00"))
}

func read(raw, region string) (Number, error) {
	text, ok := cleaned(raw)
	switch {
	case !ok || text == "":
		return Number{}, noNumber(raw)
	case strings.ContainsAny(text, "*#"):
		if text[0] == '*' || text[0] == '#' {
			return Number{Dial: text, Kind: Feature}, nil
		}
		return Number{}, noNumber(raw)
	case !KnownRegion(region):
		region = ""
	}
	if text[0] != '+' && IsEmergency(text, region) {
		return Number{Dial: text, Kind: Emergency}, nil
	}
	n, ok := international(text, region)
	switch {
	case ok:
		return n, nil
	case text[0] == '+':
		return Number{}, noNumber(raw)
	default:
		return national(raw, text, region)
	}
}

// IsEmergency says whether the digits are an emergency number: 112 and 911 everywhere, and those of the region.
func IsEmergency(digits, region string) bool {
	return digits == "112" || digits == "911" || KnownRegion(region) && phonenumbers.IsEmergencyNumber(digits, region)
}

// KnownRegion says whether a text is the ISO 3166 code of a country with numbers, like DE.
func KnownRegion(region string) bool { return phonenumbers.GetCountryCodeForRegion(region) != 0 }

// international reads a number with its country code behind a plus, 00 or the region's own prefix for abroad.
func international(text, region string) (Number, bool) {
	if text[0] != '+' {
		text = fromAbroad(text, region)
	}
	p, err := phonenumbers.Parse(text, "ZZ") // reads nothing without a plus
	if err != nil {
		return Number{}, false
	}
	if n, ok := numbered(p); ok {
		return n, true
	}
	// Softphones that complete every number make +49112 of 112.
	digits := phonenumbers.GetNationalSignificantNumber(p)
	if int(p.GetCountryCode()) == phonenumbers.GetCountryCodeForRegion(region) && IsEmergency(digits, region) {
		return Number{Dial: digits, Kind: Emergency}, true
	}
	return Number{}, false
}

// fromAbroad puts a plus in the place of a prefix for abroad; a text without one stays. 00 is understood everywhere,
// because phones send it all the same, unless it begins a number of the region.
func fromAbroad(text, region string) string {
	if region != "" {
		p, err := phonenumbers.ParseAndKeepRawInput(text, region)
		switch {
		case err != nil:
		case p.GetCountryCodeSource() == phonenumbers.PhoneNumber_FROM_NUMBER_WITH_IDD:
			return phonenumbers.Format(p, phonenumbers.E164)
		case phonenumbers.IsValidNumber(p):
			return text
		}
	}
	if rest, ok := strings.CutPrefix(text, "00"); ok {
		return "+" + rest
	}
	return text
}

// national reads digits without a country code: a short number, or one of the region with its area code.
func national(raw, text, region string) (Number, error) {
	short, isShort := Number{Dial: text, Kind: Short}, len(text) > 1 && len(text) <= shortest && text[0] != '0'
	if region == "" {
		if isShort {
			return short, nil
		}
		return Number{}, fmt.Errorf("%q has no country code; write it like +49301234567", clip(raw))
	}
	p, err := phonenumbers.ParseAndKeepRawInput(text, region)
	if err != nil {
		return Number{}, noNumber(raw)
	}
	if isShort && phonenumbers.IsValidShortNumberForRegion(p, region) {
		return short, nil
	}
	prefix := phonenumbers.GetNddPrefixForRegion(region, true)
	whole := !isShort && prefix != "" && strings.HasPrefix(text, prefix)
	if whole || phonenumbers.IsValidNumber(p) && phonenumbers.IsNationalPrefixPresentIfRequired(p) {
		if n, ok := numbered(p); ok {
			return n, nil
		}
	}
	if isShort {
		return short, nil
	}
	return Number{}, fmt.Errorf("%q is not complete; write it with its country code, like +49301234567", clip(raw))
}

// numbered returns the E.164 number of what was parsed; false: it is too short or too long for its country, or an
// extension follows it, which cannot be dialled.
func numbered(p *phonenumbers.PhoneNumber) (Number, bool) {
	if phonenumbers.IsPossibleNumberWithReason(p) != phonenumbers.IS_POSSIBLE || p.GetExtension() != "" {
		return Number{}, false
	}
	dial := phonenumbers.Format(p, phonenumbers.E164)
	again, err := phonenumbers.Parse(dial, "ZZ")
	if err != nil || phonenumbers.Format(again, phonenumbers.E164) != dial || len(dial) > 16 {
		return Number{}, false
	}
	n := Number{Dial: dial, Region: phonenumbers.GetRegionCodeForNumber(again)}
	n.Kind = kindOf(again, dial)
	return n, true
}

// cleaned returns a text without its punctuation: digits, a plus in front, * and #. False: it has something else.
func cleaned(raw string) (string, bool) {
	if len(raw) > longestText {
		return "", false
	}
	if len(raw) > 4 && strings.EqualFold(raw[:4], "tel:") {
		raw = bare(raw[4:])
	}
	var b strings.Builder
	for _, r := range raw {
		switch {
		case strings.ContainsRune("0123456789*#", r):
			b.WriteRune(r)
		case (r == '+' || r == '\uff0b') && b.Len() == 0:
			b.WriteByte('+')
		case isPunctuation(r):
		default:
			digit, ok := digitOf(r)
			if !ok {
				return "", false
			}
			b.WriteByte(digit)
		}
	}
	return b.String(), b.String() != "+"
}

// bare returns the number of a "tel:" URI: a local one follows its context, if that is a number (RFC 3966 §5.1.5).
func bare(uri string) string {
	number, params, _ := strings.Cut(uri, ";")
	for p := range strings.SplitSeq(params, ";") {
		name, value, _ := strings.Cut(p, "=")
		switch {
		case strings.EqualFold(name, "ext"):
			return uri // cannot be dialled with the rest
		case strings.EqualFold(name, "phone-context") && strings.HasPrefix(value, "+") && !strings.HasPrefix(number, "+"):
			number = value + number
		}
	}
	return number
}

// isPunctuation says which characters people put between digits. Invisible ones come with numbers that were copied.
func isPunctuation(r rune) bool {
	return strings.ContainsRune("-./()[]~\u2212", r) || unicode.IsSpace(r) || unicode.In(r, unicode.Zs, unicode.Pd, unicode.Cf)
}

// digitOf returns what a digit of another script stands for: full width, Arabic-Indic and Persian ones are typed.
func digitOf(r rune) (byte, bool) {
	for _, zero := range []rune{'\uff10', '\u0660', '\u06f0'} {
		if r >= zero && r <= zero+9 {
			return byte('0' + r - zero), true
		}
	}
	return 0, false
}

func noNumber(raw string) error {
	return fmt.Errorf("%q is no number; write it with its country code, like +49301234567", clip(raw))
}

func clip(s string) string {
	if len(s) > 40 {
		return strings.ToValidUTF8(s[:40], "") + "…"
	}
	return s
}
