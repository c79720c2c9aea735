package config

import (
	"encoding"
	"fmt"
	"math"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Decode reads one YAML document strictly into a pointer to a struct with yaml tags: keys that the struct does not have
// are errors, and so are values of another form. A key without a value counts as not given, and what is not given stays
// as it is in the struct. The error is a Complaints with everything that is wrong, or nil.
//
// Where tells a check of the caller's own where a value stands, as file:line: the path is written like agents[2].name;
// for what is not in the file it answers with the place of what should hold it. It is never nil.
func Decode(file string, data []byte, into any) (where func(path string) string, err error) {
	d := decoder{file: file}
	err = d.decode(data, into)
	return d.where, err
}

// decoder reads one file; lines holds the line of every path in it.
type decoder struct {
	file  string
	env   func(name string) (string, bool) // looks up ${NAME}; nil: such text stays as it is
	lines map[string]int
	bad   map[string]bool // paths whose values could not be read
	wrong Complaints
}

func (d *decoder) decode(data []byte, into any) error {
	root, err := parse(d.file, data)
	if err != nil {
		return err
	}
	d.lines, d.bad = make(map[string]int), make(map[string]bool)
	d.index("", root)
	d.value("", root, reflect.ValueOf(into).Elem())
	return d.wrong.orNil()
}

func (d *decoder) where(path string) string { return fmt.Sprintf("%s:%d", d.file, d.line(path)) }

// line returns the line of a path, or of the nearest thing around it; at last 1.
func (d *decoder) line(path string) int {
	for path != "" {
		if line, ok := d.lines[path]; ok {
			return line
		}
		path = path[:max(strings.LastIndexAny(path, ".["), 0)]
	}
	return 1
}

func (d *decoder) index(path string, n *node) {
	for i, item := range n.list {
		below := fmt.Sprintf("%s[%d]", path, i)
		d.lines[below] = item.line
		d.index(below, item)
	}
	for _, e := range n.keys {
		below := join(path, e.key)
		d.lines[below] = e.line
		d.index(below, e.value)
	}
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func (d *decoder) complain(line int, format string, args ...any) {
	d.wrong = append(d.wrong, Complaint{d.file, line, fmt.Sprintf(format, args...)})
}

var durationType = reflect.TypeFor[time.Duration]()

// value stores a node in v, or complains; path names it in complaints.
func (d *decoder) value(path string, n *node, v reflect.Value) {
	if n.kind == nothing {
		return
	}
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	_, isText := v.Addr().Interface().(encoding.TextUnmarshaler)
	switch {
	case isText || v.Type() == durationType:
		d.scalar(path, n, v)
	case v.Kind() == reflect.Struct:
		d.object(path, n, v)
	case v.Kind() == reflect.Slice:
		d.slice(path, n, v)
	case v.Type() == advertiseType && n.kind == scalar:
		if text, ok := d.expand(n); ok && text != "" {
			v.Set(reflect.ValueOf(Advertise{"": text}))
		}
	case v.Kind() == reflect.Map:
		d.mapping(path, n, v)
	default:
		d.scalar(path, n, v)
	}
}

// expect says whether n has the form that is wanted, and complains otherwise.
func (d *decoder) expect(path string, n *node, want kind, example string) bool {
	if n.kind == want {
		return true
	}
	d.bad[path] = true
	if path == "" {
		path = "the file"
	}
	d.complain(n.line, "%s is %v; it must be %v, like %s", path, n.kind, want, example)
	return false
}

func (d *decoder) object(path string, n *node, v reflect.Value) {
	names, fields := fieldsOf(v.Type())
	if !d.expect(path, n, mapping, names[0]+": …") {
		return
	}
	for _, e := range d.unique(n) {
		i, known := fields[e.key]
		if known {
			d.value(join(path, e.key), e.value, v.Field(i))
			continue
		}
		hint := "the keys here are " + strings.Join(names, ", ")
		if near := nearest(e.key, names); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		d.complain(e.line, "unknown key %q; %s", clip(e.key), hint)
	}
}

// unique returns the entries of a mapping without those whose key came before, which it complains about.
func (d *decoder) unique(n *node) []entry {
	seen := make(map[string]int, len(n.keys))
	kept := make([]entry, 0, len(n.keys))
	for _, e := range n.keys {
		if line, twice := seen[e.key]; twice {
			d.complain(e.line, "the key %q is here twice, first in line %d; keep one", clip(e.key), line)
			continue
		}
		seen[e.key] = e.line
		kept = append(kept, e)
	}
	return kept
}

func (d *decoder) slice(path string, n *node, v reflect.Value) {
	if !d.expect(path, n, list, "[first, second]") {
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.list), len(n.list)))
	for i, item := range n.list {
		below := fmt.Sprintf("%s[%d]", path, i)
		if item.kind == nothing {
			d.bad[below] = true
			d.complain(item.line, "%s is empty; give it a value or remove it", below)
			continue
		}
		d.value(below, item, v.Index(i))
	}
}

