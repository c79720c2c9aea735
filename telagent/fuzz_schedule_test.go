package telagent_test

import (
	"time"

	"telagent-gateway/schedule"
	"telagent-gateway/telagent"
)

// schedules is a request about a schedule whose edges are near: some minutes before or after now.
func (w *fuzzed) schedules() telagent.Command {
	by := pick(w, "", "boss", "root", "ana")
	name := pick(w, "Days", "Nights", "", "gone")
	if w.next(4) == 0 {
		return telagent.DropSchedule{By: by, Name: name}
	}
	s := schedule.Schedule{
		Name: name, From: "2026-11-20", Days: []time.Weekday{1, 2, 3}, Length: time.Duration(w.next(6)) * time.Minute,
		Start: w.now.Sub(w.now.Truncate(24*time.Hour)).Truncate(time.Minute) + time.Duration(w.next(6)-3)*time.Minute,
	}
	for range w.next(4) {
		s.Members = append(s.Members, schedule.Member{
			Agent: pick(w, "ana", "ben", "cem", "xena", "zoe"), Number: pick(w, "", "", "+4930555501", "+4930555502", "+493001", "+1"),
		})
	}
	return telagent.PutSchedule{By: by, Schedule: s}
}
