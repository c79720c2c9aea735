package store

import (
	"database/sql"
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"telagent-gateway/call"
	"telagent-gateway/presence"
	"telagent-gateway/schedule"
	"telagent-gateway/telagent"
)

// target is one of the databases that the contract holds for.
type target struct {
	fresh func(t *testing.T) (dsn string)              // a new, empty store
	raw   func(t *testing.T, dsn string) *sql.DB       // the database behind it
	away  func(t *testing.T, dsn string) (back func()) // nobody can write until back is called
	slow  func(t *testing.T, dsn string)               // a line of the audit trail takes 300 ms from now on
}

// contract is what every database has to keep.
func contract(t *testing.T, on target) {
	for _, c := range []struct {
		name string
		test func(t *testing.T, on target)
	}{
		{"what was written is there after a restart", writtenIsThere},
		{"of many changes to one entry the newest stays", newestStays},
		{"history goes on at the record where it stopped, whatever ended meanwhile", historyGoesOnWhereItStopped},
		{"history is filtered and paged, newest first", historyIsFiltered},
		{"what became of a recording is known before or after its call", recordingsEnd},
		{"how the audio of a leg fared is known before or after its call", legsAreMeasured},
		{"the audit trail keeps its order", auditKeepsOrder},
		{"time in each status is added up by day", statusesAreAddedUp},
		{"what agents did is added up by agent, queue and time", workIsAddedUp},
		{"how callers fared is added up by queue and time", serviceIsAddedUp},
		{"switches are listed and measured", switchesAreAddedUp},
		{"a report with too many rows is refused", tooLongIsRefused},
		{"what webhooks still have to be told is there after a restart", outboxIsKept},
		{"bans are there after a restart, and lifted ones are not", bansAreKept},
		{"what is removed is gone after a restart, and what is made anew is there", entriesGo},
		{"keys are there after a restart, and dropped ones are not", keysAreKept},
		{"a line of the audit trail that is changed, moved or taken out is found", chainBreaks},
		{"a trail that was begun before there was a chain is verified from where that begins", chainBegins},
		{"what is kept of a call for its ladder is there after a restart", laddersAreKept},
		{"ladders are pruned by age and by number", laddersArePruned},
		{"a command is told after its commit", toldAfterCommit},
		{"a command that changes nothing is told too", nothingIsTold},
		{"what the wires keep is there after a restart, the newest of each, and what ended is not", keptIsKept},
		{"what the wires keep outlasts an outage, and nothing waits for what began and ended meanwhile", keptOutlastsAnOutage},
		{"who watches hears that the database is away, and back, though nobody writes", healthIsTold},
		{"who watches hears that the database is slow, and all gets there", slowIsTold},
		{"calls that live are there after a restart, until their record is", liveIsKept},
		{"a commit that is cut off in the middle never was", halfWritten},
		{"a second gateway is refused until the first one ends", secondIsRefused},
		{"a released store is another's until it is taken back, and nothing is lost", releasedIsAnothers},
		{"a store that is not released in time goes on", releasedInTime},
		{"a released store that is closed is taken back no more", releasedAndClosed},
		{"a released store that cannot be taken back says that it takes nothing", releasedAndNotTakenBack},
		{"a closed store says so", closedSaysSo},
		{"bytes that a database refuses do no harm", hostileBytes},
		{"a row that is refused for ever stops no other", refusedRow},
		{"a change without a form in the database stops no other", noForm},
		{"tables of a newer version are left alone", newerTables},
		{"a killed process loses nothing that was committed", killed},
		{"while the database is away everything new is kept", away},
		{"messages of webhooks outlast an outage of the database, up to a bound", outboxOutlastsAnOutage},
		{"lines beyond the bound are dropped, the oldest first, and counted", linesAreBounded},
		{"more waiting commands than the bound are told at once", waitersAreBounded},
		{"a gateway that lost the store to another one writes no more", takenOver},
		{"closing while the database is away says what is lost", closingAway},
		{"closing waits for a database that comes back in time", closingInTime},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, on) })
	}
}

