package sim

import (
	"strings"
	"testing"

	"telagent-gateway/telagent"
)

func TestTheJudgeComplainsAboutVersionsThatAreWrong(t *testing.T) {
	view := func(version uint64, declared string) *telagent.View {
		return &telagent.View{Agents: []telagent.AgentView{{ID: "ana", Status: "away", Declared: declared, Version: version, Since: epoch}}}
	}
	at := func(seen uint64) input {
		return input{command: telagent.SetStatus{By: "ana", Agent: "ana", Seen: seen}}
	}
	stale := &telagent.Refusal{Code: "stale", Sentence: "Not done."}
	for name, c := range map[string]struct {
		in   input
		err  error
		is   *telagent.View
		want string
	}{
		"a version that stays":            {input{}, nil, view(3, "on_break"), "and his version stays"},
		"a version that goes back":        {input{}, nil, view(2, "away"), "goes back from 3 to 2"},
		"a wish that is stale and not":    {at(3), stale, view(3, "away"), "a wish at it is stale"},
		"an old wish that is carried out": {at(2), nil, view(4, "on_break"), "a wish at version 2 is carried out"},
	} {
		j := newJudge(Coverage{})
		j.view, j.in = view(3, "away"), c.in
		j.versions(c.err, c.is)
		if all := strings.Join(j.broken, "\n"); !strings.Contains(all, c.want) {
			t.Errorf("%s: the judge says %q", name, all)
		}
	}
}
