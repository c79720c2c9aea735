package store

import (
	"encoding/json"
	"fmt"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/presence"
	"telagent-gateway/telagent"
)

// What is stored as JSON has structs of its own, so that a name changed elsewhere does not change what is on disk.

var roleWords = map[telagent.Role]string{
	telagent.AgentRole: "agent", telagent.SupervisorRole: "supervisor", telagent.AdminRole: "admin",
}

type agentEntry struct {
	Name       string         `json:"name"`
	Team       string         `json:"team,omitempty"`
	Role       string         `json:"role,omitempty"` // empty: agent
	Supervises []string       `json:"supervises,omitempty"`
	Direct     []string       `json:"direct_numbers,omitempty"`
	Numbers    []string       `json:"numbers,omitempty"`
	Authorised []string       `json:"authorised_numbers,omitempty"`
	DeskPhone  string         `json:"desk_phone,omitempty"`
	Queues     map[string]int `json:"queues,omitempty"`
	Offices    []string       `json:"offices,omitempty"`
	WrapUpNS   int64          `json:"wrap_up_ns"` // below 0 has a meaning of its own, however little
	SignsOnAs  string         `json:"signs_on_as,omitempty"`
	Chat       bool           `json:"chat,omitempty"`
	Mail       bool           `json:"mail,omitempty"`
	Video      bool           `json:"video,omitempty"`
	PhoneID    string         `json:"phone_id,omitempty"`
	Proof      string         `json:"proof,omitempty"` // empty: key
	Language   string         `json:"language,omitempty"`
	NailedUp   bool           `json:"nailed_up,omitempty"`
}

func entryOf(a telagent.Agent) agentEntry {
	e := agentEntry{
		Name: a.Name, Team: a.Team, Numbers: a.Numbers, Authorised: a.Authorised, DeskPhone: a.DeskPhone, Queues: a.Queues,
		Offices: a.Offices, Supervises: a.Supervises, Direct: a.Direct, WrapUpNS: int64(a.WrapUp), Chat: a.Channels.Chat, Mail: a.Channels.Mail, Video: a.Channels.Video,
		PhoneID: a.PhoneID, Language: a.Language, NailedUp: a.NailedUp,
	}
	if a.Proof != telagent.ByKey {
		e.Proof = a.Proof.String()
	}
	if a.Role != telagent.AgentRole {
		e.Role = roleWords[a.Role]
	}
	if a.SignsOnAs != presence.Offline {
		e.SignsOnAs = a.SignsOnAs.String()
	}
	return e
}

func agentOf(id, entry, state string) (telagent.Agent, error) {
	var e agentEntry
	if err := json.Unmarshal([]byte(entry), &e); err != nil {
		return telagent.Agent{}, fmt.Errorf("read the entry of agent %s: %w", id, err)
	}
	a := telagent.Agent{
		ID: id, Name: e.Name, Team: e.Team, Numbers: e.Numbers, Authorised: e.Authorised, DeskPhone: e.DeskPhone, Queues: e.Queues,
		Offices: e.Offices, Supervises: e.Supervises, Direct: e.Direct, WrapUp: time.Duration(e.WrapUpNS), Channels: presence.Channels{Chat: e.Chat, Mail: e.Mail, Video: e.Video},
		PhoneID: e.PhoneID, Language: e.Language, NailedUp: e.NailedUp,
	}
	var err error
	if a.Proof, err = telagent.ParseProof(e.Proof); err != nil {
		return telagent.Agent{}, fmt.Errorf("read the entry of agent %s: %w", id, err)
	}
	if e.Role != "" {
		if a.Role, err = roleOf(e.Role); err != nil {
			return telagent.Agent{}, fmt.Errorf("read the entry of agent %s: %w", id, err)
		}
	}
	if e.SignsOnAs != "" {
		if a.SignsOnAs, err = presence.ParseStatus(e.SignsOnAs); err != nil {
			return telagent.Agent{}, fmt.Errorf("read the entry of agent %s: %w", id, err)
		}
	}
	if err := json.Unmarshal([]byte(state), &a.Presence); err != nil {
		return telagent.Agent{}, fmt.Errorf("read the presence of agent %s: %w", id, err)
	}
	return a, nil
}

type profileEntry struct {
	Type       string   `json:"type"`
	DurationNS int64    `json:"duration_ns,omitempty"`
	Queues     []string `json:"queues,omitempty"`
	Reason     string   `json:"reason,omitempty"`
	Order      int      `json:"order,omitempty"`
}

func profileOf(p presence.Profile) profileEntry {
	return profileEntry{p.Type.String(), int64(p.Duration), p.Queues, p.Reason, p.Order}
}

func (e profileEntry) profile(name string) (presence.Profile, error) {
	typ, err := presence.ParseProfileType(e.Type)
	return presence.Profile{
		Name: name, Type: typ, Duration: time.Duration(e.DurationNS), Queues: e.Queues, Reason: e.Reason, Order: e.Order,
	}, err
}