// quick are limits for tests that wait for them.
var quick = limits{
	lines: 50, waiters: 3, group: time.Millisecond, patience: 100 * time.Millisecond, attempt: 300 * time.Millisecond,
	retry: 20 * time.Millisecond, lock: 10 * time.Second, slow: time.Minute, farewell: 10 * time.Second,
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func opened(t testing.TB, dsn string) *Store {
	t.Helper()
	s, err := Open(t.Context(), dsn, zap.NewNop())
	must(t, err)
	t.Cleanup(func() { _ = s.Close() }) // those that care close it themselves
	return s
}

// told writes and returns the channel that hears what became of it.
func told(s *Store, changes ...telagent.Change) <-chan error {
	answer := make(chan error, 1)
	s.Write(changes, func(err error) { answer <- err })
	return answer
}

func written(t testing.TB, s *Store, changes ...telagent.Change) {
	t.Helper()
	must(t, <-told(s, changes...))
}

var noon = time.Date(2026, 11, 24, 12, 0, 0, 123_456_000, time.UTC)

func agent(id string) telagent.Agent {
	return telagent.Agent{
		ID: id, Name: "Ana Ünal", Team: "support", Role: telagent.SupervisorRole, Supervises: []string{"sales"}, Numbers: []string{"+49301234567"}, Authorised: []string{"+49301234567"}, DeskPhone: id + "-desk",
		Queues: map[string]int{"support": 1, "sales": 3}, Offices: []string{"berlin"}, WrapUp: 1500 * time.Millisecond,
		Presence: presence.State{
			Declared: presence.Declaration{Status: presence.OnBreak, Reason: "Lunch", Until: noon.Add(time.Hour), By: "boss"},
			Before:   presence.Available, Pending: &presence.Declaration{Status: presence.Away, Reason: presence.ReasonRNA}, Activity: presence.WrapUp,
			Reach: presence.ByPhone, Untold: true, Number: "+49301234567", Since: noon, WrapUpUntil: noon.Add(time.Minute), IdleSince: noon.Add(-time.Minute),
			Profile: presence.Worn{Name: "Lunch", Type: presence.AwayProfile, Until: noon.Add(time.Hour), By: id},
			Offices: map[string]presence.OfficeAway{"berlin": {By: "boss", Since: noon}}, PageClosed: noon,
			Sightings: map[string]presence.Sighting{"+49301234567": {At: noon, Reached: true, By: presence.ByTestCall, Machines: 2}},
		},
	}
}

func record(id string, ended time.Time, queue string, agents ...string) telagent.Record {
	r := telagent.Record{
		ID: call.ID(id), Kind: "inbound", From: call.Party{Number: "+491701", Name: "C"}, To: "+18005550100", Queue: queue,
		Diverted: call.Diversion{Number: "+4940", Name: "Desk", Why: "no-answer"}, Attested: "A",
		Began: ended.Add(-time.Minute), Answered: ended.Add(-50 * time.Second), Ended: ended, Cause: call.Normal, EndedBy: "customer",
		Legs: []telagent.LegRecord{{
			Leg: "l1", Seat: call.CustomerSeat, Target: "+491701", Began: ended.Add(-time.Minute), Answered: ended.Add(-time.Minute), Ended: ended,
			Cause: call.Normal,
		}},
	}
	r.Recordings = []telagent.Recording{
		{File: id + ".wav", Began: ended.Add(-50 * time.Second), Length: 50 * time.Second, Paused: true, Problem: "the disk was full"},
	}
	for i, a := range agents {
		r.Legs = append(r.Legs, telagent.LegRecord{
			Leg: call.LegID(fmt.Sprintf("a%d", i)), Seat: call.AgentSeat, Mode: "whisper", Agent: a, Device: call.Softphone, Target: a + "@softphone",
			Began: ended.Add(-55 * time.Second), Ended: ended, Cause: call.Lost, Fault: telagent.NetworkFault,
		})
		r.Switches = append(r.Switches, telagent.SwitchRecord{
			Call: call.ID(id), Back: true,
			Agent: a, By: "boss", To: "+4930", Began: ended.Add(-30 * time.Second), Ended: ended.Add(-20 * time.Second), Result: "done",
			Leg: "p", Gap: 23 * time.Millisecond, CutOver: 41 * time.Millisecond, TwoWay: 35 * time.Millisecond,
		})
	}
	return r
}

// wholeQueue has a value of its own in every field.
func wholeQueue() telagent.Queue {
	return telagent.Queue{
		Name: "support", Numbers: []string{"+1"}, Strategy: "longest_idle", Priority: 5, Office: "berlin", CallingName: "Support",
		ShowCaller: true, Record: true, CallerID: "+4930100", FallbackFor: []string{"support"}, Music: "jazz", Language: "de", RingTime: 1, Widen: 2, Sticky: 3, Patience: 4, MaxWait: 5, MaxWaiting: 6,
		Overflow: telagent.Overflow{Number: "+49301234567"}, AnswerWithin: 8 * time.Second, Announce: 7,
		Hours: telagent.Hours{
			Zone: "Europe/Berlin", Week: []string{"mon-fri 08:00-18:00"}, Dates: []string{"12-25 closed"}, Closed: telagent.Overflow{Queue: "night"},
		},
		Unreachable: map[call.Cause]telagent.Unreached{
			call.Busy:     {Delay: 8, Strike: true, Next: true, Status: "away", Reason: "BUSY"},
			call.NoAnswer: {Delay: 9},
		},
	}
}

func TestNoFieldOfAQueueIsForgotten(t *testing.T) {
	v := reflect.ValueOf(wholeQueue())
	for i := range v.NumField() {
		if v.Field(i).IsZero() {
			t.Errorf("the test writes no %s", v.Type().Field(i).Name)
		}
	}
}

func line(n int) telagent.Audited {
	return telagent.Audited{Entry: telagent.AuditEntry{
		Time: noon.Add(time.Duration(n) * time.Second), By: "boss", Action: "switch", Subject: "ana", Result: "done", Detail: strconv.Itoa(n),
	}}
}

func writtenIsThere(t *testing.T, on target) {
	dsn := on.fresh(t)
	s := opened(t, dsn)
	want := telagent.State{
		Users: []telagent.User{
			{Name: "ana", Credentials: telagent.Credentials{HA1MD5: "m", HA1SHA: "s", PIN: "p", DeskMD5: "dm", DeskSHA: "ds"}},
			{Name: "boss", Role: telagent.SupervisorRole, Teams: []string{"support", "sales"}, Offices: []string{"berlin"}, SetsOthers: true, PhoneID: "9001", Credentials: telagent.Credentials{Password: "$argon2id$", PIN: "$argon2id$2"}},
			{Name: "root", Role: telagent.AdminRole},
		},
		Agents: []telagent.Agent{agent("ana"), {ID: "bob", Name: "Bob", WrapUp: -1, SignsOnAs: presence.Available, Channels: presence.Channels{Mail: true}}},
		Queues: []telagent.Queue{
			{Name: "Sales"},
			wholeQueue(),
		},
		Profiles: []presence.Profile{
			{Name: "Sales", Type: presence.AvailableProfile, Queues: []string{"Sales"}, Order: -1},
			{Name: "Lunch", Type: presence.AwayProfile, Duration: 30 * time.Minute, Reason: "eats"},
		},
		Reasons: []string{"lunch", "training"},
		Sites:   []telagent.Site{{Name: "berlin", Networks: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("2001:db8::/48")}}},
		Schedules: []telagent.Schedule{
			{Schedule: schedule.Schedule{
				Name: "Nights", From: "2026-11-01", To: "2027-03-31", Zone: "Europe/Berlin", Days: []time.Weekday{time.Monday, time.Friday}, Start: 22 * time.Hour, Length: 8 * time.Hour,
				Members: []schedule.Member{{Agent: "ana", Number: "+49301234567"}, {Agent: "bob"}},
			}, Begun: noon},
			{Schedule: schedule.Schedule{Name: "Weekend", From: "2026-11-01", Days: []time.Weekday{time.Saturday}, Length: time.Hour, Members: []schedule.Member{{Agent: "bob"}}}},
		},
		Policies: []telagent.Policy{
			{Team: "sales", PhoneSignOn: true, SetBy: "root", Set: noon},
			{Team: "support", CutOff: telagent.SwitchRule, Grace: 5 * time.Second, SetBy: "boss", Set: noon},
		},
	}
	var changes []telagent.Change
	for _, q := range slices.Backward(want.Queues) {
		changes = append(changes, telagent.QueueChanged{Queue: q})
	}
	for _, a := range slices.Backward(want.Agents) {
		changes = append(changes, telagent.AgentChanged{Agent: a})
	}
	for _, u := range slices.Backward(want.Users) {
		changes = append(changes, telagent.UserChanged{User: u})
	}
	for _, p := range slices.Backward(want.Profiles) {
		changes = append(changes, telagent.ProfileChanged{Profile: p})
	}
	for _, p := range slices.Backward(want.Policies) {
		changes = append(changes, telagent.PolicyChanged{Policy: p})
	}
	for _, s := range slices.Backward(want.Schedules) {
		changes = append(changes, telagent.ScheduleChanged{Schedule: s})
	}
	changes = append(changes, telagent.ScheduleChanged{Schedule: telagent.Schedule{Schedule: schedule.Schedule{Name: "gone"}}}, telagent.ScheduleChanged{Schedule: telagent.Schedule{Schedule: schedule.Schedule{Name: "gone"}}, Gone: true})
	gone := telagent.Site{Name: "gone", Networks: want.Sites[0].Networks}
	changes = append(changes, telagent.SiteChanged{Site: gone}, telagent.SiteChanged{Site: want.Sites[0]}, telagent.SiteChanged{Site: gone, Gone: true})
	changes = append(changes, telagent.ReasonsChanged{Reasons: []string{"old"}}, telagent.ReasonsChanged{Reasons: want.Reasons})
	call := record("c1", noon, "support", "ana", "bob")
	changes = append(changes, telagent.CallEnded{Record: call}, line(1), telagent.CallChanged{}, telagent.AlarmRaised{})
	written(t, s, changes...)
	must(t, s.Close())

	s = opened(t, dsn)
	state, err := s.Load(t.Context())
	must(t, err)
	if !reflect.DeepEqual(state, want) {
		t.Errorf("got\n%+v\nwant\n%+v", state, want)
	}
	calls, err := s.History(t.Context(), HistoryQuery{})
	must(t, err)
	if !reflect.DeepEqual(calls, []telagent.Record{call}) {
		t.Errorf("got\n%+v\nwant\n%+v", calls, call)
	}
	trail, err := s.Audit(t.Context(), AuditQuery{})
	must(t, err)
	if !reflect.DeepEqual(trail, []telagent.AuditEntry{line(1).Entry}) {
		t.Errorf("got %+v", trail)
	}
}

