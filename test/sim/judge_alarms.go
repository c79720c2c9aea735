package sim

import (
	"slices"
	"strings"
	"time"

	"telagent-gateway/telagent"
)

// alarmHold is how long an agent's own alarm may wait for his site's, see telagent.OutageRules.
const alarmHold = 2 * time.Second

// watched are the codes of alarms about what agents talk on.
var watched = []string{"cut_off", "lost", "no_number", "site_down", "site_back"}

// raised judges an alarm that is raised: one about an agent is told once, one about a site may be worded anew.
func (j *judge) raised(a telagent.AlarmRaised) {
	key := a.Code + " " + a.Subject
	_, again := j.alarms[key]
	switch {
	case !slices.Contains(watched, a.Code):
		return
	case again && !strings.HasPrefix(a.Code, "site_"):
		j.say("the alarm %s is raised twice", key)
	case again && j.alarms[key] == a.Sentence+strings.Join(a.Teams, ","):
		j.say("the alarm %s is told again and says nothing new", key)
	case (a.Team == "") == (len(a.Teams) == 0):
		j.say("the alarm %s is for nobody, or for a team and for several", key)
	}
	j.alarms[key] = a.Sentence + strings.Join(a.Teams, ",")
}

func (j *judge) cleared(a telagent.AlarmCleared) {
	key := a.Code + " " + a.Subject
	if _, is := j.alarms[key]; !is && slices.Contains(watched, a.Code) {
		j.say("the alarm %s is over that was not raised", key)
	}
	delete(j.alarms, key)
}

// alarming judges what is told of lost softphones: who is cut off or waits for calls in vain is told of, by his own alarm or
// by his site's, and nobody else is.
func (j *judge) alarming(view *telagent.View) {
	down := false
	for key := range j.alarms {
		down = down || strings.HasPrefix(key, "site_down ")
	}
	for i := range view.Agents {
		a := &view.Agents[i]
		cut, lost := a.Activity == "cut_off", len(a.Lost) > 0 && a.Declared == "available" && a.Activity != "cut_off"
		for code, is := range map[string]bool{"cut_off": cut, "lost": lost} {
			_, told := j.alarms[code+" "+a.ID]
			r := j.agent(a.ID)
			switch {
			case told && !is:
				j.say("the alarm %s %s stands, and it is not so", code, a.ID)
			case !is || told || down:
				delete(r.untold, code)
			case r.untold[code].IsZero():
				r.untold[code] = j.now
			case j.past(r.untold[code], alarmHold):
				j.say("agent %s is %s since %v, and nobody is told", a.ID, code, r.untold[code])
			}
		}
		if len(a.Lost) > 0 && a.Reach == "softphone" && a.Activity == "idle" && a.Reachable != "unreachable" {
			j.say("agent %s lost his softphone and is shown as %s", a.ID, a.Reachable)
		}
		if !a.BackOffered.IsZero() && (a.Reach != "phone" || len(a.Lost) > 0) {
			j.say("agent %s is offered the way back by %s, and lacks %v", a.ID, a.Reach, a.Lost)
		}
	}
}
