package sip

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"telagent-gateway/call"
)

// conclude says whether the trunk can carry calls, from all that is known of it, and reports when that has changed.
func (k *keeper) conclude() {
	up, problem, known := k.verdict()
	if !known && !k.told {
		return
	}
	t := k.t
	t.mu.Lock()
	was := t.up
	t.up, t.down, t.targets, t.registered = up, problem, k.shown(), k.enrol.said()
	if is := up; is != was || !k.told {
		t.since = time.Now()
	}
	t.mu.Unlock()
	if up == was && k.told {
		return
	}
	k.told = true
	k.remember()
	if up {
		k.w.report(call.TrunkUp{Trunk: t.Name})
	} else {
		k.w.report(call.TrunkDown{Trunk: t.Name, Problem: problem})
	}
}

// verdict says whether the trunk is up and, if not, why; known is false until that was found out for the first time.
func (k *keeper) verdict() (up bool, problem string, known bool) {
	if k.unknown != "" {
		return false, k.unknown, true
	}
	if problem, known = k.lacks(); problem != "" || !known {
		return false, problem, known
	}
	if k.enrol != nil {
		return k.enrol.registered, k.enrol.problem, k.enrol.tried
	}
	return true, "", true
}

// lacks says in words that none of the addresses is there; empty: one is, or nobody asks.
func (k *keeper) lacks() (problem string, known bool) {
	if k.t.Ping == 0 {
		return "", true
	}
	if slices.ContainsFunc(k.targets, func(t *target) bool { return t.up }) {
		return "", true
	}
	if len(k.targets) == 0 || slices.ContainsFunc(k.targets, func(t *target) bool { return !t.asked }) {
		return "", false
	}
	first := k.targets[0]
	if len(k.targets) == 1 {
		return first.problem, true
	}
	return fmt.Sprintf("none of its %d addresses is there (%s: %s)", len(k.targets), first.place(), first.problem), true
}

// shown is what people see of the addresses.
func (k *keeper) shown() (list []TargetStatus) {
	for _, t := range k.targets {
		list = append(list, TargetStatus{Address: t.place().String(), Up: t.up || k.t.Ping == 0, Problem: t.problem})
	}
	return list
}

// leadsTo says whether the name of a trunk leads to an address.
func (w *Wire) leadsTo(a netip.Addr) bool {
	return slices.ContainsFunc(w.trunks, func(t *trunk) bool {
		t.mu.Lock()
		defer t.mu.Unlock()
		return t.addresses[a]
	})
}

// leadsNow notes the addresses that a trunk's name, or that of its registrar, leads to: calls to the contact that we registered
// come from there.
func (k *keeper) leadsNow(registrar bool, list []destination) {
	now := make([]netip.Addr, 0, len(list))
	for _, d := range list {
		now = append(now, d.remote.Addr())
	}
	slices.SortFunc(now, netip.Addr.Compare)
	now = slices.Compact(now)
	k.t.mu.Lock()
	k.t.sendsFrom(now)
	was := &k.t.named
	if registrar {
		was = &k.t.enrols
	}
	same := slices.Equal(*was, now)
	*was = now
	k.t.mu.Unlock()
	if !same {
		k.remember()
	}
}

// sendsFrom adds to the addresses of the trunk. The lock is held.
func (t *trunk) sendsFrom(list []netip.Addr) {
	if t.addresses == nil {
		t.addresses = make(map[netip.Addr]bool)
	}
	if len(t.addresses)+len(list) > 8*mostTargets { // a name that always leads elsewhere
		clear(t.addresses)
	}
	for _, a := range list {
		t.addresses[a] = true
	}
}