func newestStays(t *testing.T, on target) {
	dsn := on.fresh(t)
	s := opened(t, dsn)
	a := agent("ana")
	for i := range 1000 {
		a.Name = strconv.Itoa(i)
		s.Write([]telagent.Change{telagent.AgentChanged{Agent: a}}, nil)
	}
	must(t, s.Close())
	state, err := opened(t, dsn).Load(t.Context())
	must(t, err)
	if len(state.Agents) != 1 || state.Agents[0].Name != "999" {
		t.Errorf("got %+v", state.Agents)
	}
}

func historyGoesOnWhereItStopped(t *testing.T, on target) {
	s := opened(t, on.fresh(t))
	for _, id := range []string{"c2", "c9", "c5", "c7"} { // in the same microsecond
		written(t, s, telagent.CallEnded{Record: record(id, noon, "support", "ana")})
	}
	written(t, s, telagent.CallEnded{Record: record("c8", noon.Add(-time.Microsecond), "support", "ana")})
	for _, agent := range []string{"", "ana"} {
		q, got := HistoryQuery{Agent: agent, Limit: 2}, []string{}
		for round := range 10 {
			page, err := s.History(t.Context(), q)
			must(t, err)
			for i, r := range page {
				got = append(got, string(r.ID))
				q.LastEnded, q.LastID = page[i].Ended, string(r.ID)
			}
			written(t, s, telagent.CallEnded{Record: record(fmt.Sprint("d", round, agent), noon.Add(time.Second), "support", "ana")})
		}
		want := []string{"c9", "c7", "c5", "c2", "c8"}
		if n := len(got) - len(want); n < 0 || !slices.Equal(got[n:], want) {
			t.Errorf("of %q: got %v, want %v at its end", agent, got, want)
		}
	}
}

