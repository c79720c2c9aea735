package sim

import (
	"strings"
	"testing"

	"telagent-gateway/telagent"
)

func TestTheJudgeComplainsAboutAlarmsThatSayTooMuchOrTooLittle(t *testing.T) {
	lost := telagent.AlarmRaised{Code: "lost", Subject: "ana", Team: "x"}
	for name, c := range map[string]struct {
		changes []telagent.Change
		want    string
	}{
		"told twice":          {[]telagent.Change{lost, lost}, "raised twice"},
		"for nobody":          {[]telagent.Change{telagent.AlarmRaised{Code: "site_down", Subject: "here"}}, "is for nobody"},
		"over before it came": {[]telagent.Change{telagent.AlarmCleared{Code: "cut_off", Subject: "ana"}}, "was not raised"},
		"told and over":       {[]telagent.Change{lost, telagent.AlarmCleared{Code: "lost", Subject: "ana"}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			j := newJudge(Coverage{})
			for _, change := range c.changes {
				j.change(change)
			}
			if said := strings.Join(j.broken, "\n"); c.want == "" && said != "" || !strings.Contains(said, c.want) {
				t.Errorf("the judge says %q, and not %q", said, c.want)
			}
		})
	}
}
