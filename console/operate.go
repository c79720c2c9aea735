package console

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"telagent-gateway/telagent"
)

// Changed is one key of the configuration that a reload took.
type Changed struct {
	Key string `json:"key" doc:"such as policy.ring_time or trunks[0].password"`
	At  string `json:"at" doc:"file:line where it stands, or what should hold it"`
	Was string `json:"was" doc:"its value before in short; a secret is stars"`
	Is  string `json:"is"`
}

// BadConfiguration says why a configuration was not taken, and that nothing of it was.
type BadConfiguration struct {
	Code       string      // bad_configuration, needs_upgrade or no_configuration
	Complaints []Complaint // at least one; Location is file:line
}

func (b *BadConfiguration) problem() *Problem {
	p := problem("bad_configuration", "%s", b.Error())
	switch b.Code {
	case "needs_upgrade":
		p = problem("needs_upgrade", "%s", b.Error())
	case "no_configuration":
		p = problem("no_configuration", "%s", b.Error())
	}
	p.Errors = b.Complaints
	return p
}

// Error returns the first complaint.
func (b *BadConfiguration) Error() string {
	first := b.Complaints[0]
	if first.Location == "" {
		return first.Message
	}
	return first.Location + ": " + first.Message
}

// operateCodes are the refusals of what is done to the gateway itself.
var operateCodes = map[int]string{
	http.StatusUnprocessableEntity: "bad_configuration",
	http.StatusConflict:            "upgrade_failed upgrade_running draining not_draining needs_upgrade no_configuration",
}

type reloadAnswer struct {
	Body struct {
		Changed []Changed `json:"changed" doc:"in the order of the reference; none: the file says what held before"`
	}
}

// reload lets the gateway read its configuration again.
func (c *Console) reload(ctx context.Context, _ *struct{}) (*reloadAnswer, error) {
	who := from(ctx).viewer
	if who.role != telagent.AdminRole {
		return nil, c.refused("reload", c.o.Do(ctx, telagent.Reload{By: who.name, Failed: "not_admin"}))
	}
	changed, err := c.o.Reload(ctx, who.name)
	var bad *BadConfiguration
	if errors.As(err, &bad) {
		return nil, bad.problem()
	}
	if err != nil {
		return nil, c.refused("reload", err)
	}
	out := &reloadAnswer{}
	if out.Body.Changed = changed; changed == nil {
		out.Body.Changed = []Changed{}
	}
	return out, nil
}

type drainShown struct {
	Draining bool       `json:"draining" doc:"no new calls are taken; those that are up go on"`
	By       string     `json:"by,omitempty" doc:"who asked for it; absent: the system, or it is off"`
	Since    *time.Time `json:"since,omitempty"`
	Stop     bool       `json:"stop" doc:"the gateway ends when the last call has"`
	Until    *time.Time `json:"until,omitempty" doc:"when it ends though there are calls; absent: it waits for the last one"`
	Calls    int        `json:"calls" doc:"that are up, those that wait among them; 0 when it is off"`
	Waiting  int        `json:"waiting" doc:"callers in queues; they are still served"`
}

func showDrain(d telagent.Draining) drainShown {
	return drainShown{
		Draining: d.On, By: d.By, Since: moment(d.Since), Stop: d.Stop, Until: moment(d.Until), Calls: d.Calls, Waiting: d.Waiting,
	}
}

type drainAnswer struct{ Body drainShown }

type drainAsked struct {
	Body struct {
		Stop    bool    `json:"stop,omitempty" doc:"whether the gateway ends when the last call has"`
		WithinS float64 `json:"within_s,omitempty" minimum:"0" maximum:"604800" doc:"with stop: seconds after which it ends though there are calls, and hangs them up; absent: as configured"`
	}
}

// getDrain shows supervisors how far a drain is.
func (c *Console) getDrain(ctx context.Context, _ *struct{}) (*drainAnswer, error) {
	if !from(ctx).viewer.leads() {
		return nil, problem("not_supervisor", "Only supervisors may see this.")
	}
	return c.drain()
}

func (c *Console) drain() (*drainAnswer, error) {
	return &drainAnswer{showDrain(c.o.View().Drain)}, nil
}

// beginDrain takes no new calls from now on.
func (c *Console) beginDrain(ctx context.Context, in *drainAsked) (*drainAnswer, error) {
	within := time.Duration(in.Body.WithinS * float64(time.Second))
	d := telagent.Drain{By: from(ctx).viewer.name, Stop: in.Body.Stop, Within: within}
	if err := c.o.Do(ctx, d); err != nil {
		return nil, c.refused("drain", err)
	}
	return c.drain()
}

// endDrain takes new calls again.
func (c *Console) endDrain(ctx context.Context, _ *struct{}) (*drainAnswer, error) {
	if err := c.o.Do(ctx, telagent.Drain{By: from(ctx).viewer.name, Off: true}); err != nil {
		return nil, c.refused("end the drain", err)
	}
	return c.drain()
}

type upgradeAsked struct {
	Body struct {
		Binary string `json:"binary,omitempty" maxLength:"4096" doc:"path of the new program on the gateway's machine; absent: that of the running one"`
	}
}

type upgradeAnswer struct {
	Body struct {
		PID   int     `json:"pid" doc:"of the new process, which has all calls"`
		TookS float64 `json:"took_s" doc:"from the question to the end of the old process"`
	}
}

// upgradeGateway hands the calls over to another program.
func (c *Console) upgradeGateway(ctx context.Context, in *upgradeAsked) (*upgradeAnswer, error) {
	who, began := from(ctx).viewer, c.now()
	if who.role != telagent.AdminRole {
		return nil, c.refused("upgrade", c.o.Do(ctx, telagent.Upgrade{By: who.name, Failed: "not_admin"}))
	}
	pid, err := c.o.Upgrade(ctx, who.name, in.Body.Binary)
	if errors.Is(err, ErrUpgrade) {
		return nil, problem("upgrade_failed", "%s", err.Error())
	}
	var busy *telagent.Refusal
	if errors.As(err, &busy) {
		return nil, problem("upgrade_running", "%s", busy.Sentence)
	}
	if err != nil {
		return nil, c.refused("upgrade", err)
	}
	out := &upgradeAnswer{}
	out.Body.PID, out.Body.TookS = pid, c.now().Sub(began).Seconds()
	return out, nil
}

// operateRoutes registers what administrators do to the gateway itself.
func (c *Console) operateRoutes(api huma.API, in huma.Middlewares) {
	add(api, in, http.MethodPost, "/reload", "reload", "Read the configuration again, and take what may change while calls are up: all of it or nothing", c.reload)
	add(api, in, http.MethodPost, "/upgrade", "upgrade", "Hand all calls over to a new program, or to the same one with another configuration", c.upgradeGateway)
	add(api, in, http.MethodGet, "/drain", "get-drain", "Whether new calls are taken, and how many are up", c.getDrain)
	add(api, in, http.MethodPost, "/drain", "drain", "Take no new calls; those that are up go on", c.beginDrain)
	add(api, in, http.MethodDelete, "/drain", "undrain", "Take new calls again", c.endDrain)
}
