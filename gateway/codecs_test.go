package gateway

import (
	"net/netip"
	"slices"
	"testing"

	"telagent-gateway/call"
	"telagent-gateway/config"
)

func TestEachTrunkAndThePhonesHaveCodecsOfTheirOwn(t *testing.T) {
	c := config.Default()
	c.Media.Codecs = []string{"pcmu"}
	c.Trunks = []config.Trunk{{Name: "north", Codecs: []string{"pcma", "pcmu"}}, {Name: "south"}}
	a := newAudio(nil, c)
	local := netip.MustParseAddr("::1")
	for trunk, want := range map[string][]string{"north": {"pcma", "pcmu"}, "south": nil, "": {"pcmu"}} {
		if got := a.terms(call.Peer{Trunk: trunk, Local: local}); !slices.Equal(got.Codecs, want) || got.Local != local || got.Alone != (trunk != "") {
			t.Errorf("trunk %q is spoken to on %+v", trunk, got)
		}
	}
}
