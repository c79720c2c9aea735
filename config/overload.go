package config

import "time"

// Overload is the section overload.
type Overload struct {
	Busy       time.Duration `yaml:"busy" help:"When everything waits for so long before it is decided on, questions whether we are there (OPTIONS), then subscriptions, then early refreshes of registrations are turned away; 0s: never."`
	Overloaded time.Duration `yaml:"overloaded" help:"When it waits for so long, half of the new calls over trunks, then all of them, then those of phones are turned away, too, but for calls for help; 0s: never. What belongs to a call that is up never is."`
}

var usualOverload = Overload{Busy: 100 * time.Millisecond, Overloaded: 400 * time.Millisecond}

func (c *check) overload() {
	o := c.Overload
	for path, d := range map[string]time.Duration{"busy": o.Busy, "overloaded": o.Overloaded} {
		if d < 0 || d > 0 && d < time.Millisecond {
			c.no("overload."+path, "%v is too short; write a time, like 100ms, or 0s for never", d)
		}
	}
	if o.Overloaded > 0 && o.Overloaded < o.Busy {
		c.no("overload.overloaded", "%v comes before busy (%v); what can wait is turned away first", o.Overloaded, o.Busy)
	}
}
