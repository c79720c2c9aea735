package console

import (
	"math"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/presence"
	"telagent-gateway/telagent"
)

// The types of this file are what the API shows: snake_case, RFC 3339 times in UTC, lengths of time in seconds. What
// does not apply is left out.

type partyShown struct {
	Number string `json:"number,omitempty" doc:"E.164 or a user name; absent: withheld"`
	Name   string `json:"name,omitempty"`
}

type switchShown struct {
	Agent  string     `json:"agent"`
	By     string     `json:"by,omitempty" doc:"who asked; absent: a policy"`
	To     string     `json:"to" doc:"what was rung"`
	Began  time.Time  `json:"began"`
	Ended  *time.Time `json:"ended,omitempty" doc:"absent: under way"`
	Result string     `json:"result,omitempty" doc:"done, or the stable word of what went wrong; absent: under way"`

	Leg           string   `json:"leg,omitempty" doc:"that came in with it; absent: none did"`
	CustomerGapMS *float64 `json:"customer_gap_ms,omitempty" doc:"longest time between two RTP packets that the customer was sent around it; absent: not measured"`
	CutOverMS     *float64 `json:"cut_over_ms,omitempty" doc:"in which the customer heard neither the old leg, or comfort, nor the new one; absent: not measured"`
	TwoWayMS      *float64 `json:"two_way_ms,omitempty" doc:"from the key that accepted the call until the customer and the new leg hear each other; absent: not measured, or no key was asked for"`
}

type agentShown struct {
	ID         string         `json:"id"`
	Name       string         `json:"name"`
	Team       string         `json:"team"`
	Status     string         `json:"status" enum:"offline,not_ready,available,away,on_break,ringing,in_line,acw"`
	Reason     string         `json:"reason,omitempty"`
	Declared   string         `json:"declared" doc:"what he says, by word or by profile"`
	Toggle     string         `json:"toggle" doc:"what he declares beside a profile, and what comes back after it"`
	Profile    string         `json:"profile,omitempty" doc:"that he wears; absent: the default one"`
	Kind       string         `json:"profile_type,omitempty" doc:"available, away, tentative, conference or break"`
	Activity   string         `json:"activity" doc:"idle, dialling, offered, talking, cut_off or wrap_up"`
	Version    uint64         `json:"version" doc:"moves with each change of what is said of him; a wish that names it is refused as stale when it has moved"`
	Pending    string         `json:"pending,omitempty" doc:"declared word that takes effect after the work"`
	Booked     *pendingShown  `json:"booked,omitempty" doc:"more about what is pending"`
	Since      time.Time      `json:"since" doc:"when the status began"`
	Until      *time.Time     `json:"until,omitempty" doc:"end of the countdown"`
	CountdownS int            `json:"countdown_s,omitempty" doc:"seconds to the end of the countdown when this was sent"`
	Reach      string         `json:"reach" doc:"softphone, or phone: he is a Telagent"`
	Device     string         `json:"device,omitempty" doc:"what would ring, or what he talks on"`
	Reachable  string         `json:"reachable" doc:"reachable, unreachable or unknown"`
	Call       string         `json:"call,omitempty"`
	Part       string         `json:"part,omitempty" doc:"in that call: primary, consult, conference, monitor, whisper or barge"`
	Customer   *partyShown    `json:"customer,omitempty"`
	ChangedBy  string         `json:"changed_by,omitempty" doc:"who changed the status last; absent: the system"`
	Switching  *switchShown   `json:"switching,omitempty" doc:"the switch under way"`
	LastSwitch *switchShown   `json:"last_switch,omitempty"`
	Numbers    []string       `json:"numbers"`
	DeskPhone  string         `json:"desk_phone,omitempty"`
	Line       string         `json:"line,omitempty" enum:"down,dialling,asking,up" doc:"the leg of a Telagent that stays up between his calls; absent: he has none"`
	Queues     map[string]int `json:"queues" doc:"queue to skill level, 1 best"`
	Offices    []string       `json:"offices"`
	Strikes    int            `json:"strikes" doc:"unanswered offers in a row"`

	Shifts []shiftShown `json:"shifts,omitempty" doc:"schedules that have him a Telagent; with different numbers both ring"`

	Site         string            `json:"site,omitempty" doc:"where the softphone is, by the name of the site or its network; absent: not known"`
	Lost         []missingShown    `json:"lost" doc:"the evidence that his softphone is gone; none: it is not"`
	Fallback     *fallbackShown    `json:"fallback,omitempty" doc:"what becomes of his calls when his softphone is lost; absent: he is on a phone"`
	BackOffered  *time.Time        `json:"back_offered,omitempty" doc:"since when he may return to his softphone, which an outage took"`
	OfficesAway  []officeShown     `json:"offices_away" doc:"those of his offices that he is away in"`
	PageClosed   *time.Time        `json:"page_closed,omitempty" doc:"when he closed his last page; absent: one is open, or he never had one"`
	Level        string            `json:"level,omitempty" enum:"amber,red" doc:"colour of the status's timer when this was sent"`
	AmberAt      *time.Time        `json:"amber_at,omitempty" doc:"when the timer turns amber"`
	RedAt        *time.Time        `json:"red_at,omitempty" doc:"when the timer turns red"`
	Capabilities map[string]string `json:"capabilities" doc:"voice, chat, mail, video: on or greyed; what he does not have is absent"`
	Words        map[string]string `json:"words" doc:"the status in other systems' words, by vocabulary"`
	Word         string            `json:"word,omitempty" doc:"the one of the vocabulary that was asked for"`
}

