package telagent

import "telagent-gateway/call"

// chooseSwitch counts whom a switch of a supervisor's teams would move, and asks whether he wants it.
func (f *Floor) chooseSwitch(m *menu, cutOff bool) { f.menuAsks(m, call.NotDone) }

// confirm switches his teams, if he wants it.
func (f *Floor) confirm(m *menu, key string) {}
