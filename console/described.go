package console

import (
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// describeProblems says of each call with which statuses it may refuse, and of each status with which codes. What a call may
// be answered with follows from what it is: whether it needs a session, changes something, has a body or a precondition.
func describeProblems(api huma.API) {
	doc := api.OpenAPI()
	problems := doc.Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "")
	codes := map[int][]string{}
	for code, status := range statusOf {
		codes[status] = append(codes[status], code)
	}
	for status, code := range codeOf {
		if !slices.Contains(codes[status], code) {
			codes[status] = append(codes[status], code)
		}
	}
	doc.Components.Responses = map[string]*huma.Response{}
	for _, status := range slices.Sorted(maps.Keys(codes)) {
		slices.Sort(codes[status])
		words := make([]any, len(codes[status]))
		for i, code := range codes[status] {
			words[i] = code
		}
		doc.Components.Responses[problemName(status)] = &huma.Response{
			Description: http.StatusText(status) + ": " + strings.Join(codes[status], ", "),
			Content: map[string]*huma.MediaType{"application/problem+json": {
				Schema: &huma.Schema{AllOf: []*huma.Schema{problems, {Properties: map[string]*huma.Schema{"code": {Type: huma.TypeString, Enum: words}}}}},
				Example: map[string]any{
					"title": http.StatusText(status), "status": status, "code": codes[status][0], "detail": "One sentence fit for the screen.",
				},
			}},
		}
	}
	for _, item := range doc.Paths {
		for method, op := range map[string]*huma.Operation{
			http.MethodGet: item.Get, http.MethodPost: item.Post, http.MethodPut: item.Put, http.MethodPatch: item.Patch, http.MethodDelete: item.Delete,
		} {
			if op != nil {
				describeRefusals(method, op)
			}
		}
	}
}

func problemName(status int) string { return fmt.Sprintf("Problem%d", status) }

// describeRefusals adds the statuses with which a call may be refused, and the header that every change may carry.
func describeRefusals(method string, op *huma.Operation) {
	statuses := []int{http.StatusTooManyRequests}
	if strings.HasSuffix(op.Path, "thz") || strings.HasSuffix(op.Path, "vez") || strings.HasSuffix(op.Path, "dyz") {
		statuses = append(statuses, http.StatusServiceUnavailable)
	} else {
		statuses = append(statuses, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusUnprocessableEntity, http.StatusServiceUnavailable)
	}
	if !safe(method) {
		statuses = append(statuses, http.StatusBadRequest, http.StatusConflict, http.StatusRequestTimeout, http.StatusRequestEntityTooLarge)
		if len(op.Security) > 0 {
			op.Parameters = append(op.Parameters, &huma.Param{
				Name: "Idempotency-Key", In: "header", Schema: &huma.Schema{Type: huma.TypeString},
				Description: "the same request with the same key again changes nothing and gets the same answer; kept for a day, at most 1000 of a user, until the gateway stops",
			})
		}
	}
	if op.RequestBody != nil {
		statuses = append(statuses, http.StatusUnsupportedMediaType)
	}
	if slices.ContainsFunc(op.Parameters, func(p *huma.Param) bool { return p.Name == "If-Match" }) {
		statuses = append(statuses, http.StatusPreconditionFailed)
	}
	delete(op.Responses, "default")
	for _, status := range statuses {
		op.Responses[strconv.Itoa(status)] = &huma.Response{Ref: "#/components/responses/" + problemName(status)}
	}
}