type legEntry struct {
	Leg        call.LegID `json:"leg"`
	Seat       string     `json:"seat"`
	Mode       string     `json:"mode,omitempty"`
	Agent      string     `json:"agent,omitempty"`
	Device     string     `json:"device,omitempty"` // empty: written before there was one
	Target     string     `json:"target"`
	BeganUS    int64      `json:"began_us"`
	AnsweredUS int64      `json:"answered_us"`
	EndedUS    int64      `json:"ended_us"`
	Cause      string     `json:"cause"`

	Fault telagent.Fault `json:"fault,omitempty"`
}

func (e legEntry) record() (telagent.LegRecord, error) {
	cause, err := call.ParseCause(e.Cause)
	if err != nil {
		return telagent.LegRecord{}, err
	}
	seat, err := seatOf(e.Seat)
	if err != nil {
		return telagent.LegRecord{}, err
	}
	device, err := deviceOf(e.Device)
	if err != nil {
		return telagent.LegRecord{}, err
	}
	return telagent.LegRecord{
		Leg: e.Leg, Seat: seat, Mode: e.Mode, Agent: e.Agent, Device: device, Target: e.Target, Began: fromMicros(e.BeganUS),
		Answered: fromMicros(e.AnsweredUS), Ended: fromMicros(e.EndedUS), Cause: cause, Fault: e.Fault,
	}, nil
}

func deviceOf(word string) (call.Device, error) {
	for _, device := range []call.Device{call.UnknownDevice, call.Softphone, call.DeskPhone, call.PSTN} {
		if device.String() == word || word == "" {
			return device, nil
		}
	}
	return call.UnknownDevice, fmt.Errorf("unknown device %q", word)
}

func seatOf(word string) (call.Seat, error) {
	for _, seat := range []call.Seat{call.NoSeat, call.CustomerSeat, call.AgentSeat, call.GuestSeat} {
		if seat.String() == word {
			return seat, nil
		}
	}
	return call.NoSeat, fmt.Errorf("unknown seat %q", word)
}

type switchEntry struct {
	Agent   string `json:"agent"`
	By      string `json:"by"`
	To      string `json:"to"`
	BeganUS int64  `json:"began_us"`
	EndedUS int64  `json:"ended_us"`
	Result  string `json:"result"`

	Back      bool       `json:"back,omitempty"`
	Leg       call.LegID `json:"leg,omitempty"`
	GapUS     int64      `json:"gap_us,omitempty"`
	CutOverUS int64      `json:"cut_over_us,omitempty"`
	TwoWayUS  int64      `json:"two_way_us,omitempty"`
}

// divertedEntry is a call.Diversion in the form in which it is stored.
type divertedEntry struct {
	Number string `json:"number,omitempty"`
	Name   string `json:"name,omitempty"`
	Why    string `json:"why,omitempty"`
}

type recordingEntry struct {
	File     string `json:"file"`
	BeganUS  int64  `json:"began_us"`
	LengthUS int64  `json:"length_us"`
	Paused   bool   `json:"paused,omitempty"`
	Problem  string `json:"problem,omitempty"`
}

func recordingsOf(recordings []telagent.Recording) []recordingEntry {
	out := make([]recordingEntry, len(recordings))
	for i, r := range recordings {
		out[i] = recordingEntry{r.File, micros(r.Began), r.Length.Microseconds(), r.Paused, r.Problem}
	}
	return out
}

func (e recordingEntry) record() telagent.Recording {
	return telagent.Recording{
		File: e.File, Began: fromMicros(e.BeganUS), Length: fromLength(e.LengthUS), Paused: e.Paused, Problem: e.Problem,
	}
}

func fromLength(us int64) time.Duration { return time.Duration(us) * time.Microsecond }

func switchesOf(switches []telagent.SwitchRecord) []switchEntry {
	out := make([]switchEntry, len(switches))
	for i, w := range switches {
		out[i] = switchEntry{
			w.Agent, w.By, w.To, micros(w.Began), micros(w.Ended), w.Result,
			w.Back, w.Leg, w.Gap.Microseconds(), w.CutOver.Microseconds(), w.TwoWay.Microseconds(),
		}
	}
	return out
}

func (e switchEntry) record() telagent.SwitchRecord {
	return telagent.SwitchRecord{
		Agent: e.Agent, By: e.By, To: e.To, Began: fromMicros(e.BeganUS), Ended: fromMicros(e.EndedUS), Result: e.Result,
		Back: e.Back, Leg: e.Leg, Gap: fromLength(e.GapUS), CutOver: fromLength(e.CutOverUS), TwoWay: fromLength(e.TwoWayUS),
	}
}

func roleOf(word string) (telagent.Role, error) {
	for role, w := range roleWords {
		if w == word {
			return role, nil
		}
	}
	return telagent.AgentRole, fmt.Errorf("unknown role %q", word)
}
