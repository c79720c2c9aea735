package console

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"telagent-gateway/telagent"
)

// trail is an audit trail of n lines, newest first, three at each moment.
func trail(n int) (lines []telagent.AuditEntry) {
	for i := range n {
		lines = append(lines, telagent.AuditEntry{
			Time: start.Add(-time.Duration(i/3) * time.Second), By: "root", Action: "put_agent", Subject: "ana", Result: "done", Detail: fmt.Sprint("line ", i),
		})
	}
	return lines
}

func TestAnExportHasEveryLineOnceThoughManyShareAMoment(t *testing.T) {
	f := newFloor()
	f.entries = trail(2500)
	c := newConsole(t, f.options())
	w := ask(c, "GET", prefix+"/audit/export?format=jsonl", "", as(tokenFor(t, c, "root"))...)
	lines := strings.Split(strings.TrimSpace(w.Body.String()), "\n")
	if w.Code != 200 || len(lines) != 2500 || w.Header().Get("Content-Type") != "application/jsonl" {
		t.Fatalf("answer %d %q with %d lines", w.Code, w.Header(), len(lines))
	}
	for i, line := range lines {
		if !strings.Contains(line, fmt.Sprintf("%q", fmt.Sprint("line ", i))) {
			t.Fatalf("line %d is %s", i, line)
		}
	}
}

func TestAnExportAsATableIsSafeForSpreadsheets(t *testing.T) {
	f := newFloor()
	f.entries = []telagent.AuditEntry{{Time: start, By: "root", Action: "put_agent", Subject: "=SUM(A1)", Result: "done", Detail: "a, b"}}
	c := newConsole(t, f.options())
	w := ask(c, "GET", prefix+"/audit/export", "", as(tokenFor(t, c, "root"))...)
	want := "time,by,action,subject,result,detail\n2026-11-24T09:00:00Z,root,put_agent,'=SUM(A1),done,\"a, b\"\n"
	if w.Code != 200 || w.Body.String() != want || !strings.Contains(w.Header().Get("Content-Disposition"), "audit-") {
		t.Errorf("answer %d %v %q", w.Code, w.Header(), w.Body)
	}
}

func TestASupervisorExportsWhatHeMayReadAndAnAgentNothing(t *testing.T) {
	f := newFloor()
	f.entries = []telagent.AuditEntry{
		{Time: start, By: "root", Action: "switch", Subject: "zoe", Result: "done"}, {Time: start, By: "root", Action: "switch", Subject: "ana", Result: "done"},
	}
	c := newConsole(t, f.options())
	w := ask(c, "GET", prefix+"/audit/export", "", as(tokenFor(t, c, "boss"))...)
	if w.Code != 200 || strings.Contains(w.Body.String(), "zoe") || !strings.Contains(w.Body.String(), "ana") {
		t.Errorf("boss exports %d %s", w.Code, w.Body)
	}
	if w := ask(c, "GET", prefix+"/audit/export", "", as(tokenFor(t, c, "ana"))...); problemOf(t, w).Code != "not_supervisor" {
		t.Errorf("ana exports %s", w.Body)
	}
}

func TestTheAuditTrailIsAskedForWhatIsWanted(t *testing.T) {
	f := newFloor()
	c := newConsole(t, f.options())
	ask(c, "GET", prefix+"/audit?by=root&subject=ana&action=switch&result=refused&from=2026-11-24T08:00:00Z&before=2026-11-24T09:00:00Z&limit=7", "", as(tokenFor(t, c, "root"))...)
	want := AuditQuery{From: start.Add(-time.Hour), Before: start, Subject: "ana", By: "root", Action: "switch", Result: "refused", Limit: 7}
	if len(f.wanted) != 1 || f.wanted[0] != want {
		t.Errorf("asked for %+v, not %+v", f.wanted, want)
	}
}
