package dialplan

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nyaruka/phonenumbers"
)

// Rules say what may be dialled. The zero value allows emergency numbers and nothing else.
//
// An entry of Allow, Deny and Premium is a country (DE), the beginning of a number (+4930), a short number (115), or + for
// every number of a country. Of the entries that fit a number the longest decides, a country being longer than its code
// alone; of equals, the denying one.
type Rules struct {
	Region    string   // country in which numbers without a country code are read, like DE; empty: they are not read
	Allow     []string // what may be dialled
	Deny      []string // what may not, though a shorter entry allows it
	Premium   []string // what may be dialled though it costs more: premium, shared-cost and personal numbers; needs no entry in Allow
	Emergency []string // emergency numbers besides 112, 911 and those of the region

	Limits   Limits // of every person; MaxDuration holds for every call
	CallerID CallerID
}

// CallerID says which number is shown for calls that people dial. An empty text shows the next one: the agent's, the
// queue's, then Default; empty at last: none is shown.
type CallerID struct {
	Default string
	Queues  map[string]string
	Agents  map[string]string
}

// For returns the number to show for an agent who calls for a queue; queue may be empty.
func (c CallerID) For(agent, queue string) string {
	if n := c.Agents[agent]; n != "" {
		return n
	}
	if n := c.Queues[queue]; n != "" {
		return n
	}
	return c.Default
}

// Code says, in a stable word, how a number fared. Empty: it may be dialled.
type Code string

// The codes. EmergencyCall is the one of a number that is allowed whatever the rules and limits say.
const (
	EmergencyCall Code = "emergency"
	NoRule        Code = "no_rule"        // no entry allows it
	NotAllowed    Code = "not_allowed"    // an entry denies it
	PremiumNumber Code = "premium"        // it costs more, and no entry of Premium allows it
	BadNumber     Code = "bad_number"     // it is none, or none for a trunk
	TooManyCalls  Code = "too_many_calls" // whoever dials, or the trunk, has as many calls as allowed
	LimitPerHour  Code = "limit_per_hour" // whoever dials, or the trunk, has begun as many calls within an hour as allowed
)

// Verdict is the answer to whether a number may be dialled.
type Verdict struct {
	Allowed     bool
	Code        Code
	Sentence    string        // why not, fit for the screen; empty: it may
	MaxDuration time.Duration // when the call is ended; 0: never
}

// Dialler is whoever dials, or the trunk that carries it: a name for sentences, its limits, and what it dialled so far.
// A nil Usage is nobody's, and has no limits.
type Dialler struct {
	Name   string
	Limits Limits
	Usage  *Usage
}

// Read reads a number as Normalise does in the rules' region; the rules' own emergency numbers are such.
func (r Rules) Read(raw string) (Number, error) {
	if text, ok := cleaned(raw); ok && slices.Contains(r.Emergency, text) {
		return Number{Dial: text, Kind: Emergency}, nil
	}
	return Normalise(raw, r.Region)
}

// Phone reads a number at which a person is to be rung, and returns it as it is dialled: an emergency number or a feature
// code is nobody's phone.
func (r Rules) Phone(raw string) (string, Verdict) {
	n, v := r.phone(raw)
	return n.Dial, v
}

// Listed is Phone for a number that an administrator wrote into the directory. His entry is a rule of its own: only what
// is denied, or costs more than a plain call, needs an entry here.
func (r Rules) Listed(raw string) (string, Verdict) {
	n, v := r.phone(raw)
	if v.Code == NoRule && n.Kind != International {
		v = Verdict{Allowed: true, MaxDuration: r.Limits.MaxDuration}
	}
	return n.Dial, v
}

func (r Rules) phone(raw string) (Number, Verdict) {
	n, err := r.Read(raw)
	if err != nil {
		return Number{}, Verdict{Code: BadNumber, Sentence: err.Error() + "."}
	}
	if n.Kind == Emergency || n.Kind == Feature {
		return Number{}, Verdict{Code: BadNumber, Sentence: n.Dial + " is nobody's phone; write a number that rings at one."}
	}
	return n, r.Permit(n)
}

