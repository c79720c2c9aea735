package console

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"sync"

	"telagent-gateway/call"
	"telagent-gateway/telagent"
)

// Bounds of the event stream.
const (
	ringSize       = 4096 // events kept for streams that are behind; the oldest is forgotten
	alarmsKept     = 1000 // alarms not cleared; the oldest is forgotten
	streamsPerUser = 20
	streamsInAll   = 1000
)

// event is one entry of the ring: a change, and whom it is about.
type event struct {
	seq    uint64
	change telagent.Change
	about  reach
	before *reach  // a call that was about others until now; nil: it was not
	call   call.ID // of that call
}

// hub keeps the last events for the streams. It is told by the Floor's owner and never makes him wait: a stream that is
// too far behind finds its place gone and is told to read everything again. Safe for concurrent use.
type hub struct {
	boot string // names this process in event ids: an id of another one is a gap

	mu      sync.Mutex
	ring    []event // by seq modulo its size
	last    uint64  // seq of the newest event
	wake    chan struct{}
	closed  bool
	epoch   uint64 // moves when somebody may see other things than before, or is signed out
	moved   uint64 // seq of the last event when somebody came to see other things
	calls   map[call.ID]reach
	agents  map[string]entry
	raised  []telagent.AlarmRaised
	members map[string][]string // schedule → agents in it
	planned []string            // agents whom the schedule is or was about that was told of last
	streams map[string]int      // by user
	inAll   int
}

// entry is the part of an agent that decides who sees him and his queues.
type entry struct {
	team   string
	queues map[string]int
}

func newHub() *hub {
	var boot [6]byte
	_, _ = rand.Read(boot[:]) // never fails, see crypto/rand
	return &hub{
		boot: hex.EncodeToString(boot[:]), ring: make([]event, ringSize), wake: make(chan struct{}),
		calls: make(map[call.ID]reach), agents: make(map[string]entry), streams: make(map[string]int), members: make(map[string][]string),
	}
}

func (h *hub) tell(changes []telagent.Change) {
	h.mu.Lock()
	defer h.mu.Unlock()
	told := false
	for _, change := range changes {
		told = h.note(change) || told
	}
	if told {
		h.wakeAll()
	}
}

// look makes every stream check again whether and what its user may see.
func (h *hub) look() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.epoch++
	h.wakeAll()
}

func (h *hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.closed {
		h.closed = true
		h.wakeAll()
	}
}

func (h *hub) wakeAll() {
	close(h.wake)
	h.wake = make(chan struct{})
}

// note puts a change into the ring, if streams are told of it; false: they have nothing to do.
func (h *hub) note(change telagent.Change) bool {
	e, epoch := event{change: change}, h.epoch
	switch change := change.(type) {
	case telagent.AgentChanged:
		e.about = reach{agents: []string{change.Agent.ID}}
		h.notice(change)
	case telagent.QueueChanged:
		e.about = reachOfQueue(change.Shown)
	case telagent.CallChanged:
		e.about = reachOfCall(change.Shown)
		if before, ok := h.calls[change.Shown.ID]; ok {
			e.before, e.call = &before, change.Shown.ID
		}
		h.calls[change.Shown.ID] = e.about
	case telagent.CallEnded:
		e.about = reachOfRecord(change.Record)
		if before, ok := h.calls[change.Record.ID]; ok {
			e.before, e.call = &before, change.Record.ID
		}
		delete(h.calls, change.Record.ID)
	case telagent.SwitchBegun:
		e.about = reach{agents: []string{change.Switch.Agent}}
	case telagent.SwitchDone:
		e.about = reach{agents: []string{change.Switch.Agent}}
	case telagent.SwitchFailed:
		e.about = reach{agents: []string{change.Switch.Agent}}
	case telagent.SwitchMeasured:
		e.about = reach{agents: []string{change.Switch.Agent}}
	case telagent.BatchChanged:
		for _, m := range change.Batch.Members {
			e.about.agents = append(e.about.agents, m.Agent)
		}
	case telagent.AlarmRaised:
		e.about = reachOfAlarm(change.Team, change.Teams)
		h.raise(change)
	case telagent.AlarmCleared:
		e.about = reachOfAlarm(change.Team, change.Teams)
		h.clear(change.Code, change.Subject)
	case telagent.EntryChanged:
		e.about = h.reachOfChange(change)
	case telagent.AgentTold:
		e.about = reach{agents: []string{change.Agent}}
	case telagent.UserChanged: // he has a place in the ring, so that who comes back knows whether he was there for it
		h.epoch++
	case telagent.DrainChanged:
		e.about = reachOfAlarm("", nil)
	case telagent.TelagentBegan, telagent.TelagentEnded, telagent.Drained: // the page sees it in the agent, or is about to lose us
		return false
	case telagent.RecordingEnded, telagent.LegMeasured, telagent.Worked, telagent.Audited, telagent.ProfileChanged, telagent.ReasonsChanged,
		telagent.PolicyChanged, telagent.SiteChanged, telagent.CallKept, telagent.PartKept:
		return false
	case telagent.ScheduleChanged: // an EntryChanged tells of it, if a person changed it
		h.plan(change)
		return false
	default:
		panic(fmt.Sprintf("console: no event for a %T", change))
	}
	h.last++
	if h.epoch != epoch {
		h.moved = h.last
	}
	e.seq = h.last
	h.ring[e.seq%ringSize] = e
	return true
}

