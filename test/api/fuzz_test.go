package api

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"go.uber.org/zap"

	"telagent-gateway/store"
	"telagent-gateway/test/claims"
)

// rounds is how many requests of each kind everybody makes of each call.
const rounds = 4

// TestNothingThatAnybodyAsksForBreaksTheAPI asks for everything that the description names, as nobody, as an agent, as the
// supervisor of another team, as his own and as an administrator, with values that fit and values that do not. No answer is
// a 500, every answer is as the description says, and nobody changes what he may not. TELAGENT_SEED plays another course.
func TestNothingThatAnybodyAsksForBreaksTheAPI(t *testing.T) {
	claims.Proven(t, "no operation of the API, however it is asked for, breaks, or lets somebody change what is not his", "8.2.1", "8.2.2", "16.5.3")
	seed := uint64(1)
	if text := os.Getenv("TELAGENT_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	s, d := newStage(t, "127.32.7.1"), read(t)
	seen := map[string]int{}
	for _, caller := range []string{"", "ana", "sally", "boss", "root"} {
		for _, op := range d.operations() {
			m := &maker{d: d, rnd: rand.New(rand.NewPCG(seed, uint64(len(seen))))}
			before := s.shielded(caller)
			for i := range 2 * rounds {
				s.ask(d, op, m.request(op, i%2 == 1), caller, seen)
			}
			s.restoreAfter(op, caller, before)
		}
	}
	t.Logf("seed %d: %d answers of 2xx, %d of 4xx, %d of 5xx", seed, seen["2"], seen["4"], seen["5"])
	if seen["2"] < 500 {
		t.Errorf("only %d requests were carried out: the values are poor", seen["2"])
	}
	s.storeHasIt()
}

// ask makes a request and judges the answer.
func (s *stage) ask(d *description, op *operation, r request, caller string, seen map[string]int) {
	status, header, body := s.call(r.method, r.path, s.tokens[caller], r.body, r.kind, r.headers)
	class := fmt.Sprint(status / 100)
	seen[class]++
	seen[op.ID+" "+class]++
	said := func(what string) {
		s.t.Errorf("%s as %q: %s %.300s\n%v %.500q\nanswered %d: %s", op.ID, caller, r.method, r.path, r.headers, r.body, status, what)
	}
	switch {
	case status == 404 && strings.Contains(string(body), `"not_found"`), status == 301, status == 307:
		return // what was put into the path made it another address
	case status == 500:
		said(string(body))
	}
	if wrong := d.check(op, status, header.Get("Content-Type"), body); wrong != "" {
		said(wrong)
	}
	if caller == "" && op.Security != nil && status < 400 {
		said("nobody was let in")
	}
}

// restoreAfter fails when something was changed that the caller must not change, and puts back what he did.
func (s *stage) restoreAfter(op *operation, caller, before string) {
	if caller != "root" {
		if after := s.shielded(caller); after != before {
			s.t.Errorf("%s changed what %q must not:\nbefore %s\nafter  %s", op.ID, caller, difference(before, after), difference(after, before))
		}
	}
	if op.method != "GET" && caller != "" {
		s.restore()
	}
}

// difference is the part of a in which it differs from b.
func difference(a, b string) string {
	i := 0
	for i < min(len(a), len(b)) && a[i] == b[i] {
		i++
	}
	return a[max(0, i-60):min(len(a), i+120)]
}

// storeHasIt ends the gateway and compares what the store remembers with what was there.
func (s *stage) storeHasIt() {
	s.t.Helper()
	was := s.shielded("nobody")
	s.close()
	kept, err := store.Open(s.t.Context(), s.config.Store.Reveal(), zap.NewNop())
	if err != nil {
		s.t.Fatal(err)
	}
	state, err := kept.Load(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	if err := kept.Close(); err != nil {
		s.t.Error(err)
	}
	for _, u := range state.Users {
		if !strings.Contains(was, "Name:"+u.Name+" ") {
			s.t.Errorf("the store has a user %s who was not there", u.Name)
		}
	}
	for _, a := range state.Agents {
		if !strings.Contains(was, "ID:"+a.ID+" ") {
			s.t.Errorf("the store has an agent %s who was not there", a.ID)
		}
	}
}
