package sip

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"telagent-gateway/call"
	"telagent-gateway/test/claims"
)

// office is a registrar with a clock that the test moves, and what it reported.
type office struct {
	*registrar
	clock  *clock
	events []string
	all    []call.Event
	cseq   int
}

func newOffice() *office {
	o := &office{clock: newClock()}
	o.registrar = newRegistrar(realm, newGuard(realm, secretOf, o.clock.now), func(e call.Event) {
		if _, is := e.(call.Located); !is { // who looks for those asks for them
			o.events = append(o.events, fmt.Sprintf("%T %v", e, e))
		}
		o.all = append(o.all, e)
	}, o.clock.now)
	return o
}

func (o *office) told(t *testing.T, want ...string) {
	t.Helper()
	if got := strings.Join(o.events, ", "); got != strings.Join(want, ", ") {
		t.Errorf("reported %q, want %q", got, want)
	}
	o.events = nil
}

const boundAna, unboundAna = "call.Bound {ana}", "call.Unbound {ana}"

// phoneAt is a phone that sends over UDP from this address.
func phoneAt(at string) source {
	return source{network: "UDP", local: netip.MustParseAddrPort("192.0.2.100:5060"), remote: netip.MustParseAddrPort(at)}
}

// send registers with these header lines, proving to be user, in a new request of Call-ID c1.
func (o *office) send(t *testing.T, user string, src source, lines ...string) *sip.Response {
	t.Helper()
	o.cseq++
	return o.sendAs(t, user, "c1", o.cseq, src, lines...)
}

func (o *office) sendAs(t *testing.T, user, callID string, cseq int, src source, lines ...string) *sip.Response {
	t.Helper()
	p := goodProof(o.guard)
	p.user = user
	text := registerText(user, cseq, p.line()+strings.Join(append(lines, ""), "\n"))
	return o.register(readRequest(t, strings.Replace(text, "Call-ID: c1", "Call-ID: "+callID, 1)), src)
}

// listed is the status and the contacts of an answer.
func listed(res *sip.Response) string {
	out := []string{strconv.Itoa(res.StatusCode)}
	for _, h := range res.GetHeaders("Contact") {
		out = append(out, h.Value())
	}
	return strings.Join(out, " ")
}

func wantListed(t *testing.T, res *sip.Response, want ...string) {
	t.Helper()
	if got := listed(res); got != strings.Join(want, " ") {
		t.Errorf("answer is %s, want %s", got, strings.Join(want, " "))
	}
}

const home = "192.0.2.1:5070"

func TestAPhoneThatProvesItselfIsBoundUntilItsTimeIsOver(t *testing.T) {
	o := newOffice()
	if res := o.register(readRequest(t, registerText("ana", 1, "Contact: <sip:ana@192.0.2.1:5070>\n")), phoneAt(home)); res.StatusCode != 401 {
		t.Fatalf("without a proof: %d", res.StatusCode)
	}
	o.told(t)
	res := o.send(t, "ana", phoneAt(home), "Contact: <sip:ana@192.0.2.1:5070>", "Expires: 600", "User-Agent: desk/1")
	wantListed(t, res, "200", "<sip:ana@192.0.2.1:5070>;expires=600")
	o.told(t, boundAna)
	got := o.contacts("ana")
	if len(got) != 1 || got[0].uri.String() != "sip:ana@192.0.2.1:5070" || got[0].nat || got[0].src.remote.String() != home || got[0].userAgent != "desk/1" {
		t.Fatalf("contacts: %+v", got)
	}
	if p := o.phones(); len(p) != 1 || p[0].AOR != "ana" || p[0].Transport != "UDP" || !p[0].Expires.Equal(o.clock.now().Add(10*time.Minute)) {
		t.Fatalf("phones: %+v", p)
	}
	o.clock.pass(5 * time.Minute)
	wantListed(t, o.send(t, "ana", phoneAt(home)), "200", "<sip:ana@192.0.2.1:5070>;expires=300")
	due, ok := o.next()
	if !ok || due.After(o.clock.now().Add(5*time.Minute)) {
		t.Fatalf("next is %v", due)
	}
	o.clock.pass(5 * time.Minute)
	if len(o.contacts("ana")) != 0 || len(o.phones()) != 0 {
		t.Error("an expired contact is given out")
	}
	o.told(t)
	o.expire(o.clock.now())
	o.told(t, unboundAna)
	if _, ok := o.next(); ok || len(o.records) != 0 || o.total != 0 {
		t.Error("something is kept of it")
	}
}

