package config

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"
)

const preface = `# Configuration

Generated from the code; do not edit. The gateway reads one YAML file, ` + "`telagent serve -c telagent.yaml`" + `; without a file
the defaults below hold: loopback only, everything remembered in one file. ` + "`telagent check -c telagent.yaml`" + ` says what is
wrong with a file, all at once, as *file:line: what is wrong; what would be right*.

- Unknown keys are errors. A key without a value counts as not given.
- ` + "`${NAME}`" + ` in a value is replaced by that environment variable, which must be set; ` + "`$${NAME}`" + ` is the text itself.
- A length of time has its unit: ` + "`500ms`, `30s`, `5m`, `1h`" + `.
- Secrets are never printed or logged.
- *changes by* says what makes another value take effect while calls are up: ` + "`reload`" + ` (` + "`telagent reload`" + ` or SIGHUP),
  ` + "`upgrade`" + ` (` + "`telagent upgrade`" + `, which keeps the calls), or ` + "`restart`" + `. A reload of a file with other values of the last two
  is refused wholly. What runs already keeps the times and terms that it began with. Certificates are read again by themselves.
`

// Reference returns the reference page of the file in Markdown, made from the struct and its defaults.
func Reference() string {
	var b strings.Builder
	b.WriteString(preface)
	section(&b, "", "", ByUpgrade, reflect.ValueOf(*Default()))
	return b.String()
}

// section writes the table of a struct's own keys, then one section for each struct in it.
func section(b *strings.Builder, prefix, title string, when When, v reflect.Value) {
	if title != "" {
		fmt.Fprintf(b, "\n## %s\n\n%s\n", strings.TrimSuffix(prefix, "."), title)
	}
	var below []func()
	header := false
	for i := range v.NumField() {
		field, value := v.Type().Field(i), v.Field(i)
		key := prefix + field.Tag.Get("yaml")
		help, changes := field.Tag.Get("help"), whenOf(field, when)
		switch {
		case field.Tag.Get("yaml") == "-":
			continue
		case value.Kind() == reflect.Slice && value.Type().Elem().Kind() == reflect.Struct:
			below = append(below, func() { section(b, key+"[].", help, changes, reflect.Zero(value.Type().Elem())) })
			continue
		case value.Kind() == reflect.Struct && value.Type() != reflect.TypeFor[Ports]():
			below = append(below, func() { section(b, key+".", help, changes, value) })
			continue
		}
		if !header {
			b.WriteString("\n| key | form | default | changes by | meaning |\n|---|---|---|---|---|\n")
			header = true
		}
		fmt.Fprintf(b, "| `%s` | %s | %s | %s | %s |\n", key, formOf(value.Type()), defaultOf(value), changes, strings.ReplaceAll(help, "|", `\|`))
	}
	for _, f := range below {
		f()
	}
}

func formOf(t reflect.Type) string {
	switch {
	case t.Kind() == reflect.Pointer:
		return formOf(t.Elem())
	case t == reflect.TypeFor[Ports]():
		return "FIRST-LAST"
	case t == reflect.TypeFor[Secret]():
		return "secret"
	case t == durationType:
		return "time"
	case t == advertiseType:
		return "text, or name: value"
	case t.Kind() == reflect.Bool:
		return "true or false"
	case t.Kind() == reflect.Int:
		return "number"
	case t.Kind() == reflect.Slice:
		return "list"
	case t.Kind() == reflect.Map:
		return "name: value"
	default:
		return "text"
	}
}

func defaultOf(v reflect.Value) string {
	if (v.Kind() == reflect.Pointer || v.Kind() == reflect.Slice) && v.IsNil() {
		return "none"
	}
	switch value := v.Interface().(type) {
	case []string:
		if len(value) == 0 {
			return "none"
		}
		return "`[" + strings.Join(value, ", ") + "]`"
	case map[string]string:
		if len(value) == 0 {
			return "none"
		}
		var all []string
		for _, key := range slices.Sorted(maps.Keys(value)) {
			all = append(all, fmt.Sprintf("%q: %s", key, value[key]))
		}
		return "`{" + strings.Join(all, ", ") + "}`"
	case time.Duration:
		return "`" + plain(value) + "`"
	default:
		if text := fmt.Sprint(value); text != "" {
			return "`" + text + "`"
		}
		return "none"
	}
}

// plain prints a time as people write it: 1m30s, 5m, not 5m0s.
func plain(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = s[:len(s)-2]
	}
	if strings.HasSuffix(s, "h0m") {
		s = s[:len(s)-2]
	}
	return s
}
