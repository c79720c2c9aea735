package sim

import (
	"container/heap"
	"time"
)

// agenda is what will happen, in order of time; what was put down first happens first at equal times.
type agenda struct {
	items entries
	seq   uint64
}

type entry struct {
	at  time.Duration
	seq uint64
	do  func()
}

func (a *agenda) add(at time.Duration, do func()) {
	a.seq++
	heap.Push(&a.items, entry{at, a.seq, do})
}

func (a *agenda) peek() (time.Duration, bool) {
	if len(a.items) == 0 {
		return 0, false
	}
	return a.items[0].at, true
}

func (a *agenda) pop() func() {
	e, _ := heap.Pop(&a.items).(entry)
	return e.do
}

// entries implements heap.Interface.
type entries []entry

func (e entries) Len() int { return len(e) }

func (e entries) Less(i, j int) bool {
	if e[i].at != e[j].at {
		return e[i].at < e[j].at
	}
	return e[i].seq < e[j].seq
}

func (e entries) Swap(i, j int) { e[i], e[j] = e[j], e[i] }

func (e *entries) Push(x any) {
	if x, ok := x.(entry); ok {
		*e = append(*e, x)
	}
}

func (e *entries) Pop() any {
	last := (*e)[len(*e)-1]
	*e = (*e)[:len(*e)-1]
	return last
}
