package telagent

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/presence"
)

// Unreached is what follows when an agent was rung and did not take the call, for one cause (S22).
type Unreached struct {
	Delay  time.Duration // how long he gets no offer; at least a second, so that no fault makes a phone ring without a pause
	Strike bool          // it counts towards being set away (RNA)
	Next   bool          // his next number is tried before it counts as a failure of the offer
	Status string        // what he is set to: "not_ready", "away", or empty: he stays available
	Reason string        // of being away; empty: the cause in capitals
}

// leastDelay is the shortest pause after an offer that failed.
const leastDelay = time.Second

// DefaultUnreached returns what follows where no policy says it, for every cause that a policy may name.
func DefaultUnreached() map[call.Cause]Unreached {
	return map[call.Cause]Unreached{
		call.Declined:    {Delay: 10 * time.Second},                           // the person refused, at the phone or with the key 2
		call.Busy:        {Delay: 10 * time.Second, Next: true},               //
		call.NoAnswer:    {Delay: 5 * time.Second, Strike: true},              // rang out
		call.NoConfirm:   {Delay: 10 * time.Second, Strike: true, Next: true}, // a machine
		call.Unreachable: {Delay: 10 * time.Second, Next: true},               // not registered, or no such number
		call.TrunkFault:  {Delay: 5 * time.Second, Next: true},                // never a strike (S21)
		call.NoCapacity:  {Delay: time.Second, Next: true},                    // never a strike
	}
}

var (
	defaultUnreached = DefaultUnreached()
	otherUnreached   = Unreached{Delay: 5 * time.Second} // for any other cause
	faults           = map[call.Cause]Unreached{         // of the gateway or the network: no policy is about them
		call.Unacceptable: {Delay: 30 * time.Second, Next: true}, call.Lost: {Delay: 5 * time.Second, Next: true},
	}
)

// unreached returns what follows a cause: as the queue says, else the settings, else by default.
func (f *Floor) unreached(q *line, cause call.Cause) Unreached {
	if q != nil {
		if r, ok := q.Unreachable[cause]; ok {
			return r
		}
	}
	for _, rules := range []map[call.Cause]Unreached{f.set.Unreachable, defaultUnreached, faults} {
		if r, ok := rules[cause]; ok {
			return r
		}
	}
	return otherUnreached
}

// isNext says whether somebody's next number is tried after a cause, where it is about no queue's caller.
func isNext(c call.Cause) bool { return defaultUnreached[c].Next || faults[c].Next }

// setBy gives an agent the status that a rule names, if he is available still.
func (f *Floor) setBy(a *agent, rule Unreached, cause call.Cause) {
	if rule.Status == "" || a.Presence.Word() != presence.Available {
		return
	}
	d := presence.Declaration{Status: presence.NotReady}
	if rule.Status == presence.Away.String() {
		d = presence.Declaration{Status: presence.Away, Reason: rule.Reason}
		if d.Reason == "" {
			d.Reason = strings.ToUpper(cause.String())
		}
	}
	a.Presence.Declare(f.now, d)
	a.by = ""
	f.auditSystem("set_status", a.ID, strings.TrimSpace(fmt.Sprintf("%s %s", d.Status, d.Reason))+"; he was rung in vain: "+cause.String())
	f.settled(a)
}

// CheckUnreached says what is wrong with a rule for a cause, as a sentence; nil: it can be followed.
func CheckUnreached(cause call.Cause, r Unreached) error {
	_, known := defaultUnreached[cause]
	fault := cause == call.TrunkFault || cause == call.NoCapacity
	switch {
	case !known:
		return fmt.Errorf("no rule can be made for %s; take another cause", cause)
	case r.Delay < leastDelay || r.Delay > 24*time.Hour:
		return fmt.Errorf("the delay %v is out of range; take 1s to 24h", r.Delay)
	case fault && (r.Strike || r.Status != ""):
		return fmt.Errorf("%s is no fault of the agent; no strike and no status can follow", cause)
	case r.Status != "" && r.Status != presence.NotReady.String() && r.Status != presence.Away.String():
		return fmt.Errorf("the status %q is unknown; take not_ready or away", r.Status)
	case r.Reason != "" && r.Status != presence.Away.String():
		return errors.New("a reason goes with the status away; set that too, or remove the reason")
	}
	return nil
}
