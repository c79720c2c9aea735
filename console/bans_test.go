package console

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/telagent"
)

// barred is a signalling wire that bans two sources.
type barred struct{ bans []call.Ban }

func (b *barred) Bans() []call.Ban { return b.bans }

func (b *barred) Lift(a netip.Addr) bool {
	i := slices.IndexFunc(b.bans, func(c call.Ban) bool { return c.Source.Contains(a) })
	if i >= 0 {
		b.bans = slices.Delete(b.bans, i, i+1)
	}
	return i >= 0
}

func (b *barred) Unheard() (banned, hurried, crowded uint64) { return 7, 8, 9 }

func TestAnAdministratorSeesAndLiftsBans(t *testing.T) {
	f := newFloor()
	c := newConsole(t, f.options())
	ban := func(source string) call.Ban {
		return call.Ban{Source: netip.MustParsePrefix(source), Since: start, Until: start.Add(time.Hour), Times: 2, Reason: "wrong user names or passwords"}
	}
	c.o.Bans = &barred{[]call.Ban{ban("192.0.2.7/32"), ban("2001:db8:1:2::/64")}}
	root, boss := tokenFor(t, c, "root"), tokenFor(t, c, "boss")

	list := ask(c, "GET", prefix+"/bans", "", as(root)...).Body.String()
	for _, want := range []string{`"source":"192.0.2.7"`, `"source":"2001:db8:1:2::/64"`, `"times":2`, `"reason":"wrong user names or passwords"`} {
		if !strings.Contains(list, want) {
			t.Errorf("%s is not in %s", want, list)
		}
	}
	for _, r := range []struct{ who, address, code string }{
		{boss, "192.0.2.7", "not_admin"}, {root, "somebody", "bad_address"}, {root, "192.0.2.8", "not_banned"},
	} {
		if p := problemOf(t, ask(c, "DELETE", prefix+"/bans/"+r.address, "", as(r.who)...)); p.Code != r.code {
			t.Errorf("%s: %s, want %s", r.address, p.Code, r.code)
		}
	}
	if p := problemOf(t, ask(c, "GET", prefix+"/bans", "", as(boss)...)); p.Code != "not_admin" {
		t.Errorf("a supervisor sees bans: %+v", p)
	}
	if w := ask(c, "DELETE", prefix+"/bans/2001:db8:1:2::9", "", as(root)...); w.Code != 204 {
		t.Errorf("lifting: %d %s", w.Code, w.Body)
	}
	if left := c.o.Bans.Bans(); len(left) != 1 || left[0].Source != netip.MustParsePrefix("192.0.2.7/32") {
		t.Errorf("left are %v", left)
	}
	if asked := telagent.Command(telagent.LiftBan{By: "root", Address: "2001:db8:1:2::9"}); !slices.Contains(f.did(), asked) {
		t.Errorf("the Floor, which keeps the audit trail, was asked %v", f.did())
	}
}
