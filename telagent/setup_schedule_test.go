package telagent_test

import (
	"fmt"
	"strconv"
	"strings"

	"telagent-gateway/call"
	"telagent-gateway/presence"
	"telagent-gateway/schedule"
)

// schedule reads a schedule: NAME AGENT[:NUMBER],… at CLOCK for D [on DAYS] [in ZONE] [from DAY] [to DAY].
func (p *play) schedule(o options) schedule.Schedule {
	s := schedule.Schedule{Name: o.at(0), From: "2026-11-23", To: o.after("to"), Zone: o.after("in"), Length: p.duration(o.after("for"))}
	if from := o.after("from"); from != "" {
		s.From = from
	}
	var err error
	if s.Start, err = schedule.ParseClock(o.after("at")); err != nil {
		p.t.Fatalf("%s: %v", p.where, err)
	}
	days := o.after("on")
	if days == "" {
		days = "daily"
	}
	if s.Days, err = schedule.ParseDays(days); err != nil {
		p.t.Fatalf("%s: %v", p.where, err)
	}
	for member := range strings.SplitSeq(o.at(1), ",") {
		agent, number, _ := strings.Cut(member, ":")
		s.Members = append(s.Members, schedule.Member{Agent: agent, Number: number})
	}
	return s
}

// bind registers a phone.
func (p *play) bind(aor string) { p.took(p.f.Handle(p.time(), call.Bound{AOR: aor})) }

func (p *play) id() string {
	p.ids++
	return "id-" + strconv.Itoa(p.ids)
}

func shiftWords(shifts []presence.Shift) (words string) {
	for _, s := range shifts {
		words += fmt.Sprintf(", by %s%s until %s", s.Schedule, strings.TrimSuffix(" at "+s.Number, " at "), s.Until.Sub(start))
	}
	return words
}
