package console

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"telagent-gateway/call"
)

type spanShown struct {
	State string    `json:"state" doc:"dialling, ringing, answered, asking, talking, music, comfort, waiting, held, silent or leaving"`
	From  time.Time `json:"from"`
	To    time.Time `json:"to"`
}

// climb fills in the messages, the notes, and what follows from them for each leg.
func (l *ladderShown) climb(kept call.Ladder) {
	slices.SortStableFunc(l.Legs, func(a, b ladderLegShown) int {
		return cmp.Or(a.Began.Compare(b.Began), cmp.Compare(seatRank(a.Seat), seatRank(b.Seat)))
	})
	l.Messages, l.Notes = []sipMessageShown{}, append([]ladderNoteShown{}, l.Notes...)
	for _, s := range kept.Strands {
		i := slices.IndexFunc(l.Legs, func(leg ladderLegShown) bool { return leg.ID == string(s.Leg) })
		if i < 0 {
			continue
		}
		leg := &l.Legs[i]
		leg.Trunk, leg.Left = s.Trunk, s.Left
		for _, m := range s.Messages {
			shown := showMessage(s.Leg, m)
			l.Messages = append(l.Messages, shown)
			leg.Peer = strings.ToLower(m.Network) + ":" + shown.Peer
		}
		for _, p := range s.Course {
			leg.Course = append(leg.Course, showInterval(p))
		}
	}
	slices.SortStableFunc(l.Messages, func(a, b sipMessageShown) int { return a.At.Compare(b.At) })
	for _, n := range kept.Notes {
		l.Notes = append(l.Notes, ladderNoteShown{At: n.At.UTC(), Leg: string(n.Leg), What: n.What, Other: string(n.Other), Detail: n.Detail})
	}
	for _, s := range l.Switches {
		l.Notes = append(l.Notes, switchNotes(s)...)
	}
	slices.SortStableFunc(l.Notes, func(a, b ladderNoteShown) int { return a.At.Compare(b.At) })
	end := l.Now
	if l.Ended != nil {
		end = *l.Ended
	}
	for i := range l.Legs {
		leg := &l.Legs[i]
		if leg.Course == nil {
			leg.Course = []qualityCourseShown{}
		}
		leg.Spans = spans(*leg, l.Notes, end)
	}
	l.Legs, l.Switches = append([]ladderLegShown{}, l.Legs...), append([]switchShown{}, l.Switches...)
}

// seatRank puts the customer first.
func seatRank(seat string) int { return slices.Index([]string{"customer", "agent", "guest"}, seat) }

// switchNotes are the beginning and the end of a switch.
func switchNotes(s switchShown) []ladderNoteShown {
	notes := []ladderNoteShown{{At: s.Began, Leg: s.Leg, What: "switch_begun", Detail: s.To, By: s.By}}
	if s.Ended == nil {
		return notes
	}
	end := ladderNoteShown{At: *s.Ended, Leg: s.Leg, What: "switch_failed", Detail: s.Result, By: s.By}
	if s.Result == "done" {
		end.What, end.Detail = "switch_done", s.To
	}
	return append(notes, end)
}

// showMessage reads the little of a message that its arrow says.
func showMessage(leg call.LegID, m call.Message) sipMessageShown {
	head, body, _ := strings.Cut(m.Text, "\r\n\r\n")
	first, headers, _ := strings.Cut(head, "\r\n")
	out := sipMessageShown{
		At: m.At.UTC(), Leg: string(leg), Sent: m.Sent, Network: m.Network, Peer: m.Peer.String(), Text: m.Text, Cut: m.Cut,
		Body: strings.TrimSpace(body) != "",
	}
	out.Label, _, _ = strings.Cut(first, " ")
	out.Method = out.Label
	if status, isResponse := strings.CutPrefix(first, "SIP/2.0 "); isResponse {
		out.Label, out.Method = status, ""
		for line := range strings.SplitSeq(headers, "\r\n") {
			name, value, _ := strings.Cut(line, ":")
			if words := strings.Fields(value); strings.EqualFold(strings.TrimSpace(name), "CSeq") && len(words) == 2 {
				out.Method = words[1]
			}
		}
	}
	return out
}

// showInterval leaves out what was not measured.
func showInterval(p call.Interval) qualityCourseShown {
	out := qualityCourseShown{From: p.From.UTC(), Seconds: p.Length.Seconds(), Packets: p.Received.Packets}
	if p.Received.Packets > 0 {
		out.Loss, out.Jitter, out.MOS = rounded(p.Loss()*100, 100), millis(p.Received.JitterMost), rounded(p.MOS(), 100)
	}
	if p.Reports > 0 {
		out.FarLoss, out.FarJitter, out.FarMOS = rounded(p.FarLoss()*100, 100), millis(p.Sent.Jitter), rounded(p.FarMOS(), 100)
	}
	if p.RoundTrip > 0 {
		out.RoundTripMS = millis(p.RoundTrip)
	}
	return out
}