func (d *decoder) mapping(path string, n *node, v reflect.Value) {
	if !d.expect(path, n, mapping, "{name: value}") {
		return
	}
	v.Set(reflect.MakeMap(v.Type()))
	for _, e := range d.unique(n) {
		if e.value.kind == nothing {
			d.complain(e.line, "%s is empty; give it a value or remove it", join(path, e.key))
			continue
		}
		one := reflect.New(v.Type().Elem()).Elem()
		d.value(join(path, e.key), e.value, one)
		v.SetMapIndex(reflect.ValueOf(e.key), one)
	}
}

func (d *decoder) scalar(path string, n *node, v reflect.Value) {
	if !d.expect(path, n, scalar, exampleOf(v.Type())) {
		return
	}
	text, ok := d.expand(n)
	if !ok {
		d.bad[path] = true
		return
	}
	if err := set(v, text); err != nil {
		d.bad[path] = true
		d.complain(n.line, "%s: %v", path, err)
	}
}

func exampleOf(t reflect.Type) string {
	switch {
	case t == durationType:
		return "30s"
	case t.Kind() == reflect.Bool:
		return "true"
	case t.Kind() == reflect.Int:
		return "5"
	default:
		return `"text"`
	}
}

// set reads text into v. No error names the text of a string, which may be a secret.
func set(v reflect.Value, text string) error {
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return u.UnmarshalText([]byte(text))
	}
	shown := clip(text)
	switch {
	case v.Type() == durationType:
		long, err := time.ParseDuration(text)
		if err != nil || long < 0 {
			return fmt.Errorf("%q is not a length of time; write a number with its unit, like 500ms, 30s or 5m", shown)
		}
		v.SetInt(int64(long))
	case v.Kind() == reflect.String:
		v.SetString(text)
	case v.Kind() == reflect.Bool:
		if text != "true" && text != "false" {
			return fmt.Errorf("%q is neither true nor false; write one of them", shown)
		}
		v.SetBool(text == "true")
	case v.Kind() == reflect.Int:
		number, err := strconv.Atoi(text)
		if err != nil || number > math.MaxInt32 || number < math.MinInt32 {
			return fmt.Errorf("%q is not a whole number; write one, like 5", shown)
		}
		v.SetInt(int64(number))
	default:
		panic(fmt.Sprintf("config: %v cannot be read from a file", v.Type()))
	}
	return nil
}

func clip(s string) string {
	if len(s) > 60 {
		return s[:60] + "…"
	}
	return s
}

var variable = regexp.MustCompile(`\$?\$\{([^}]*)\}`)

// expand replaces ${NAME} by what the environment holds; $${NAME} stands for ${NAME} itself.
func (d *decoder) expand(n *node) (text string, ok bool) {
	if d.env == nil {
		return n.text, true
	}
	ok = true
	text = variable.ReplaceAllStringFunc(n.text, func(found string) string {
		if strings.HasPrefix(found, "$$") {
			return found[1:]
		}
		name := found[2 : len(found)-1]
		value, set := d.env(name)
		if !set {
			d.complain(n.line, "the environment has no %s; set it, or write the value here ($${%s} for the text itself)", found, name)
			ok = false
		}
		return value
	})
	return text, ok
}

// fieldsOf returns a struct's keys in order, and the field of each.
func fieldsOf(t reflect.Type) (names []string, fields map[string]int) {
	fields = make(map[string]int)
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
		if name == "" || name == "-" {
			continue
		}
		names = append(names, name)
		fields[name] = i
	}
	return names, fields
}
