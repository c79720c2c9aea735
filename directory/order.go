package directory

import (
	"fmt"
	"slices"

	"telagent-gateway/telagent"
)

// Commands are carried out one after the other, and what only one may have must be given up before another takes it.

// holding is one entry of a file as the order sees it: what its namesake has, and what it wants.
type holding struct{ has, wants []string }

// order returns the order in which the entries can be carried out, the file's own where nothing speaks against it. It
// fails with the index of an entry that exchanges something with another one: no order can do that.
func order(entries []holding) (indices []int, exchanger int, ok bool) {
	giver := make(map[string]int) // thing → entry that gives it up
	for i, e := range entries {
		for _, thing := range e.has {
			if !slices.Contains(e.wants, thing) {
				giver[thing] = i
			}
		}
	}
	const (
		fresh = iota
		begun
		done
	)
	state := make([]uint8, len(entries))
	var visit func(i int) bool
	visit = func(i int) bool {
		switch state[i] {
		case done:
			return true
		case begun:
			exchanger = i
			return false
		}
		state[i] = begun
		for _, thing := range entries[i].wants {
			if j, given := giver[thing]; given && j != i && !visit(j) {
				return false
			}
		}
		state[i] = done
		indices = append(indices, i)
		return true
	}
	for i := range entries {
		if !visit(i) {
			return nil, exchanger, false
		}
	}
	return indices, 0, true
}

func orderQueues(entries []Queue, present []telagent.Queue, where func(string) string) ([]Queue, error) {
	has := make(map[string][]string, len(present))
	for _, q := range present {
		has[q.Name] = q.Numbers
	}
	holdings := make([]holding, len(entries))
	for i, e := range entries {
		holdings[i] = holding{has[e.Name], e.Numbers}
	}
	return arrange(entries, holdings, where, "queues[%d].numbers", "numbers")
}

func orderAgents(entries []Agent, present []telagent.Agent, where func(string) string) ([]Agent, error) {
	things := func(authorised []string, phone, id string) []string {
		all := slices.Clone(authorised)
		if phone != "" {
			all = append(all, "phone "+phone)
		}
		if id != "" {
			all = append(all, "phone id "+id)
		}
		return all
	}
	has := make(map[string][]string, len(present))
	for _, a := range present {
		has[a.ID] = things(a.Authorised, a.DeskPhone, a.PhoneID)
	}
	holdings := make([]holding, len(entries))
	for i, e := range entries {
		holdings[i] = holding{has[e.ID], things(e.Authorised, e.DeskPhone, e.PhoneID)}
	}
	return arrange(entries, holdings, where, "agents[%d]", "authorised numbers, desk phones or phone ids")
}

func arrange[T any](entries []T, holdings []holding, where func(string) string, path, what string) ([]T, error) {
	indices, exchanger, ok := order(holdings)
	if !ok {
		path = fmt.Sprintf(path, exchanger)
		return nil, fmt.Errorf("%s: %s: it exchanges %s with another entry, which cannot be done at once; import it without them first",
			where(path), path, what)
	}
	arranged := make([]T, len(entries))
	for i, from := range indices {
		arranged[i] = entries[from]
	}
	return arranged, nil
}
