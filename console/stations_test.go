package console

import (
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"telagent-gateway/presence"
	"telagent-gateway/telagent"
)

func stationsFloor() *floor {
	f := newFloor()
	f.view.Agents[0].Stations = []telagent.StationView{
		{Device: "softphone", Target: "ana@softphone", Rings: true, Reachable: "reachable", Sighting: presence.Sighting{At: start, Reached: true, By: presence.ByRegistration}},
		{Device: "pstn", Target: "+49301234567", Reachable: "unknown"},
		{Device: "pstn", Target: "+49301234568", Reachable: "unreachable", Sighting: presence.Sighting{At: start.Add(-time.Hour), By: presence.ByTestCall, Machines: 3}, Last: true},
	}
	return f
}

func TestS16WhereAnAgentCanBeRungIsShownToWhoMaySeeHim(t *testing.T) {
	const want = `"stations":[{"device":"softphone","target":"ana@softphone","rings":true,"reachable":"reachable","at":"2026-11-24T09:00:00Z","by":"registration","machines":0,"last":false},` +
		`{"device":"pstn","target":"+49301234567","rings":false,"reachable":"unknown","machines":0,"last":false},` +
		`{"device":"pstn","target":"+49301234568","rings":false,"reachable":"unreachable","at":"2026-11-24T08:00:00Z","by":"test_call","machines":3,"last":true}]`
	c := newConsole(t, stationsFloor().options())
	for who, status := range map[string]int{"ana": http.StatusOK, "boss": http.StatusOK, "root": http.StatusOK, "sally": http.StatusNotFound} {
		w := ask(c, "GET", prefix+"/agents/ana/stations", "", as(tokenFor(t, c, who))...)
		if w.Code != status || status == http.StatusOK && !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: answer %d %s", who, w.Code, w.Body)
		}
	}
}

func TestWhatIsAskedOfAnAgentsPhonesReachesTheFloorAsItsCommand(t *testing.T) {
	for _, of := range []struct {
		method, path, body string
		want               telagent.Command
	}{
		{"POST", "/test-call", `{}`, telagent.TestCall{By: "boss", Agent: "ana"}},
		{"POST", "/test-call", `{"number":"030 1234567"}`, telagent.TestCall{By: "boss", Agent: "ana", Number: "030 1234567"}},
		{"DELETE", "/stations/+49301234568/machines", "", telagent.ClearMachines{By: "boss", Agent: "ana", Number: "+49301234568"}},
	} {
		f := stationsFloor()
		c := newConsole(t, f.options())
		w := ask(c, of.method, prefix+"/agents/ana"+of.path, of.body, as(tokenFor(t, c, "boss"))...)
		if did := f.did(); w.Code != http.StatusOK || len(did) != 1 || !reflect.DeepEqual(did[0], of.want) || !strings.Contains(w.Body.String(), "+49301234568") {
			t.Errorf("%s %s: answer %d %s, asked %+v", of.method, of.path, w.Code, w.Body, did)
		}
	}
}
