package console

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"telagent-gateway/telagent"
)

// messageShown is the body of what webhooks are told.
type messageShown struct {
	ID     string       `json:"id"` // unique: whoever saw it before has this already
	Type   string       `json:"type"`
	Time   time.Time    `json:"time"`
	Agent  *personShown `json:"agent,omitempty"`
	Number string       `json:"number,omitempty"` // at which he is rung over a trunk
	Device string       `json:"device,omitempty"` // what rings
	By     string       `json:"by,omitempty"`     // user; absent: the system
	Reason string       `json:"reason,omitempty"`
	Alarm  *alarmShown  `json:"alarm,omitempty"`
	Text   string       `json:"text"` // ready to be shown or sent on
}

type personShown struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Team string `json:"team"`
}

// person is what messages need to know of an agent.
type person struct{ name, team string }

// composer makes messages of changes. Safe for concurrent use.
type composer struct {
	language string

	mu     sync.Mutex
	people map[string]person // as they were told of last
}

// note keeps who the agents are that were told of.
func (c *composer) note(changes []telagent.Change) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, change := range changes {
		if a, ok := change.(telagent.AgentChanged); ok {
			c.people[a.Agent.ID] = person{a.Agent.Name, a.Agent.Team}
		}
	}
}

// compose returns the message about a change, and of which teams it is; the zero message: there is nothing to tell.
func (c *composer) compose(change telagent.Change) (m messageShown, teams []string) {
	switch change := change.(type) {
	case telagent.TelagentBegan:
		return c.reached("telagent.began", change.Reached), []string{change.Reached.Team}
	case telagent.TelagentEnded:
		return c.reached("telagent.ended", change.Reached), []string{change.Reached.Team}
	case telagent.SwitchFailed:
		return c.failed(change.Switch)
	case telagent.AlarmRaised:
		m = newMessage("alarm.raised", change.Time)
		alarm := showAlarm(change)
		m.Alarm, m.Text = &alarm, change.Sentence
		return m, alarmTeams(change.Team, change.Teams)
	case telagent.AlarmCleared:
		m = newMessage("alarm.cleared", change.Time)
		m.Alarm = &alarmShown{Code: change.Code, Subject: change.Subject, Team: change.Team, Time: change.Time.UTC()}
		m.Text = fmt.Sprintf("The alarm %s of %s is over.", strings.ReplaceAll(change.Code, "_", " "), change.Subject)
		return m, alarmTeams(change.Team, change.Teams)
	default:
	}
	return messageShown{}, nil
}

func newMessage(kind string, at time.Time) messageShown {
	return messageShown{ID: "msg_" + rand.Text(), Type: kind, Time: at.UTC()}
}

func (c *composer) reached(kind string, r telagent.Reached) messageShown {
	m := newMessage(kind, r.Time)
	m.Agent = &personShown{r.Agent, r.Name, r.Team}
	m.Number, m.Device, m.By, m.Reason = r.Number, r.Device, r.By, string(r.Why)
	m.Text = reachedText(r, kind == "telagent.began", cmp.Or(r.Language, c.language))
	return m
}

func (c *composer) failed(s telagent.SwitchRecord) (messageShown, []string) {
	c.mu.Lock()
	who := c.people[s.Agent]
	c.mu.Unlock()
	m := newMessage("switch.failed", s.Ended)
	m.Agent = &personShown{s.Agent, cmp.Or(who.name, s.Agent), who.team}
	m.Device, m.By, m.Reason = s.To, s.By, s.Result
	m.Text = fmt.Sprintf("The call of %s did not move to %s: %s.", m.Agent.Name, s.To, strings.ReplaceAll(s.Result, "_", " "))
	return m, []string{who.team}
}

// test is what an administrator sends to see whether a receiver takes it.
func (c *composer) test(by string, at time.Time) messageShown {
	m := newMessage("webhook.test", at)
	m.By, m.Text = by, "This is a test of the webhook."
	return m
}

func alarmTeams(team string, teams []string) []string {
	if team != "" {
		teams = append([]string{team}, teams...)
	}
	return teams
}

func (m messageShown) encoded() []byte {
	body, err := json.Marshal(m)
	if err != nil {
		panic(err) // strings and times always encode
	}
	return body
}

// texts are the sentences for agents, by language. %s is a number.
type texts struct{ key, pin, nailed, desk, nothing, ended, off string }

var textsOf = map[string]texts{
	"en": {
		key:     "You now work by phone at %s: calls come there; press 1 to take them.",
		pin:     "You now work by phone at %s: calls come there; key in your PIN to take them.",
		nailed:  "You now work by phone at %s: it rings once and stays connected; calls come there after a tone.",
		desk:    "You now work at your desk phone: calls come there.",
		nothing: "You now work by phone, but there is no phone that can be rung: tell your supervisor.",
		ended:   "You no longer work by phone: calls come to your softphone again.",
		off:     "You no longer work by phone: you are signed off.",
	},
	"de": {
		key:     "Sie arbeiten jetzt per Telefon unter %s: Anrufe kommen dort an; drücken Sie die 1, um sie anzunehmen.",
		pin:     "Sie arbeiten jetzt per Telefon unter %s: Anrufe kommen dort an; geben Sie Ihre PIN ein, um sie anzunehmen.",
		nailed:  "Sie arbeiten jetzt per Telefon unter %s: Es klingelt einmal und bleibt verbunden; Anrufe kommen dort nach einem Ton an.",
		desk:    "Sie arbeiten jetzt an Ihrem Tischtelefon: Anrufe kommen dort an.",
		nothing: "Sie arbeiten jetzt per Telefon, aber keines Ihrer Telefone ist erreichbar: Sagen Sie es Ihrem Supervisor.",
		ended:   "Sie arbeiten nicht mehr per Telefon: Anrufe kommen wieder an Ihrem Softphone an.",
		off:     "Sie arbeiten nicht mehr per Telefon: Sie sind abgemeldet.",
	},
}

// reachedText tells an agent how he is rung, in his language or in English.
func reachedText(r telagent.Reached, began bool, language string) string {
	t, ok := textsOf[language]
	if !ok {
		t = textsOf["en"]
	}
	switch {
	case !began && r.Off:
		return t.off
	case !began:
		return t.ended
	case r.Number != "" && r.NailedUp:
		return fmt.Sprintf(t.nailed, r.Number)
	case r.Number != "" && r.Proof == telagent.ByPIN:
		return fmt.Sprintf(t.pin, r.Number)
	case r.Number != "":
		return fmt.Sprintf(t.key, r.Number)
	case r.Device != "":
		return t.desk
	}
	return t.nothing
}
