package config

import (
	"maps"
	"slices"
	"strings"
	"time"

	"telagent-gateway/dialplan"
)

const longestCall = 24 * time.Hour

func (c *check) dialling() {
	d := c.Dialling
	if d.Region != "" && !dialplan.KnownRegion(d.Region) {
		c.no("dialling.region", "%q is not a country; write its ISO code of two capital letters, like DE", clip(d.Region))
	}
	c.entries("dialling.allow", d.Allow)
	c.entries("dialling.deny", d.Deny)
	c.entries("dialling.premium", d.Premium)
	for i, n := range d.Emergency {
		if len(n) < 2 || len(n) > 6 || strings.Trim(n, "0123456789") != "" {
			c.no(item("dialling.emergency", i), "%q is not an emergency number; write 2 to 6 digits, like \"110\"", clip(n))
		}
	}
	c.between("dialling.max_duration", d.MaxDuration, 0, longestCall)
	for _, l := range []struct {
		path  string
		limit int
	}{{"dialling.limits.calls", d.Limits.Calls}, {"dialling.limits.per_hour", d.Limits.PerHour}} {
		if l.limit < 0 {
			c.no(l.path, "%d is less than none; write a number, 0 for no limit", l.limit)
		}
	}
	c.shown("dialling.caller_id.default", d.CallerID.Default)
	for _, name := range slices.Sorted(maps.Keys(d.CallerID.Queues)) {
		c.shown("dialling.caller_id.queues."+name, d.CallerID.Queues[name])
	}
	for _, name := range slices.Sorted(maps.Keys(d.CallerID.Agents)) {
		c.shown("dialling.caller_id.agents."+name, d.CallerID.Agents[name])
	}
	if len(c.Trunks) > 0 && d.Region == "" && len(d.Emergency) == 0 {
		c.warn("dialling.region", "without it no emergency numbers but 112 and 911 are known; write your country, like DE")
	}
	if len(c.Trunks) > 0 && len(d.Allow) == 0 {
		c.warn("dialling.allow", "nothing may be dialled over the trunks but the numbers that the directory names, and emergency numbers; name the countries that agents call, like allow: [DE]")
	}
}

// entries checks a list of dial rules, and warns of those that allow more than it seems.
func (c *check) entries(path string, list []string) {
	for i, e := range list {
		if err := dialplan.CheckEntry(e); err != nil {
			c.no(item(path, i), "%v", err)
		} else if slices.Index(list, e) < i {
			c.no(item(path, i), "%q is here twice; keep one", e)
		}
		switch {
		case path == "dialling.deny":
		case e == "+":
			c.warn(item(path, i), "it allows every country, dear ones too; name those that you call, like DE")
		case e == "+1":
			c.warn(item(path, i), "it allows two dozen countries, many of them dear; write US and CA for the United States and Canada")
		}
	}
}

func (c *check) shown(path, number string) {
	if number != "" && !e164.MatchString(number) {
		c.no(path, "%q is not a number in E.164; write + and the country code first, like \"+49301234567\"", clip(number))
	}
}
