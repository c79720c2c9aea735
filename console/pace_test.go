package console

import (
	"fmt"
	"strconv"
	"testing"
	"time"
)

func TestASessionThatAsksTooMuchWaitsAndOthersDoNot(t *testing.T) {
	f := newFloor()
	o := f.options()
	clock := start
	o.Now = func() time.Time { return clock }
	c := newConsole(t, o)
	boss, root := tokenFor(t, c, "boss"), tokenFor(t, c, "root")
	for i := range sessionBurst {
		w := ask(c, "GET", prefix+"/me", "", as(boss)...)
		if want := fmt.Sprintf(`"session";r=%d;t=6`, sessionBurst-1-i); w.Code != 200 || w.Header().Get("RateLimit") != want {
			t.Fatalf("request %d: %d, RateLimit %q, want %q", i, w.Code, w.Header().Get("RateLimit"), want)
		}
	}
	w := ask(c, "GET", prefix+"/me", "", as(boss)...)
	if p := problemOf(t, w); w.Code != 429 || p.Code != "too_many_requests" || w.Header().Get("Retry-After") != "1" {
		t.Errorf("one too many: %d %s, Retry-After %q", w.Code, p.Code, w.Header().Get("Retry-After"))
	}
	if w := ask(c, "GET", prefix+"/me", "", as(root)...); w.Code != 200 {
		t.Errorf("another session: %d", w.Code)
	}
	clock = clock.Add(time.Second / sessionRate)
	if w := ask(c, "GET", prefix+"/me", "", as(boss)...); w.Code != 200 {
		t.Errorf("after a moment: %d", w.Code)
	}
}

func TestAnAddressWithoutASessionWaitsToo(t *testing.T) {
	o := newFloor().options()
	o.Now = func() time.Time { return start }
	c := newConsole(t, o)
	c.byAddress = newPace(3, 1, o.Now)
	codes := ""
	for range 4 {
		codes += strconv.Itoa(ask(c, "GET", prefix+"/agents", "").Code) + " "
	}
	if codes != "401 401 401 429 " {
		t.Errorf("answers %s", codes)
	}
	if w := ask(c, "GET", prefix+"/events", ""); w.Code != 401 {
		t.Errorf("an event stream: %d", w.Code)
	}
	if w := ask(c, "GET", "/", ""); w.Code == 429 {
		t.Error("the pages themselves are counted")
	}
}
