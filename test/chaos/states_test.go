//go:build peers || chaos

package chaos

import (
	"encoding/json"
	"reflect"
	"sort"
)

// states is what the API says of people and calls, as far as a restart must not change it.
type states struct {
	Agents []agentState
	Calls  []callState
}

type agentState struct {
	ID, Status, Reason, Declared, Activity, Pending, Since, Until, Reach, Call, Part string
	ChangedBy                                                                        string `json:"changed_by"`
	Strikes                                                                          int
}

type callState struct {
	ID, Kind, Queue, State, Began, Agent string
	Priority                             int
	Guests                               []struct{ Agent, Mode, State string }
	Legs                                 []struct{ Seat, Agent, State string }
}

// states reads them.
func (h *house) states() (s states) {
	h.t.Helper()
	h.API("GET", "/agents", nil, &s)
	h.API("GET", "/calls", nil, &s)
	for _, c := range s.Calls {
		sort.Slice(c.Legs, func(i, j int) bool { return c.Legs[i].Seat+c.Legs[i].Agent < c.Legs[j].Seat+c.Legs[j].Agent })
	}
	return s
}

// differ says where two differ, in words for people; none: nowhere.
func (s states) differ(now states) (where []string) {
	was, is := map[string]any{}, map[string]any{}
	for of, s := range map[*map[string]any]states{&was: s, &is: now} {
		for _, a := range s.Agents {
			(*of)["agent "+a.ID] = a
		}
		for _, c := range s.Calls {
			(*of)["call "+c.ID] = c
		}
	}
	for name, before := range was {
		if !reflect.DeepEqual(before, is[name]) {
			where = append(where, name+" was "+text(before)+" and is "+text(is[name]))
		}
	}
	for name, after := range is {
		if was[name] == nil {
			where = append(where, name+" was not there and is "+text(after))
		}
	}
	sort.Strings(where)
	return where
}

func text(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(data)
}
