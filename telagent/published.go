package telagent

import (
	"telagent-gateway/call"
	"telagent-gateway/presence"
)

// published takes what a phone says of its user's presence as a request of his own: it may be refused like one, which
// the audit trail has. What a phone only repeats is no news: it must not undo what was said elsewhere meanwhile. Nor is
// the first word of a phone that is available: phones say so by themselves when they start, and nobody signs on or ends
// his break by that.
func (f *Floor) published(e call.Published) {
	f.alive(e.AOR)
	a := f.owners[e.AOR]
	if a == nil || f.said[e.AOR] == e {
		return
	}
	before, known := f.said[e.AOR]
	f.said[e.AOR] = e
	f.sightPhone(e.AOR)
	if e.Status == presence.Available.String() && (!known || before.Status == e.Status) {
		return
	}
	c := SetStatus{By: a.ID, Agent: a.ID, Reason: e.Reason}
	status, err := presence.ParseStatus(e.Status)
	if err != nil {
		f.audit(c, refuse("bad_status", "The phone %s says %q, which is no status.", e.AOR, e.Status))
		return
	}
	if a.Presence.Word() == presence.Offline && a.visit == nil {
		f.audit(c, refuse("signed_off", "%s is signed off; a phone's presence signs nobody on.", a.Name))
		return
	}
	if status == a.Presence.Then() && e.Reason == "" {
		return
	}
	c.Status = status
	f.remark = "said by the phone " + e.AOR
	f.audit(c, f.setStatus(c))
}

// forgetSaid forgets what a phone said that is nobody's any more.
func (f *Floor) forgetSaid(aor string) {
	if _, has := f.said[aor]; has {
		delete(f.said, aor)
		f.sightPhone(aor)
	}
}
