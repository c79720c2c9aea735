package telagent_test

import (
	"slices"
	"strings"

	"telagent-gateway/telagent"
)

// selection reads whom a mass switch is about.
func (p *play) selection(o options) telagent.Selection {
	s := telagent.Selection{Team: o.after("team"), Office: o.after("office"), Site: o.after("site"), CutOff: slices.Contains(o, "cut_off")}
	if !slices.Contains([]string{"team", "office", "site", "cut_off", "nobody"}, o.at(0)) {
		s.Agents = strings.Split(o.at(0), ",")
	}
	return s
}

// batch prints those of a mass switch who came to another place.
func (p *play) batch(b telagent.BatchView) string {
	name := p.batches.of(b.ID)
	var news []string
	for _, m := range b.Members {
		is := strings.TrimSpace(m.Agent + " " + string(m.Progress) + " " + m.Code)
		if p.members[name+m.Agent] != is {
			p.members[name+m.Agent] = is
			news = append(news, is)
		}
	}
	if len(news) == 0 {
		return ""
	}
	s := name + " " + strings.Join(news, ", ")
	if !b.Ended.IsZero() {
		s += ", over"
	}
	return s
}
