package presence

import (
	"fmt"
	"slices"
	"strings"
)

// Document prints the tables as Markdown, for docs/presence.md.
func Document() string {
	var b strings.Builder
	b.WriteString("# Presence\n\nGenerated from package `presence`. What is shown is a function of what the agent declared and what calls do to him.\n\n")
	b.WriteString("## What is shown\n\n")
	pairs(&b, "activity", "declared ", func(a Activity, d Status) string {
		return State{Declared: Declaration{Status: d}, Activity: a}.Status().String()
	})
	b.WriteString("\nA *profile* lies beside what is declared, and ends by itself where it has a duration; then the default profile is back and\n" +
		"what was declared holds as before: who was not ready still is.\n\n| profile of type | idle and ready | idle and not ready |\n|---|---|---|\n")
	for t := AvailableProfile; t <= BreakProfile; t++ {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", t, State{Declared: Declaration{Status: Available}, Profile: Worn{Type: t}}.Status(),
			State{Declared: Declaration{Status: NotReady}, Profile: Worn{Type: t}}.Status())
	}
	b.WriteString(besides)
	b.WriteString("\n## What declaring a word does\n\n")
	pairs(&b, "during", "", func(a Activity, d Status) string { return EffectOf(a, d).String() })
	documentVerbs(&b)
	documentVocabularies(&b)
	b.WriteString("\n## What follows what\n\n```mermaid\nstateDiagram-v2\n    [*] --> idle\n")
	for a := Idle; a <= Talking; a++ {
		for _, next := range follows[a] {
			fmt.Fprintf(&b, "    %s --> %s\n", a, next)
		}
	}
	b.WriteString("```\n\nA forced logout ends any of them. Whatever has no arrow is a bug, and stops the step that tried it.\n")
	return b.String()
}

const besides = `
Beside the word stand: the offices in which an agent is away (a deliberate *available* for everything ends that; the end of a break, a
profile or after-call work never does), the profile, who changed it, whether a phone can be rung, the icons of his channels, and when the
timer turns amber and red. Time without a key press or a call makes him *away (IDLE_TIMEOUT)* while he is available or not ready and on
his softphone; who closed his last page gets no offers after a grace time. The lengths of these times are in the
[configuration](configuration.md), profiles and offices in the [directory](directory.md).
`

// pairs prints a table with a row for each activity and a column for each declared word.
func pairs(b *strings.Builder, rows, columns string, cell func(Activity, Status) string) {
	fmt.Fprintf(b, "| %s |", rows)
	for _, d := range declaredWords {
		fmt.Fprintf(b, " %s%s |", columns, d)
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(declaredWords)) + "\n")
	for a := Idle; a <= Talking; a++ {
		fmt.Fprintf(b, "| %s |", a)
		for _, d := range declaredWords {
			fmt.Fprintf(b, " %s |", cell(a, d))
		}
		b.WriteString("\n")
	}
}

func documentVerbs(b *strings.Builder) {
	b.WriteString("\n## Who may do what\n\n| status |")
	for _, v := range verbWords {
		fmt.Fprintf(b, " %s |", v)
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(verbWords)) + "\n")
	for s := isOffline; s <= isInACW; s++ {
		fmt.Fprintf(b, "| %s |", standingWords[s])
		for v := QueueCall; v <= DialOut; v++ {
			if slices.Contains(may[s], v) {
				b.WriteString(" yes |")
			} else {
				b.WriteString(" – |")
			}
		}
		b.WriteString("\n")
	}
	b.WriteString("\nAn emergency number is dialled in every status. What is not delivered is told to the caller. Who is away in an office gets no\n" +
		"calls of its queues, whatever his status.\n")
}

func documentVocabularies(b *strings.Builder) {
	b.WriteString("\n## The same state in other systems' words\n\n| declared, activity | Tencent | Sinch | Expertflow (voice MRD) | Intermedia | Ocelot |\n" +
		"|---|---|---|---|---|---|\n")
	for row := signedOff; row <= asideAndRung; row++ {
		fmt.Fprintf(b, "| %s |", dictionary[row].what)
		for _, word := range dictionary[row].words {
			fmt.Fprintf(b, " %s |", strings.Replace(word, declaredWord, "as declared", 1))
		}
		b.WriteString("\n")
	}
	b.WriteString("\n`*`: that system has no word for it; this one is ours.\n")
}
