package telagent

import (
	"reflect"
	"slices"
	"strings"
	"unicode"

	"telagent-gateway/presence"
)

func (f *Floor) putProfile(c PutProfile) error {
	if err := f.admin(c.By); err != nil {
		return err
	}
	p := c.Profile
	p.Queues = slices.Clone(p.Queues)
	switch {
	case p.Name == "" || p.Name == presence.Default || strings.ContainsFunc(p.Name+p.Reason, unicode.IsControl):
		return refuse("bad_profile", "A profile needs a name in plain words, other than %s.", presence.Default)
	case p.Type == presence.NoProfile || p.Type > presence.BreakProfile:
		return refuse("bad_profile", "The profile %s needs a type.", p.Name)
	case p.Duration < 0:
		return refuse("bad_profile", "The duration of %s is below 0.", p.Name)
	}
	for _, name := range p.Queues {
		if f.queues[name] == nil {
			return refuse("unknown_queue", "There is no queue %s.", name)
		}
	}
	if was, is := f.profiles[p.Name]; is && reflect.DeepEqual(was, p) {
		return nil
	}
	f.profiles[p.Name] = p
	f.say(ProfileChanged{Profile: p})
	f.revise(ProfileEntry, p.Name, c.By)
	for _, id := range sortedKeys(f.agents) {
		if a := f.agents[id]; a.Presence.Profile.Name == p.Name {
			f.place(a)
		}
	}
	return nil
}

func (f *Floor) putReasons(c PutReasons) error {
	if err := f.admin(c.By); err != nil {
		return err
	}
	for _, r := range c.Reasons {
		if r == "" || strings.ContainsFunc(r, unicode.IsControl) {
			return refuse("bad_reason", "%q is no reason in plain words.", r)
		}
	}
	if !slices.Equal(f.reasons, c.Reasons) {
		f.reasons = slices.Clone(c.Reasons)
		f.say(ReasonsChanged{Reasons: f.reasons})
		f.revise(ReasonsEntry, "", c.By)
	}
	return nil
}

// listedProfiles returns the profiles in the order of lists.
func (f *Floor) listedProfiles() []presence.Profile {
	var all []presence.Profile
	for _, p := range f.profiles {
		all = append(all, p)
	}
	slices.SortFunc(all, presence.Profile.Compare)
	return all
}
