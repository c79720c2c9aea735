package sip

import (
	"encoding/json"
	"net/netip"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"

	"telagent-gateway/call"
)

// trunkKey begins the keys in Options.Contacts of trunks.
const trunkKey = "trunk:"

// keptTrunk is what was known last of a trunk that is asked or registered. Until it was asked again it is taken to be so, and its
// names to lead where they led: a call that comes before they were looked up again is the trunk's, and no stranger's.
type keptTrunk struct {
	Version   int // of this struct: 1
	Up        bool
	Problem   string       `json:",omitempty"`
	Names     string       `json:",omitempty"` // which they are
	Addresses []netip.Addr `json:",omitempty"`
	Until     time.Time    // when its carrier forgets us; zero: we are not registered
}

// remember lets be kept what is known of the trunk.
func (k *keeper) remember() {
	if k.w.o.KeepContact == nil {
		return
	}
	k.t.mu.Lock()
	known := keptTrunk{Version: 1, Up: k.t.up, Problem: k.t.down, Names: k.t.names(), Addresses: slices.Concat(k.t.named, k.t.enrols)}
	k.t.mu.Unlock()
	if k.enrol != nil && k.enrol.registered {
		known.Until = k.enrol.until.Round(0).UTC()
	}
	raw, err := json.Marshal(known)
	if err != nil {
		k.w.log.Error("what is known of a trunk cannot be kept", zap.String("trunk", k.t.Name), zap.Error(err))
		return
	}
	k.w.o.KeepContact(trunkKey+k.t.Name, raw)
}

// recallTrunks goes on with what a process that is gone knew of the trunks.
func (w *Wire) recallTrunks() {
	for key, raw := range w.o.Contacts {
		name, is := strings.CutPrefix(key, trunkKey)
		if !is {
			continue
		}
		known := keptTrunk{}
		t := w.trunkNamed(name)
		if json.Unmarshal(raw, &known) != nil || known.Version != 1 || t == nil || t.Ping == 0 && !t.Register {
			w.o.forget(key)
			continue
		}
		if !known.Up {
			t.up, t.down = false, known.Problem
		}
		if known.Names != t.names() {
			continue
		}
		if len(known.Addresses) <= 2*mostTargets {
			t.sendsFrom(known.Addresses)
		}
		if left := time.Until(known.Until); left > 0 && t.Register {
			e := t.keeper.enrol
			e.registered, e.until = true, time.Now().Add(min(left, longestLasting))
		}
	}
}

// names are where the addresses of the trunk are looked for, and the account there.
func (t *trunk) names() string {
	return strings.Join([]string{t.URI, t.Proxy, t.Registrar, t.Username, t.Contact}, " ")
}

// recall tells the core that the trunk was down when it was known last.
func (k *keeper) recall() {
	k.t.mu.Lock()
	up, problem := k.t.up, k.t.down
	k.t.mu.Unlock()
	if !up {
		k.w.report(call.TrunkDown{Trunk: k.t.Name, Problem: problem})
	}
}
