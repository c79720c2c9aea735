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

// SetOffice sets the agent away or available in an office, and says whether he was not so before. What he declares stays.
func (s *State) SetOffice(now time.Time, office string, away bool, by string) bool {
	if s.AwayIn(office) == away {
		return false
	}
	offices := maps.Clone(s.Offices) // whoever was told of the state goes on reading the old one
	if away {
		if offices == nil {
			offices = map[string]OfficeAway{}
		}
		offices[office] = OfficeAway{By: by, Since: now}
	} else {
		delete(offices, office)
	}
	s.Offices = offices
	return true
}