// notice moves the epoch when an agent is new, or changed his team or queues: then others see him.
func (h *hub) notice(change telagent.AgentChanged) {
	a := change.Shown
	was, known := h.agents[a.ID]
	if known && was.team == a.Team && maps.Equal(was.queues, a.Queues) {
		return
	}
	h.agents[a.ID] = entry{team: a.Team, queues: maps.Clone(a.Queues)}
	if known || change.Was == "" {
		h.epoch++
	}
}

// learn takes the agents of a snapshot that the hub was not told of.
func (h *hub) learn(view *telagent.View) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := range view.Agents {
		a := &view.Agents[i]
		if _, known := h.agents[a.ID]; !known {
			h.agents[a.ID] = entry{team: a.Team, queues: maps.Clone(a.Queues)}
		}
	}
}

func (h *hub) raise(a telagent.AlarmRaised) {
	h.clear(a.Code, a.Subject)
	if len(h.raised) >= alarmsKept {
		h.raised = append(h.raised[:0], h.raised[1:]...)
	}
	h.raised = append(h.raised, a)
}

func (h *hub) clear(code, subject string) {
	kept := h.raised[:0]
	for _, a := range h.raised {
		if a.Code != code || a.Subject != subject {
			kept = append(kept, a)
		}
	}
	h.raised = kept
}

func (h *hub) alarms() []telagent.AlarmRaised {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]telagent.AlarmRaised(nil), h.raised...)
}

// enter counts a stream of a user; false: there are too many.
func (h *hub) enter(user string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.streams[user] >= streamsPerUser || h.inAll >= streamsInAll {
		return false
	}
	h.streams[user]++
	h.inAll++
	return true
}

func (h *hub) leave(user string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.inAll--
	if h.streams[user]--; h.streams[user] == 0 {
		delete(h.streams, user)
	}
}

// news is what a stream finds when it looks.
type news struct {
	events []event
	last   uint64          // seq of the newest event there is
	lost   bool            // events between the stream's place and the first one here are forgotten
	epoch  uint64          // see hub
	moved  uint64          // see hub
	wake   <-chan struct{} // closed when there is more
	closed bool            // the server is going down
}

// batchRead bounds how many events a stream takes at once.
const batchRead = 256

// after returns the events that follow seq.
func (h *hub) after(seq uint64) news {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := news{last: h.last, epoch: h.epoch, moved: h.moved, wake: h.wake, closed: h.closed}
	if seq > h.last || h.last-seq > ringSize {
		n.lost = true
		return n
	}
	for s := seq + 1; s <= h.last && len(n.events) < batchRead; s++ {
		n.events = append(n.events, h.ring[s%ringSize])
	}
	return n
}

// id prints the id of an event, as Last-Event-ID brings it back.
func (h *hub) id(seq uint64) string { return h.boot + "-" + strconv.FormatUint(seq, 10) }

// place reads an id; false: it is not of this process.
func (h *hub) place(id string) (uint64, bool) {
	boot, number, ok := strings.Cut(id, "-")
	if !ok || boot != h.boot {
		return 0, false
	}
	seq, err := strconv.ParseUint(number, 10, 64)
	return seq, err == nil
}
