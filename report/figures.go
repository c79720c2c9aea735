package report

import "time"

// Work is what agents did.
type Work struct {
	Handled     int // customers' calls that they had, each time that one took them
	Outbound    int // calls outwards that were answered
	Internal    int // calls of colleagues that they had the lead in
	Transferred int // of all those, how many they handed on
	Talk        time.Duration
	Hold        time.Duration // beside Talk
	Afters      int
	After       time.Duration // after-call work, counted when it began
	Offered     int           // queues' calls that rang for them, and are no longer
	Taken       int
	Missed      map[string]int // the others by cause
}

// Talks returns all calls that were talked in.
func (w Work) Talks() int { return w.Handled + w.Outbound + w.Internal }

// Handling returns the time for all calls: talk, hold and the work after them.
func (w Work) Handling() time.Duration { return w.Talk + w.Hold + w.After }

// AverageHandling returns the time for one call; 0: there was none.
func (w Work) AverageHandling() time.Duration { return per(w.Handling(), w.Talks()) }

// AverageTalk returns how long one call was talked in; 0: there was none.
func (w Work) AverageTalk() time.Duration { return per(w.Talk, w.Talks()) }

// AverageAfter returns how long the work after a call took, of those that had some; 0: none had.
func (w Work) AverageAfter() time.Duration { return per(w.After, w.Afters) }

// Add adds another row's figures.
func (w *Work) Add(o Work) {
	w.Handled, w.Outbound, w.Internal, w.Transferred = w.Handled+o.Handled, w.Outbound+o.Outbound, w.Internal+o.Internal, w.Transferred+o.Transferred
	w.Talk, w.Hold, w.Afters, w.After = w.Talk+o.Talk, w.Hold+o.Hold, w.Afters+o.Afters, w.After+o.After
	w.Offered, w.Taken = w.Offered+o.Offered, w.Taken+o.Taken
	for cause, n := range o.Missed {
		w.Miss(cause, n)
	}
}

// Misses returns how many offers somebody let pass: not those where the caller gave up, another took the call, or it was
// taken away.
func (w Work) Misses() int {
	return w.Offered - w.Taken - w.Missed["cancelled"] - w.Missed["elsewhere"] - w.Missed["forced"] - w.Missed["moved"]
}

// Miss counts offers that were missed.
func (w *Work) Miss(cause string, n int) { w.Missed = count(w.Missed, cause, n) }

// Service is how the callers of queues fared.
type Service struct {
	Offered         int // calls that came to the queue and are over
	Answered        int
	Within          int            // answered within the target
	Abandoned       int            // hung up before they were answered
	Short           int            // of those, how many so soon that nobody could have answered
	AbandonedWithin int            // of those, how many within the target, Short included
	Lost            map[string]int // the others that nobody answered, by cause
	Waited          time.Duration  // of all who were answered
	Longest         time.Duration  // of any
}

// Level returns the share of calls that were answered within the target: Within of all that were offered, without Short;
// false: there were none.
func (s Service) Level() (float64, bool) {
	if n := s.Offered - s.Short; n > 0 {
		return float64(s.Within) / float64(n), true
	}
	return 0, false
}

// AverageWait returns how long those waited who were answered (ASA); 0: there was none.
func (s Service) AverageWait() time.Duration { return per(s.Waited, s.Answered) }

// Add adds another row's figures.
func (s *Service) Add(o Service) {
	s.Offered, s.Answered, s.Within = s.Offered+o.Offered, s.Answered+o.Answered, s.Within+o.Within
	s.Abandoned, s.Short, s.AbandonedWithin = s.Abandoned+o.Abandoned, s.Short+o.Short, s.AbandonedWithin+o.AbandonedWithin
	s.Waited, s.Longest = s.Waited+o.Waited, max(s.Longest, o.Longest)
	for cause, n := range o.Lost {
		s.Lose(cause, n)
	}
}

// Losses returns how many nobody answered who did not hang up.
func (s Service) Losses() int { return s.Offered - s.Answered - s.Abandoned }

// Lose counts calls that were lost.
func (s *Service) Lose(cause string, n int) { s.Lost = count(s.Lost, cause, n) }

// ServiceQuery is what a report about the service looks at, with what counts as good.
type ServiceQuery struct {
	Query
	Target  time.Duration            // for answers, of queues that Targets does not name
	Targets map[string]time.Duration // by queue
	Short   time.Duration            // who hung up sooner is none whom anybody let down
}

func count(of map[string]int, cause string, n int) map[string]int {
	if of == nil {
		of = make(map[string]int)
	}
	of[cause] += n
	return of
}

func per(d time.Duration, n int) time.Duration {
	if n == 0 {
		return 0
	}
	return d / time.Duration(n)
}
