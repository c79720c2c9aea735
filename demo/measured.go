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
)

// around measures the customer's socket from a switch's beginning to its end.
func around(customer *Leg, from, to time.Time) Gap {
	tr := customer.Trace()
	return Gap{
		CustomerGapMS:         milliseconds(tr.LongestGap(from, to)),
		CustomerDialogChanged: len(customer.Changes()) > 0,
		SSRCChanged:           tr.SSRCChanges(from, to) > 0,
		SequenceBreaks:        tr.SequenceBreaks(from, to),
		TimestampBreaks:       tr.TimestampBreaks(from, to),
	}
}

// row is one line of the table: what, how much, what was promised and whether that was kept.
type row struct {
	what, got, promised string
	kept                bool
}

func (m Measured) rows() []row {
	most := func(what string, got, limit float64) row {
		return row{what, fmt.Sprintf("%.1f ms", got), fmt.Sprintf("at most %.0f ms", limit), got <= limit}
	}
	none := func(what string, got bool, detail string) row {
		return row{what, detail, "none", !got}
	}
	rows := make([]row, 0, 16)
	add := func(r ...row) { rows = append(rows, r...) }
	add(most("switch: longest silence between packets to the customer", m.CustomerGapMS, mostGapMS),
		most("switch: key 1 until customer and phone hear each other", m.TwoWayMS, mostTwoWayMS),
		row{"switch: customer hears neither softphone nor phone", fmt.Sprintf("%.1f ms", m.CutOverMS), "", true})
	add(m.Gap.rows("switch", none)...)
	add(row{"statuses of the agent", m.statuses(), strings.Join(expected, " → "), slices.Equal(words(m.Presence), expected)})
	add(most("softphone dies: until comfort audio", m.Lost.ComfortAfterMS, mostComfortMS),
		row{"softphone dies: until the page shows cut off", fmt.Sprintf("%.1f ms", m.Lost.CutOffAfterMS), "", true},
		row{"softphone dies: longest silence between packets to the customer", fmt.Sprintf("%.1f ms", m.Lost.CustomerGapMS), "", true},
		most("softphone dies: key 1 until customer and phone hear each other", m.Lost.TwoWayMS, mostTwoWayMS))
	add(m.Lost.Gap.rows("softphone dies", none)...)
	add(none("protocol faults of the gateway", len(m.Faults) > 0, fmt.Sprint(len(m.Faults))))
	return rows
}

func (g Gap) rows(act string, none func(string, bool, string) row) []row {
	broken := g.SSRCChanged || g.SequenceBreaks+g.TimestampBreaks > 0
	detail := fmt.Sprintf("SSRC changed: %v, sequence breaks: %d, timestamp breaks: %d", g.SSRCChanged, g.SequenceBreaks, g.TimestampBreaks)
	if !broken {
		detail = "none"
	}
	changed := "none"
	if g.CustomerDialogChanged {
		changed = "changed"
	}
	return []row{
		none(act+": changes of the customer's SIP dialog", g.CustomerDialogChanged, changed),
		none(act+": breaks in the customer's RTP stream", broken, detail),
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

func (m Measured) statuses() string { return strings.Join(words(m.Presence), " → ") }

// Misses returns every promise that was not kept, each as a sentence; none: all were.
func (m Measured) Misses() (misses []string) {
	for _, r := range m.rows() {
		if !r.kept {
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
	fmt.Fprintf(out, "\n%sMeasured at the customer's and the phones' own sockets%s\n", c.bold, c.off)
	for _, r := range rows {
		mark, promised := c.green+"✓"+c.off, ""
		if !r.kept {
			mark = c.red + "✗" + c.off
		}
		if r.promised != "" && r.promised != r.got {
			promised = fmt.Sprintf("  %s(%s)%s", c.dim, r.promised, c.off)
		}
		fmt.Fprintf(out, "  %s %-*s  %s%s\n", mark, wide, r.what, r.got, promised)
	}
	for _, f := range m.Faults {
		fmt.Fprintf(out, "    %s%s%s\n", c.red, f, c.off)
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
