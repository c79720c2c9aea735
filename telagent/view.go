package telagent

import (
	"time"

	"telagent-gateway/call"
)

// View is an immutable snapshot of the Floor for readers. Slices are sorted by id or name.
type View struct {
	Now    time.Time
	Agents []AgentView
	Calls  []CallView
	Queues []QueueView
	Trunks []TrunkView
	Users  []User
}

// AgentView is an agent as readers see him.
type AgentView struct {
	ID, Name, Team string
	Status         string        // the shown word: offline, not_ready, available, away, on_break, ringing, in_line, acw
	Reason         string        // break reason or RNA, IDLE_TIMEOUT, DEVICE_LOST, FORCED_LOGOUT_BY_SUPERVISOR
	Declared       string        // what the agent says: available, not_ready, on_break, away, offline
	Activity       string        // what calls do to him: idle, dialling, offered, talking, cut_off, wrap_up
	Pending        string        // declared word that takes effect after the work; empty: none
	Since          time.Time     // when Status began
	Until          time.Time     // end of the countdown (ACW, break); zero: none
	Reach          string        // softphone or phone (a phone makes him a Telagent)
	Device         string        // as call.Target prints it: what would ring, or what he talks on
	Reachable      string        // reachable, unreachable or unknown
	Call           call.ID       // the call he is in or is offered; empty: none
	Customer       call.Party    // of that call
	ChangedBy      string        // who changed the status last; empty: the system
	Switching      *SwitchRecord // the switch under way; nil: none
	LastSwitch     *SwitchRecord // the last one that ended; nil: none
	Numbers        []string
	DeskPhone      string
	Queues         map[string]int
	Offices        []string
	Strikes        int
}

// CallView is a live call as readers see it.
type CallView struct {
	ID       call.ID
	From     call.Party
	To       string
	Queue    string
	Priority int       // 1..11
	State    string    // waiting, offering, talking, held, cut_off
	Began    time.Time // also what his wait counts from
	Agent    string    // in the agent seat or offered; empty: none
	Team     string    // of that agent
	Legs     []LegView
}

// LegView is one leg of a CallView.
type LegView struct {
	Leg    call.LegID
	Seat   string
	Agent  string
	Target string
	State  string // dialling, ringing, asking, talking, held, silent, parked
	Since  time.Time
}

// QueueView is a queue as readers see it.
type QueueView struct {
	Name      string
	Waiting   int
	LongestAt time.Time // since when the longest waits; zero: nobody waits
	Available int       // agents who could be offered a call now
	Numbers   []string
	Strategy  string
	Priority  int
	Office    string
}

// TrunkView is a trunk as readers see it.
type TrunkView struct {
	Name     string
	Up       bool
	Problem  string // in words; empty: none
	Channels int    // 0: unlimited
	InUse    int
}

// SwitchPlan is what a Switch would do now, for the dry run and the confirm box.
type SwitchPlan struct {
	Agent     string
	Target    string // what would be dialled or ring
	Reachable string
	Channels  int    // channels needed
	Free      int    // channels free; -1: unlimited
	Call      string // what would happen to the live call, one sentence; empty: no call
	Status    string // what the status would be, one sentence
}
