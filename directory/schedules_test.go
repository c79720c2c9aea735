package directory

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"telagent-gateway/schedule"
	"telagent-gateway/telagent"
)

// roster is a file with a schedule that has a value of its own for every key.
func roster() File {
	return File{
		Agents: []Agent{{ID: "ana", Numbers: []string{"030 1234567"}, Password: "p"}, {ID: "ben", Numbers: []string{"+493012345670"}, Password: "p"}},
		Schedules: []Schedule{{
			Name: "Nights", Zone: "Europe/Berlin", From: "2026-11-01", To: "2027-03-31", Days: "sun,mon-fri", Start: "22:00", Length: 8 * time.Hour,
			Members: []Member{{Agent: "ana", Number: "030 1234567"}, {Agent: "ben"}},
		}},
	}
}

func TestS23EveryKeyOfAScheduleReachesTheFloor(t *testing.T) {
	h := &salted{}
	plan, err := roster().Plan("root", telagent.State{}, german, h.hasher(), where)
	if err != nil {
		t.Fatal(err)
	}
	got := plan.Commands[len(plan.Commands)-1].(telagent.PutSchedule)
	want := telagent.PutSchedule{By: "root", Schedule: schedule.Schedule{
		Name: "Nights", Zone: "Europe/Berlin", From: "2026-11-01", To: "2027-03-31", Days: []time.Weekday{0, 1, 2, 3, 4, 5}, Start: 22 * time.Hour, Length: 8 * time.Hour,
		Members: []schedule.Member{{Agent: "ana", Number: "+49301234567"}, {Agent: "ben"}},
	}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
	again, err := roster().Plan("root", carryOut(telagent.State{}, plan.Commands), german, h.hasher(), where)
	if err != nil || len(again.Commands) != 0 {
		t.Errorf("a second import: %v, %q", err, again.Changes)
	}
}

func TestEveryChangeOfAScheduleIsNoticed(t *testing.T) {
	full, empty := roster().Schedules[0].entry(), schedule.Schedule{}
	for i := range reflect.TypeFor[schedule.Schedule]().NumField() {
		field := reflect.TypeFor[schedule.Schedule]().Field(i).Name
		changed := full
		reflect.ValueOf(&changed).Elem().Field(i).Set(reflect.ValueOf(empty).Field(i))
		if reflect.DeepEqual(changed, full) {
			t.Errorf("the test has no value for %s", field)
		}
		if field != "Name" && len(scheduleDifferences(changed, full)) != 1 {
			t.Errorf("another %s: %q", field, scheduleDifferences(changed, full))
		}
	}
}

func TestWhatIsWrongWithAScheduleIsSaidWithItsPlace(t *testing.T) {
	for want, spoil := range map[string]func(*File, *Schedule){
		`schedules[0].name`:                               func(_ *File, s *Schedule) { s.Name = "Nights\nand days" },
		`schedules[0]: a schedule needs`:                  func(_ *File, s *Schedule) { s.Name = "a/b" },
		`schedules[1].name: "Nights" is here`:             func(f *File, s *Schedule) { f.Schedules = append(f.Schedules, *s) },
		`schedules[0].from: "" is no day`:                 func(_ *File, s *Schedule) { s.From = "" },
		`schedules[0].to: "31.3." is no day`:              func(_ *File, s *Schedule) { s.To = "31.3." },
		`schedules[0]: its last day`:                      func(_ *File, s *Schedule) { s.To = "2025-01-01" },
		`schedules[0].days: "monday"`:                     func(_ *File, s *Schedule) { s.Days = "monday" },
		`schedules[0].start: "24:00"`:                     func(_ *File, s *Schedule) { s.Start = "24:00" },
		`schedules[0].start: "22"`:                        func(_ *File, s *Schedule) { s.Start = "22" },
		`schedules[0].length: 25h0m0s`:                    func(_ *File, s *Schedule) { s.Length = 25 * time.Hour },
		`schedules[0]: its length`:                        func(_ *File, s *Schedule) { s.Length = 90 * time.Second },
		`schedules[0]: it has no members`:                 func(_ *File, s *Schedule) { s.Members = nil },
		`schedules[0]: ana is a member twice`:             func(_ *File, s *Schedule) { s.Members[1].Agent = "ana" },
		`members[0].agent: there is no agent`:             func(_ *File, s *Schedule) { s.Members[0].Agent = "anna" },
		`members[0].number: "abc" is no number`:           func(_ *File, s *Schedule) { s.Members[0].Number = "abc" },
		`members[0].number: +12125550100`:                 func(_ *File, s *Schedule) { s.Members[0].Number = "+12125550100" },
		`members[0].number: +493012345670 belongs to ben`: func(_ *File, s *Schedule) { s.Members[0].Number = "+493012345670" },
		`members[0].number: +49301234567 is none of his`:  func(f *File, _ *Schedule) { f.Agents[0].Authorised = []string{"+493012345671"} },
		`members[1].number: +49301234567 is the number`:   func(_ *File, s *Schedule) { s.Members[1].Number = "+49301234567" },
	} {
		f := roster()
		spoil(&f, &f.Schedules[0])
		_, err := f.Plan("root", telagent.State{}, german, (&salted{}).hasher(), where)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v\nwant %s", err, want)
		}
	}
}
