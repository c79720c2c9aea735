package demo

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func flawless() Measured {
	m := Measured{TwoWayMS: 20, ComfortAfterMS: 1000, Cause: "none"}
	m.CustomerGapMS, m.Lost.TwoWayMS, m.Lost.ComfortAfterMS = 25, 20, 1000
	for _, s := range expected {
		m.Presence = append(m.Presence, Moment{Status: s})
	}
	return m
}

func TestPromisesThatAreKeptAreNoMisses(t *testing.T) {
	m := flawless()
	if misses := m.Misses(); len(misses) > 0 {
		t.Errorf("misses %q", misses)
	}
	if text := m.table(colours{}); strings.ContainsAny(text, "✗?\x1b") || strings.Contains(text, "busy") {
		t.Errorf("table:\n%s", text)
	}
}

func TestEveryBrokenPromiseIsNamed(t *testing.T) {
	for want, breaks := range map[string]func(*Measured){
		"silence between packets":      func(m *Measured) { m.CustomerGapMS = 40.1 },
		"hear each other":              func(m *Measured) { m.TwoWayMS = 60.1 },
		"until comfort audio":          func(m *Measured) { m.Lost.ComfortAfterMS = 2000.1 },
		"customer's SIP dialog":        func(m *Measured) { m.Lost.CustomerDialogChanged = true },
		"SSRC changed: true":           func(m *Measured) { m.SSRCChanged = true },
		"sequence breaks: 1":           func(m *Measured) { m.SequenceBreaks = 1 },
		"timestamp breaks: 2":          func(m *Measured) { m.Lost.TimestampBreaks = 2 },
		"available → ringing, promise": func(m *Measured) { m.Presence = m.Presence[:2] },
		"INVITE without Contact":       func(m *Measured) { m.Faults = []string{"softphone: INVITE without Contact"} },
	} {
		m := flawless()
		breaks(&m)
		if misses := strings.Join(m.Misses(), "\n"); !strings.Contains(misses, want) {
			t.Errorf("misses %q do not name %q", misses, want)
		}
		if !strings.Contains(m.table(colours{}), "✗") {
			t.Errorf("%s: no mark in the table", want)
		}
	}
}

func TestATimeThatABusyMachineExplainsIsNotJudged(t *testing.T) {
	m := flawless()
	m.CustomerGapMS, m.MachineLateMS = 70, 30
	if misses := m.Misses(); len(misses) > 0 {
		t.Errorf("misses %q", misses)
	}
	if text := m.table(colours{}); !strings.Contains(text, "? switch: longest silence") || !strings.Contains(text, "busy") {
		t.Errorf("table:\n%s", text)
	}
	m.CustomerGapMS = 70.1
	if len(m.Misses()) != 1 {
		t.Errorf("misses %q, want the gap that the machine does not explain", m.Misses())
	}
}

func TestARobotKnowsWhenItOverslept(t *testing.T) {
	a := &audio{}
	a.overslept(nap{at(100), 10 * time.Millisecond})
	a.overslept(nap{at(300), 50 * time.Millisecond})
	for _, c := range []struct{ from, to, want int }{{0, 200, 10}, {0, 400, 50}, {320, 330, 50}, {110, 300, 0}, {400, 500, 0}} {
		if got := a.longestNap(at(c.from), at(c.to)); got != time.Duration(c.want)*time.Millisecond {
			t.Errorf("from %d to %d: %v, want %d ms", c.from, c.to, got, c.want)
		}
	}
}

func TestStatusesThatComeTwiceInARowAreToldOnce(t *testing.T) {
	w := &Watch{}
	for i, s := range []string{"away", "available", "available", "ringing", "in_line"} {
		w.add(Event{At: at(i * 100), Name: "agent.changed", Data: []byte(`{"id":"ana","status":"` + s + `"}`)})
		w.add(Event{At: at(i * 100), Name: "agent.changed", Data: []byte(`{"id":"ben","status":"away"}`)})
	}
	got := w.Presence("ana", at(100), at(0))
	if !slices.Equal(got, []Moment{{"available", 100}, {"ringing", 300}, {"in_line", 400}}) {
		t.Errorf("passed through %v", got)
	}
}