func TestExpiresHasItsLimits(t *testing.T) {
	const url = "<sip:ana@192.0.2.1:5070>"
	for _, c := range []struct {
		lines []string
		from  string
		want  string
	}{
		{[]string{"Contact: " + url}, home, "200 " + url + ";expires=3600"},
		{[]string{"Contact: " + url, "Expires: 86400"}, home, "200 " + url + ";expires=3600"},
		{[]string{"Contact: " + url, "Expires: 4294967296"}, home, "200 " + url + ";expires=3600"},
		{[]string{"Contact: " + url, "Expires: soon"}, home, "200 " + url + ";expires=3600"},
		{[]string{"Contact: " + url + ";expires=90", "Expires: 600"}, home, "200 " + url + ";expires=90"},
		{[]string{"Contact: " + url + ";expires=60"}, home, "200 " + url + ";expires=60"},
		{[]string{"Contact: " + url + ";expires=59"}, home, "423"},
		{[]string{"Contact: " + url, "Expires: 1"}, home, "423"},
		{[]string{"Contact: " + url, "Expires: 600"}, "198.51.100.1:40000", "200 " + url + ";expires=120"},
		{[]string{"Contact: " + url, "Expires: 600"}, "192.0.2.1:5071", "200 " + url + ";expires=120"},
		{[]string{"Contact: <sip:ana@phone.invalid>", "Expires: 600"}, home, "200 <sip:ana@phone.invalid>;expires=120"},
	} {
		o := newOffice()
		res := o.send(t, "ana", phoneAt(c.from), c.lines...)
		if got := listed(res); got != c.want {
			t.Errorf("%q: %s, want %s", c.lines, got, c.want)
		}
		if res.StatusCode == 423 && (res.GetHeader("Min-Expires") == nil || res.GetHeader("Min-Expires").Value() != "60") {
			t.Errorf("%q: no Min-Expires", c.lines)
		}
	}
}

func TestNobodyBindsUnderAnotherName(t *testing.T) {
	claims.Proven(t, "nobody registers under another name than he proved")
	o := newOffice()
	p := goodProof(o.guard)
	res := o.register(readRequest(t, registerText("bob", 1, p.line()+"Contact: <sip:ana@192.0.2.1>\n")), phoneAt(home))
	if res.StatusCode != 403 || len(o.records) != 0 {
		t.Errorf("ana binds bob: %d", res.StatusCode)
	}
	o.told(t)
	// RFC 3261 §10.3 step 5: the address of record in its canonical form
	o.cseq++
	text := strings.Replace(registerText("ana", 9, goodProof(o.guard).line()+"Contact: <sip:ana@192.0.2.1>\n"), "To: <sip:ana@", "To: <sip:%61na@", 1)
	if res := o.register(readRequest(t, text), phoneAt(home)); res.StatusCode != 200 {
		t.Errorf("an escaped name is refused: %d", res.StatusCode)
	}
}

func TestAPagesOwnPasswordRegistersItsAgentAndNobodyElse(t *testing.T) {
	claims.Proven(t, "what a page registers with is of no use to register as somebody else")
	o := newOffice()
	o.guard.secrets = func(user string) (Secret, bool) {
		s := Secret{HA1MD5: HA1("MD5", user, realm, "secret"), HA1SHA: HA1("SHA-256", user, realm, "secret"), AOR: "ana"}
		return s, user == "ana~1"
	}
	for aor, want := range map[string]int{"ana": 200, "bob": 403, "ana~1": 403} {
		p := goodProof(o.guard)
		p.user = "ana~1"
		o.cseq++
		if res := o.register(readRequest(t, registerText(aor, o.cseq, p.line()+"Contact: <sip:page@192.0.2.1>\n")), phoneAt(home)); res.StatusCode != want {
			t.Errorf("as %s: %d, want %d", aor, res.StatusCode, want)
		}
	}
	if len(o.records) != 1 || o.records["ana"] == nil {
		t.Errorf("bound: %v", o.records)
	}
}

