package telagent_test

import (
	"net/netip"
	"strconv"
	"testing"
	"time"

	"telagent-gateway/telagent"
)

func TestS19NoUndoIsOfferedForASwitchBack(t *testing.T) {
	ids := 0
	f := telagent.New(telagent.Settings{UndoTime: time.Minute}, telagent.State{}, func() string { ids++; return strconv.Itoa(ids) })
	for _, back := range []bool{false, true} {
		if _, err := f.Do(start, telagent.SwitchMany{Who: telagent.Selection{Agents: []string{"ana", "ben"}}, Back: back}); err != nil {
			t.Fatal(err)
		}
	}
	all := f.View(start).Batches
	if all[0].UndoUntil.IsZero() || !all[1].UndoUntil.IsZero() {
		t.Errorf("undone until %v and, of the one back, %v", all[0].UndoUntil, all[1].UndoUntil)
	}
}

func TestTheNameOfASiteIsOneThatCanBeWritten(t *testing.T) {
	f := telagent.New(telagent.Settings{}, telagent.State{}, func() string { return "1" })
	for _, name := range []string{"", " ", "ber\xfflin", "ber\nlin", "ber/lin"} {
		s := telagent.Site{Name: name, Networks: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}}
		if _, err := f.Do(start, telagent.PutSite{Site: s}); err == nil {
			t.Errorf("%q is a site", name)
		}
	}
}
