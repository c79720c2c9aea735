package config

import (
	"strings"
	"time"
	"unicode"
)

// unreachable checks the rules for offers that fail.
func (c *check) unreachable() {
	u := c.Policy.Unreachable
	for word, rule := range map[string]Unreached{
		"declined": u.Declined, "busy": u.Busy, "no_answer": u.NoAnswer, "no_confirm": u.NoConfirm, "unreachable": u.Unreachable,
		"trunk_fault": u.TrunkFault, "no_capacity": u.NoCapacity,
	} {
		at := func(key string) string { return "policy.unreachable." + word + "." + key }
		c.between(at("delay"), rule.Delay, time.Second, 24*time.Hour)
		c.oneOf(at("status"), rule.Status, "stay", "not_ready", "away")
		if word == "trunk_fault" || word == "no_capacity" {
			if rule.Strike {
				c.no(at("strike"), "it is no fault of the agent; write false, or remove it")
			}
			if rule.Status != "stay" {
				c.no(at("status"), "it is no fault of the agent; write stay, or remove it")
			}
		}
		if rule.Reason != "" && rule.Status != "away" {
			c.no(at("reason"), "a reason goes with the status away; set that too, or remove the reason")
		}
		if len(rule.Reason) > 100 || strings.ContainsFunc(rule.Reason, unicode.IsControl) {
			c.no(at("reason"), "it is too long or has characters that cannot be shown; write at most 100 bytes in one line")
		}
	}
}