func TestABadRegisterChangesNothing(t *testing.T) {
	for _, lines := range [][]string{
		{"Contact: *"},
		{"Contact: *", "Expires: 60"},
		{"Contact: *", "Contact: <sip:ana@192.0.2.1>", "Expires: 0"},
		{"Contact: <sip:ana@192.0.2.2>", "Contact: <tel:+4930>"},
		{"Contact: <sip:ana@192.0.2.2>", "Contact: <name:John_Smith>"},
		{"Contact: <sip:ana@192.0.2.2>;expires=600, <sip:ana@192.0.2.3>;expires=5"},
		{"Contact: <sip:ana@192.0.2.2>, <sip:ana@192.0.2.3>;q=1.1"},
		{"Contact: <sip:ana@192.0.2.2>;q=0.1234"},
		{"Contact: <sip:ana@192.0.2.2>;q=-1"},
		{"Contact: <sip:ana@192.0.2.2>;q="},
		{"Contact: <sip:ana@192.0.2.2?Route=%3Csip:x%3E>"},
		{"Contact: <sip:ana@" + strings.Repeat("x", 600) + ">"},
		{"Contact: <sip:ana@192.0.2.2>", "Path: " + strings.Repeat("<sip:p;lr>,", 11)},
		{"Contact: <sip:ana@192.0.2.2>", "Path: <sip:p;lr"},
		{"Contact: <sip:ana@192.0.2.2>", "Path: <tel:+49>"},
		{"Contact: <sip:ana@192.0.2.2>" + strings.Repeat(", <sip:ana@192.0.2.2>", 1) + manyContacts(25)},
		{"Contact: <sip:ana@192.0.2.2>" + manyContacts(10)},
		{"Contact: <sip:ana@192.0.2.2>" + manyContacts(25), "Expires: 0"},
	} {
		o := newOffice()
		o.send(t, "ana", phoneAt(home), "Contact: <sip:ana@192.0.2.1:5070>", "Expires: 600")
		o.events = nil
		before := o.records["ana"].bindings
		res := o.send(t, "ana", phoneAt("192.0.2.9:5060"), lines...)
		if res.StatusCode < 400 || res.StatusCode >= 500 {
			t.Errorf("%q: %d", lines, res.StatusCode)
		}
		if !reflect.DeepEqual(before, o.records["ana"].bindings) {
			t.Errorf("%q changed %v to %v", lines, before, o.records["ana"].bindings)
		}
		o.told(t)
	}
}

func manyContacts(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, ", <sip:ana@192.0.2.2:%d>", 6000+i)
	}
	return b.String()
}

func TestRegisterWithoutItsHeadersIsAnsweredAndNotACrash(t *testing.T) {
	o := newOffice()
	for _, name := range []string{"To", "From", "Call-ID", "CSeq", "Via", "Contact"} {
		req := readRequest(t, registerText("ana", 1, goodProof(o.guard).line()+"Contact: <sip:ana@192.0.2.1>\n"))
		req.RemoveHeader(name)
		if res := o.register(req, phoneAt(home)); res == nil {
			t.Errorf("no answer without %s", name)
		}
	}
}

func TestContactsAreRemovedOneByOneOrAllTogether(t *testing.T) {
	o := newOffice()
	wantListed(t, o.send(t, "ana", phoneAt(home), "Contact: <sip:a@192.0.2.1:5070>;q=0.5, <sip:b@192.0.2.1:5070>;q=1, <sip:c@192.0.2.1:5070>;q=0.05;expires=0"),
		"200", "<sip:a@192.0.2.1:5070>;expires=3600;q=0.500", "<sip:b@192.0.2.1:5070>;expires=3600")
	wantListed(t, o.send(t, "ana", phoneAt(home), "Contact: <sip:a@192.0.2.1:5070>;expires=0"), "200", "<sip:b@192.0.2.1:5070>;expires=3600")
	o.told(t, boundAna)
	wantListed(t, o.send(t, "ana", phoneAt(home), "Contact: *", "Expires: 0"), "200")
	o.told(t, unboundAna)
	wantListed(t, o.send(t, "ana", phoneAt(home), "Contact: *", "Expires: 0"), "200")
	wantListed(t, o.send(t, "ana", phoneAt(home), "Contact: <sip:a@192.0.2.1:5070>", "Expires: 0"), "200")
	o.told(t)
}

