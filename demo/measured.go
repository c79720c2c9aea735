package demo

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Measured is what the play measured, all of it at the robots' own sockets and on one clock. Its JSON names are
// promised to users.
type Measured struct {
	Gap
	TwoWayMS       float64  `json:"two_way_ms"`       // from the key's first packet until customer and phone hear each other
	CutOverMS      float64  `json:"cut_over_ms"`      // longest time in which the customer heard neither softphone nor phone
	Presence       []Moment `json:"presence"`         // the statuses that the agent passed through
	Cause          string   `json:"cause"`            // why the switch failed; "none": it did not
	ComfortAfterMS float64  `json:"comfort_after_ms"` // second act: from the softphone's death to the customer's comfort audio
	Lost           Lost     `json:"softphone_lost"`   // the second act
	Faults         []string `json:"faults"`           // what the gateway sent against RFC 3261, as the robots saw it
	Seconds        float64  `json:"seconds"`          // how long the play took
}

// Gap is what the customer's socket saw of a switch.
type Gap struct {
	CustomerGapMS         float64 `json:"customer_gap_ms"`         // longest silence between RTP packets
	CustomerDialogChanged bool    `json:"customer_dialog_changed"` // a re-INVITE or the like came
	SSRCChanged           bool    `json:"ssrc_changed"`
	SequenceBreaks        int     `json:"sequence_breaks"`
	TimestampBreaks       int     `json:"timestamp_breaks"`
	MachineLateMS         float64 `json:"machine_late_ms"` // by how much the robots' own timers were late: it blurs every time measured here
}

// Lost is the second act: the softphone vanishes without a BYE.
type Lost struct {
	Gap
	ComfortAfterMS float64  `json:"comfort_after_ms"`
	CutOffAfterMS  float64  `json:"cut_off_after_ms"` // until the agent is shown as cut off
	TwoWayMS       float64  `json:"two_way_ms"`
	Presence       []Moment `json:"presence"`
	Cause          string   `json:"cause"`
}

// What the product promises of a switch.
const (
	mostGapMS     = 40
	mostTwoWayMS  = 60
	mostComfortMS = 2000
	worthSaying   = 10 // milliseconds that this machine may be late before people are told
)

// around measures the customer's socket from a switch's beginning to its end.
func (p *play) around(from, to time.Time) Gap {
	var late time.Duration
	for _, l := range []*Leg{p.customer, p.softphone, p.phone} {
		late = max(late, l.Overslept(from, to))
	}
	tr := p.customer.Trace()
	return Gap{
		CustomerGapMS:         milliseconds(tr.LongestGap(from, to)),
		CustomerDialogChanged: len(p.customer.Changes()) > 0,
		SSRCChanged:           tr.SSRCChanges(from, to) > 0,
		SequenceBreaks:        tr.SequenceBreaks(from, to),
		TimestampBreaks:       tr.TimestampBreaks(from, to),
		MachineLateMS:         milliseconds(late),
	}
}

// verdict says whether a promise was kept.
type verdict uint8

const (
	noPromise verdict = iota
	kept
	broken
	blurred // more than promised, but not by more than this machine was late itself
)

// row is one line of the table: what, how much, what was promised and whether that was kept.
type row struct {
	what, got, promised string
	verdict             verdict
}

func measure(what string, got float64) row { return row{what: what, got: fmt.Sprintf("%.1f ms", got)} }

// atMost is a promise in milliseconds; late is by how much this machine was late itself.
func (r row) atMost(got, limit, late float64) row {
	r.promised, r.verdict = fmt.Sprintf("at most %.0f ms", limit), kept
	if got > limit+late {
		r.verdict = broken
	} else if got > limit {
		r.verdict = blurred
	}
	return r
}

// none is a promise that something does not happen.
func none(what string, happened bool, detail string) row {
	if happened {
		return row{what, detail, "none", broken}
	}
	return row{what, "none", "none", kept}
}

