package api

import (
	"bytes"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// maker makes requests by the description: valid ones, and ones with something wrong. The same seed makes the same.
type maker struct {
	d     *description
	rnd   *rand.Rand
	op    *operation // that a request is made for
	wrong bool       // it is not to fit
}

// known are values that mean something here, by the name of the field. Sign-ins are of people who do not exist, so that
// nobody who does is locked out.
var known = map[string][]string{
	"agent": {"ana", "ben", "zoe", "ghost"}, "agents": {"ana", "ben", "zoe", "ghost"}, "id": {"ana", "ben", "zoe", "c1"},
	"name":   {"ana", "ben", "zoe", "boss", "sally", "spare", "support", "sales", "Lunch", "Nights", "fresh"},
	"number": {"+49301234567", "+49301234568", "030 1234569", "110", "+1", ""}, "numbers": {"+49301234567", "+49301112233"},
	"queue": {"support", "sales", "none"}, "queues": {"support", "sales"}, "office": {"berlin", "mars"}, "team": {"support", "sales", "none"},
	"teams": {"support", "sales"}, "supervises": {"support", "sales"}, "site": {"berlin", "moon"}, "profile": {"Lunch", "default", "none"},
	"status": {"available", "not_ready", "away", "on_break", "offline"}, "user": {"nobody-known", "ghost"}, "who": {"ana", "ghost"},
	"zone": {"Europe/Berlin", "UTC", "Local", "Mars"}, "tz": {"Europe/Berlin", "UTC", "Mars"}, "from": {"2026-01-01", "2026-01-01T00:00:00Z"}, "to": {"telagent", "softphone", "ben", "sales"},
	"start": {"08:00", "25:00"}, "days": {"mon-fri", "daily", "never"}, "If-Match": {`"0"`, `"1"`, "*", `W/"0"`, "x"},
	"networks": {"192.0.2.0/24", "2001:db8::/32", "x"}, "cursor": {"", "x"}, "phone_id": {"1234", "99"}, "language": {"de", "en"}, "music": {"jazz"}, "caller_id": {"+49301234567"}, "desk_phone": {"ana-desk", "zoe-desk"},
	"password": {"a-long-password-1"}, "pin": {"123456"}, "capabilities": {"chat", "mail"}, "week": {"mon-fri 08:00-18:00"}, "dates": {"12-24 closed"}, "machines": {"+49301234567"},
	"direct_numbers": {"+18005550142"}, "authorised_numbers": {"+49301234567", "+49301234568", "+49301234569"}, "offices": {"berlin"}, "vocabulary": {"sinch"},
	"length_min": {"60"}, "reasons": {"Lunch", "Training"}, "fallback_for": {"support"}, "reason": {"Lunch"}, "address": {"192.0.2.1", "::1", "x"},
}

// names are those of entries.
var names = map[string][]string{
	"users": {"spare", "fresh", "boss"}, "agents": {"ana", "ben", "zoe", "fresh"}, "queues": {"support", "sales", "fresh"},
	"profiles": {"Lunch", "fresh"}, "schedules": {"Nights", "fresh"},
}

var odd = []string{"", " ", "\u0000", "Ünï©ødé \U0001F4DE\u202e", "a/b", "../..", "%00", "null", "-1", "1e999", "'; DROP TABLE users; --", strings.Repeat("x", 3000)}

func (m *maker) pick(from []string) string { return from[m.rnd.IntN(len(from))] }

// value makes a value that a schema takes, or nearly.
func (m *maker) value(name string, s *schema, depth int) any {
	for s != nil && s.Ref != "" {
		s = m.d.Components.Schemas[s.Ref[strings.LastIndex(s.Ref, "/")+1:]]
	}
	if s == nil || depth > 6 {
		return m.pick(odd)
	}
	if len(s.Enum) > 0 {
		return s.Enum[m.rnd.IntN(len(s.Enum))]
	}
	switch kind(s.Type) {
	case "object":
		out := map[string]any{}
		for _, field := range slices.Sorted(maps.Keys(s.Properties)) {
			if slices.Contains(s.Required, field) || m.rnd.IntN(4) == 0 {
				out[field] = m.value(field, s.Properties[field], depth+1)
			}
		}
		var each schema
		if json.Unmarshal(s.Additional, &each) == nil && len(s.Additional) > 0 && s.Additional[0] == '{' {
			out[m.text(name, s)] = m.value("", &each, depth+1)
		}
		return out
	case "array":
		out := []any{}
		for range m.rnd.IntN(3) {
			out = append(out, m.value(name, s.Items, depth+1))
		}
		return out
	case "integer", "number":
		return m.number(s)
	case "boolean":
		return m.rnd.IntN(2) == 0
	}
	return m.text(name, s)
}

func kind(of any) string {
	switch of := of.(type) {
	case string:
		return of
	case []any:
		if len(of) > 0 {
			return kind(of[0])
		}
	}
	return ""
}

func (m *maker) number(s *schema) any {
	low, high := 0.0, 100.0
	if s.Minimum != nil {
		low = *s.Minimum
	}
	if s.Maximum != nil {
		high = *s.Maximum
	}
	switch m.rnd.IntN(4) {
	case 0:
		return int64(low)
	case 1:
		return int64(min(high, 1<<52))
	}
	return int64(low + m.rnd.Float64()*(min(high, low+1000)-low))
}

func (m *maker) text(name string, s *schema) string {
	if s.Format == "date-time" {
		return m.pick([]string{"2026-11-24T09:00:00Z", "2126-11-24T09:00:00.123456Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"})
	}
	text := "text"
	words := known[name]
	if name == "id" && strings.Contains(m.op.path, "/agents/") {
		words = names["agents"]
	}
	for _, of := range []string{"users", "agents", "queues", "profiles", "schedules"} {
		if name == "name" && strings.Contains(m.op.path, "/"+of) {
			words = names[of]
		}
	}
	switch {
	case m.wrong && m.rnd.IntN(4) == 0:
		text = m.pick(odd)
	case len(words) > 0:
		text = m.pick(words)
	}
	if s.MinLength != nil && len(text) < *s.MinLength {
		text += strings.Repeat("a", *s.MinLength-len(text))
	}
	if s.MaxLength != nil && len(text) > *s.MaxLength && m.rnd.IntN(4) > 0 {
		text = strings.ToValidUTF8(text[:*s.MaxLength], "")
	}
	return text
}

// request is one request as it is sent.
type request struct {
	method, path, kind string
	body               []byte
	headers            map[string]string
}

// request makes one for an operation; the more twisted, the less it is as described.
func (m *maker) request(op *operation, twisted bool) request {
	m.op, m.wrong = op, twisted
	r := request{method: op.method, path: op.path, headers: map[string]string{}}
	query := url.Values{}
	for _, p := range op.Parameters {
		text, is := m.value(p.Name, p.Schema, 0).(string)
		if !is {
			data, _ := json.Marshal(m.value(p.Name, p.Schema, 0))
			text = string(data)
		}
		if twisted && m.rnd.IntN(3) == 0 {
			text = m.pick(odd)
		}
		if p.Name == "Idempotency-Key" && !twisted {
			text = strconv.FormatUint(m.rnd.Uint64(), 36)
		}
		switch {
		case p.In == "path":
			if text == "" || text == "." || text == ".." {
				text = "x"
			}
			r.path = strings.Replace(r.path, "{"+p.Name+"}", url.PathEscape(text), 1)
		case p.In == "query" && (p.Required || m.rnd.IntN(2) == 0):
			query.Set(p.Name, text)
		case p.In == "header" && m.rnd.IntN(6) == 0 && !strings.ContainsFunc(text, func(c rune) bool { return c < ' ' || c > '~' }):
			r.headers[p.Name] = text
		}
	}
	if len(query) > 0 {
		r.path += "?" + query.Encode()
	}
	if op.RequestBody == nil {
		return r
	}
	for kind, c := range op.RequestBody.Content {
		r.kind = kind
		if !strings.HasSuffix(kind, "json") {
			r.body = []byte(m.pick([]string{"agents: []", "users:\n- {name: x}", "queues: [{name: support, priority: 99}]", "\x00", "- - -", "a: &a [*a]"}))
			return r
		}
		body := m.value("", c.Schema, 0)
		if twisted {
			body = m.twist(body)
		}
		r.body, _ = json.Marshal(body)
	}
	if twisted {
		m.spoil(&r)
	}
	return r
}

// twist makes something wrong in a value.
func (m *maker) twist(v any) any {
	wrong := []any{nil, "text", -1, 1.5, true, []any{}, map[string]any{}, m.pick(odd), []any{[]any{[]any{}}}, 9007199254740993}
	fields, is := v.(map[string]any)
	if !is || len(fields) == 0 || m.rnd.IntN(6) == 0 {
		return wrong[m.rnd.IntN(len(wrong))]
	}
	name := slices.Sorted(maps.Keys(fields))[m.rnd.IntN(len(fields))]
	switch m.rnd.IntN(4) {
	case 0:
		delete(fields, name)
	case 1:
		fields["unknown_"+name] = wrong[m.rnd.IntN(len(wrong))]
	default:
		fields[name] = m.twist(fields[name])
	}
	return fields
}

// spoil makes something wrong with a body as bytes.
func (m *maker) spoil(r *request) {
	switch m.rnd.IntN(12) {
	case 0:
		r.body = r.body[:m.rnd.IntN(len(r.body)+1)]
	case 1:
		r.kind = m.pick([]string{"text/plain", "", "application/x-www-form-urlencoded", "application/json; charset=latin1", "/"})
	case 2:
		r.body = bytes.Repeat([]byte(`[`), 20000)
	case 3:
		r.body = []byte(`{"x":"` + strings.Repeat("y", 70<<10) + `"}`)
	case 4:
		r.body = append(r.body, 0xff, 0xfe)
	}
}
