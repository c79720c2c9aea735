package gateway

import (
	"reflect"
	"testing"
	"time"
	"unsafe"

	"telagent-gateway/telagent"
)

// filled sets every time in a value to a moment of the clock on the wall, in slices, maps and pointers of one.
func filled(v reflect.Value, at time.Time, depth int) (times int) {
	switch v.Kind() {
	case reflect.Struct:
		if v.Type() == timeType {
			v.Set(reflect.ValueOf(at))
			return 1
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				times += filled(v.Field(i), at, depth)
			}
		}
	case reflect.Slice:
		if depth == 0 {
			return 0
		}
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		times = filled(v.Index(0), at, depth-1)
	case reflect.Pointer:
		if depth == 0 {
			return 0
		}
		v.Set(reflect.New(v.Type().Elem()))
		times = filled(v.Elem(), at, depth-1)
	case reflect.Map:
		if depth == 0 || v.Type().Key().Kind() != reflect.String {
			return 0
		}
		one := reflect.New(v.Type().Elem()).Elem()
		times = filled(one, at, depth-1)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.ValueOf("x").Convert(v.Type().Key()), one)
	default:
	}
	return times
}

// all calls do for every time in a value.
func all(v reflect.Value, do func(time.Time)) {
	switch v.Kind() {
	case reflect.Struct:
		if v.Type() == timeType {
			do(v.Interface().(time.Time))
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				all(v.Field(i), do)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			all(v.Index(i), do)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			all(v.Elem(), do)
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			all(v.MapIndex(key), do)
		}
	default:
	}
}

// setClock is what a time becomes when somebody sets the clock on the wall: time.Time has both that and the time that passes.
func setClock(t time.Time, by time.Duration) time.Time {
	inside := (*struct {
		wall uint64
		ext  int64
		loc  *time.Location
	})(unsafe.Pointer(&t))
	inside.wall += uint64(by/time.Second) << 30
	return t
}

func TestNoTimeOfWhatIsTakenUpMovesWithTheClockOnTheWall(t *testing.T) {
	now := time.Now()
	due := now.Add(40 * time.Second).Round(0) // as the store gives it
	live := &telagent.Live{}
	times := filled(reflect.ValueOf(live).Elem(), due, 8)
	if times < 20 {
		t.Fatalf("only %d times are in what is live", times)
	}
	steady(reflect.ValueOf(live).Elem(), now, 0)
	for _, by := range []time.Duration{time.Hour, -time.Hour} {
		set, seen := setClock(now, by), 0
		if set.Sub(now) != 0 || set.Round(0).Sub(now.Round(0)) != by {
			t.Fatal("time.Time is made otherwise than this test believes")
		}
		all(reflect.ValueOf(live).Elem(), func(at time.Time) {
			if left := at.Sub(set); left != 40*time.Second {
				t.Errorf("after the clock was set by %v, %v of 40 s are left", by, left)
			}
			seen++
		})
		if seen != times {
			t.Errorf("%d times of %d were looked at", seen, times)
		}
	}
	if one := (&telagent.Live{}); !reflect.DeepEqual(one, func() *telagent.Live { l := &telagent.Live{}; steadied(l, now); return l }()) {
		t.Error("nothing live became something")
	}
}

func TestWhoWaitedBeforeTheClockWasSetBackKeepsHisPlace(t *testing.T) {
	for _, by := range []time.Duration{0, time.Hour} {
		now := time.Now()
		then := now.Add(by).Round(0) // what the clock showed a moment before
		live := &telagent.Live{Calls: make([]telagent.LiveCall, 2)}
		for i, waited := range []time.Duration{3 * time.Minute, time.Minute} {
			c := &live.Calls[i]
			c.Since, c.Announce = then.Add(-waited), then.Add(20*time.Second)
			c.Legs = []telagent.LiveLeg{{Since: then}}
		}
		steadied(live, now)
		for i, waited := range []time.Duration{3 * time.Minute, time.Minute} {
			c := live.Calls[i]
			if has, due := now.Sub(c.Since), c.Announce.Sub(now); has != waited || due != 20*time.Second {
				t.Errorf("set back by %v: who waited for %v has waited for %v, and is told in %v", by, waited, has, due)
			}
		}
	}
}
