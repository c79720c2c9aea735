package store

import (
	"reflect"
	"testing"
	"time"
)

func message(id string, age time.Duration) Message {
	return Message{Webhook: "chat", ID: id, Body: []byte(`{"text":"Grüße \"+49\""}`), Created: noon.Add(-age), Next: noon}
}

func outboxIsKept(t *testing.T, on target) {
	dsn := on.fresh(t)
	s := opened(t, dsn)
	first, second, third := message("one", time.Hour), message("two", time.Minute), message("three", 2*time.Hour)
	for _, m := range []Message{first, second, third} {
		s.KeepMessage(m)
	}
	same := message("one", time.Hour)
	same.Webhook = "sms"
	s.KeepMessage(same)
	written(t, s) // all of it is committed
	first.Tries, first.Next = 2, noon.Add(time.Minute)
	s.KeepMessage(first)
	s.DropMessage("chat", "two")
	s.DropMessage("chat", "never kept")
	must(t, s.Close())

	s = opened(t, dsn)
	all, err := s.Messages(t.Context())
	must(t, err)
	if want := []Message{third, first, same}; !reflect.DeepEqual(all, want) {
		t.Errorf("got  %+v\nwant %+v", all, want)
	}
}

func outboxOutlastsAnOutage(t *testing.T, on target) {
	dsn := on.fresh(t)
	s, said := loud(t, dsn, quick)
	s.KeepMessage(message("delivered", 0))
	written(t, s)
	back := on.away(t, dsn)
	s.DropMessage("chat", "delivered")
	m := message("waits", 0)
	s.KeepMessage(m)
	said("the store does not take changes")
	m.Tries = 3
	s.KeepMessage(m)
	for i := range quick.lines {
		s.KeepMessage(message("another "+string(rune('a'+i)), 0))
	}
	said("a message of a webhook cannot be remembered")
	back()
	said("the store takes changes again")
	written(t, s)
	all, err := s.Messages(t.Context())
	must(t, err)
	kept := map[string]int{}
	for _, m := range all {
		kept[m.ID] = m.Tries
	}
	if _, there := kept["delivered"]; there || kept["waits"] != 3 || len(all) != quick.lines-1 {
		t.Errorf("got %d messages: %v", len(all), kept)
	}
	if n := s.Lost(); n != 2 {
		t.Errorf("%d are counted as lost, want 2", n)
	}
}
