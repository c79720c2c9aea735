package console

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// Reason is one reason why the gateway does not serve as it should.
type Reason struct {
	Code   string `json:"code" doc:"stable word for programs: stuck, draining, stopping, overloaded, store_away, store_full or store_slow"`
	Detail string `json:"detail" doc:"one sentence fit for the screen"`
}

type healthAnswer struct {
	Body struct {
		Status string `json:"status"`
	}
}

// healthRoutes registers what says how the gateway is.
func (c *Console) healthRoutes(api huma.API, open huma.Middlewares) {
	add(api, open, http.MethodGet, "/healthz", "healthz", "The process runs", c.healthz)
	add(api, open, http.MethodGet, "/livez", "livez", "The gateway is not stuck: it does what comes in", c.livez)
	add(api, open, http.MethodGet, "/readyz", "readyz", "The gateway can serve calls, or why it cannot", c.readyz)
}

func (c *Console) healthz(context.Context, *struct{}) (*healthAnswer, error) {
	return healthy("ok"), nil
}

// livez is for who starts the process anew when it does not help itself: what the store or a carrier does is no reason.
func (c *Console) livez(context.Context, *struct{}) (*healthAnswer, error) {
	for _, r := range c.o.Ready() {
		if r.Code == StuckReason {
			return nil, notReady([]Reason{r})
		}
	}
	return healthy("ok"), nil
}

// readyz is for who sends calls to the gateway, or looks after it.
func (c *Console) readyz(context.Context, *struct{}) (*healthAnswer, error) {
	if reasons := c.o.Ready(); len(reasons) > 0 {
		return nil, notReady(reasons)
	}
	return healthy("ready"), nil
}

func healthy(word string) *healthAnswer {
	out := &healthAnswer{}
	out.Body.Status = word
	return out
}

// StuckReason is the code of a gateway that does nothing any more.
const StuckReason = "stuck"

func notReady(reasons []Reason) error {
	sentences := make([]string, len(reasons))
	for i, r := range reasons {
		sentences[i] = r.Detail
	}
	p := problem("not_ready", "%s", strings.Join(sentences, " "))
	p.Reasons = reasons
	return p
}
