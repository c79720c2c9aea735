package console

import (
	"context"
	"time"

	"telagent-gateway/presence"
	"telagent-gateway/telagent"
)

type colleagueShown struct {
	ID     string    `json:"id" doc:"what a call, a consultation or a transfer names"`
	Name   string    `json:"name"`
	Status string    `json:"status"`
	Reason string    `json:"reason,omitempty"`
	Since  time.Time `json:"since"`
	Phone  string    `json:"phone" doc:"reachable, unreachable or unknown"`
	Reach  string    `json:"reach" doc:"softphone, or phone: he is a Telagent"`
	Takes  bool      `json:"takes" doc:"a call or a transfer of a colleague would ring now"`
	Word   string    `json:"word,omitempty" doc:"the status in the words that were asked for"`

	Capabilities map[string]string `json:"capabilities" doc:"voice, chat, mail, video: on or greyed; what he does not have is absent"`
}

type colleaguesAnswer struct {
	Body struct {
		Colleagues []colleagueShown `json:"colleagues" doc:"of your team, sorted by id; without you"`
	}
}

// colleagues lists whom an agent may ask or hand a call to (S50): everybody of his own team, and whom he sees anyway.
func (c *Console) colleagues(ctx context.Context, in *agentsAsked) (*colleaguesAnswer, error) {
	who := from(ctx)
	me, isAgent := agentWithID(who.view, who.viewer.name)
	out := &colleaguesAnswer{}
	out.Body.Colleagues = []colleagueShown{}
	for _, a := range who.view.Agents {
		mate := isAgent && a.Team == me.Team
		if a.ID == who.viewer.name || !mate && !who.viewer.sees(reach{agents: []string{a.ID}}) {
			continue
		}
		out.Body.Colleagues = append(out.Body.Colleagues, colleagueShown{
			ID: a.ID, Name: a.Name, Status: a.Status, Reason: a.Reason, Since: a.Since.UTC(), Phone: a.Reachable, Reach: a.Reach, Takes: takes(a),
			Capabilities: capabilities(a.Capabilities),
			Word:         showAgent(a, c.now()).Words[in.Vocabulary],
		})
	}
	return out, nil
}

// takes says whether a colleague's call would ring at an agent, as far as a page can know it; the Floor decides.
func takes(a telagent.AgentView) bool {
	toggle, err := presence.ParseStatus(a.Toggle)
	if err != nil || a.Activity != presence.Idle.String() || a.Call != "" || a.Reachable == "unreachable" {
		return false
	}
	profile, err := presence.ParseProfileType(a.ProfileType)
	return err == nil && presence.State{Declared: presence.Declaration{Status: toggle}, Profile: presence.Worn{Type: profile}}.May(presence.Transfer)
}
