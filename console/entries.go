package console

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"telagent-gateway/telagent"
)

// Entry is one entry of the directory as people write it: a UserEntry, an AgentEntry, a QueueEntry or a ProfileEntry. What
// it does not say has its default, but for the password and the PIN, which stay as they are.
type Entry interface{ entry() telagent.EntryName }

// UserEntry is somebody who signs in and takes no calls.
type UserEntry struct {
	Name       string   `json:"-"`
	Role       string   `json:"role" enum:"supervisor,admin"`
	Teams      []string `json:"teams,omitempty" maxItems:"200" doc:"whose agents a supervisor sees"`
	Offices    []string `json:"offices,omitempty" maxItems:"200" doc:"whose agents he sets away, all of them; absent: his teams' agents in theirs"`
	SetsOthers bool     `json:"sets_others_available,omitempty" doc:"a supervisor who may set others available in an office"`
	PhoneID    string   `json:"phone_id,omitempty" maxLength:"12" doc:"digits that he is known by at the access number"`
}

// AgentEntry is somebody who takes calls.
type AgentEntry struct {
	ID         string         `json:"-"`
	Name       string         `json:"name,omitempty" maxLength:"100" doc:"absent: the id"`
	Team       string         `json:"team,omitempty" maxLength:"100"`
	Role       string         `json:"role,omitempty" enum:"agent,supervisor" doc:"absent: agent"`
	Supervises []string       `json:"supervises,omitempty" maxItems:"200" doc:"teams whose agents such a supervisor sees"`
	Numbers    []string       `json:"numbers,omitempty" maxItems:"20" doc:"where he is rung as a Telagent, in the order to try"`
	Authorised []string       `json:"authorised_numbers,omitempty" maxItems:"50" doc:"if there are any, only these may be named in a switch"`
	Direct     []string       `json:"direct_numbers,omitempty" maxItems:"50" doc:"dialled numbers that lead to him and to no queue"`
	DeskPhone  string         `json:"desk_phone,omitempty" maxLength:"63" doc:"user part of its address of record; a new one needs the password too"`
	Queues     map[string]int `json:"queues,omitempty" doc:"queue to skill level, 1 best"`
	Offices    []string       `json:"offices,omitempty" maxItems:"50"`
	WrapUpS    *float64       `json:"wrap_up_s,omitempty" minimum:"0" maximum:"86400" doc:"length of the after-call work; absent: as the policy says"`
	SignsOnAs  string         `json:"after_sign_in,omitempty" enum:"not_ready,away,available" doc:"absent: as the policy says"`
	Channels   []string       `json:"capabilities,omitempty" maxItems:"3" doc:"beside voice: chat, mail, video"`
	PhoneID    string         `json:"phone_id,omitempty" maxLength:"12" doc:"digits that he is known by at the access number"`
	Proof      string         `json:"proof,omitempty" enum:"key,pin" doc:"how he shows at a phone that no machine answered; absent: key"`
	Language   string         `json:"language,omitempty" maxLength:"3" doc:"of what his phones are told; absent: as the policy says"`
	NailedUp   bool           `json:"nailed_up,omitempty" doc:"as a Telagent he keeps one leg up between his calls"`
}

// QueueEntry is where callers wait.
type QueueEntry struct {
	Name        string               `json:"-"`
	Numbers     []string             `json:"numbers,omitempty" maxItems:"200" doc:"dialled numbers that lead here, as trunks deliver them"`
	Strategy    string               `json:"strategy,omitempty" enum:"longest_idle,fewest_calls,skill_first,round_robin,ring_all" doc:"absent: longest_idle"`
	Priority    *int                 `json:"priority,omitempty" minimum:"1" maximum:"10" doc:"10 first; absent: 5"`
	Office      string               `json:"office,omitempty" maxLength:"100"`
	CallingName string               `json:"calling_name,omitempty" maxLength:"100" doc:"shown on the agent's phone; absent: the queue's name"`
	ShowCaller  bool                 `json:"show_caller,omitempty" doc:"phones show the customer's number"`
	Record      bool                 `json:"record,omitempty" doc:"calls are recorded"`
	CallerID    string               `json:"caller_id,omitempty" maxLength:"16" doc:"E.164, shown when an agent of the queue calls somebody"`
	FallbackFor []string             `json:"fallback_for,omitempty" maxItems:"200" doc:"teams whose customers wait here who came by no queue"`
	Music       string               `json:"music,omitempty" maxLength:"63" doc:"absent: the usual one"`
	Language    string               `json:"language,omitempty" maxLength:"3" doc:"absent: as the policy says"`
	RingS       float64              `json:"ring_time_s,omitempty" minimum:"0" maximum:"600" doc:"absent: as the policy says"`
	WidenS      float64              `json:"widen_s,omitempty" minimum:"0" maximum:"86400" doc:"after each such time of waiting one skill level more is rung; absent: all are at once"`
	StickyS     float64              `json:"sticky_s,omitempty" minimum:"0" maximum:"7776000" doc:"for how long after a call the last agent is rung first; absent: he is not"`
	PatienceS   float64              `json:"patience_s,omitempty" minimum:"0" maximum:"600" doc:"how long he rings alone; absent: as any"`
	MaxWaitS    float64              `json:"max_wait_s,omitempty" minimum:"0" maximum:"86400" doc:"absent: without end"`
	MaxWaiting  *int                 `json:"max_waiting,omitempty" minimum:"1" maximum:"10000" doc:"most callers in line; absent: 1000"`
	Overflow    *overflowShown       `json:"overflow,omitempty" doc:"for whom it is full, or who waited for too long; absent: he hears a sentence"`
	AnnounceS   float64              `json:"announce_s,omitempty" minimum:"0" maximum:"86400" doc:"how often callers hear their place; absent: never"`
	Hours       *hoursShown          `json:"hours,omitempty" doc:"absent: always open"`
	Unreachable map[string]ruleShown `json:"unreachable,omitempty" doc:"by cause, what follows an offer that failed, instead of the policy"`
}

