package config

import (
	"strings"
	"time"
	"unicode"
)

// shortestSession is the shortest time without a refresh that anybody may ask for.
//
// RFC 4028 §4
const shortestSession = 90 * time.Second

// trunkCalls checks how a trunk's calls are set up; at is the path of a key of the trunk.
func (c *check) trunkCalls(at func(key string) string, t Trunk) {
	if t.Reliable != "" {
		c.oneOf(at("reliable"), t.Reliable, "offered", "required", "off")
	}
	if t.SessionTimer != nil && *t.SessionTimer != 0 {
		c.between(at("session_timer"), *t.SessionTimer, shortestSession, 24*time.Hour)
	}
	if t.CallerID.Header != "" {
		c.oneOf(at("caller_id.header"), t.CallerID.Header, "pai", "ppi", "rpid", "from")
	}
	if c.headerText(t.CallerID.Account) {
		c.no(at("caller_id.account"), "%q cannot be a number in a header; write digits with or without +, or a user name", t.CallerID.Account)
	}
	if t.CallerID.Diversion != "" {
		c.oneOf(at("caller_id.diversion"), t.CallerID.Diversion, "diversion", "history_info", "none")
	}
}

// headerText says whether a text holds what belongs into no number or user name.
func (c *check) headerText(text string) bool {
	return len(text) > 64 || strings.ContainsAny(text, " \"<>@;:,") || strings.ContainsFunc(text, unicode.IsControl)
}
