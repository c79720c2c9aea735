// Package directory turns a directory file (users, agents, queues, profiles, sites, schedules) into the Commands that make the gateway
// know them, and says what they change.
//
// It is pure and reads no YAML: the gateway decodes the bytes into a File. It hashes nothing itself: the Hasher does.
// An import adds and changes; it never removes what the file does not name.
//
// Start with File, then Plan.
package directory

import "time"

// File is a directory file as it is written; the yaml tags are its keys. The zero value changes nothing.
type File struct {
	Users    []User    `yaml:"users"`
	Agents   []Agent   `yaml:"agents"`
	Queues   []Queue   `yaml:"queues"`
	Profiles []Profile `yaml:"profiles"`
	Sites    []Site    `yaml:"sites"`
	Reasons  []string  `yaml:"break_reasons"` // nil: stay as they are; empty: any

	Schedules []Schedule `yaml:"schedules"`
}

// User is one entry of users: somebody who signs in and takes no calls. A supervisor who takes part in calls is an Agent.
type User struct {
	Name     string   `yaml:"name"`
	Role     string   `yaml:"role"` // supervisor or admin; an agent is an entry of agents
	Teams    []string `yaml:"teams"`
	Offices  []string `yaml:"offices"`               // whose agents he may set away, all of them; empty: his teams' agents in theirs
	Others   bool     `yaml:"sets_others_available"` // may set them available too
	Password string   `yaml:"password"`              // empty: stays as it is; a new user without one cannot sign in
	PhoneID  string   `yaml:"phone_id"`              // digits that he is known by at the access number
	PIN      string   `yaml:"pin"`                   // digits, for the access number; empty: stays as it is
}

// Agent is one entry of agents. What it does not name becomes empty, but for password and PIN, which stay.
type Agent struct {
	ID         string         `yaml:"id"`
	Name       string         `yaml:"name"` // empty: the id
	Team       string         `yaml:"team"`
	Role       string         `yaml:"role"`       // agent, or supervisor who takes calls too; empty: agent
	Supervises []string       `yaml:"supervises"` // the teams whose agents such a supervisor sees
	Password   string         `yaml:"password"`
	PIN        string         `yaml:"pin"`                // digits, for sign-on by phone
	Numbers    []string       `yaml:"numbers"`            // E.164, in the order to try
	Authorised []string       `yaml:"authorised_numbers"` // E.164; each has one holder
	Direct     []string       `yaml:"direct_numbers"`     // dialled numbers that lead to him, as trunks deliver them
	DeskPhone  string         `yaml:"desk_phone"`         // user part of its address of record
	Queues     map[string]int `yaml:"queues"`             // queue name to skill level, 1 best
	Offices    []string       `yaml:"offices"`
	WrapUp     *time.Duration `yaml:"wrap_up"`       // nil: as the gateway's policy says; 0: none
	SignsOnAs  string         `yaml:"after_sign_in"` // not_ready, away or available; empty: as the gateway's policy says
	Channels   []string       `yaml:"capabilities"`  // beside voice: chat, mail, video
	PhoneID    string         `yaml:"phone_id"`      // digits that he is known by at the access number
	Proof      string         `yaml:"proof"`         // key or pin: what he shows at a phone over a trunk; empty: key
	Language   string         `yaml:"language"`      // of what his phones are told: en, de; empty: as the gateway's policy says
	NailedUp   bool           `yaml:"nailed_up"`     // as a Telagent he keeps one leg up between his calls
}

// Profile is one entry of profiles.
type Profile struct {
	Name     string        `yaml:"name"`
	Type     string        `yaml:"type"`     // available, away, tentative, conference or break
	Duration time.Duration `yaml:"duration"` // 0: without end
	Queues   []string      `yaml:"queues"`   // the queue group; empty: all the agent's queues
	Reason   string        `yaml:"reason"`   // shown beside the status; empty: the name
	Order    *int          `yaml:"order"`    // place in lists; nil: its place in the file
}
