package gateway

import (
	"context"
	"fmt"
	"time"

	"telagent-gateway/console"
)

// stuckAfter is how long the loop may take to answer.
const stuckAfter = 2 * time.Second

// ready says why the gateway cannot serve as it should now.
func (g *Gateway) ready() (reasons []console.Reason) {
	if g.stopping.Load() {
		return []console.Reason{{Code: "stopping", Detail: "The gateway is ending."}}
	}
	ctx, cancel := context.WithTimeout(context.Background(), stuckAfter)
	defer cancel()
	view, err := g.loop.snapshot(ctx)
	if err != nil {
		reasons = append(reasons, console.Reason{Code: console.StuckReason, Detail: fmt.Sprintf("The loop does not answer: %v.", err)})
	} else if d := view.Drain; d.On {
		reasons = append(reasons, console.Reason{
			Code: "draining", Detail: fmt.Sprintf("The gateway is being drained: it takes no new calls, and %d are up.", d.Calls),
		})
	}
	if err := g.strain.ready(); err != nil {
		reasons = append(reasons, console.Reason{Code: "overloaded", Detail: err.Error()})
	}
	if t := troubleOf(g.store.Healthy()); t.part != "" {
		reasons = append(reasons, console.Reason{Code: t.part, Detail: t.sentence})
	}
	return reasons
}
