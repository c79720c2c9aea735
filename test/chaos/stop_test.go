//go:build chaos

package chaos

import (
	"syscall"
	"testing"
	"time"

	"telagent-gateway/test/stage"
)

// stops are the faults that take from the process what it needs, and give it back.
var stops = []fault{
	{"stop", "SIGSTOP, and SIGCONT 5 s later", time.Second, playStop},
	{"database-gone", "PostgreSQL is gone for 60 s", 200 * time.Millisecond, withDatabase((*stage.Postgres).Stop, (*stage.Postgres).Start)},
	{"database-frozen", "PostgreSQL answers nothing for 60 s", 200 * time.Millisecond, withDatabase(
		func(p *stage.Postgres) { p.Signal(syscall.SIGSTOP) }, func(p *stage.Postgres) { p.Signal(syscall.SIGCONT) })},
}

func playStop(t *testing.T) judged {
	h := open(t, plan{net: "127.47.12", agents: 50})
	pairs := h.talk(50)
	h.commit()
	h.Signal(syscall.SIGSTOP)
	h.pause(5 * time.Second)
	from := time.Now()
	h.Signal(syscall.SIGCONT)
	j := h.heal(pairs, from)
	j.faults = append(j.faults, h.leave(pairs)...)
	j.faults = append(j.faults, h.settle(50)...)
	return j
}

// withDatabase plays 60 s without the database: 50 calls talk on, and every second one more comes, is taken and ends.
func withDatabase(away, back func(*stage.Postgres)) func(t *testing.T) judged {
	return func(t *testing.T) judged {
		db := stage.StartPostgres(t)
		h := open(t, plan{net: "127.47.13", agents: 60, store: db.DSN})
		pairs := h.talk(50)
		h.commit()
		from := time.Now()
		away(db)
		came := h.arrivals(60*time.Second, time.Second)
		back(db)
		j := h.heal(pairs, from)
		for _, c := range came {
			j.up++
			if !c.talked {
				j.fault("a call that came meanwhile: %v", c.problem)
			}
		}
		j.faults = append(j.faults, h.leave(pairs)...)
		j.faults = append(j.faults, h.settle(50+len(came))...)
		return j
	}
}
