package console

import (
	"reflect"
	"testing"
)

func TestAGatewayThatIsNotReadySaysEachReason(t *testing.T) {
	reasons := []Reason{{"draining", "The gateway takes no new calls."}, {"store_away", "The store takes nothing."}}
	o := newFloor().options()
	o.Ready = func() []Reason { return reasons }
	c := newConsole(t, o)
	w := ask(c, "GET", "/readyz", "")
	p := problemOf(t, w)
	if w.Code != 503 || p.Code != "not_ready" || !reflect.DeepEqual(p.Reasons, reasons) || p.Detail != "The gateway takes no new calls. The store takes nothing." {
		t.Errorf("readyz answers %d %s", w.Code, w.Body)
	}
	if w := ask(c, "GET", "/livez", ""); w.Code != 200 {
		t.Errorf("a gateway that only cannot take calls is no dead one, and livez answers %d %s", w.Code, w.Body)
	}
	reasons = append(reasons, Reason{StuckReason, "The loop does not answer."})
	if w := ask(c, "GET", "/livez", ""); w.Code != 503 || problemOf(t, w).Reasons[0].Code != StuckReason {
		t.Errorf("livez of one that is stuck answers %d %s", w.Code, w.Body)
	}
	if w := ask(c, "GET", "/healthz", ""); w.Code != 200 {
		t.Errorf("healthz answers %d", w.Code)
	}
}
