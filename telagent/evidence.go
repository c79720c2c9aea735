package telagent

import "telagent-gateway/call"

// located notes from where an address of record is reached.
func (f *Floor) located(e call.Located) { f.where[e.AOR] = e.Address }

// missed takes a sign of life that did not come.
func (f *Floor) missed(call.Missed) {}

// seen takes a sign of life.
func (f *Floor) seen(call.Seen) {}
