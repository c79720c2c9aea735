package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/presence"
	"telagent-gateway/telagent"
)

// storm is a busy floor: a crowd of a thousand agents who change their status many times a second.
type storm struct {
	told    int           // events about one of the crowd since the last storm began
	changes int           // that it made
	over    chan struct{} // closed when it is over; nil: there was none
}

const crowdSize = 1000

// crowd enters a thousand agents of the team support, all available.
func (s *stage) crowd() {
	first := strings.Fields("Ada Bruno Clara Dario Edith Felix Gloria Henrik Irina Jasper Karla Leo Marta Nils Olga Pavel Quinn Rita Sven Tilda Udo Vera Willem Xenia Yusuf Zofia Anton Berta Carlo Dora Emil Frida Georg Hanna Ivo Johanna Kurt Lotte Max Nora")
	last := strings.Fields("Abel Brandt Costa Dietz Ekström Faber Graf Holm Ito Jansen Keller Lund Moreau Nagy Okoye Peters Quist Rossi Simon Toth Ulrich Vogel Weiss Young Zeman")
	s.must(telagent.PutQueue{Queue: telagent.Queue{Name: "crowd", Strategy: "longest_idle", Priority: 5, CallingName: "crowd"}})
	for i := range crowdSize {
		entry := telagent.Agent{
			ID: crowdID(i), Name: first[i%len(first)] + " " + last[i/len(first)], Team: "support", Queues: map[string]int{"crowd": 1},
			Numbers: []string{fmt.Sprintf("+49301%07d", i)},
		}
		s.must(telagent.PutAgent{Entry: entry, Credentials: &telagent.Credentials{}})
		s.report(call.Bound{AOR: entry.ID})
		s.declare(entry.ID, presence.Available)
	}
}

func crowdID(i int) string { return fmt.Sprintf("crowd-%03d", i) }

// storms adds the acts that take time: storm?changes=N&every=DURATION begins one, calm waits until it is over and says
// how many changes it made and how many events about the crowd the streams were told.
func (s *stage) storms(mux *http.ServeMux) {
	mux.HandleFunc("POST /stage/storm", func(w http.ResponseWriter, r *http.Request) {
		changes, err := strconv.Atoi(r.FormValue("changes"))
		every, bad := time.ParseDuration(r.FormValue("every"))
		if err != nil || bad != nil {
			http.Error(w, "changes=N&every=DURATION", http.StatusBadRequest)
			return
		}
		s.mu.Lock()
		s.storm = storm{over: make(chan struct{})}
		s.mu.Unlock()
		go s.rage(changes, every)
	})
	mux.HandleFunc("POST /stage/calm", func(w http.ResponseWriter, _ *http.Request) {
		<-s.storm.over
		s.mu.Lock()
		defer s.mu.Unlock()
		_ = json.NewEncoder(w).Encode(map[string]int{"changes": s.storm.changes, "told": s.storm.told}) // nobody is left to tell
	})
}

// rage makes so many changes, one at each tick; without a pause between them all at once.
func (s *stage) rage(changes int, every time.Duration) {
	defer close(s.storm.over)
	var tick <-chan time.Time
	if every > 0 {
		t := time.NewTicker(every)
		defer t.Stop()
		tick = t.C
	}
	next := []presence.Status{presence.NotReady, presence.OnBreak, presence.Away, presence.Available}
	for n := range changes {
		if tick != nil {
			select {
			case <-tick:
			case <-s.quit:
				return
			}
		}
		s.mu.Lock()
		s.declare(crowdID(n*389%crowdSize), next[n/crowdSize%len(next)])
		s.storm.changes++
		s.mu.Unlock()
	}
}

// count keeps how many events about the crowd were told.
func (s *storm) count(changes []telagent.Change) {
	for _, c := range changes {
		if c, ok := c.(telagent.AgentChanged); ok && strings.HasPrefix(c.Agent.ID, "crowd-") {
			s.told++
		}
	}
}
