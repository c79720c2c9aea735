package directory

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"

	"telagent-gateway/presence"
	"telagent-gateway/telagent"
)

var (
	profileTypes = []string{"available", "away", "tentative", "conference", "break"}
	channels     = []string{"chat", "mail", "video"}
	arrivals     = []string{"not_ready", "away", "available"}
	proofs       = map[string]telagent.Proof{"": telagent.ByKey, "key": telagent.ByKey, "pin": telagent.ByPIN}
	phoneID      = regexp.MustCompile(`^[0-9]{1,12}$`)
	longDigits   = regexp.MustCompile(`^[0-9]{6,12}$`)
	language     = regexp.MustCompile(`^[a-z]{2,3}$`)
)

func (c *check) profiles(list []Profile, queues map[string]bool) {
	seen := make(map[string]bool)
	for i, p := range list {
		at := func(key string) string { return fmt.Sprintf("profiles[%d].%s", i, key) }
		c.text(at("name"), p.Name)
		switch {
		case p.Name == "":
			c.no(at("name"), "it is missing; write what the agent chooses, like Lunch")
		case p.Name == presence.Default:
			c.no(at("name"), "%q is how a profile is taken off; choose another name", p.Name)
		case seen[p.Name]:
			c.no(at("name"), "%q is here twice; names must differ", p.Name)
		}
		seen[p.Name] = true
		c.oneOf(at("type"), p.Type, profileTypes)
		c.length(at("duration"), p.Duration)
		c.text(at("reason"), p.Reason)
		c.texts(at("queues"), p.Queues)
		for k, queue := range p.Queues {
			if queue != "" && !queues[queue] {
				c.no(fmt.Sprintf("%s[%d]", at("queues"), k), "there is no queue %q; add it to queues, or correct the name", clip(queue))
			}
		}
	}
}

// arrival checks what an agent is after sign-in, and what he has beside voice.
func (c *check) arrival(at func(string) string, a Agent) {
	if a.SignsOnAs != "" {
		c.oneOf(at("after_sign_in"), a.SignsOnAs, arrivals)
	}
	for i, channel := range a.Channels {
		c.oneOf(fmt.Sprintf("%s[%d]", at("capabilities"), i), channel, channels)
	}
}

// userByPhone checks how a user proves himself at the access number, where he can move whole teams.
func (c *check) userByPhone(at func(string) string, u User) {
	if u.PhoneID != "" && !phoneID.MatchString(u.PhoneID) {
		c.no(at("phone_id"), "%q is not 1 to 12 digits, as a phone can dial them; write it so, in quotes", clip(u.PhoneID))
	}
	if u.PIN != "" && !longDigits.MatchString(u.PIN) {
		c.no(at("pin"), "it is not 6 to 12 digits, as a phone can dial them; write it so, in quotes")
	}
}

// byPhone checks how an agent works by phone.
func (c *check) byPhone(at func(string) string, a Agent) {
	if a.PhoneID != "" && !phoneID.MatchString(a.PhoneID) {
		c.no(at("phone_id"), "%q is not 1 to 12 digits, as a phone can dial them; write it so, in quotes", clip(a.PhoneID))
	}
	if a.Proof != "" {
		c.oneOf(at("proof"), a.Proof, []string{"key", "pin"})
	}
	c.language(at("language"), a.Language)
}

// language checks what people are spoken to in.
func (c *check) language(path, word string) {
	if word != "" && !language.MatchString(word) {
		c.no(path, "%q is no language; write its two or three letters, like en or de", clip(word))
	}
}

// profiles plans the profiles and the reasons of breaks. The words were checked, so each has its type.
func (p *planner) profiles(entries []Profile, reasons []string, present telagent.State) {
	known := make(map[string]presence.Profile, len(present.Profiles))
	for _, was := range present.Profiles {
		known[was.Name] = was
	}
	for i, e := range entries {
		typ, _ := presence.ParseProfileType(e.Type)
		is := presence.Profile{Name: e.Name, Type: typ, Duration: e.Duration, Queues: e.Queues, Reason: e.Reason, Order: i + 1}
		if e.Order != nil {
			is.Order = *e.Order
		}
		was, there := known[e.Name]
		var d differences
		d.unless(is.Type == was.Type, "type")
		d.unless(is.Duration == was.Duration, "duration")
		d.unless(slices.Equal(is.Queues, was.Queues), "queues")
		d.unless(is.Reason == was.Reason, "reason")
		d.unless(is.Order == was.Order, "order")
		p.add(telagent.PutProfile{By: p.by, Profile: is}, "profile "+e.Name, there, d)
	}
	if reasons != nil {
		var d differences
		d.unless(len(reasons) == 0 && len(present.Reasons) == 0 || reflect.DeepEqual(reasons, present.Reasons), "reasons")
		p.add(telagent.PutReasons{By: p.by, Reasons: reasons}, "breaks", true, d)
	}
}

// signsOnAs returns the status of a word that was checked; offline: as the policy says.
func signsOnAs(word string) presence.Status {
	if word == "" {
		return presence.Offline
	}
	status, _ := presence.ParseStatus(word)
	return status
}

func channelsOf(words []string) presence.Channels {
	has := func(word string) bool { return slices.Contains(words, word) }
	return presence.Channels{Chat: has("chat"), Mail: has("mail"), Video: has("video")}
}

// provable sees to it that who is to prove himself by a PIN has one.
func (c *check) provable(agents []Agent, present []telagent.User) {
	has := make(map[string]bool, len(present))
	for _, u := range present {
		has[u.Name] = u.Credentials.PIN != ""
	}
	for i, a := range agents {
		if proofs[a.Proof] == telagent.ByPIN && a.PIN == "" && !has[a.ID] {
			c.no(fmt.Sprintf("agents[%d].proof", i), "%s has no PIN; write pin too", clip(a.ID))
		}
	}
}
