package store

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"reflect"
	"slices"
	"strconv"
	"testing"

	"telagent-gateway/call"
	"telagent-gateway/telagent"
)

// keptAre are bodies as Kept gives them back.
type keptAre = map[string]map[string][]byte

func kept(t *testing.T, s *Store) keptAre {
	t.Helper()
	all, err := s.Kept(t.Context())
	must(t, err)
	return all
}

func keptIsKept(t *testing.T, on target) {
	dsn := on.fresh(t)
	s := opened(t, dsn)
	for i := range 100 {
		s.Keep("sip.leg", "a", []byte(fmt.Sprint("body ", i)))
	}
	s.Keep("sip.leg", "b", []byte("\x00\xff"))
	s.Keep("media.leg", "a", []byte("{}"))
	s.Keep("sip.leg", "gone at once", []byte("x"))
	s.Keep("sip.leg", "gone at once", nil)
	s.Keep("sip.leg", "never", nil)
	must(t, s.Close())

	s = opened(t, dsn)
	want := keptAre{"sip.leg": {"a": []byte("body 99"), "b": []byte("\x00\xff")}, "media.leg": {"a": []byte("{}")}}
	if got := kept(t, s); !reflect.DeepEqual(got, want) {
		t.Errorf("got %q", got)
	}
	s.Keep("sip.leg", "a", nil)
	s.Keep("media.leg", "b", []byte("new"))
	s.Keep("sip.leg", "b", nil)
	s.Keep("sip.leg", "b", []byte("again"))
	written(t, s)
	want = keptAre{"sip.leg": {"b": []byte("again")}, "media.leg": {"a": []byte("{}"), "b": []byte("new")}}
	if got := kept(t, s); !reflect.DeepEqual(got, want) {
		t.Errorf("got %q", got)
	}
}

