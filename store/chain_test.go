package store

import (
	"reflect"
	"testing"

	"telagent-gateway/telagent"
	"telagent-gateway/test/claims"
)

func keysAreKept(t *testing.T, on target) {
	dsn := on.fresh(t)
	s := opened(t, dsn)
	key := func(kind, id, user, entry string) Key { return Key{kind, id, user, []byte(entry)} }
	for _, k := range []Key{key("session", "a", "ana", "{}"), key("session", "b", "ana", "{}"), key("token", "a", "boss", "{}")} {
		s.KeepKey(k)
	}
	written(t, s)
	s.KeepKey(key("session", "a", "ana", `{"used":1}`))
	s.DropKey("session", "b")
	s.DropKey("session", "never kept")
	must(t, s.Close())

	s = opened(t, dsn)
	all, err := s.Keys(t.Context())
	must(t, err)
	if want := []Key{key("session", "a", "ana", `{"used":1}`), key("token", "a", "boss", "{}")}; !reflect.DeepEqual(all, want) {
		t.Errorf("got  %s\nwant %s", all, want)
	}
}

func TestWhoChangesTheAuditTrailIsFound(t *testing.T) {
	claims.Proven(t, "who changes, moves or takes out a line of the audit trail is found, and who cuts its end off is, by what was noted before", "16.4.2")
	chainBreaks(t, onSQLite)
}

func chainBreaks(t *testing.T, on target) {
	for name, c := range map[string]struct {
		statement string
		broken    int64 // first line that does not fit; 0: it does
	}{
		"as it was written":         {`UPDATE audit SET detail = detail`, 0},
		"another person":            {`UPDATE audit SET by_user = 'ana' WHERE seq = 3`, 3},
		"another result":            {`UPDATE audit SET result = 'done' WHERE seq = 1`, 1},
		"another time":              {`UPDATE audit SET at_us = at_us + 1 WHERE seq = 2`, 2},
		"a word moved to its right": {`UPDATE audit SET result = 'no', detail = '_number4' WHERE seq = 4`, 4},
		"a line taken out":          {`DELETE FROM audit WHERE seq = 3`, 4},
		"the first taken out":       {`DELETE FROM audit WHERE seq = 1`, 2},
		"the last taken out":        {`DELETE FROM audit WHERE seq = 5`, 5},
		"two in each other's place": {`UPDATE audit SET seq = CASE seq WHEN 2 THEN 103 WHEN 3 THEN 102 ELSE seq END`, 4},
		"without hashes":            {`UPDATE audit SET hash = '' WHERE seq < 4`, 4},
		"without any hash":          {`UPDATE audit SET hash = ''`, 5},
	} {
		dsn := on.fresh(t)
		s := opened(t, dsn)
		for n := range 5 {
			l := line(n + 1)
			l.Entry.Result = "no_number"
			written(t, s, l)
		}
		before, err := s.Verify(t.Context(), Link{})
		must(t, err)
		if before.Broken != 0 || before.Lines != 5 || before.Tail.Seq != 5 || len(before.Tail.Hash) != 64 {
			t.Fatalf("%s: what was written is %+v", name, before)
		}
		if _, err := on.raw(t, dsn).Exec(c.statement); err != nil {
			t.Fatal(err)
		}
		v, err := s.Verify(t.Context(), before.Tail)
		must(t, err)
		if v.Broken != c.broken || (v.Why == "") != (c.broken == 0) {
			t.Errorf("%s: the first line that does not fit is %d (%s), want %d", name, v.Broken, v.Why, c.broken)
		}
	}
}

func chainBegins(t *testing.T, on target) {
	dsn := on.fresh(t)
	s := opened(t, dsn)
	written(t, s, line(1), line(2))
	must(t, s.Close())
	if _, err := on.raw(t, dsn).Exec(`UPDATE audit SET hash = ''`); err != nil {
		t.Fatal(err)
	}
	s = opened(t, dsn)
	written(t, s, line(3), telagent.Audited{Entry: telagent.AuditEntry{Action: "nobody did it"}})
	v, err := s.Verify(t.Context(), Link{})
	must(t, err)
	if v.Broken != 0 || v.Lines != 4 || v.Unchained != 2 || v.Missing != 0 {
		t.Errorf("%+v", v)
	}
}