func historyIsFiltered(t *testing.T, on target) {
	s := opened(t, on.fresh(t))
	at := func(n int) time.Time { return noon.Add(time.Duration(n) * time.Minute) }
	for _, r := range []telagent.Record{
		record("c2", at(2), "sales", "ana"), record("c1", at(1), "support", "ana", "ana"), record("c4", at(4), "support", "bob"),
		record("c3", at(3), "support", "ana", "bob"), record("c5", at(5), "support"),
	} {
		written(t, s, telagent.CallEnded{Record: r})
	}
	for _, c := range []struct {
		query HistoryQuery
		want  string
	}{
		{HistoryQuery{}, "c5 c4 c3 c2 c1"},
		{HistoryQuery{Limit: 2}, "c5 c4"},
		{HistoryQuery{Limit: 2, Before: at(4)}, "c3 c2"},
		{HistoryQuery{Agent: "ana"}, "c3 c2 c1"},
		{HistoryQuery{Agent: "ana", Limit: 1, Before: at(3)}, "c2"},
		{HistoryQuery{Queue: "support"}, "c5 c4 c3 c1"},
		{HistoryQuery{Queue: "support", Agent: "bob"}, "c4 c3"},
		{HistoryQuery{Queue: "support", Agent: "ana", Before: at(3)}, "c1"},
		{HistoryQuery{Agent: "nobody' OR '1'='1"}, ""},
		{HistoryQuery{Before: at(1)}, ""},
		{HistoryQuery{After: at(4)}, "c5 c4"},
		{HistoryQuery{Cause: "busy"}, ""},
		{HistoryQuery{Cause: "normal", Number: "9170", Queue: "sales"}, "c2"},
		{HistoryQuery{Number: "0055501", After: at(5)}, "c5"},
		{HistoryQuery{Number: "%"}, ""},
	} {
		calls, err := s.History(t.Context(), c.query)
		must(t, err)
		var ids []string
		for _, r := range calls {
			ids = append(ids, string(r.ID))
		}
		if got := strings.Join(ids, " "); got != c.want {
			t.Errorf("%+v: got %q, want %q", c.query, got, c.want)
		}
	}
}