type pendingShown struct {
	Reason  string `json:"reason,omitempty"`
	Profile string `json:"profile,omitempty" doc:"that is put on then; default: his is taken off"`
	By      string `json:"by,omitempty" doc:"who asked for it; absent: the system"`
}

type officeShown struct {
	Office string    `json:"office"`
	By     string    `json:"by,omitempty" doc:"who set it; absent: the system"`
	Since  time.Time `json:"since"`
}

type legShown struct {
	ID     string    `json:"id"`
	Seat   string    `json:"seat" doc:"customer, agent or guest"`
	Agent  string    `json:"agent,omitempty"`
	Target string    `json:"target"`
	State  string    `json:"state" doc:"dialling, ringing, asking, announced: hears the tone of a call, talking, held, silent or parked"`
	Since  time.Time `json:"since"`

	Quality *qualityShown `json:"quality,omitempty" doc:"how its audio fares; absent in events, and while it has none"`
}

type divertedShown struct {
	Number string `json:"number,omitempty" doc:"absent: withheld"`
	Name   string `json:"name,omitempty"`
	Why    string `json:"why,omitempty" doc:"in a word of RFC 5806, like no-answer, user-busy or unconditional"`
}

type callShown struct {
	ID        string         `json:"id"`
	Kind      string         `json:"kind" doc:"inbound, outbound or internal"`
	From      partyShown     `json:"from" doc:"the other side: who called, or who is called"`
	To        string         `json:"to"`
	Diverted  *divertedShown `json:"diverted,omitempty" doc:"whom the caller called first, where a trusted trunk says that the call was sent on"`
	Attested  string         `json:"attested,omitempty" doc:"what a trusted trunk found of the signature of the caller's number: A, B, C, passed or failed"`
	Queue     string         `json:"queue,omitempty"`
	Priority  int            `json:"priority" doc:"1..11, 11 first"`
	State     string         `json:"state" doc:"waiting, offering, dialling, talking, held, consulting, transferring, cut_off, outside: with somebody whom it was handed to, or leaving: a last sentence is said"`
	Recording string         `json:"recording,omitempty" doc:"on or paused; absent: it is not recorded"`
	Began     time.Time      `json:"began" doc:"also what the wait counts from"`
	Agent     string         `json:"agent,omitempty" doc:"in the agent seat, or offered"`
	Team      string         `json:"team,omitempty"`
	Guests    []guestShown   `json:"guests" doc:"everybody else; agents are not told who monitors"`
	Legs      []legShown     `json:"legs"`
}