// spanStates are what a leg does from a note on; what is not in it changes nothing.
var spanStates = map[string]string{
	"invited": "ringing", "ringing": "ringing", "answered": "answered", "asked": "asking", "joined": "talking", "mixed": "talking", "swapped": "talking",
	"replaced": "leaving", "hung_up": "leaving",
}

// parkedStates are what it does while it hears an audio source.
var parkedStates = map[string]string{"music": "music", "comfort": "comfort", "silence": "waiting"}

// spans are what a leg did from its beginning to its end, or until now.
func spans(leg ladderLegShown, notes []ladderNoteShown, now time.Time) []spanShown {
	end := now
	if leg.Ended != nil {
		end = *leg.Ended
	}
	out := []spanShown{}
	state, held, silent, since := "dialling", false, false, leg.Began
	shown := func() string {
		switch {
		case held:
			return "held"
		case silent:
			return "silent"
		}
		return state
	}
	turn := func(at time.Time, change func()) {
		before := shown()
		change()
		if at = clamp(at, since, end); shown() != before && at.After(since) {
			out, since = append(out, spanShown{before, since, at}), at
		}
	}
	for _, n := range notes {
		if n.Leg != leg.ID {
			continue
		}
		turn(n.At, func() {
			switch n.What {
			case "held", "resumed":
				held = n.What == "held"
			case "silent", "heard":
				silent = n.What == "silent"
			case "parked":
				state = cmp.Or(parkedStates[n.Detail], "waiting")
			default:
				state = cmp.Or(spanStates[n.What], state)
			}
		})
	}
	if end.After(since) {
		out = append(out, spanShown{shown(), since, end})
	}
	return out
}

func clamp(at, low, high time.Time) time.Time {
	if at.Before(low) {
		return low
	}
	if at.After(high) {
		return high
	}
	return at
}

// name says in a few words who a leg is.
func (l ladderLegShown) name() string {
	name := l.Target
	switch {
	case l.Seat == "customer":
		name = cmp.Or(name, "customer")
	case l.Agent != "" && l.Device == "softphone":
		name = l.Agent + "'s softphone"
	case l.Agent != "" && l.Device == "desk":
		name = l.Agent + "'s desk phone"
	case l.Agent != "":
		name = l.Agent + " at " + name
	}
	if l.Trunk != "" {
		name += " by " + l.Trunk
	}
	return name
}

// ladderWidth is that of an arrow in a drawing.
const ladderWidth = 44

// drawing is the ladder as text: a line for each message and each note, with the seconds since the call began.
func (l *ladderShown) drawing() []byte {
	names, widest := map[string]string{}, 0
	for _, leg := range l.Legs {
		names[leg.ID] = leg.name()
		widest = max(widest, len([]rune(names[leg.ID])))
	}
	type line struct {
		at   time.Time
		text string
	}
	var lines []line
	for _, m := range l.Messages {
		label := m.Label
		if label != m.Method {
			label += " " + m.Method
		}
		if m.Body {
			label += " (body)"
		}
		dash := strings.Repeat("─", max(0, ladderWidth-len([]rune(label))-4))
		arrow := "── " + label + " " + dash + ">"
		if m.Sent {
			arrow = "<─ " + label + " " + dash + "─"
		}
		lines = append(lines, line{m.At, fmt.Sprintf("%-*s  %s  gateway", widest, names[m.Leg], arrow)})
	}
	for _, n := range l.Notes {
		parts := []string{strings.ReplaceAll(n.What, "_", " "), n.Detail}
		if other := names[n.Other]; other != "" {
			parts = append(parts, "with "+other)
		}
		if n.By != "" {
			parts = append(parts, "by "+n.By)
		}
		lines = append(lines, line{n.At, fmt.Sprintf("%-*s  · %s", widest, names[n.Leg], strings.Join(strings.Fields(strings.Join(parts, " ")), " "))})
	}
	slices.SortStableFunc(lines, func(a, b line) int { return a.at.Compare(b.at) })
	var b bytes.Buffer
	for _, one := range lines {
		fmt.Fprintf(&b, "%9.3f  %s\n", one.at.Sub(l.Began).Seconds(), one.text)
	}
	return b.Bytes()
}
