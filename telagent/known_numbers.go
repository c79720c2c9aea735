package telagent

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"telagent-gateway/dialplan"
)

// KnownNumber is a number that the gateway has to do with, and what for. One number may be known for several things.
type KnownNumber struct {
	Number string // as it was entered; empty: a queue that no number leads to
	Dial   string // as it is dialled, in E.164; empty: it cannot be read so
	Use    string // called: it leads somewhere; access: to sign-on by phone; phone: an agent is rung at it; named: he may be; shown: to whom is called
	Agent  string
	Queue  string
	Order  int  // of a phone: its place in the order to try, from 1
	Rings  bool // of a phone: its agent is rung there now
	Nailed bool // of a phone: its agent keeps a leg up between calls
	Odd    []Oddity
}

// Oddity is something about a KnownNumber that somebody should look at.
type Oddity struct {
	Code     string // no_number, spelling, loop, shared, not_allowed, hidden, shut
	Sentence string
	Agent    string // whom else it is about; empty: no agent
}

// KnownNumbers returns every number that the gateway has to do with: by number, then by use.
func (f *Floor) KnownNumbers() []KnownNumber {
	k := knowing{floor: f}
	for _, name := range sortedKeys(f.queues) {
		k.queue(f.queues[name])
	}
	for _, id := range sortedKeys(f.agents) {
		k.agent(f.agents[id])
	}
	k.access()
	k.shown()
	k.compare()
	slices.SortStableFunc(k.all, func(a, b KnownNumber) int {
		return cmp.Or(cmp.Compare(cmp.Or(a.Dial, a.Number), cmp.Or(b.Dial, b.Number)), cmp.Compare(a.Number, b.Number), cmp.Compare(slices.Index(numberUses, a.Use), slices.Index(numberUses, b.Use)))
	})
	return k.all
}

var numberUses = []string{"called", "access", "phone", "named", "shown"}

// knowing gathers numbers.
type knowing struct {
	floor *Floor
	all   []KnownNumber
}

func (k *knowing) add(n KnownNumber, odd ...Oddity) {
	if read, err := k.floor.set.Dial.Read(n.Number); err == nil && (read.IsE164() || read.Kind == dialplan.Emergency) {
		n.Dial = read.Dial
	}
	n.Odd = odd
	k.all = append(k.all, n)
}

func (k *knowing) queue(q *line) {
	for _, n := range q.Numbers {
		k.add(KnownNumber{Number: n, Use: "called", Queue: q.Name})
	}
	if len(q.Numbers) == 0 && len(q.FallbackFor) == 0 {
		k.add(KnownNumber{Use: "called", Queue: q.Name}, Oddity{Code: "no_number", Sentence: "No number leads to this queue."})
	}
	if n := cmp.Or(k.floor.set.Dial.CallerID.Queues[q.Name], q.CallerID); n != "" {
		k.add(KnownNumber{Number: n, Use: "shown", Queue: q.Name})
	}
}

func (k *knowing) agent(a *agent) {
	for _, n := range a.Direct {
		k.add(KnownNumber{Number: n, Use: "called", Agent: a.ID})
	}
	device, _ := k.floor.reachOf(a)
	for i, n := range a.Numbers {
		var odd []Oddity
		if _, err := k.floor.listedNumber(n); err != nil {
			odd = append(odd, Oddity{Code: "not_allowed", Sentence: "It is not rung: " + refusalOf(err).Sentence})
		}
		k.add(KnownNumber{Number: n, Use: "phone", Agent: a.ID, Order: i + 1, Rings: n == device, Nailed: a.NailedUp && n == device}, odd...)
	}
	for _, n := range a.Authorised {
		if !contains(a.Numbers, n) {
			k.add(KnownNumber{Number: n, Use: "named", Agent: a.ID})
		}
	}
	if n := k.floor.set.Dial.CallerID.Agents[a.ID]; n != "" {
		k.add(KnownNumber{Number: n, Use: "shown", Agent: a.ID})
	}
}

// access adds the numbers of sign-on by phone, and says where they do not lead to it.
func (k *knowing) access() {
	f := k.floor
	numbers := slices.Clone(f.set.AccessNumbers)
	if n := f.set.AccessNumber; n != "" && !contains(numbers, n) {
		numbers = append([]string{n}, numbers...)
	}
	for _, n := range numbers {
		var odd []Oddity
		switch q, a := f.numbers[n], f.direct[n]; {
		case q != nil:
			odd = append(odd, Oddity{Code: "hidden", Sentence: "It leads to the queue " + q.Name + " instead of sign-on by phone."})
		case a != nil:
			odd = append(odd, Oddity{Code: "hidden", Sentence: "It leads to " + a.Name + " instead of sign-on by phone.", Agent: a.ID})
		case !f.isAccess(n):
			odd = append(odd, Oddity{Code: "shut", Sentence: "No team's policy lets anybody sign on by phone, so who calls it is refused."})
		}
		k.add(KnownNumber{Number: n, Use: "access"}, odd...)
	}
}

func (k *knowing) shown() {
	if n := k.floor.set.Dial.CallerID.Default; n != "" {
		k.add(KnownNumber{Number: n, Use: "shown"})
	}
}

// compare finds what is odd about numbers that are the same when they are dialled.
func (k *knowing) compare() {
	same := map[string][]int{}
	for i, n := range k.all {
		if n.Dial != "" {
			same[n.Dial] = append(same[n.Dial], i)
		}
	}
	for i := range k.all {
		n := &k.all[i]
		for _, j := range same[n.Dial] {
			if o, is := k.odd(*n, k.all[j]); is && i != j && !slices.Contains(n.Odd, o) {
				n.Odd = append(n.Odd, o)
			}
		}
	}
}

// odd says what is odd about a number beside another one that is dialled like it.
func (k *knowing) odd(n, other KnownNumber) (Oddity, bool) {
	switch {
	case n.Use == "called" && other.Use == "called" && (n.Agent != other.Agent || n.Queue != other.Queue):
		return Oddity{Code: "spelling", Sentence: fmt.Sprintf("Written as %s, the same number leads to %s.", other.Number, k.whose(other)), Agent: other.Agent}, true
	case n.Use == "phone" && (other.Use == "called" || other.Use == "access"):
		to := "sign-on by phone"
		if other.Use == "called" {
			to = k.whose(other)
		}
		return Oddity{Code: "loop", Sentence: "Who rings it comes back to this gateway, to " + to + ".", Agent: other.Agent}, true
	case n.Use == "phone" && other.Use == "phone" && n.Agent != other.Agent:
		return Oddity{Code: "shared", Sentence: "It is a phone of " + k.whose(other) + " too; one of them can be rung there at a time.", Agent: other.Agent}, true
	case n.Use == "phone" && other.Use == "named" && n.Agent != other.Agent:
		return Oddity{Code: "shared", Sentence: "Only " + k.whose(other) + " may name it, and yet it is rung for somebody else.", Agent: other.Agent}, true
	}
	return Oddity{}, false
}

// whose names where a number leads.
func (k *knowing) whose(n KnownNumber) string {
	if n.Queue != "" {
		return "the queue " + n.Queue
	}
	if a := k.floor.agents[n.Agent]; a != nil {
		return strings.TrimSpace(a.Name)
	}
	return "nobody"
}
