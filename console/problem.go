package console

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"go.uber.org/zap"

	"telagent-gateway/telagent"
)

// Problem is how the API says no: application/problem+json (RFC 9457) with a stable code and one sentence.
type Problem struct {
	Title   string      `json:"title" doc:"the HTTP status in words"`
	Status  int         `json:"status" doc:"the HTTP status"`
	Code    string      `json:"code" doc:"stable word for programs, such as already_switching"`
	Detail  string      `json:"detail" doc:"one sentence fit for the screen"`
	Errors  []Complaint `json:"errors,omitempty" doc:"what is wrong with the request, piece by piece"`
	Results []result    `json:"results,omitempty" doc:"of a batch in which nothing was done: one for each agent"`
}

// Complaint is one thing that is wrong with a request.
type Complaint struct {
	Location string `json:"location,omitempty" doc:"where, such as body.agents[0]"`
	Message  string `json:"message"`
}

// Error returns the sentence.
func (p *Problem) Error() string { return p.Detail }

// GetStatus returns the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType returns the media type of a problem (RFC 9457 §3).
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// statusOf maps codes to HTTP, once. A code that is not here is a conflict with how things are now: 409. So is
// no_trunk_capacity: the gateway itself is well, and a load balancer must not take a 503 for its failure.
var statusOf = map[string]int{
	"not_signed_in":   http.StatusUnauthorized,
	"bad_credentials": http.StatusUnauthorized,

	"not_supervisor":  http.StatusForbidden,
	"not_admin":       http.StatusForbidden,
	"not_yourself":    http.StatusForbidden,
	"cross_origin":    http.StatusForbidden,
	"bad_setup_token": http.StatusForbidden,

	"not_found":     http.StatusNotFound,
	"unknown_agent": http.StatusNotFound,
	"unknown_call":  http.StatusNotFound,
	"unknown_queue": http.StatusNotFound,
	"unknown_user":  http.StatusNotFound,

	"invalid":           http.StatusUnprocessableEntity,
	"invalid_directory": http.StatusUnprocessableEntity,
	"bad_agent":         http.StatusUnprocessableEntity,
	"bad_number":        http.StatusUnprocessableEntity,
	"bad_queue":         http.StatusUnprocessableEntity,
	"bad_status":        http.StatusUnprocessableEntity,
	"bad_user":          http.StatusUnprocessableEntity,
	"past":              http.StatusUnprocessableEntity,

	"method_not_allowed": http.StatusMethodNotAllowed,
	"wrong_content_type": http.StatusUnsupportedMediaType,
	"too_many_attempts":  http.StatusTooManyRequests,
	"too_many_streams":   http.StatusTooManyRequests,
	"too_many_sessions":  http.StatusServiceUnavailable,
	"unavailable":        http.StatusServiceUnavailable,
	"not_ready":          http.StatusServiceUnavailable,
	"not_saved":          http.StatusServiceUnavailable,
	"broken":             http.StatusInternalServerError,
}

// codeOf names the statuses that huma and net/http choose by themselves.
var codeOf = map[int]string{
	http.StatusBadRequest:            "invalid",
	http.StatusUnprocessableEntity:   "invalid",
	http.StatusNotAcceptable:         "not_acceptable",
	http.StatusRequestTimeout:        "timeout",
	http.StatusRequestEntityTooLarge: "too_large",
	http.StatusUnsupportedMediaType:  "wrong_content_type",
}

func init() {
	// huma offers no other place for these two; they are set before any API exists and never again.
	huma.NewError = describe
	huma.DefaultArrayNullable = false
}

// describe makes a Problem of what huma found wrong with a request. Values are left out: they may be passwords.
func describe(status int, sentence string, errs ...error) huma.StatusError {
	code, ok := codeOf[status]
	if !ok {
		code = "broken"
	}
	p := &Problem{Title: http.StatusText(status), Status: status, Code: code, Detail: sentence}
	if status >= http.StatusInternalServerError {
		p.Detail = "Something went wrong in the gateway; its log says what."
		return p
	}
	for _, err := range errs {
		c := Complaint{Message: err.Error()}
		var detailed huma.ErrorDetailer
		if errors.As(err, &detailed) {
			d := detailed.ErrorDetail()
			c = Complaint{Location: d.Location, Message: d.Message}
		}
		p.Errors = append(p.Errors, c)
	}
	if len(p.Errors) > 0 {
		first := p.Errors[0]
		p.Detail = strings.TrimPrefix(first.Location+": ", ": ") + first.Message
	}
	return p
}

func problem(code, sentence string, args ...any) *Problem {
	status, ok := statusOf[code]
	if !ok {
		status = http.StatusConflict
	}
	return &Problem{Title: http.StatusText(status), Status: status, Code: code, Detail: fmt.Sprintf(sentence, args...)}
}

// refused turns what Do, Plan and the store answered into a Problem. Only a *telagent.Refusal is the user's business;
// the rest is logged and told in general words.
func (c *Console) refused(what string, err error) *Problem {
	var refusal *telagent.Refusal
	if errors.As(err, &refusal) {
		return problem(refusal.Code, "%s", refusal.Sentence)
	}
	if errors.Is(err, ErrNotSaved) {
		c.log.Error("a command was carried out and is not stored yet", zap.String("what", what), zap.Error(err))
		return problem("not_saved", "It was done, but the store does not take it now; it is stored as soon as that goes again.")
	}
	if !errors.Is(err, context.Canceled) {
		c.log.Error("a request could not be carried out", zap.String("what", what), zap.Error(err))
	}
	return problem("unavailable", "The gateway could not carry this out; try again in a moment.")
}

func writeProblem(w http.ResponseWriter, p *Problem) {
	body, err := json.Marshal(p)
	if err != nil {
		panic(err) // strings and numbers always encode
	}
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	_, _ = w.Write(append(body, '\n')) // a client that went away needs no answer
}
