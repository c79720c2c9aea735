package console

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"telagent-gateway/telagent"
)

func TestAnAnswerThatLetsSomebodyInIsNotRepeated(t *testing.T) {
	d := newDesk(t, nil)
	token := d.signIn("boss", "")
	send := func(path, body string) (int, string) {
		w := ask(d.Console, "POST", prefix+path, body, with(token, "k"+path)...)
		return w.Code, w.Body.String()
	}
	wishes := map[string]string{
		"/account/tokens": `{"name":"wall"}`, "/account/second-factor": "",
		"/tokens": fmt.Sprintf(`{"name":"cron","user":"boss","password":%q}`, password),
	}
	for path, body := range wishes {
		if code, is := send(path, body); code != 200 {
			t.Fatalf("%s: %d %s", path, code, is)
		}
	}
	d.now = d.now.Add(provedFor)
	for path, body := range wishes {
		if code, is := send(path, body); path != "/tokens" && !strings.Contains(is, "prove_yourself") || strings.Contains(is, tokenPrefix) {
			t.Errorf("%s is answered again with %d %s", path, code, is)
		}
	}
}

func TestAllAnswersThatAreRememberedTakeBoundedMemory(t *testing.T) {
	o := newOnces(func() time.Time { return start })
	for i := range 2 * onceBytes / onceBody {
		k := onceKey{"boss", fmt.Sprint(i)}
		o.begin(k, [32]byte{})
		o.end(k, &remembered{status: 200, body: make([]byte, onceBody)})
	}
	held := 0
	for _, one := range o.byKey {
		held += len(one.body)
	}
	if held > onceBytes || held != o.bytes || len(o.byKey) != len(o.order) || len(o.byKey) != onceBytes/onceBody {
		t.Errorf("%d bytes are held, %d counted, of %d", held, o.bytes, len(o.byKey))
	}
}

func TestATokenWithLessThanItsUserForeseesNothing(t *testing.T) {
	d := newDesk(t, nil)
	boss := d.signIn("boss", "")
	w := d.must("POST", "/account/tokens", obj{"name": "low", "role": "agent"}, boss, 200, "")
	low := decode[struct{ Token string }](t, w.Body).Token
	d.must("POST", "/force-logout", obj{"agents": []string{"ana"}, "dry_run": true}, low, 403, "token_too_narrow")
	d.must("POST", "/dial-rules/try", obj{"number": "+4930", "agent": "ana"}, low, 403, "token_too_narrow")
}

func TestAPasswordInAnEntryNeedsAFreshProof(t *testing.T) {
	d := newDesk(t, func(o *Options) {
		o.Directory = func(context.Context) (telagent.State, error) { return telagent.State{}, nil }
		o.PutEntry = func(context.Context, string, Entry, Secrets, func(telagent.Command) telagent.Command) error {
			return nil
		}
	})
	root := d.signIn("root", "")
	w := d.must("POST", "/account/tokens", obj{"name": "setup"}, root, 200, "")
	script := decode[struct{ Token string }](t, w.Body).Token
	d.now = d.now.Add(provedFor)
	for _, secret := range []string{"password", "pin"} {
		body := obj{"role": "admin", secret: "1234567890"}
		d.must("PUT", "/directory/users/root", body, root, 403, "prove_yourself")
		d.must("PUT", "/directory/users/root", body, script, 403, "needs_session")
		d.must("PUT", "/directory/users/carl", body, root, 403, "prove_yourself")
		d.must("PUT", "/directory/users/carl", body, script, 404, "unknown_user") // it was put, and the fake keeps nothing
	}
	d.must("PUT", "/directory/users/carl", obj{"role": "admin"}, root, 404, "unknown_user")
	d.must("POST", "/account/prove", obj{"password": password}, root, 204, "")
	d.must("PUT", "/directory/users/carl", obj{"role": "admin", "password": "1234567890"}, root, 404, "unknown_user")
}

func TestMoreLinesOfOneMomentThanAPageHasAreAllRead(t *testing.T) {
	f := newFloor()
	for i := range 2*exportPage + 500 {
		f.entries = append(f.entries, telagent.AuditEntry{Time: start, By: "root", Action: "put_agent", Subject: "zoe", Result: "done", Detail: fmt.Sprint(i)})
	}
	f.entries = append(f.entries, telagent.AuditEntry{Time: start.Add(-1), By: "root", Action: "put_agent", Subject: "ana", Result: "done"})
	c := newConsole(t, f.options())
	w := ask(c, "GET", prefix+"/audit/export?format=jsonl", "", as(tokenFor(t, c, "root"))...)
	if n := strings.Count(w.Body.String(), "\n"); n != len(f.entries) {
		t.Errorf("%d lines of %d", n, len(f.entries))
	}
	f.entries = f.entries[len(f.entries)-3:]
	w = ask(c, "GET", prefix+"/audit?limit=1", "", as(tokenFor(t, c, "boss"))...)
	if !strings.Contains(w.Body.String(), `"subject":"ana"`) {
		t.Errorf("boss is shown %s", w.Body)
	}
}

func TestASupervisorSeesTheShownNumbersOfHisOwn(t *testing.T) {
	f := newFloor()
	f.rules = DialRules{ShownByAgent: map[string]string{"ana": "+49301", "zoe": "+49302"}, ShownByQueue: map[string]string{"help": "+49303", "shop": "+49304"}}
	c := newConsole(t, f.options())
	w := ask(c, "GET", prefix+"/dial-rules", "", as(tokenFor(t, c, "boss"))...)
	if is := w.Body.String(); strings.Contains(is, "zoe") || strings.Contains(is, "shop") || !strings.Contains(is, "ana") || !strings.Contains(is, "help") {
		t.Errorf("boss sees %s", is)
	}
}

func TestALineOfTheAuditTrailIsNamedByNumberAndHash(t *testing.T) {
	d := newDesk(t, nil)
	root := d.signIn("root", "")
	d.must("GET", "/audit/verify?hash=ab", nil, root, 422, "invalid")
	d.must("GET", "/audit/verify?seq=1", nil, root, 422, "invalid")
}

func TestWhoGetsTheNameOfAUserWhoIsGoneFindsNothingOfHis(t *testing.T) {
	d := newDesk(t, nil)
	token := d.signIn("boss", "")
	w := d.must("POST", "/account/tokens", obj{"name": "wall"}, token, 200, "")
	script := decode[struct{ Token string }](t, w.Body).Token
	d.enrol(token)
	d.Tell([]telagent.Change{telagent.EntryChanged{Gone: true, Revision: telagent.Revision{Entry: telagent.EntryName{Kind: telagent.UserEntry, Name: "boss"}}}})
	d.must("GET", "/me", nil, script, 401, "not_signed_in")
	d.must("GET", "/me", nil, token, 401, "not_signed_in")
	d.signIn("boss", "")
}
