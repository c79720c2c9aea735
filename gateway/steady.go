package gateway

import (
	"reflect"
	"time"

	"telagent-gateway/telagent"
)

// steadied makes every time of what was live in the last process one that goes on evenly. As the store gives them they follow
// the clock on the wall: whoever sets that would end calls, limits and switches early, or late. What people named an end for,
// and schedules, are no part of it and do follow the wall.
func steadied(live *telagent.Live, now time.Time) {
	steady(reflect.ValueOf(live).Elem(), now, setBack(live, now))
}

// setBack is by how much at least the clock was set back since the last process: what happened there is not to come. Else who
// waits would have come after everybody who comes from now on.
func setBack(live *telagent.Live, now time.Time) (by time.Duration) {
	for _, c := range live.Calls {
		happened := []time.Time{c.Since, c.Lined, c.Taken, c.OnHold, c.Answered, c.Alone, c.Cut, c.Recording.Began, c.Record.Began}
		for _, l := range c.Legs {
			happened = append(happened, l.Since, l.Began, l.Answered, l.Silent)
		}
		for _, t := range happened {
			by = max(by, t.Sub(now))
		}
	}
	return by
}

var timeType = reflect.TypeFor[time.Time]()

// steady replaces each time in a value that can be set by one that is so much earlier.
func steady(v reflect.Value, now time.Time, by time.Duration) {
	switch v.Kind() {
	case reflect.Struct:
		if v.Type() == timeType {
			if t := v.Interface().(time.Time); !t.IsZero() {
				v.Set(reflect.ValueOf(now.Add(t.Sub(now) - by)))
			}
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				steady(v.Field(i), now, by)
			}
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			steady(v.Index(i), now, by)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			steady(v.Elem(), now, by)
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			one := reflect.New(v.Type().Elem()).Elem()
			one.Set(v.MapIndex(key))
			steady(one, now, by)
			v.SetMapIndex(key, one)
		}
	default: // nothing that holds a time
	}
}
