package store

import (
	"reflect"
	"testing"

	"telagent-gateway/presence"
	"telagent-gateway/telagent"
)

// entriesGo checks that what is removed is gone after a restart, also when it was put just before, and that what is made
// anew is there with its version.
func entriesGo(t *testing.T, on target) {
	dsn := on.fresh(t)
	s := opened(t, dsn)
	changed := func(kind telagent.EntryKind, name string, version int64, gone bool) telagent.Change {
		e := telagent.EntryName{Kind: kind, Name: name}
		return telagent.EntryChanged{Revision: telagent.Revision{Entry: e, Version: version, By: "root", At: noon}, Gone: gone}
	}
	user := telagent.UserChanged{User: telagent.User{Name: "ana", Credentials: telagent.Credentials{Password: "hash"}}}
	lunch := telagent.ProfileChanged{Profile: presence.Profile{Name: "Lunch", Type: presence.AwayProfile}}
	help := telagent.QueueChanged{Queue: telagent.Queue{Name: "help", Strategy: "longest_idle", Priority: 5}}
	written(t, s, user, telagent.AgentChanged{Agent: agent("ana")}, changed(telagent.AgentEntry, "ana", 1, false), lunch, changed(telagent.ProfileEntry, "Lunch", 2, false))
	written(t, s, changed(telagent.AgentEntry, "ana", 0, true), help, changed(telagent.QueueEntry, "help", 3, false), changed(telagent.QueueEntry, "help", 0, true),
		changed(telagent.ProfileEntry, "Lunch", 0, true), lunch, changed(telagent.ProfileEntry, "Lunch", 5, false))
	must(t, s.Close())

	state, err := opened(t, dsn).Load(t.Context())
	must(t, err)
	want := []telagent.Revision{{Entry: telagent.EntryName{Kind: telagent.ProfileEntry, Name: "Lunch"}, Version: 5, By: "root", At: noon}}
	if len(state.Agents)+len(state.Users)+len(state.Queues) != 0 || len(state.Profiles) != 1 || !reflect.DeepEqual(state.Revisions, want) {
		t.Errorf("after a restart there are %v", state)
	}
}
