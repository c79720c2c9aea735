package presence

import (
	"maps"
	"time"
)

// OfficeAway says that an agent is away in an office, whatever he declares.
type OfficeAway struct {
	By    string    // user who set it; empty: the system
	Since time.Time // when
}

// AwayIn says whether the agent is away in an office; the empty name is none.
func (s State) AwayIn(office string) bool {
	_, away := s.Offices[office]
	return away
}

// SetOffice sets the agent away or available in an office, and says whether that changed something: who sets him away
// anew is shown from then on. What he declares stays.
func (s *State) SetOffice(now time.Time, office string, away bool, by string) bool {
	was, is := s.Offices[office]
	if is == away && was.By == by || !is && !away {
		return false
	}
	offices := maps.Clone(s.Offices) // whoever was told of the state goes on reading the old one
	if away {
		if offices == nil {
			offices = map[string]OfficeAway{}
		}
		if !is {
			was.Since = now
		}
		offices[office] = OfficeAway{By: by, Since: was.Since}
	} else {
		delete(offices, office)
	}
	s.Offices = offices
	return true
}