func TestTheSameContactTwiceInOneRequestIsOneBinding(t *testing.T) {
	o := newOffice()
	wantListed(t, o.send(t, "ana", phoneAt(home), "Contact: <sip:a@192.0.2.1:5070>;expires=100, <sip:a@192.0.2.1:5070>;expires=200"),
		"200", "<sip:a@192.0.2.1:5070>;expires=200")
	if o.total != 1 {
		t.Errorf("%d bindings are counted", o.total)
	}
}

func TestTheAlarmIsSetForWhateverExpiresFirst(t *testing.T) {
	o := newOffice()
	in := func(d time.Duration) {
		t.Helper()
		if due, ok := o.next(); !ok || !due.Equal(o.clock.now().Add(d)) {
			t.Errorf("next is in %v, want %v", due.Sub(o.clock.now()), d)
		}
	}
	o.sendAs(t, "ana", "c1", 1, phoneAt(home), "Contact: <sip:ana@192.0.2.1:5070>;expires=1000")
	in(1000 * time.Second)
	o.sendAs(t, "bob", "c2", 1, phoneAt(home), "Contact: <sip:bob@192.0.2.1:5070>;expires=2000")
	in(1000 * time.Second)
	o.sendAs(t, "bob", "c3", 1, phoneAt("192.0.2.1:5071"), "Contact: <sip:bob@192.0.2.1:5071>;expires=100")
	in(100 * time.Second)
	o.sendAs(t, "bob", "c3", 2, phoneAt("192.0.2.1:5071"), "Contact: <sip:bob@192.0.2.1:5071>;expires=1500")
	in(1000 * time.Second)
	o.clock.pass(1000 * time.Second)
	o.expire(o.clock.now())
	in(500 * time.Second)
	o.told(t, boundAna, "call.Bound {bob}", unboundAna)
}

func TestAContactMovesInOneStep(t *testing.T) {
	o := newOffice()
	o.send(t, "ana", phoneAt(home), "Contact: <sip:a@192.0.2.1:5070>")
	wantListed(t, o.send(t, "ana", phoneAt("192.0.2.2:5070"), "Contact: <sip:a@192.0.2.1:5070>;expires=0, <sip:a@192.0.2.2:5070>"),
		"200", "<sip:a@192.0.2.2:5070>;expires=3600")
	o.told(t, boundAna)
}

func TestAnOlderRequestUndoesNothing(t *testing.T) {
	o := newOffice()
	o.sendAs(t, "ana", "c1", 10, phoneAt(home), "Contact: <sip:a@192.0.2.1:5070>")
	for _, c := range []struct {
		callID string
		cseq   int
		line   string
		want   int
	}{
		{"c1", 9, "Contact: <sip:a@192.0.2.1:5070>;expires=0", 500},
		{"c1", 10, "Contact: <sip:a@192.0.2.1:5070>;expires=0", 500},
		{"c1", 9, "Contact: *\nExpires: 0", 500},
		{"c1", 9, "Contact: <sip:other@192.0.2.9>, <sip:a@192.0.2.1:5070>", 500},
		{"c1", 9, "", 200},
		{"c1", 11, "Contact: <sip:a@192.0.2.1:5070>;expires=700", 200},
		{"c2", 1, "Contact: <sip:a@192.0.2.1:5070>;expires=600", 200},
	} {
		res := o.sendAs(t, "ana", c.callID, c.cseq, phoneAt(home), c.line)
		if res.StatusCode != c.want || len(o.contacts("ana")) != 1 {
			t.Errorf("%+v: %s", c, listed(res))
		}
	}
	wantListed(t, o.send(t, "ana", phoneAt(home)), "200", "<sip:a@192.0.2.1:5070>;expires=600")
	o.told(t, boundAna)
}

