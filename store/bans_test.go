package store

import (
	"net/netip"
	"reflect"
	"testing"
	"time"

	"telagent-gateway/call"
)

func bansAreKept(t *testing.T, on target) {
	dsn := on.fresh(t)
	s := opened(t, dsn)
	ban := func(source string, times int) call.Ban {
		return call.Ban{Source: netip.MustParsePrefix(source), Since: noon, Until: noon.Add(time.Hour), Times: times, Reason: "wrong user names or passwords"}
	}
	one, six, lifted := ban("192.0.2.7/32", 1), ban("2001:db8:1:2::/64", 1), ban("192.0.2.8/32", 1)
	for _, b := range []call.Ban{one, six, lifted} {
		s.KeepBan(b)
	}
	written(t, s)
	one = ban("192.0.2.7/32", 2)
	s.KeepBan(one)
	s.DropBan(lifted.Source)
	s.DropBan(netip.MustParsePrefix("192.0.2.9/32")) // never kept
	must(t, s.Close())

	s = opened(t, dsn)
	all, err := s.Bans(t.Context())
	must(t, err)
	if want := []call.Ban{one, six}; !reflect.DeepEqual(all, want) {
		t.Errorf("got  %+v\nwant %+v", all, want)
	}
}