type trunkShown struct {
	Name     string `json:"name"`
	Up       bool   `json:"up"`
	Problem  string `json:"problem,omitempty" doc:"why it is down, or what went wrong last, in words; until a call gets through"`
	Channels int    `json:"channels" doc:"0: unlimited"`
	InUse    int    `json:"in_use"`

	ProblemAt    *time.Time    `json:"problem_at,omitempty"`
	Since        *time.Time    `json:"since,omitempty" doc:"when it came up or went down"`
	Registration string        `json:"registration,omitempty" enum:"registered,not_registered" doc:"empty: it is not to be registered"`
	Target       string        `json:"target,omitempty" doc:"the address that calls go to first, like udp:198.51.100.7:5060"`
	Targets      []targetShown `json:"targets,omitempty" doc:"all its addresses, in the order in which they are tried"`
}

type targetShown struct {
	Address string `json:"address"`
	Up      bool   `json:"up"`
	Problem string `json:"problem,omitempty"`
}

type phoneShown struct {
	AOR       string     `json:"aor"`
	Contact   string     `json:"contact"`
	Transport string     `json:"transport"`
	Source    string     `json:"source"`
	UserAgent string     `json:"user_agent,omitempty"`
	Expires   time.Time  `json:"expires"`
	Seen      time.Time  `json:"seen" doc:"its last sign of life: a REGISTER, or an answer to OPTIONS"`
	Answered  *time.Time `json:"answered,omitempty" doc:"its last answer to OPTIONS; absent: it was not asked yet, or never answered"`
	Missed    []string   `json:"missed,omitempty" doc:"signs of life that are overdue: registration, answers"`
}

type alarmShown struct {
	Code     string    `json:"code"`
	Subject  string    `json:"subject" doc:"agent, trunk, call or site; a switch of the site of a site_down, with cut_off, does what the sentence says"`
	Team     string    `json:"team,omitempty"`
	Teams    []string  `json:"teams,omitempty" doc:"whose supervisors see it, where it is about several"`
	Sentence string    `json:"sentence,omitempty"`
	Time     time.Time `json:"time"`
}

func showAgent(a telagent.AgentView, now time.Time) agentShown {
	s := agentShown{
		ID: a.ID, Name: a.Name, Team: a.Team, Status: a.Status, Reason: a.Reason, Declared: a.Declared,
		Activity: a.Activity, Pending: a.Pending, Since: a.Since.UTC(), Until: moment(a.Until), Reach: a.Reach,
		Device: a.Device, Reachable: a.Reachable, Call: string(a.Call), Part: a.Part, ChangedBy: a.ChangedBy,
		Switching: showSwitch(a.Switching), LastSwitch: showSwitch(a.LastSwitch), Numbers: list(a.Numbers),
		DeskPhone: a.DeskPhone, Queues: a.Queues, Offices: list(a.Offices), Strikes: a.Strikes,
	}
	s.Shifts, s.Version = showShifts(a.Shifts), a.Version
	if a.Pending != "" {
		s.Booked = &pendingShown{Reason: a.PendingReason, Profile: a.PendingProfile, By: a.PendingBy}
	}
	s.Line, s.Toggle, s.Profile, s.Kind = a.Line, a.Toggle, a.Profile, a.ProfileType
	s.PageClosed, s.AmberAt, s.RedAt = moment(a.PageClosed), moment(a.AmberAt), moment(a.RedAt)
	s.Level = presence.Level(a.AmberAt, a.RedAt, now)
	s.OfficesAway, s.Capabilities, s.Words = officesAway(a), capabilities(a.Capabilities), words(a.Words)
	s.Site, s.Lost, s.BackOffered, s.Fallback = a.Site, showMissing(a.Lost), moment(a.BackOffered), showFallback(a.Fallback)
	if s.Queues == nil {
		s.Queues = map[string]int{}
	}
	if a.Call != "" {
		s.Customer = &partyShown{Number: a.Customer.Number, Name: a.Customer.Name}
	}
	if left := a.Until.Sub(now); !a.Until.IsZero() && left > 0 {
		s.CountdownS = int(math.Ceil(left.Seconds()))
	}
	return s
}

