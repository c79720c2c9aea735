package telagent

import (
	"cmp"
	"maps"
	"slices"
)

// sortedKeys returns the keys of a map in their order, so that nothing depends on chance.
func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

// listed returns what a map holds, in the order of its keys.
func listed[V any](m map[string]V) (all []V) {
	for _, key := range sortedKeys(m) {
		all = append(all, m[key])
	}
	return all
}