func TestTheBestContactComesFirst(t *testing.T) {
	o := newOffice()
	o.send(t, "ana", phoneAt("192.0.2.1:1"), "Contact: <sip:old@192.0.2.1:1>")
	o.clock.pass(time.Second)
	o.sendAs(t, "ana", "c2", 1, phoneAt("192.0.2.1:2"), "Contact: <sip:low@192.0.2.1:2>;q=0.2")
	o.clock.pass(time.Second)
	o.sendAs(t, "ana", "c3", 1, phoneAt("192.0.2.1:3"), "Contact: <sip:new@192.0.2.1:3>;q=1.000")
	var got []string
	for _, c := range o.contacts("ana") {
		got = append(got, c.uri.User)
	}
	if strings.Join(got, " ") != "new old low" {
		t.Errorf("order is %q", got)
	}
}

func TestASoftphoneThatComesBackReplacesItself(t *testing.T) {
	const instance = `;+sip.instance="<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>"`
	o := newOffice()
	o.sendAs(t, "ana", "c1", 1, phoneAt(home), "Contact: <sip:x1@192.0.2.1:5070>"+instance)
	o.sendAs(t, "ana", "c2", 1, phoneAt("192.0.2.7:5070"), "Contact: <sip:x2@192.0.2.7:5070>"+instance)
	wantListed(t, o.send(t, "ana", phoneAt(home)), "200", "<sip:x2@192.0.2.7:5070>;expires=3600"+instance)
	if c := o.contacts("ana"); c[0].instance != `"<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>"` {
		t.Errorf("instance is %q", c[0].instance)
	}
	// Another registration flow of the same instance is its own (RFC 5626 §4.2).
	o.sendAs(t, "ana", "c3", 1, phoneAt("192.0.2.7:5071"), "Contact: <sip:x3@192.0.2.7:5071>;reg-id=2"+instance+"\nSupported: outbound")
	if n := len(o.contacts("ana")); n != 2 {
		t.Errorf("%d contacts, want 2", n)
	}
	// A new URI from the same place under the same Call-ID.
	o.sendAs(t, "ana", "c4", 1, phoneAt("192.0.2.8:1"), "Contact: <sip:y1@192.0.2.8>")
	o.sendAs(t, "ana", "c4", 2, phoneAt("192.0.2.8:1"), "Contact: <sip:y2@192.0.2.8>")
	o.sendAs(t, "ana", "c4", 3, phoneAt("192.0.2.8:2"), "Contact: <sip:y3@192.0.2.8>")
	if got := listed(o.send(t, "ana", phoneAt(home))); strings.Contains(got, "y1") || !strings.Contains(got, "y2") || !strings.Contains(got, "y3") {
		t.Errorf("contacts: %s", got)
	}
	o.told(t, boundAna)
}

func TestAPhoneIsRememberedByWhereItSendsFrom(t *testing.T) {
	o := newOffice()
	o.send(t, "ana", phoneAt("198.51.100.1:40000"), "Contact: <sip:ana@10.0.0.5:5060>")
	if c := o.contacts("ana")[0]; !c.nat || c.src.remote.String() != "198.51.100.1:40000" || c.uri.Host != "10.0.0.5" {
		t.Errorf("contact: %+v", c)
	}
	o.send(t, "ana", phoneAt("198.51.100.1:40001"), "Contact: <sip:ana@10.0.0.5:5060>")
	if c := o.contacts("ana"); len(c) != 1 || c[0].src.remote.Port() != 40001 {
		t.Errorf("after the NAT changed its port: %+v", c)
	}
}