// details returns the numbers of audit lines.
func details(t *testing.T, s *Store, q AuditQuery) string {
	t.Helper()
	trail, err := s.Audit(t.Context(), q)
	must(t, err)
	var all []string
	for _, e := range trail {
		all = append(all, e.Detail)
	}
	return strings.Join(all, " ")
}

func recordingsEnd(t *testing.T, on target) {
	dsn := on.fresh(t)
	s := opened(t, dsn)
	early, late, never := record("early", noon, "", "ana"), record("late", noon.Add(time.Second), "", "ana"), record("never", noon.Add(2*time.Second), "")
	late.Recordings[0].Length, late.Recordings[0].Problem = 0, ""
	ended := func(file string) telagent.RecordingEnded {
		return telagent.RecordingEnded{File: file, Length: 90 * time.Second, Problem: "the disk was full"}
	}
	written(t, s, ended("early.wav"), telagent.CallEnded{Record: early}, telagent.CallEnded{Record: late}, telagent.CallEnded{Record: never})
	written(t, s, ended("late.wav"), ended("late.wav"), ended("of nobody.wav"))
	records, err := s.History(t.Context(), HistoryQuery{})
	must(t, err)
	if len(records) != 3 {
		t.Fatalf("%d records", len(records))
	}
	for i, want := range []time.Duration{50 * time.Second, 90 * time.Second, 90 * time.Second} {
		if got := records[i].Recordings[0]; got.Length != want || got.Problem != "the disk was full" || !got.Paused {
			t.Errorf("the recording of %s is %+v", records[i].ID, got)
		}
	}
	one, err := s.History(t.Context(), HistoryQuery{Call: "late"})
	must(t, err)
	if len(one) != 1 || one[0].ID != "late" {
		t.Errorf("asked for one, got %+v", one)
	}
}

