package console

import (
	"slices"
	"testing"
	"time"
)

func TestThePhonesShowTheirSignsOfLife(t *testing.T) {
	f := newFloor()
	f.phones = []Phone{
		{AOR: "ana", Seen: start, Answered: start.Add(time.Second), Missed: []string{"answers"}, Expires: start.Add(time.Minute)},
		{AOR: "zoe", Seen: start, Expires: start.Add(time.Minute)},
	}
	c := newConsole(t, f.options())
	var got phonesAnswer
	decodeInto(t, ask(c, "GET", prefix+"/phones", "", as(tokenFor(t, c, "root"))...).Body.Bytes(), &got.Body)
	if len(got.Body.Phones) != 2 {
		t.Fatalf("phones: %+v", got.Body.Phones)
	}
	ana, zoe := got.Body.Phones[0], got.Body.Phones[1]
	if !ana.Seen.Equal(start) || ana.Answered == nil || !ana.Answered.Equal(start.Add(time.Second)) || !slices.Equal(ana.Missed, []string{"answers"}) {
		t.Errorf("ana: %+v", ana)
	}
	if zoe.Answered != nil || zoe.Missed != nil {
		t.Errorf("zoe: %+v", zoe)
	}
}
