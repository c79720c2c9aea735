package store

import (
	"fmt"
	"reflect"
	"testing"
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