func officesAway(a telagent.AgentView) []officeShown {
	out := []officeShown{}
	for _, office := range a.Offices {
		if away, is := a.OfficesAway[office]; is {
			out = append(out, officeShown{Office: office, By: away.By, Since: away.Since.UTC()})
		}
	}
	return out
}

func capabilities(c presence.Capabilities) map[string]string {
	out := map[string]string{}
	for channel, icon := range map[string]presence.Capability{"voice": c.Voice, "chat": c.Chat, "mail": c.Mail, "video": c.Video} {
		if icon != presence.NoCapability {
			out[channel] = string(icon)
		}
	}
	return out
}

func words(all presence.Words) map[string]string {
	out := make(map[string]string, len(all))
	for v, word := range all {
		out[presence.Vocabulary(v).String()] = word
	}
	return out
}

// speak adds the status in the words of a vocabulary; "": none was asked for.
func (s *agentShown) speak(vocabulary string) { s.Word = s.Words[vocabulary] }

func showSwitch(r *telagent.SwitchRecord) *switchShown {
	if r == nil {
		return nil
	}
	return &switchShown{
		Agent: r.Agent, By: r.By, To: r.To, Began: r.Began.UTC(), Ended: moment(r.Ended), Result: r.Result, Leg: string(r.Leg),
		CustomerGapMS: measured(r.Gap), CutOverMS: measured(r.CutOver), TwoWayMS: measured(r.TwoWay),
	}
}

// measured returns nil for what was not.
func measured(d time.Duration) *float64 {
	if d == 0 {
		return nil
	}
	return millis(d)
}

func showDiverted(d call.Diversion) *divertedShown {
	if d == (call.Diversion{}) {
		return nil
	}
	return &divertedShown{Number: d.Number, Name: d.Name, Why: d.Why}
}

func showCall(s telagent.CallView, who viewer) callShown {
	out := callShown{
		ID: string(s.ID), Kind: s.Kind, From: partyShown{Number: s.From.Number, Name: s.From.Name}, To: s.To, Diverted: showDiverted(s.Diverted), Attested: s.Attested, Queue: s.Queue,
		Priority: s.Priority, State: s.State, Recording: s.Recording, Began: s.Began.UTC(), Agent: s.Agent, Team: s.Team,
		Guests: showGuests(s.Guests, who), Legs: make([]legShown, 0, len(s.Legs)),
	}
	for _, l := range s.Legs {
		if !who.leads() && listens(l, s.Guests) {
			continue
		}
		out.Legs = append(out.Legs, legShown{
			ID: string(l.Leg), Seat: l.Seat, Agent: l.Agent, Target: l.Target, State: l.State, Since: l.Since.UTC(),
		})
	}
	return out
}

func showAlarm(a telagent.AlarmRaised) alarmShown {
	return alarmShown{Code: a.Code, Subject: a.Subject, Team: a.Team, Teams: a.Teams, Sentence: a.Sentence, Time: a.Time.UTC()}
}

// moment returns nil for the zero time, which means: not yet, or never.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// list makes an absent list an empty one, so that JSON has [] and never null.
func list(of []string) []string {
	if of == nil {
		return []string{}
	}
	return of
}

type toldShown struct {
	Agent    string `json:"agent"`
	Code     string `json:"code" doc:"stable: forced_logout, left, guest_failed, …"`
	Sentence string `json:"sentence"`
}
