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
	Reasons []Reason    `json:"reasons,omitempty" doc:"of a gateway that is not ready: each thing that is wrong"`
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

// statusOf maps codes to HTTP, once: every code that the Floor, the gateway and this package know. What conflicts with how
// things are now is 409. So is no_trunk_capacity: the gateway itself is well, and a load balancer must not take a 503 for
// its failure.
var statusOf = func() map[string]int {
	of := make(map[string]int)
	for status, codes := range map[int]string{
		http.StatusUnauthorized: "not_signed_in bad_credentials",
		http.StatusForbidden: "not_agent not_supervisor not_admin not_yourself cross_origin bad_setup_token may_not_dial may_not_replace " +
			"may_not_set_available phone_sign_on_off sign_on_locked wrong_pin",
		http.StatusNotFound: "unknown_webhook unknown_user not_banned " +
			"not_found unknown_agent unknown_call unknown_office unknown_profile unknown_queue unknown_schedule unknown_site unknown_switch unknown_team not_recorded no_ladder no_guest no_such_leg",
		http.StatusUnprocessableEntity: "invalid invalid_directory bad_address bad_agent bad_guest bad_number bad_policy bad_profile bad_queue bad_reason bad_selection bad_schedule bad_site bad_status bad_time bad_user " +
			"past report_too_long unknown_number unknown_reason",
		http.StatusConflict: "agent_busy agent_unavailable agent_unreachable already_consulting already_on_softphone already_so already_switching " +
			"already_telagent dialling emergency_call is_agent is_queue name_taken no_agent no_customer no_number no_page no_machine no_pin no_recording no_trunk " +
			"no_trunk_capacity network_taken nobody nobody_asked not_undoable not_in_acw not_in_seat not_ringing not_talking nothing_pending number_not_allowed number_not_authorised " +
			"number_taken phone_taken phone_id_taken phone_unreachable queue_closed queue_full schedule_taken recording_over signed_off softphone_unreachable stale test_running too_many_guests too_many_tests undo_over yourself already_set_up",
		http.StatusMethodNotAllowed:     "method_not_allowed",
		http.StatusUnsupportedMediaType: "wrong_content_type",
		http.StatusTooManyRequests:      "menu_full too_many_attempts too_many_streams",
		http.StatusServiceUnavailable:   "too_many_sessions unavailable not_ready not_saved",
		http.StatusInternalServerError:  "broken",
	} {
		for _, code := range strings.Fields(codes) {
			of[code] = status
		}
	}
	for _, more := range []map[int]string{accessCodes, entryCodes, requestCodes, operateCodes} {
		for status, codes := range more {
			for _, code := range strings.Fields(codes) {
				of[code] = status
			}
		}
	}
	return of
}()

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
	var ours *Problem
	if errors.As(err, &ours) {
		return ours
	}
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
