package gateway

import (
	"time"

	"telagent-gateway/config"
	"telagent-gateway/telagent"
)

// clocks are how long evidence lasts before a phone counts as lost. The Floor's zero is its default; in the file it is none.
func clocks(o config.Outage) telagent.Clocks {
	atOnce := func(d time.Duration) time.Duration { return max(d, time.Nanosecond) }
	return telagent.Clocks{
		Flow: atOnce(o.Flow), Registration: atOnce(o.Registration), Answers: atOnce(o.Answers), Contact: atOnce(o.Contact),
		Reports: atOnce(o.Reports), Media: orNever(o.Media), HoldOff: orNever(o.HoldOff),
	}
}

func outage(o config.Outage) telagent.OutageRules {
	return telagent.OutageRules{
		Least: o.SiteLeast, Percent: o.SitePercent, Window: o.SiteWindow, Hold: orNever(o.AlarmHold), BackAfter: o.BackAfter, BackLongest: o.BackLongest,
	}
}

// orNever is a time that the file may leave out by 0s.
func orNever(d time.Duration) time.Duration {
	if d == 0 {
		return -1
	}
	return d
}
