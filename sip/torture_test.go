package sip

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"

	"telagent-gateway/test/claims"
)

// torture reads the messages of RFC 4475 byte by byte from the module of sipgo, which carries them.
func torture(t testing.TB) (names []string, messages map[string][]byte) {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/emiago/sipgo").Output()
	if err != nil {
		t.Fatalf("find the module of sipgo: %v", err)
	}
	files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(out)), "sip", "testdata", "torture", "*", "*.dat"))
	if err != nil || len(files) != 50 {
		t.Fatalf("%d messages (%v), want 50: the RFC's 49 and one more", len(files), err)
	}
	messages = make(map[string][]byte)
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".dat")
		if messages[name], err = os.ReadFile(f); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return names, messages
}

// Each message of RFC 4475 is sent by a stranger and by a trunk. What comes back is what the RFC asks and what
// testdata/torture.golden says. Nothing breaks, and a running call does not notice.
func TestTheTorturesOfRFC4475AreAnsweredAndARunningCallDoesNotNotice(t *testing.T) {
	claims.Proven(t, "all 49 messages of RFC 4475 are answered as the RFC asks", "17.3.2")
	names, messages := torture(t)
	columns := tortureAll(t, names, messages)
	// test.dat comes with the others and is of no RFC: it has no version.
	if columns[0]["test"] != "nothing" {
		t.Errorf("test: %s", columns[0]["test"])
	}
	names = slices.DeleteFunc(names, func(name string) bool { return name == "test" })
	if len(names) != 49 {
		t.Errorf("%d messages", len(names))
	}
	golden(t, filepath.Join("testdata", "torture.golden"), judgeTorture(t, asked4475, names, columns, messages))
}

// The same with the messages of RFC 5118.
func TestTheTorturesOfRFC5118AreAnsweredAndARunningCallDoesNotNotice(t *testing.T) {
	claims.Proven(t, "all 12 messages of RFC 5118 are answered as the RFC asks", "17.3.2")
	messages := make(map[string][]byte)
	for name, text := range torture5118 {
		messages[name] = crlf(text)
	}
	names := namesOf(asked5118)
	if len(names) != 12 || len(messages) != 12 {
		t.Errorf("%d messages, %d rules", len(messages), len(names))
	}
	columns := tortureAll(t, names, messages)
	golden(t, filepath.Join("testdata", "torture-ipv6.golden"), judgeTorture(t, asked5118, names, columns, messages))
}

// tortureAll sends messages as a stranger, then as a trunk, and returns what each was answered.
func tortureAll(t *testing.T, names []string, messages map[string][]byte) (columns [2]map[string]string) {
	for i, host := range []string{stranger, roughly} {
		g := newWild(t)
		quiet, p := g.callQuietly(), g.from(host)
		columns[i] = map[string]string{}
		for _, name := range names {
			columns[i][name] = p.tortured(name, messages[name])
		}
		quiet.undisturbed()
	}
	return columns
}

// tortured sends a message and returns what was answered: statuses, or "nothing".
func (p *raw) tortured(name string, message []byte) string {
	p.g.Helper()
	p.send(message)
	var statuses []string
	final := false
	note := func(m string) {
		if id := lineOf(m, "Call-ID"); strings.HasPrefix(id, "fence-") || id != "" && !strings.Contains(string(message), id) {
			return // a late copy of the answer to an earlier message
		}
		s := fmt.Sprint(status(m))
		if !slices.Contains(statuses, s) {
			statuses = append(statuses, s)
		}
		if status(m) >= 200 {
			final = true
			p.acknowledge(m)
		}
	}
	for _, m := range p.fence() {
		note(m)
	}
	// A call that was let in is answered from its own queue.
	for !final && p.g.queued(message) {
		m, ok := p.hears()
		if !ok {
			p.g.Fatalf("%s: closed", name)
		}
		note(m)
	}
	if len(statuses) == 0 {
		return "nothing"
	}
	return strings.Join(statuses, " ")
}

// queued says whether there is a queue for the Call-ID of a message.
func (g *wild) queued(message []byte) bool {
	g.w.mu.Lock()
	defer g.w.mu.Unlock()
	for id := range g.w.queues {
		if strings.Contains(string(message), id) {
			return true
		}
	}
	return false
}

// acknowledge ends the repetition of a refused INVITE.
func (p *raw) acknowledge(answer string) {
	number, method, _ := strings.Cut(lineOf(answer, "CSeq"), " ")
	if strings.TrimSpace(method) != "INVITE" {
		return
	}
	ack := "ACK sip:x@" + realm + " SIP/2.0\n"
	for _, name := range []string{"Via", "From", "To", "Call-ID"} {
		ack += name + ": " + lineOf(answer, name) + "\n"
	}
	p.say(ack + "CSeq: " + number + " ACK\n")
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got\n%s\nwant %s:\n%s", got, file, want)
	}
}

// What the RFC calls valid has to be read, whatever becomes of it then.
func TestEveryValidTortureIsReadAndValid(t *testing.T) {
	_, messages := torture(t)
	for _, name := range []string{
		"wsinv", "intmeth", "esc01", "escnull", "esc02", "lwsdisp", "longreq", "dblreq", "semiuri", "transports", "mpart01", "unreason", "noreason",
	} {
		m, err := newParser().ParseSIP(messages[name])
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		switch m := m.(type) {
		case *sip.Request:
			if r := validateRequest(m); r != nil {
				t.Errorf("%s: %d %s", name, r.status, r.reason)
			}
		case *sip.Response:
			if !validateResponse(m) {
				t.Errorf("%s is dropped", name)
			}
		}
	}
}

// RFC 4475 §3.1.1.1, as it must be understood and not only survived.
func TestTheTortuousINVITEIsUnderstood(t *testing.T) {
	_, messages := torture(t)
	m, err := newParser().ParseSIP(messages["wsinv"])
	if err != nil {
		t.Fatal(err)
	}
	req := m.(*sip.Request)
	if got := tag(req.To().Params); got != "1918181833n" {
		t.Errorf("To tag is %q", got)
	}
	if from := req.From(); plainName(from.DisplayName) != `J Rosenberg \"` || tag(from.Params) != "98asjd8" {
		t.Errorf("From is %v", from)
	}
	var vias []string
	for _, h := range req.GetHeaders("via") {
		vias = append(vias, h.Value())
	}
	want := "SIP/2.0/UDP 192.0.2.2;branch=390skdjuw|SIP/2.0/TCP spindle.example.com;branch=z9hG4bK9ikj8|SIP/2.0/UDP 192.168.255.111;branch=z9hG4bK30239"
	if got := strings.Join(vias, "|"); got != want {
		t.Errorf("Via is %s", got)
	}
	if c := req.CSeq(); c.SeqNo != 9 || c.MethodName != sip.INVITE {
		t.Errorf("CSeq is %v", c)
	}
	if c := req.Contact(); c.Params.GetOr("q", "") != "0.33" || !c.Params.Has("secondparam") || c.Params.GetOr("newparam", "") != "newvalue" {
		t.Errorf("Contact is %v", c)
	}
}