// ProfileEntry is what agents choose beside ready and not ready.
type ProfileEntry struct {
	Name      string   `json:"-"`
	Type      string   `json:"type" enum:"available,away,tentative,conference,break"`
	DurationS float64  `json:"duration_s,omitempty" minimum:"0" maximum:"86400" doc:"after it the default profile comes back; absent: it stays"`
	Queues    []string `json:"queues,omitempty" maxItems:"200" doc:"who wears it gets calls of those of his queues alone; absent: of all"`
	Reason    string   `json:"reason,omitempty" maxLength:"100" doc:"shown beside the status; absent: the name"`
	Order     int      `json:"order,omitempty" minimum:"-1000000" maximum:"1000000" doc:"place in lists, lowest first"`
}

func (e UserEntry) entry() telagent.EntryName {
	return telagent.EntryName{Kind: telagent.UserEntry, Name: e.Name}
}

func (e AgentEntry) entry() telagent.EntryName {
	return telagent.EntryName{Kind: telagent.AgentEntry, Name: e.ID}
}

func (e QueueEntry) entry() telagent.EntryName {
	return telagent.EntryName{Kind: telagent.QueueEntry, Name: e.Name}
}

func (e ProfileEntry) entry() telagent.EntryName {
	return telagent.EntryName{Kind: telagent.ProfileEntry, Name: e.Name}
}

// Secrets are what an entry proves itself with. They are written and never read.
type Secrets struct {
	Password string `json:"password,omitempty" writeOnly:"true" minLength:"10" maxLength:"200" doc:"for the console, and for SIP where he has a phone; absent: it stays as it is"`
	PIN      string `json:"pin,omitempty" writeOnly:"true" minLength:"4" maxLength:"12" doc:"digits, for the access number; absent: it stays as it is"`
}

// BadEntry is what is wrong with an entry.
type BadEntry struct{ Complaints []Complaint }

// Error returns the first complaint.
func (b *BadEntry) Error() string {
	if len(b.Complaints) == 0 {
		return "the entry is wrong"
	}
	return b.Complaints[0].Message
}

// RevisionKept says which state of an entry this is.
type RevisionKept struct {
	Version   string     `json:"version" doc:"of the entry; also its ETag, in quotes"`
	ChangedBy string     `json:"changed_by,omitempty" doc:"who changed it last; absent: the system, or not known"`
	ChangedAt *time.Time `json:"changed_at,omitempty" doc:"absent: not since versions are kept"`
}

func showRevision(r telagent.Revision) RevisionKept {
	return RevisionKept{strconv.FormatInt(r.Version, 10), r.By, moment(r.At)}
}

func (r RevisionKept) tag() string { return `"` + r.Version + `"` }

// Guard are the preconditions of a change (RFC 9110 §13.1).
type Guard struct {
	IfMatch     string `header:"If-Match" maxLength:"1000" doc:"ETag of the state that you saw; another one is answered with 412 changed_meanwhile. Absent: whatever it is"`
	IfNoneMatch string `header:"If-None-Match" enum:"*" doc:"the entry must be new; else 412 exists"`
}

// guards puts the preconditions before a command; none: it is carried out whatever the entry is. A nil command is a check
// alone.
func (g Guard) guards(by string, e telagent.EntryName, c telagent.Command) telagent.Command {
	if g.IfMatch == "" && g.IfNoneMatch == "" {
		return c
	}
	guarded := telagent.Guarded{By: by, Entry: e, Absent: g.IfNoneMatch != "", Command: c}
	if tag := strings.TrimSpace(g.IfMatch); tag == "" || tag == "*" {
		return guarded
	}
	for tag := range strings.SplitSeq(g.IfMatch, ",") {
		version, err := strconv.ParseInt(strings.Trim(strings.TrimSpace(tag), `"`), 10, 64)
		if err != nil || !strings.HasPrefix(strings.TrimSpace(tag), `"`) { // a weak one, or none of ours, is of no state
			version = -1
		}
		guarded.Versions = append(guarded.Versions, version)
	}
	return guarded
}

// directory returns what people set up, to administrators.
func (c *Console) directory(ctx context.Context) (telagent.State, map[telagent.EntryName]telagent.Revision, error) {
	if !from(ctx).viewer.all() {
		return telagent.State{}, nil, problem("not_admin", "Only an administrator may see the directory.")
	}
	state, err := c.o.Directory(ctx)
	if err != nil {
		return telagent.State{}, nil, c.refused("read the directory", err)
	}
	revisions := make(map[telagent.EntryName]telagent.Revision, len(state.Revisions))
	for _, r := range state.Revisions {
		revisions[r.Entry] = r
	}
	return state, revisions, nil
}

// entryCodes are why an entry is not put or removed, by HTTP status.
var entryCodes = map[int]string{
	http.StatusConflict:            "agent_signed_on in_schedule last_admin profile_worn queue_busy queue_used user_busy",
	http.StatusPreconditionFailed:  "changed_meanwhile exists",
	http.StatusUnprocessableEntity: "invalid_entry",
}