// Check says whether a number may be dialled now: by the rules, then within the limits of each dialler. It counts
// nothing; who dials calls Begin and End of the usages. An emergency number always may, without an end.
func (r Rules) Check(n Number, now time.Time, diallers ...Dialler) Verdict {
	v := r.Permit(n)
	if !v.Allowed || n.Kind == Emergency {
		return v
	}
	for _, d := range diallers {
		if code, sentence := d.exceeded(now); code != "" {
			return Verdict{Code: code, Sentence: sentence}
		}
		v.MaxDuration = shorter(v.MaxDuration, d.Limits.MaxDuration)
	}
	return v
}

// Permit says whether the rules allow a number, whoever dials it and however often.
func (r Rules) Permit(n Number) Verdict {
	no := func(code Code, sentence string, args ...any) Verdict {
		return Verdict{Code: code, Sentence: fmt.Sprintf(sentence, args...)}
	}
	yes := Verdict{Allowed: true, MaxDuration: r.Limits.MaxDuration}
	switch {
	case n.Dial == "":
		return no(BadNumber, "This is no number.")
	case n.Kind == Emergency:
		return Verdict{Allowed: true, Code: EmergencyCall}
	case n.Kind == Feature:
		return no(BadNumber, "%s is a feature code, which no trunk dials.", n.Dial)
	}
	denied, entry := best(r.Deny, n)
	if n.costsMore() {
		if paid, _ := best(r.Premium, n); paid > denied {
			return yes
		}
		return no(PremiumNumber, "%s costs more than a plain call (%s), and no entry of dialling.premium allows it.", n.Dial, n.Kind)
	}
	allowed, _ := best(r.Allow, n)
	switch {
	case denied >= 0 && denied >= allowed:
		return no(NotAllowed, "%s may not be dialled: %s is denied in dialling.deny.", n.Dial, entry)
	case allowed < 0:
		return no(NoRule, "%s may not be dialled: no entry of dialling.allow allows it.", n.Dial)
	}
	return yes
}

func (n Number) costsMore() bool {
	return n.Kind == Premium || n.Kind == SharedCost || n.Kind == Personal
}

// best returns the entry that fits a number best, and how well; below 0: none does.
func best(entries []string, n Number) (rank int, entry string) {
	rank = -1
	for _, e := range entries {
		if m := match(e, n); m > rank {
			rank, entry = m, e
		}
	}
	return rank, entry
}

// match returns how well an entry fits a number, below 0: not. A digit more is 2 better, a country 1 better than its
// code. A network of no country is fitted by its own code alone, never by a shorter entry.
func match(entry string, n Number) int {
	switch {
	case strings.HasPrefix(entry, "+"):
		if !strings.HasPrefix(n.Dial, entry) || n.Region == nowhere && len(entry) < 4 {
			return -1
		}
		return 2 * (len(entry) - 1)
	case entry == n.Region && n.Region != "":
		return 2*len(fmt.Sprint(phonenumbers.GetCountryCodeForRegion(entry))) + 1
	case entry == n.Dial:
		return 2 * len(entry)
	}
	return -1
}

// nowhere is the region of networks that belong to no country.
const nowhere = "001"

// CheckEntry says what is wrong with an entry of Allow, Deny or Premium; nil: nothing.
func CheckEntry(entry string) error {
	digits := strings.TrimLeft(entry, "0123456789")
	switch {
	case KnownRegion(entry), entry == "+":
		return nil
	case strings.HasPrefix(entry, "+") && entry[1] != '0' && len(entry) <= 16 && strings.Trim(entry[1:], "0123456789") == "":
		return nil
	case digits == "" && len(entry) > 1 && len(entry) <= shortest && entry[0] != '0':
		return nil
	}
	return fmt.Errorf("%q is neither a country nor the beginning of a number; write DE, +4930, or 115 for a short number", clip(entry))
}

func (d Dialler) exceeded(now time.Time) (Code, string) {
	switch {
	case d.Usage == nil:
	case d.Limits.Calls > 0 && d.Usage.Calls() >= d.Limits.Calls:
		return TooManyCalls, fmt.Sprintf("%s has as many calls as allowed: %d.", d.Name, d.Limits.Calls)
	case d.Limits.PerHour > 0 && d.Usage.LastHour(now) >= d.Limits.PerHour:
		return LimitPerHour, fmt.Sprintf("%s has begun as many calls within an hour as allowed: %d.", d.Name, d.Limits.PerHour)
	}
	return "", ""
}

// shorter returns the shorter of two limits; 0 is none.
func shorter(a, b time.Duration) time.Duration {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}