func keptOutlastsAnOutage(t *testing.T, on target) {
	dsn := on.fresh(t)
	s, said := loud(t, dsn, quick)
	s.Keep("sip.leg", "before", []byte("1"))
	s.Keep("sip.leg", "ends", []byte("1"))
	written(t, s)
	back := on.away(t, dsn)
	s.Keep("sip.leg", "under way", []byte("1"))
	said("the store does not take changes")
	for i := range 10 * quick.lines {
		id := fmt.Sprint("short ", i)
		s.Keep("sip.leg", id, []byte("1"))
		s.Keep("sip.leg", id, nil)
		s.Keep("sip.leg", fmt.Sprint("lives ", i), []byte("1"))
	}
	s.Keep("sip.leg", "before", []byte("2"))
	s.Keep("sip.leg", "ends", nil)
	s.mutex.Lock()
	waits := len(s.pending.kept)
	s.mutex.Unlock()
	lives := 10*quick.lines + 3
	if waits > lives+10 { // an attempt is under way now and then, which may get there
		t.Errorf("%d bodies wait", waits)
	}
	back()
	said("the store takes changes again")
	written(t, s)
	if got := kept(t, s)["sip.leg"]; len(got) != lives-1 || string(got["before"]) != "2" || got["ends"] != nil {
		t.Errorf("%d are kept: %q", len(got), got["before"])
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if len(s.pending.kept) > 0 || len(s.inside) != lives-1 {
		t.Errorf("%d wait, %d count as being inside", len(s.pending.kept), len(s.inside))
	}
}

// liveCall has a value in what a restart must not lose.
func liveCall(id string) telagent.LiveCall {
	c := telagent.LiveCall{Legs: []telagent.LiveLeg{{Leg: "l1", Seat: call.AgentSeat, Agent: "ana", Since: noon}}, Tried: map[string]int{"ben": 1}}
	c.ID, c.Customer, c.Since, c.Priority = call.ID(id), "l2", noon, 11
	c.Record = record(id, noon, "support", "ana")
	return c
}

func liveIsKept(t *testing.T, on target) {
	dsn := on.fresh(t)
	s := opened(t, dsn)
	first, gone := liveCall("c1"), telagent.PartKept{Part: telagent.LivePart{Kind: telagent.AnswerPart, ID: "2"}, Gone: true}
	part := telagent.LivePart{Kind: telagent.AnswerPart, ID: "1\x00", Answer: &telagent.LiveAnswer{Seq: 7, Code: "no_number"}}
	written(t, s, telagent.CallKept{Call: liveCall("c2")}, telagent.CallKept{Call: telagent.LiveCall{LiveVisit: first.LiveVisit}},
		telagent.PartKept{Part: part}, telagent.PartKept{Part: telagent.LivePart{Kind: telagent.AnswerPart, ID: "2"}}, gone)
	written(t, s, telagent.CallKept{Call: first}, telagent.CallEnded{Record: record("c2", noon, "support", "ana")}, gone)
	written(t, s, telagent.CallKept{Call: liveCall("c3")}, telagent.CallEnded{Record: record("c3", noon, "support", "ana")})
	must(t, s.Close())
	s = opened(t, dsn)
	state, err := s.Load(t.Context())
	must(t, err)
	if want := (telagent.Live{Calls: []telagent.LiveCall{first}, Parts: []telagent.LivePart{part}}); !reflect.DeepEqual(state.Live, want) {
		t.Errorf("got\n%+v\nwant\n%+v", state.Live, want)
	}
	_, err = on.raw(t, dsn).Exec(`INSERT INTO live_calls (id, entry) VALUES ('of another version', '[]')`)
	must(t, err)
	if state, err = s.Load(t.Context()); err != nil || len(state.Live.Calls) != 1 {
		t.Errorf("with one that cannot be read: %v, %v", state.Live, err)
	}
}

// Of a child process that is killed in the middle of a commit: after how many statements, and of which store.
const (
	childCut = "TELAGENT_TEST_CUT"
	childDSN = "TELAGENT_TEST_CUT_STORE"
)

// half is a commit that ends a call.
func half(t testing.TB) (rows []row) {
	batch := newPending()
	batch.kept[key{liveTable, "c1"}] = nil
	batch.kept[keptKey("sip.leg", "l1")] = nil
	batch.lines = []entryLine{{2, line(2)}, {0, telagent.CallEnded{Record: record("c1", noon, "q", "ana")}}}
	rows, broken := encode(batch)
	if len(broken) > 0 {
		t.Fatal(broken)
	}
	return rows
}

// TestHalfACommit is what a child process does that is killed in the middle of a commit.
func TestHalfACommit(t *testing.T) {
	cut, err := strconv.Atoi(os.Getenv(childCut))
	if err != nil {
		return // we are no such child
	}
	s := opened(t, os.Getenv(childDSN))
	tx, err := s.conn.BeginTx(t.Context(), nil)
	must(t, err)
	for _, r := range half(t)[:cut] {
		if r.link {
			r.args = append(slices.Clip(r.args), s.link.next(r.args).Hash)
		}
		_, err := tx.Exec(r.sql, r.args...)
		must(t, err)
	}
	fmt.Println("cut")
	select {}
}

func halfWritten(t *testing.T, on target) {
	dsn := on.fresh(t)
	s := opened(t, dsn)
	s.Keep("sip.leg", "l1", []byte("1"))
	written(t, s, line(1), telagent.CallKept{Call: liveCall("c1")})
	must(t, s.Close())
	for cut := range len(half(t)) + 1 {
		child := exec.Command(os.Args[0], "-test.run", "^TestHalfACommit$")
		child.Env = append(os.Environ(), childDSN+"="+dsn, childCut+"="+strconv.Itoa(cut))
		out, err := child.StdoutPipe()
		must(t, err)
		must(t, child.Start())
		if said, err := bufio.NewReader(out).ReadString('\n'); said != "cut\n" {
			t.Errorf("the child says %q, %v", said, err)
		}
		must(t, child.Process.Kill())
		_ = child.Wait() // it was killed

		s = opened(t, dsn)
		state, err := s.Load(t.Context())
		must(t, err)
		calls, err := s.History(t.Context(), HistoryQuery{})
		must(t, err)
		if len(state.Live.Calls) != 1 || len(calls) != 0 || string(kept(t, s)["sip.leg"]["l1"]) != "1" || details(t, s, AuditQuery{}) != "1" {
			t.Errorf("cut after %d statements: %d live, %d ended, %q kept, lines %s", cut, len(state.Live.Calls), len(calls), kept(t, s), details(t, s, AuditQuery{}))
		}
		must(t, s.Close())
	}
	s = opened(t, dsn)
	s.Keep("sip.leg", "l1", nil)
	written(t, s, line(2), telagent.CallEnded{Record: record("c1", noon, "q", "ana")})
	if v, err := s.Verify(t.Context(), Link{}); err != nil || v.Broken != 0 || v.Missing != 0 {
		t.Errorf("the chain says %+v, %v", v, err)
	}
	state, err := s.Load(t.Context())
	must(t, err)
	if calls, err := s.History(t.Context(), HistoryQuery{}); err != nil || len(calls) != 1 || len(state.Live.Calls) != 0 || len(kept(t, s)) != 0 {
		t.Errorf("%d ended, %d live, %v", len(calls), len(state.Live.Calls), err)
	}
}
