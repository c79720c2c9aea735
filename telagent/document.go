package telagent

import (
	"fmt"
	"slices"
	"strings"

	"telagent-gateway/presence"
)

// Document prints who takes part in a call in which way, and who hears whom, as Markdown, for docs/calls.md.
func Document() string {
	var b strings.Builder
	b.WriteString("# People on a call\n\nGenerated from package `telagent`. Every call has a customer, or is between two agents; one agent is in the agent " +
		"seat, others are guests.\n\n## How somebody takes part\n\n| mode | who lets him in | in line | talks with the customer: after-call work, and can take the agent seat |\n|---|---|---|---|\n")
	yes := map[bool]string{true: "yes", false: "no"}
	for m := Primary; m <= Barge; m++ {
		by := "the agent in the seat, his supervisors"
		switch {
		case m == Primary:
			by = "his offer, his own call"
		case m.isSupervision():
			by = "supervisors of the agent alone"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", m, by, yes[m.talks()], yes[m.serves()])
	}
	fmt.Fprintf(&b, "\nA call has room for %d guests. Who listens in silence is shown to supervisors alone, and only supervisors send a supervisor away.\n", mostGuests)
	b.WriteString("\n## Who hears whom\n\n*Agent aside* is the agent in the seat while he talks with whom he asks; the customer hears music then. A leg that " +
		"holds hears nobody and is heard by nobody. A customer who would hear nobody hears music, or comfort audio when his agent is cut off.\n\n| hears ↓ whom → |")
	for r := customerRole; r <= bargeRole; r++ {
		fmt.Fprintf(&b, " %s |", roleWords[r])
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", int(bargeRole)) + "\n")
	for r := customerRole; r <= bargeRole; r++ {
		fmt.Fprintf(&b, "| **%s** |", roleWords[r])
		for q := customerRole; q <= bargeRole; q++ {
			mark := " "
			if slices.Contains(heardBy[r], q) {
				mark = " ✓ "
			}
			b.WriteString(mark + "|")
		}
		b.WriteString("\n")
	}
	b.WriteString("\n## What a code does that an agent dials\n\n| code | does |\n|---|---|\n")
	codes := DefaultFeatures()
	for _, code := range sortedKeys(codes) {
		f := codes[code]
		what := strings.ReplaceAll(f.Does, "_", " ")
		if f.Does == "status" {
			what = "declares " + strings.ReplaceAll(f.Status.String(), "_", " ")
		}
		if f.Status == presence.OnBreak {
			what += "; a digit more takes a reason of the directory's `break_reasons`, `" + code + "1` the first"
		}
		fmt.Fprintf(&b, "| `%s` | %s |\n", code, what)
	}
	b.WriteString("\nThe configuration may have other codes, `policy.feature_codes`.\n")
	return b.String()
}
