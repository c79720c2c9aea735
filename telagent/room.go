package telagent

import "time"

// free returns how many channels of all trunks are free for calls that are none for help, as far as their limits let them
// be used now; -1: any number.
func (f *Floor) free() int {
	free := 0
	for _, t := range f.trunks {
		if !t.up {
			continue
		}
		room := t.room(f.now, f.set.EmergencyReserve)
		if room < 0 {
			return -1
		}
		free += room
	}
	return free
}

// room returns how many more calls that are none for help a trunk can carry now; -1: any number.
func (t *trunk) room(now time.Time, reserve int) int {
	room := -1
	least := func(left int) {
		if left = max(0, left); room < 0 || left < room {
			room = left
		}
	}
	if t.Channels > 0 {
		least(t.free() - min(reserve, t.Channels-1))
	}
	if t.Limits.Calls > 0 {
		least(t.Limits.Calls - t.usage.Calls())
	}
	if t.Limits.PerHour > 0 {
		least(t.Limits.PerHour - t.usage.LastHour(now))
	}
	return room
}
