package telagent_test

import (
	"slices"
	"strings"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/presence"
	"telagent-gateway/queue"
	"telagent-gateway/telagent"
)

// queue reads a queue: its name, its number, and any of
//
//	strategy WORD, priority N, office X, calling NAME, ring D, widen D, sticky D, patience D, announce D, music NAME, language L, show-caller,
//	max-wait D, max N, overflow TARGET           a target is a queue or a number
//	zone NAME, week DAYS/SPAN;…, dates DATE/SPAN;…, closed TARGET
//	on CAUSE:DELAY[:strike][:next][:STATUS[:REASON]],…
func (p *play) queue(o options) telagent.Queue {
	q := telagent.Queue{
		Name: o.at(0), Numbers: []string{o.at(1)}, Strategy: queue.LongestIdle, Priority: 5, CallingName: o.after("calling"),
		Office: o.after("office"), Music: o.after("music"), Language: o.after("language"), ShowCaller: slices.Contains(o, "show-caller"), Overflow: target(o.after("overflow")),
		Hours: telagent.Hours{Zone: o.after("zone"), Week: texts(o.after("week")), Dates: texts(o.after("dates")), Closed: target(o.after("closed"))},
	}
	if s := o.after("strategy"); s != "" {
		q.Strategy = s
	}
	for key, number := range map[string]*int{"priority": &q.Priority, "max": &q.MaxWaiting} {
		if n := o.after(key); n != "" {
			*number = p.int(n)
		}
	}
	for key, length := range map[string]*time.Duration{
		"ring": &q.RingTime, "widen": &q.Widen, "sticky": &q.Sticky, "patience": &q.Patience, "announce": &q.Announce, "max-wait": &q.MaxWait,
	} {
		if d := o.after(key); d != "" {
			*length = p.duration(d)
		}
	}
	if rules := o.after("on"); rules != "" {
		q.Unreachable = p.unreachable(strings.Split(rules, ","))
	}
	if team := o.after("fallback"); team != "" {
		q.FallbackFor = []string{team}
	}
	q.Record, q.CallerID = slices.Contains(o, "record"), o.after("caller-id")
	return q
}

// target reads where a queue sends those whom it does not take.
func target(word string) telagent.Overflow {
	if strings.HasPrefix(word, "+") {
		return telagent.Overflow{Number: word}
	}
	return telagent.Overflow{Queue: word}
}

// texts reads sentences that are written without spaces.
func texts(words string) (all []string) {
	for word := range strings.SplitSeq(words, ";") {
		if word != "" {
			all = append(all, strings.Replace(word, "/", " ", 1))
		}
	}
	return all
}

// unreachable reads what follows an offer that failed, one rule for each cause.
func (p *play) unreachable(words []string) map[call.Cause]telagent.Unreached {
	rules := map[call.Cause]telagent.Unreached{}
	for _, word := range words {
		parts := strings.Split(word, ":")
		r := telagent.Unreached{Delay: p.duration(parts[1])}
		for _, part := range parts[2:] {
			switch part {
			case "strike":
				r.Strike = true
			case "next":
				r.Next = true
			case presence.NotReady.String(), presence.Away.String():
				r.Status = part
			default:
				r.Reason = part
			}
		}
		rules[p.cause(parts[0])] = r
	}
	return rules
}