func auditKeepsOrder(t *testing.T, on target) {
	dsn := on.fresh(t)
	s := opened(t, dsn)
	same := func(n int) telagent.Audited {
		l := line(n)
		l.Entry.Time = noon
		return l
	}
	written(t, s, same(1), same(2))
	written(t, s, same(3))
	must(t, s.Close())
	s = opened(t, dsn) // the numbers go on where they were
	later, other := line(60), line(61)
	other.Entry.Subject, other.Entry.By, other.Entry.Result = "bob", "", "no_number"
	begun := line(5)
	begun.Entry.Time, begun.Entry.Result = noon.Add(-time.Hour), "begun"
	written(t, s, same(4), later, other, begun)
	for _, c := range []struct {
		query AuditQuery
		want  string
	}{
		{AuditQuery{}, "61 60 4 3 2 1 5"},
		{AuditQuery{Limit: 3}, "61 60 4"},
		{AuditQuery{Limit: 3, Skip: 1}, "60 4 3"},
		{AuditQuery{Subject: "ana"}, "60 4 3 2 1 5"},
		{AuditQuery{Subject: "bob"}, "61"},
		{AuditQuery{By: "boss", Limit: 2}, "60 4"},
		{AuditQuery{Before: later.Entry.Time}, "4 3 2 1 5"},
		{AuditQuery{Subject: "bob", By: "boss"}, ""},
		{AuditQuery{Result: "refused"}, "61"},
		{AuditQuery{Result: "no_number"}, "61"},
		{AuditQuery{Result: "done", Limit: 2}, "60 4"},
		{AuditQuery{Action: "nothing"}, ""},
		{AuditQuery{Action: later.Entry.Action, Limit: 1}, "61"},
		{AuditQuery{From: later.Entry.Time}, "61 60"},
		{AuditQuery{From: noon, Before: later.Entry.Time}, "4 3 2 1"},
	} {
		if got := details(t, s, c.query); got != c.want {
			t.Errorf("%+v: got %q, want %q", c.query, got, c.want)
		}
	}
}

func toldAfterCommit(t *testing.T, on target) {
	dsn := on.fresh(t)
	s := opened(t, dsn)
	raw := on.raw(t, dsn)
	for i := range 20 {
		found := make(chan int, 1)
		s.Write([]telagent.Change{line(i)}, func(err error) {
			n := -1
			if err == nil {
				err = raw.QueryRow(`SELECT COUNT(*) FROM audit`).Scan(&n)
			}
			if err != nil {
				t.Error(err)
			}
			found <- n
		})
		if n := <-found; n != i+1 {
			t.Fatalf("told with %d of %d lines in the database", n, i+1)
		}
	}
}

func nothingIsTold(t *testing.T, on target) {
	s := opened(t, on.fresh(t))
	written(t, s)
	written(t, s, telagent.CallChanged{})
}

func secondIsRefused(t *testing.T, on target) {
	dsn := on.fresh(t)
	s := opened(t, dsn)
	l := quick
	l.lock = time.Millisecond
	if other, err := open(t.Context(), dsn, zap.NewNop(), l); !errors.Is(err, errHeld) {
		t.Fatalf("got %v, %v", other, err)
	}
	written(t, s, line(1)) // the first one is undisturbed
	must(t, s.Close())
	must(t, opened(t, dsn).Close())
}

func closedSaysSo(t *testing.T, on target) {
	s := opened(t, on.fresh(t))
	must(t, s.Healthy())
	must(t, s.Close())
	must(t, s.Close())
	if err := <-told(s, line(1)); !errors.Is(err, errClosed) {
		t.Errorf("got %v", err)
	}
	if err := s.Healthy(); !errors.Is(err, errClosed) {
		t.Errorf("got %v", err)
	}
	s.Write([]telagent.Change{line(2)}, nil)
}

