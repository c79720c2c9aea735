package telagent

import (
	"cmp"
	"time"
)

// NailedUp is how the legs are kept that stay up between an agent's calls.
type NailedUp struct {
	IdleTimeout time.Duration // time without a call after which it is hung up until the next one; below 0: never
	RedialAfter time.Duration // how soon a leg that was lost is dialled again
	Failures    int           // times in a row that it does not come back before its agent is set away (DEVICE_LOST)
}

func (n NailedUp) withDefaults() NailedUp {
	return NailedUp{
		IdleTimeout: cmp.Or(n.IdleTimeout, time.Hour), RedialAfter: cmp.Or(n.RedialAfter, time.Second), Failures: cmp.Or(n.Failures, 3),
	}
}