func TestABindingOverAConnectionDiesWithIt(t *testing.T) {
	o := newOffice()
	over := func(f *flow) source {
		s := phoneAt(home)
		s.network, s.flow = "TCP", f
		return s
	}
	one, two := &flow{network: "TCP"}, &flow{network: "TCP"}
	o.sendAs(t, "ana", "c1", 1, over(one), "Contact: <sip:one@h;transport=tcp>")
	o.sendAs(t, "ana", "c2", 1, over(two), "Contact: <sip:two@h;transport=tcp>")
	o.sendAs(t, "bob", "c3", 1, over(two), "Contact: <sip:bob@h;transport=tcp>")
	if c := o.contacts("ana"); len(c) != 2 || c[0].src.flow == nil {
		t.Fatalf("contacts: %+v", c)
	}
	o.flowGone(two)
	o.told(t, boundAna, "call.Bound {bob}", "call.Missed {flow  bob}", "call.Unbound {bob}")
	if c := o.contacts("ana"); len(c) != 1 || c[0].src.flow != one {
		t.Errorf("contacts: %+v", c)
	}
	// The phone comes back on a new connection before the old one is noticed to be dead.
	o.sendAs(t, "ana", "c1", 2, over(two), "Contact: <sip:one@h;transport=tcp>")
	o.flowGone(one)
	o.told(t)
	o.flowGone(two)
	o.told(t, "call.Missed {flow  ana}", unboundAna)
	if len(o.byFlow) != 0 || len(o.records) != 0 || len(o.due) != 0 || o.total != 0 {
		t.Errorf("left over: %v %v", o.byFlow, o.records)
	}
}

func TestAUDPBindingKeepsNothingOfTheMessagesFlow(t *testing.T) {
	o := newOffice()
	src := phoneAt(home)
	src.flow = &flow{network: "UDP"}
	o.send(t, "ana", src, "Contact: <sip:ana@192.0.2.1:5070>")
	if o.contacts("ana")[0].src.flow != nil || len(o.byFlow) != 0 {
		t.Error("the flow of one datagram is kept")
	}
}

func TestTheRegistrarIsBounded(t *testing.T) {
	claims.Proven(t, "limits hold and nothing is kept of strangers: registrations")
	o := newOffice()
	for i := range contactsPerAOR {
		if res := o.sendAs(t, "ana", fmt.Sprint("d", i), 1, phoneAt(home), fmt.Sprintf("Contact: <sip:ana@192.0.2.1:%d>", 6000+i)); res.StatusCode != 200 {
			t.Fatal(listed(res))
		}
	}
	full := o.sendAs(t, "ana", "e", 1, phoneAt("192.0.2.2:1"), "Contact: <sip:ana@192.0.2.2:1>")
	refresh := o.sendAs(t, "ana", "d0", 2, phoneAt("192.0.2.3:1"), "Contact: <sip:ana@192.0.2.1:6000>")
	if full.StatusCode != 403 || refresh.StatusCode != 200 {
		t.Errorf("one more: %d, refresh: %d", full.StatusCode, refresh.StatusCode)
	}
	o.total += contactsTotal
	res := o.sendAs(t, "bob", "f", 1, phoneAt(home), "Contact: <sip:bob@192.0.2.1>")
	if res.StatusCode != 503 || res.GetHeader("Retry-After") == nil {
		t.Errorf("a full registrar: %s", res)
	}
}

func TestPathIsKeptAndRepeated(t *testing.T) {
	o := newOffice()
	res := o.send(t, "ana", phoneAt(home), "Path: <sip:p1.example.com;lr>, <sip:p2.example.com;lr>", "Contact: <sip:ana@192.0.2.1>")
	if got := values(res, "Path"); len(got) != 2 || got[0] != "<sip:p1.example.com;lr>" {
		t.Errorf("Path is %q", got)
	}
	if got := o.contacts("ana")[0].path; len(got) != 2 || got[0] != "sip:p1.example.com;lr" || got[1] != "sip:p2.example.com;lr" {
		t.Errorf("path is %q", got)
	}
	if res.GetHeader("Date") == nil || !strings.HasSuffix(res.GetHeader("Date").Value(), " GMT") {
		t.Error("no Date")
	}
}

func TestURIsAreComparedAsTheRFCCompares(t *testing.T) {
	// RFC 3261 §19.1.4, its examples
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp", true},
		{"sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5", true},
		{"sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on", true},
		{"sip:alice@atlanta.com", "sip:ALICE@atlanta.com", false},
		{"sip:bob@biloxi.com", "sip:bob@biloxi.com:5060", false},
		{"sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp", false},
		{"sip:bob@biloxi.com", "sips:bob@biloxi.com", false},
		{"sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off", false},
		{"sip:bob@biloxi.com", "sip:biloxi.com", false},
	} {
		a, err1 := parseURI(c.a)
		b, err2 := parseURI(c.b)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		if sameURI(&a, &b) != c.want || sameURI(&b, &a) != c.want {
			t.Errorf("%s and %s: want %t", c.a, c.b, c.want)
		}
	}
}

