package config

import "time"

// History is the section history.
type History struct {
	Ladders Ladders `yaml:"ladders" help:"What is kept of each call for whoever has to find out what went wrong: its SIP messages without secrets, what happened to its legs, and how their audio fared over the time. Some kilobytes a call. Records of calls themselves are kept for ever."`
}

// Ladders is the section history.ladders.
type Ladders struct {
	Keep   time.Duration `yaml:"keep" help:"How long after the end of the call; older ones are deleted. 0s: none are kept, nor shown of live calls."`
	AtMost int           `yaml:"at_most" help:"How many at most, at least 1; of more the oldest are deleted."`
}

// ladders checks how long ladders are kept.
func (c *check) ladders() {
	l := c.History.Ladders
	c.between("history.ladders.keep", l.Keep, 0, 10*366*24*time.Hour)
	if l.AtMost < 1 || l.AtMost > 10_000_000 {
		c.no("history.ladders.at_most", "%d is out of range; write a number from 1 to 10000000, and keep: 0s for none", l.AtMost)
	}
}
