package telagent_test

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"telagent-gateway/call"
	"telagent-gateway/telagent"
)

// restart ends the gateway and starts it again after a time, with what it told of to be kept: restart AFTER [without LEG,LEG] [with LEG]
// [unbound AOR]. The signalling wire took up the legs that are kept, but for those without, and those with. Trunks are back at
// once, and so are the phones that were registered, but for one that is unbound.
func (p *play) restart(input string, words []string) {
	state := p.given()
	legs, unbound := state.Live.Legs(), ""
	for i := 1; i+1 < len(words); i += 2 {
		for name := range strings.SplitSeq(words[i+1], ",") {
			switch words[i] {
			case "with":
				legs = append(legs, call.LegID(p.legs.back(name)))
			case "without":
				legs = slices.DeleteFunc(legs, func(l call.LegID) bool { return l == call.LegID(p.legs.back(name)) })
			case "unbound":
				unbound = name
			}
		}
	}
	was := p.f.View(p.time())
	began := p.time().Add(p.duration(words[0]))
	p.f = telagent.New(p.settings, state, p.id)
	p.f.View(began) // people may look before the legs are there
	p.print(input, p.f.Resume(began, legs), nil, true)
	if is := p.f.View(was.Now); !slices.Contains(words, "without") {
		for _, what := range differs(was, is) {
			p.t.Errorf("%s, %s: %s", p.where, input, what)
		}
	}
	p.now = began.Sub(start)
	for _, part := range state.Live.Parts {
		if part.Phone != nil && part.Phone.Bound && part.ID != unbound {
			p.bind(part.ID)
		}
	}
}

// given is what the store gives back now.
func (p *play) given() telagent.State {
	state, err := p.kept.given()
	if err != nil {
		p.t.Fatalf("%s: %v", p.where, err)
	}
	slices.SortFunc(state.Live.Calls, func(a, b telagent.LiveCall) int { return strings.Compare(string(a.ID), string(b.ID)) })
	slices.SortFunc(state.Live.Parts, func(a, b telagent.LivePart) int {
		return cmp.Or(strings.Compare(string(a.Kind), string(b.Kind)), strings.Compare(a.ID, b.ID))
	})
	return state
}

// wouldGoOn looks, after each step of each script, whether a restart at this moment would go on as it is.
func (p *play) wouldGoOn(input string) {
	state, n := p.given(), 0
	next := telagent.New(p.settings, state, func() string { n++; return "next-" + strconv.Itoa(n) })
	next.Resume(p.time(), state.Live.Legs())
	is := p.f.View(p.time())
	for _, t := range is.Trunks {
		if !t.Up {
			next.Handle(p.time(), call.TrunkDown{Trunk: t.Name, Problem: t.Problem})
		}
	}
	for _, wrong := range slices.Concat(next.Check(), differs(is, next.View(p.time()))) {
		p.t.Errorf("%s, a restart after %s: %s", p.where, input, wrong)
	}
}