func TestABindingSurvivesEncoding(t *testing.T) {
	o := newOffice()
	o.send(t, "ana", phoneAt("198.51.100.1:40000"), `Contact: <sip:ana@10.0.0.5;ob>;q=0.7;+sip.instance="<urn:uuid:1>";reg-id=1`, "Path: <sip:p;lr>", "User-Agent: x")
	before := o.records["ana"].bindings[0]
	text, err := json.Marshal(before)
	if err != nil {
		t.Fatal(err)
	}
	var after binding
	if err := json.Unmarshal(text, &after); err != nil {
		t.Fatal(err)
	}
	if !before.Expires.Equal(after.Expires) || !before.Updated.Equal(after.Updated) {
		t.Error("times differ")
	}
	before.Expires, before.Updated, before.life = after.Expires, after.Updated, nil
	if !reflect.DeepEqual(before, after) {
		t.Errorf("%+v became %+v", before, after)
	}
}

func TestAnEventIsNotToldBeforeTheOneThatCameFirst(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	var order []string
	var mu sync.Mutex
	r := newRegistrar(realm, newGuard(realm, secretOf, time.Now), func(e call.Event) {
		if _, first := e.(call.Bound); first {
			close(entered)
			<-release
		}
		mu.Lock()
		defer mu.Unlock()
		if _, is := e.(call.Located); !is {
			order = append(order, fmt.Sprintf("%T", e))
		}
	}, time.Now)
	src := phoneAt(home)
	src.network, src.flow = "TCP", &flow{network: "TCP"}
	var work sync.WaitGroup
	work.Go(func() {
		r.register(readRequest(t, registerText("ana", 1, goodProof(r.guard).line()+"Contact: <sip:ana@h>\n")), src)
	})
	<-entered
	if len(r.contacts("ana")) != 1 {
		t.Error("while an event is told, nobody can look up a contact")
	}
	work.Go(func() { r.flowGone(src.flow) })
	for len(r.contacts("ana")) > 0 {
		runtime.Gosched()
	}
	for range 1000 {
		runtime.Gosched() // time enough to tell it too early
	}
	close(release)
	work.Wait()
	if got := strings.Join(order, " "); got != "call.Bound call.Missed call.Unbound" {
		t.Errorf("told in the order %s", got)
	}
}

// Phones come and go from many goroutines; whatever the order, Bound and Unbound alternate for each of them and end as
// the registrar does.
func TestEventsOfOneAddressAlternateUnderRaces(t *testing.T) {
	var mu sync.Mutex
	last, broken := map[string]bool{}, 0
	r := newRegistrar(realm, newGuard(realm, secretOf, time.Now), func(e call.Event) {
		mu.Lock()
		defer mu.Unlock()
		aor, up := "", false
		switch e := e.(type) {
		case call.Bound:
			aor, up = e.AOR, true
		case call.Unbound:
			aor = e.AOR
		default:
			return
		}
		if last[aor] == up {
			broken++
		}
		last[aor] = up
	}, time.Now)
	conns := []*flow{{network: "TCP"}, {network: "TCP"}}
	var work sync.WaitGroup
	for i := range 8 {
		work.Go(func() {
			for n := range 40 {
				user := []string{"ana", "bob"}[(i+n)%2]
				src := phoneAt(home)
				src.network, src.flow = "TCP", conns[n%2]
				p := goodProof(r.guard)
				p.user = user
				expires := []int{600, 0}[n%3%2]
				text := registerText(user, n+1, p.line()+fmt.Sprintf("Contact: <sip:%s%d@h>;expires=%d\n", user, i%2, expires))
				r.register(readRequest(t, strings.Replace(text, "Call-ID: c1", fmt.Sprintf("Call-ID: r%d", i), 1)), src)
				switch n % 5 {
				case 0:
					r.flowGone(conns[i%2])
				case 1:
					r.contacts(user)
				case 2:
					r.expire(time.Now())
				case 3:
					r.phones()
				}
			}
		})
	}
	work.Wait()
	if broken != 0 {
		t.Errorf("%d events repeat the one before", broken)
	}
	for _, user := range []string{"ana", "bob"} {
		if bound := len(r.contacts(user)) > 0; bound != last[user] {
			t.Errorf("%s: bound is %t, last told %t", user, bound, last[user])
		}
	}
}