func (m Measured) rows() []row {
	lost := m.Lost
	statuses := row{"statuses of the agent", strings.Join(words(m.Presence), " → "), strings.Join(expected, " → "), kept}
	if !slices.Equal(words(m.Presence), expected) {
		statuses.verdict = broken
	}
	rows := []row{
		measure("switch: longest silence between packets to the customer", m.CustomerGapMS).atMost(m.CustomerGapMS, mostGapMS, m.MachineLateMS),
		measure("switch: key 1 until customer and phone hear each other", m.TwoWayMS).atMost(m.TwoWayMS, mostTwoWayMS, m.MachineLateMS),
		measure("switch: customer hears neither softphone nor phone", m.CutOverMS),
	}
	rows = append(append(rows, m.Gap.rows("switch")...), statuses,
		measure("softphone dies: until comfort audio", lost.ComfortAfterMS).atMost(lost.ComfortAfterMS, mostComfortMS, lost.MachineLateMS),
		measure("softphone dies: until the page shows cut off", lost.CutOffAfterMS),
		measure("softphone dies: longest silence between packets to the customer", lost.CustomerGapMS),
		measure("softphone dies: key 1 until customer and phone hear each other", lost.TwoWayMS).atMost(lost.TwoWayMS, mostTwoWayMS, lost.MachineLateMS),
	)
	rows = append(rows, lost.Gap.rows("softphone dies")...)
	return append(rows, none("protocol faults of the gateway", len(m.Faults) > 0, fmt.Sprint(len(m.Faults))))
}

func (g Gap) rows(act string) []row {
	breaks := g.SSRCChanged || g.SequenceBreaks+g.TimestampBreaks > 0
	detail := fmt.Sprintf("SSRC changed: %v, sequence breaks: %d, timestamp breaks: %d", g.SSRCChanged, g.SequenceBreaks, g.TimestampBreaks)
	return []row{
		none(act+": changes of the customer's SIP dialog", g.CustomerDialogChanged, "changed"),
		none(act+": breaks in the customer's RTP stream", breaks, detail),
	}
}

// expected are the statuses of an agent through one call.
var expected = []string{"available", "ringing", "in_line", "acw", "available"}

func words(passed []Moment) (w []string) {
	for _, p := range passed {
		w = append(w, p.Status)
	}
	return w
}

// Misses returns every promise that was broken, each as a sentence; none: all were kept, or this machine was too busy
// to tell.
func (m Measured) Misses() (misses []string) {
	for _, r := range m.rows() {
		if r.verdict == broken {
			misses = append(misses, fmt.Sprintf("%s: %s, promised: %s", r.what, r.got, r.promised))
		}
	}
	return append(misses, m.Faults...)
}

// table is what was measured, for people.
func (m Measured) table(c colours) string {
	out := &strings.Builder{}
	rows := m.rows()
	wide := 0
	for _, r := range rows {
		wide = max(wide, len([]rune(r.what)))
	}
	marks := map[verdict]string{noPromise: " ", kept: c.green + "✓" + c.off, broken: c.red + "✗" + c.off, blurred: "?"}
	fmt.Fprintf(out, "\n%sMeasured at the customer's and the phones' own sockets%s\n", c.bold, c.off)
	for _, r := range rows {
		promised := ""
		if r.promised != "" && r.promised != r.got {
			promised = fmt.Sprintf("  %s(%s)%s", c.dim, r.promised, c.off)
		}
		fmt.Fprintf(out, "  %s %-*s  %s%s\n", marks[r.verdict], wide, r.what, r.got, promised)
	}
	for _, f := range m.Faults {
		fmt.Fprintf(out, "    %s%s%s\n", c.red, f, c.off)
	}
	if late := max(m.MachineLateMS, m.Lost.MachineLateMS); late > worthSaying {
		fmt.Fprintf(out, "  %sThis machine was busy: the robots' own timers were late by up to %.1f ms, which blurs all times above.%s\n", c.dim, late, c.off)
	}
	return out.String()
}

// colours are terminal sequences, all empty where the output is no terminal.
type colours struct{ bold, dim, green, red, off string }

func colouring(on bool) colours {
	if !on {
		return colours{}
	}
	return colours{bold: "\x1b[1m", dim: "\x1b[2m", green: "\x1b[32m", red: "\x1b[31m", off: "\x1b[0m"}
}