func hostileBytes(t *testing.T, on target) {
	s := opened(t, on.fresh(t))
	bad := "a\x00b\xff\xfe" + strings.Repeat("ü", 5000)
	r := record(bad, noon, bad, bad)
	r.From, r.To, r.EndedBy = call.Party{Number: bad, Name: bad}, bad, bad
	u := telagent.User{Name: bad, Teams: []string{bad}, Credentials: telagent.Credentials{Password: bad, PIN: bad, HA1MD5: bad, HA1SHA: bad}}
	a := agent(bad)
	a.Queues = map[string]int{bad: 1}
	e := telagent.AuditEntry{Time: noon, By: bad, Action: bad, Subject: bad, Result: bad, Detail: bad}
	written(t, s, telagent.CallEnded{Record: r}, telagent.UserChanged{User: u}, telagent.AgentChanged{Agent: a}, telagent.Audited{Entry: e},
		telagent.QueueChanged{Queue: telagent.Queue{Name: bad, Numbers: []string{bad}}})
	calls, err := s.History(t.Context(), HistoryQuery{Agent: bad, Queue: bad})
	must(t, err)
	if len(calls) != 1 || !strings.HasPrefix(calls[0].From.Name, "ab\uFFFDüü") {
		t.Errorf("got %d calls", len(calls))
	}
	state, err := s.Load(t.Context())
	must(t, err)
	if len(state.Users) != 1 || len(state.Agents) != 1 || len(state.Queues) != 1 || s.Lost() != 0 {
		t.Errorf("got %d users, %d agents, %d queues, %d lost", len(state.Users), len(state.Agents), len(state.Queues), s.Lost())
	}
}

func refusedRow(t *testing.T, on target) {
	s := opened(t, on.fresh(t))
	var e encoder
	rows := e.change(line(1), 1)
	rows = append(rows, row{what: "a row without a time", sql: addAudit, link: true, args: []any{int64(2), nil, "", "", "", "", ""}})
	rows = append(rows, e.change(line(3), 3)...)
	written(t, s) // the writer is idle after this, and its session ours
	must(t, s.writeRows(t.Context(), s.conn, rows))
	if got := details(t, s, AuditQuery{}); got != "3 1" || s.Lost() != 1 {
		t.Errorf("got %q, %d lost", got, s.Lost())
	}
	if v, err := s.Verify(t.Context(), Link{}); err != nil || v.Broken != 0 || v.Missing != 1 {
		t.Errorf("the chain does not go on after it: %+v, %v", v, err)
	}
}

func noForm(t *testing.T, on target) {
	dsn := on.fresh(t)
	s := opened(t, dsn)
	r := record("c", noon, "q", "ana")
	r.Cause = 200
	never := agent("never")
	never.Presence.Since = time.Date(12026, 1, 1, 0, 0, 0, 0, time.UTC) // JSON has no such year
	leg := record("d", noon, "q", "ana")
	leg.Legs[0].Seat = 200
	written(t, s, telagent.UserChanged{User: telagent.User{Name: "x", Role: 200}}, telagent.CallEnded{Record: r},
		telagent.CallEnded{Record: leg}, line(1), telagent.AgentChanged{Agent: never})
	must(t, s.Close())
	if s.Lost() != 4 {
		t.Errorf("%d lost", s.Lost())
	}
	s = opened(t, dsn)
	state, err := s.Load(t.Context())
	must(t, err)
	calls, err := s.History(t.Context(), HistoryQuery{})
	must(t, err)
	if got := details(t, s, AuditQuery{}); got != "1" || len(state.Users)+len(state.Agents) != 0 || len(calls) != 0 {
		t.Errorf("got %q, %v, %v", got, state.Users, calls)
	}
}

func newerTables(t *testing.T, on target) {
	dsn := on.fresh(t)
	must(t, opened(t, dsn).Close())
	raw := on.raw(t, dsn)
	_, err := raw.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, true)`)
	must(t, err)
	if _, err := Open(t.Context(), dsn, zap.NewNop()); err == nil || !strings.Contains(err.Error(), "version 999") {
		t.Errorf("got %v", err)
	}
}