func FuzzRegister(f *testing.F) {
	f.Add("Contact: <sip:ana@192.0.2.1:5070>;expires=60;q=0.5\nExpires: 7\n", "ana")
	f.Add("Contact: *\nExpires: 0\n", "ana")
	f.Add("m: <sip:a@[::1]:5060>;+sip.instance=\"<urn:uuid:1>\";reg-id=1, sip:b@c\nPath: <sip:p;lr>\n", "%61na")
	f.Fuzz(func(t *testing.T, lines, user string) {
		o := newOffice()
		o.send(t, "ana", phoneAt(home), "Contact: <sip:first@192.0.2.1:5070>")
		text := strings.Replace(registerText("ana", 9, goodProof(o.guard).line()+lines), "To: <sip:ana@", "To: <sip:"+user+"@", 1)
		m, err := newParser().ParseSIP(crlf(text))
		if err != nil {
			answerUnparsable(crlf(text))
			return
		}
		req, ok := m.(*sip.Request)
		if !ok || validateRequest(req) != nil {
			return
		}
		res := o.register(req, phoneAt(home))
		if _, err := newParser().ParseSIP([]byte(res.String())); err != nil {
			t.Fatalf("our answer cannot be read: %v\n%s", err, res)
		}
		n := len(o.contacts("ana"))
		if n > contactsPerAOR || o.total != n || (len(o.events)%2 == 1) != (n > 0) {
			t.Fatalf("%d contacts, total %d, reported %v", n, o.total, o.events)
		}
	})
}

// One registration: a REGISTER, its challenge, the REGISTER with the proof, and the 200; from datagram to datagram, but
// without the sockets and without the phone's own work.
func BenchmarkRegisterWithDigest(b *testing.B) {
	r := newRegistrar(realm, newGuard(realm, secretOf, time.Now), func(call.Event) {}, time.Now)
	parser, src := newParser(), phoneAt(home)
	contact := "Contact: <sip:ana@192.0.2.1:5070>\nExpires: 600\nUser-Agent: bench/1\n"
	var rounds [][2][]byte
	for n := range b.N {
		rounds = append(rounds, [2][]byte{
			crlf(registerText("ana", 2*n+1, contact)), crlf(registerText("ana", 2*n+2, goodProof(r.guard).line()+contact)),
		})
	}
	bytes := 0
	b.ReportAllocs()
	b.ResetTimer()
	before := processTime(b)
	for _, round := range rounds {
		for i, want := range []int{401, 200} {
			m, err := parser.ParseSIP(round[i])
			if err != nil {
				b.Fatal(err)
			}
			req := m.(*sip.Request)
			if refused := validateRequest(req); refused != nil {
				b.Fatal(refused)
			}
			res := r.register(req, src)
			if res.StatusCode != want {
				b.Fatalf("%d, want %d", res.StatusCode, want)
			}
			bytes += len(res.String())
		}
	}
	b.ReportMetric(float64(processTime(b)-before)/float64(b.N), "cpu-ns/op")
	if bytes == 0 {
		b.Fatal("nothing was answered")
	}
}

// processTime is the CPU time that the process has used, that of the garbage collector included.
func processTime(b *testing.B) time.Duration {
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		b.Fatal(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

func TestARegistrarThatForgetsGrantsLittleTime(t *testing.T) {
	o := newOffice()
	o.longest = 5 * time.Minute
	wantListed(t, o.send(t, "ana", phoneAt(home), "Contact: <sip:ana@192.0.2.1:5070>;expires=3600"), "200", "<sip:ana@192.0.2.1:5070>;expires=300")
	wantListed(t, o.send(t, "ana", phoneAt(home), "Contact: <sip:ana@192.0.2.1:5070>;expires=90"), "200", "<sip:ana@192.0.2.1:5070>;expires=90")
}
