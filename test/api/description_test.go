package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"mime"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"telagent-gateway/console"
)

// schema is a JSON Schema, as far as values are made by it.
type schema struct {
	Ref         string             `json:"$ref"`
	Type        any                `json:"type"`
	Properties  map[string]*schema `json:"properties"`
	Additional  json.RawMessage    `json:"additionalProperties"`
	Items       *schema            `json:"items"`
	Enum        []any              `json:"enum"`
	Required    []string           `json:"required"`
	Format      string             `json:"format"`
	Minimum     *float64           `json:"minimum"`
	Maximum     *float64           `json:"maximum"`
	MinLength   *int               `json:"minLength"`
	MaxLength   *int               `json:"maxLength"`
	MaxItems    *int               `json:"maxItems"`
	ContentType string             `json:"contentEncoding"`
}

type content map[string]struct {
	Schema *schema `json:"schema"`
}

type response struct {
	Ref     string  `json:"$ref"`
	Content content `json:"content"`
}

type parameter struct {
	Name, In string
	Required bool
	Schema   *schema
}

type operation struct {
	ID          string `json:"operationId"`
	Parameters  []parameter
	RequestBody *struct{ Content content } `json:"requestBody"`
	Responses   map[string]response
	Security    []map[string][]string

	method, path string
}

// description is the API's description, with a checker for each answer.
type description struct {
	Paths      map[string]map[string]*operation
	Components struct {
		Schemas   map[string]*schema
		Responses map[string]response
	}

	compiler *jsonschema.Compiler
	compiled map[string]*jsonschema.Schema
}

const documentURL = "https://gateway.example/openapi.json"

func read(t testing.TB) *description {
	t.Helper()
	text := console.OpenAPI()
	d := &description{compiler: jsonschema.NewCompiler(), compiled: map[string]*jsonschema.Schema{}}
	if err := json.Unmarshal(text, d); err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	d.compiler.AssertFormat()
	if err := d.compiler.AddResource(documentURL, doc); err != nil {
		t.Fatal(err)
	}
	return d
}

// operations are all calls, in one order.
func (d *description) operations() (all []*operation) {
	for _, path := range slices.Sorted(maps.Keys(d.Paths)) {
		for _, method := range slices.Sorted(maps.Keys(d.Paths[path])) {
			op := d.Paths[path][method]
			op.method, op.path = strings.ToUpper(method), path
			all = append(all, op)
		}
	}
	return all
}

// check says what is wrong with an answer; empty: it is as described.
func (d *description) check(op *operation, status int, contentType string, body []byte) string {
	code := fmt.Sprint(status)
	r, is := op.Responses[code]
	at := "/paths/" + escape(op.path) + "/" + strings.ToLower(op.method) + "/responses/" + code
	if !is {
		return fmt.Sprintf("the status %d is not described", status)
	}
	if r.Ref != "" {
		at = strings.TrimPrefix(r.Ref, "#")
		r = d.Components.Responses[at[strings.LastIndex(at, "/")+1:]]
	}
	if len(r.Content) == 0 {
		if len(bytes.TrimSpace(body)) > 0 {
			return fmt.Sprintf("status %d is described without a body and has one: %.200s", status, body)
		}
		return ""
	}
	kind, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return fmt.Sprintf("content type %q: %v", contentType, err)
	}
	if _, is := r.Content[kind]; !is {
		return fmt.Sprintf("content type %q of status %d is not described", kind, status)
	}
	if !strings.HasSuffix(kind, "json") {
		return ""
	}
	return d.validate(at+"/content/"+escape(kind)+"/schema", body)
}

func escape(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "~", "~0"), "/", "~1")
}

func (d *description) validate(pointer string, body []byte) string {
	checker := d.compiled[pointer]
	if checker == nil {
		var err error
		if checker, err = d.compiler.Compile(documentURL + "#" + pointer); err != nil {
			return fmt.Sprintf("the schema at %s: %v", pointer, err)
		}
		d.compiled[pointer] = checker
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return fmt.Sprintf("no JSON: %v in %.200s", err, body)
	}
	if err := checker.Validate(value); err != nil {
		return fmt.Sprintf("not as described: %v in %.300s", err, body)
	}
	return ""
}
