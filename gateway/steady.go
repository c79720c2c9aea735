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
	steady(reflect.ValueOf(live).Elem(), now)
}

var timeType = reflect.TypeFor[time.Time]()

// steady replaces each time in a value that can be set.
func steady(v reflect.Value, now time.Time) {
	switch v.Kind() {
	case reflect.Struct:
		if v.Type() == timeType {
			if t := v.Interface().(time.Time); !t.IsZero() {
				v.Set(reflect.ValueOf(now.Add(t.Sub(now))))
			}
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				steady(v.Field(i), now)
			}
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			steady(v.Index(i), now)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			steady(v.Elem(), now)
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			one := reflect.New(v.Type().Elem()).Elem()
			one.Set(v.MapIndex(key))
			steady(one, now)
			v.SetMapIndex(key, one)
		}
	default: // nothing that holds a time
	}
}
