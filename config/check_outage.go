package config

import "time"

// outage checks what counts as a lost softphone and as an outage.
func (c *check) outage() {
	o := c.Policy.Outage
	for path, d := range map[string]time.Duration{
		"flow": o.Flow, "registration": o.Registration, "answers": o.Answers, "contact": o.Contact, "reports": o.Reports, "media": o.Media,
		"hold_off": o.HoldOff, "alarm_hold": o.AlarmHold,
	} {
		c.between("policy.outage."+path, d, 0, time.Hour)
	}
	c.between("policy.outage.site_window", o.SiteWindow, time.Second, time.Hour)
	c.between("policy.outage.back_after", o.BackAfter, time.Second, 24*time.Hour)
	c.between("policy.outage.back_longest", o.BackLongest, time.Second, 24*time.Hour)
	if o.SiteLeast < 2 || o.SiteLeast > 1000 {
		c.no("policy.outage.site_least", "%d is out of range; write a number from 2 to 1000", o.SiteLeast)
	}
	if o.SitePercent < 1 || o.SitePercent > 100 {
		c.no("policy.outage.site_percent", "%d is out of range; write a number from 1 to 100", o.SitePercent)
	}
	if o.BackLongest < o.BackAfter {
		c.no("policy.outage.back_longest", "%v is shorter than back_after (%v), from which it grows; make it longer", o.BackLongest, o.BackAfter)
	}
}
