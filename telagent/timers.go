package telagent

import (
	"container/heap"
	"time"
)

// timers are everything that is due at a time, the soonest first. Each owner has one place at most.
type timers []*timer

// timer is an owner's place; the zero value is not in the heap.
type timer struct {
	at    time.Time
	index int // in the heap, from 1; 0: not in it
	fire  func(f *Floor)
}

// Len implements heap.Interface.
func (t timers) Len() int { return len(t) }

// Less implements heap.Interface.
func (t timers) Less(i, j int) bool { return t[i].at.Before(t[j].at) }

// Swap implements heap.Interface.
func (t timers) Swap(i, j int) {
	t[i], t[j] = t[j], t[i]
	t[i].index, t[j].index = i+1, j+1
}

// Push implements heap.Interface.
func (t *timers) Push(x any) {
	one := x.(*timer)
	*t = append(*t, one)
	one.index = len(*t)
}

// Pop implements heap.Interface.
func (t *timers) Pop() any {
	last := (*t)[len(*t)-1]
	*t = (*t)[:len(*t)-1]
	last.index = 0
	return last
}

func (t timers) next() (time.Time, bool) {
	if len(t) == 0 {
		return time.Time{}, false
	}
	return t[0].at, true
}

func (t *timers) pop() *timer { return heap.Pop(t).(*timer) }

// set puts an owner's timer at a time; the zero time takes it out.
func (t *timers) set(one *timer, at time.Time, fire func(f *Floor)) {
	switch {
	case at.IsZero() && one.index == 0:
		return
	case at.IsZero():
		heap.Remove(t, one.index-1)
	case one.index == 0:
		one.at, one.fire = at, fire
		heap.Push(t, one)
	default:
		one.at, one.fire = at, fire
		heap.Fix(t, one.index-1)
	}
}

// soonest returns the first of the times that are not zero.
func soonest(times ...time.Time) (first time.Time) {
	for _, t := range times {
		if !t.IsZero() && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	return first
}
