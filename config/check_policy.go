package config

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
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

var (
	language = regexp.MustCompile(`^[a-z]{2,3}$`)
	code     = regexp.MustCompile(`^\*[0-9*]{1,14}$`)
	features = []string{"available", "not_ready", "break", "away", "offline", "end_wrap_up", "continue_wrap_up", "hang_up"}
)

// featureCodes checks what agents dial for their status.
func (c *check) featureCodes() {
	for _, dialled := range slices.Sorted(maps.Keys(c.Policy.FeatureCodes)) {
		path := "policy.feature_codes." + dialled
		if !code.MatchString(dialled) {
			c.no(path, "%q is no code; write * and digits, in quotes, like \"*71\"", clip(dialled))
		}
		word, reason, given := strings.Cut(c.Policy.FeatureCodes[dialled], ":")
		switch {
		case !given:
			c.oneOf(path, word, features...)
		case word != "break":
			c.no(path, "a reason goes with break alone; write break:%s, or remove the reason", clip(reason))
		case reason == "" || len(reason) > 64 || strings.ContainsFunc(reason, unicode.IsControl):
			c.no(path, "the reason is empty, too long or cannot be shown; write at most 64 bytes in one line, like break:Lunch")
		}
	}
}

var delivered = regexp.MustCompile(`^\+?[0-9]{2,15}$`)

// byPhone checks what leads to sign-on by phone and how it is guarded.
func (c *check) byPhone() {
	p := c.Policy
	for i, number := range p.AccessNumbers {
		if !delivered.MatchString(number) {
			c.no(fmt.Sprintf("policy.access_numbers[%d]", i), "%q is no number; write it as the trunk delivers it, digits with or without +, in quotes", clip(number))
		}
	}
	for _, of := range []struct {
		path  string
		value int
	}{
		{"policy.menu_legs", p.MenuLegs},
		{"policy.wrong_pins.agent", p.WrongPINs.Agent},
		{"policy.wrong_pins.caller", p.WrongPINs.Caller},
		{"policy.wrong_pins.all", p.WrongPINs.All},
	} {
		if of.value < 1 || of.value > 10_000 {
			c.no(of.path, "%d is out of range; write a number from 1 to 10000", of.value)
		}
	}
	c.between("policy.wrong_pins.within", p.WrongPINs.Within, time.Minute, 24*time.Hour)
	c.between("policy.wrong_pins.lock", p.WrongPINs.Lock, time.Minute, 24*time.Hour)
}

// phones checks how agents' phones are spoken to, tried and tested.
func (c *check) phones() {
	p := c.Policy
	if !language.MatchString(p.Language) {
		c.no("policy.language", "%q is no language; write its two or three letters, like en or de", clip(p.Language))
	} else if info, err := os.Stat(filepath.Join(c.Media.Audio, p.Language)); p.Language != "en" && p.Language != "de" && (c.Media.Audio == "" || err != nil || !info.IsDir()) {
		c.no("policy.language", "%q is not built in; write en or de, or put its prompts into a sub-folder of that name of media.audio", p.Language)
	}
	if p.Machines < 0 || p.Machines > 100 {
		c.no("policy.machines", "%d is out of range; write a number from 0 to 100", p.Machines)
	}
	if p.TestCalls < 1 || p.TestCalls > 60 {
		c.no("policy.test_calls", "%d is out of range; write a number from 1 to 60", p.TestCalls)
	}
	c.between("policy.test_ring", p.TestRing, time.Second, time.Minute)
}
