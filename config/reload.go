package config

import (
	"fmt"
	"reflect"
	"strings"
	"time"
)

// When is by what another value of a key takes effect.
type When uint8

// The ways. The ones before are enough for no key of a later one.
const (
	ByReload  When = iota // telagent reload, or SIGHUP
	ByUpgrade             // telagent upgrade, which keeps the calls; or a restart
	ByRestart             // a restart alone
)

var whenWords = []string{"reload", "upgrade", "restart"}

// String returns reload, upgrade or restart.
func (w When) String() string { return whenWords[w] }

// Difference is one key that another reading of the file has otherwise.
type Difference struct {
	Key     string // like trunks[0].password
	File    string
	Line    int    // where it stands now, or what should hold it
	Was, Is string // values in short; a secret is stars
	When    When
}

// source is where a configuration was read.
type source struct {
	file  string
	lines map[string]int
}

// File returns the name of the file that this is from; empty: it is none.
func (c *Config) File() string { return c.source.file }

// Differences lists what another reading of the file says otherwise than this one, in the order of the reference.
func (c *Config) Differences(next *Config) []Difference {
	d := differ{source: next.source}
	d.section("", ByUpgrade, reflect.ValueOf(*c), reflect.ValueOf(*next))
	return d.found
}

type differ struct {
	source
	found []Difference
}

// section compares the keys of two structs; what does not say by what it changes does so by the same as the section.
func (d *differ) section(prefix string, when When, was, is reflect.Value) {
	for i := range was.NumField() {
		field := was.Type().Field(i)
		if name := field.Tag.Get("yaml"); name != "-" {
			d.value(join(prefix, name), whenOf(field, when), was.Field(i), is.Field(i))
		}
	}
}

func (d *differ) value(path string, when When, was, is reflect.Value) {
	switch {
	case was.Kind() == reflect.Slice && was.Type().Elem().Kind() == reflect.Struct && was.Len() == is.Len():
		for i := range was.Len() {
			d.section(item(path, i), when, was.Index(i), is.Index(i))
		}
	case was.Kind() == reflect.Struct && was.Type() != reflect.TypeFor[Ports]():
		d.section(path, when, was, is)
	case !reflect.DeepEqual(was.Interface(), is.Interface()):
		line := (&decoder{lines: d.lines}).line(path)
		d.found = append(d.found, Difference{Key: path, File: d.file, Line: line, Was: shown(was), Is: shown(is), When: when})
	}
}

// whenOf says by what a key changes.
func whenOf(field reflect.StructField, otherwise When) When {
	word, given := field.Tag.Lookup("changes")
	if !given {
		return otherwise
	}
	for w, known := range whenWords {
		if known == word {
			return When(w)
		}
	}
	panic("config: " + field.Name + " changes by nothing that is known")
}

// shown is a value in short. Lists of entries are counted: they may hold secrets.
func shown(v reflect.Value) string {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return "none"
		}
		v = v.Elem()
	}
	if v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Struct {
		return fmt.Sprintf("%d entries", v.Len())
	}
	if d, is := v.Interface().(time.Duration); is {
		return plain(d)
	}
	text := clip(strings.TrimSpace(fmt.Sprint(v.Interface())))
	if text == "" || text == "[]" || text == "map[]" {
		return "none"
	}
	return text
}
