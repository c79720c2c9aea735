package sip

import "net/netip"

// notifiesAtOnce is how many NOTIFYs to one watcher may have no answer yet. Who watches a whole site is told of hundreds when it
// is switched: all at once they would overrun a slow line, and the queue of his connection.
const notifiesAtOnce = 32

// line is where the NOTIFYs of one watcher go. Others may be behind the same proxy.
type line struct {
	user, network string
	remote        netip.AddrPort
}

func (s *watch) line() line { return line{s.user, s.dialog.Network, s.dialog.Remote} }

// turns are the NOTIFYs of each line. Who waits for his turn is told the newest state then.
type turns struct {
	under   map[line]int // that have no answer yet
	waiting map[line][]*watch
}

func newTurns() turns { return turns{make(map[line]int), make(map[line][]*watch)} }

// takes says whether a NOTIFY of a subscription may go now; else its turn comes.
func (t *turns) takes(s *watch) bool {
	l := s.line()
	if t.under[l] < notifiesAtOnce {
		return true
	}
	s.queued = true
	t.waiting[l] = append(t.waiting[l], s)
	return false
}

// turn is the end of a NOTIFY on a line: whoever waited longest is told.
func (b *board) turn(l line) {
	t := &b.turns
	if t.under[l]--; t.under[l] == 0 {
		delete(t.under, l)
	}
	for len(t.waiting[l]) > 0 && t.under[l] < notifiesAtOnce {
		s := t.waiting[l][0]
		t.waiting[l] = t.waiting[l][1:]
		s.queued = false
		b.tell(s)
	}
	if len(t.waiting[l]) == 0 {
		delete(t.waiting, l)
	}
}
