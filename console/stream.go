package console

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"telagent-gateway/telagent"
)

const (
	keepAlive     = 15 * time.Second // between comments on a stream where nothing happens
	writeDeadline = 20 * time.Second // a reader that takes nothing for so long loses its stream
)

var errSignedOut = errors.New("the session is over")

type eventsAsked struct {
	LastEventID string `header:"Last-Event-ID" maxLength:"64" doc:"the last id that was read: the stream goes on after it"`
}

type clockShown struct {
	Now time.Time `json:"now" doc:"the gateway's clock"`
}

type leftShown struct {
	ID string `json:"id"`
}

// stream writes server-sent events (HTML, server-sent events §9.2) to one reader.
type stream struct {
	c     *Console
	w     io.Writer
	ctl   *http.ResponseController
	who   viewer
	token tokenHash
	at    uint64 // seq of the last event that was read
	epoch uint64
}

// events answers with a stream that begins with `ready` (read everything now), or goes on where Last-Event-ID stands.
// `resync` says that events were lost, or that the user sees other things now: read everything again.
func (c *Console) events(ctx context.Context, in *eventsAsked) (*huma.StreamResponse, error) {
	a := from(ctx)
	if !c.hub.enter(a.viewer.name) {
		return nil, problem("too_many_streams", "Too many event streams are open.")
	}
	return &huma.StreamResponse{Body: func(hctx huma.Context) {
		defer c.hub.leave(a.viewer.name)
		r, w := humago.Unwrap(hctx)
		s := &stream{c: c, w: w, ctl: http.NewResponseController(w), who: a.viewer, token: a.token}
		h := w.Header()
		h.Set("Content-Type", "text/event-stream")
		h.Set("X-Accel-Buffering", "no") // nginx would hold events back
		w.WriteHeader(http.StatusOK)
		c.hub.learn(a.view)
		if s.begin(in.LastEventID) == nil {
			defer c.page(ctx, a)()
			_ = s.run(r.Context()) // it ends when the reader is gone: nobody is left to tell
		}
	}}, nil
}

func (s *stream) begin(lastID string) error {
	now := s.c.hub.after(0)
	s.at, s.epoch = now.last, now.epoch
	if !s.look() { // what he sees may have changed since he asked
		return errSignedOut
	}
	if lastID == "" {
		return s.say("ready", s.at, clockShown{s.c.now().UTC()})
	}
	seq, ok := s.c.hub.place(lastID)
	if !ok || seq < now.moved { // or somebody sees other things than he did there
		return s.say("resync", s.at, clockShown{s.c.now().UTC()})
	}
	s.at = seq
	return s.comment("resumed")
}

// run tells events until the reader is gone, the session is over or the server goes down.
func (s *stream) run(ctx context.Context) error {
	pause := time.NewTimer(keepAlive)
	defer pause.Stop()
	for {
		n := s.c.hub.after(s.at)
		if n.closed {
			return nil
		}
		if n.epoch != s.epoch {
			s.epoch = n.epoch
			before := s.who
			if !s.look() {
				return nil
			}
			n.lost = n.lost || !reflect.DeepEqual(before, s.who)
		}
		if n.lost {
			s.at = n.last
			if err := s.say("resync", s.at, clockShown{s.c.now().UTC()}); err != nil {
				return err
			}
			continue
		}
		if len(n.events) > 0 {
			if err := s.tell(n.events); err != nil {
				return err
			}
			pause.Reset(keepAlive)
			continue
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-n.wake:
		case <-pause.C:
			if !s.look() {
				return nil
			}
			if err := s.comment("keep-alive"); err != nil {
				return err
			}
			pause.Reset(keepAlive)
		}
	}
}

// look asks again who the user is and what he sees; false: his session is over.
func (s *stream) look() bool {
	a, ok := s.c.identify(s.token, "")
	s.who = a.viewer
	return ok
}

func (s *stream) tell(events []event) error {
	for _, e := range events {
		s.at = e.seq
		name, body := s.c.show(e, s.who)
		if name == "" {
			continue
		}
		if err := s.write(name, e.seq, body); err != nil {
			return err
		}
	}
	return s.flush()
}

func (s *stream) say(name string, seq uint64, body any) error {
	if err := s.write(name, seq, body); err != nil {
		return err
	}
	return s.flush()
}

func (s *stream) write(name string, seq uint64, body any) error {
	data, err := json.Marshal(body)
	if err != nil {
		panic(err) // the shown types always encode
	}
	s.hurry()
	_, err = fmt.Fprintf(s.w, "id: %s\nevent: %s\ndata: %s\n\n", s.c.hub.id(seq), name, data)
	return err
}

func (s *stream) comment(words string) error {
	s.hurry()
	if _, err := fmt.Fprintf(s.w, ": %s\n\n", strings.TrimSpace(words)); err != nil {
		return err
	}
	return s.flush()
}

// hurry gives the reader until writeDeadline to take what is written next. A server without deadlines has none.
func (s *stream) hurry() { _ = s.ctl.SetWriteDeadline(time.Now().Add(writeDeadline)) }

func (s *stream) flush() error { return s.ctl.Flush() }

// show returns an event's name and body for a viewer; "" when he is told nothing.
func (c *Console) show(e event, who viewer) (name string, body any) {
	if !who.sees(e.about) {
		if e.before != nil && who.sees(*e.before) {
			return "call.left", leftShown{ID: string(e.call)}
		}
		return "", nil
	}
	switch change := e.change.(type) {
	case telagent.AgentChanged:
		return "agent.changed", showAgent(change.Shown, c.now())
	case telagent.QueueChanged:
		return "queue.changed", showQueue(change.Shown)
	case telagent.CallChanged:
		return "call.changed", showCall(change.Shown, who)
	case telagent.CallEnded:
		return "call.ended", showRecord(change.Record, who)
	case telagent.SwitchBegun:
		return "switch.begun", *showSwitch(&change.Switch)
	case telagent.SwitchDone:
		return "switch.done", *showSwitch(&change.Switch)
	case telagent.SwitchFailed:
		return "switch.failed", *showSwitch(&change.Switch)
	case telagent.SwitchMeasured:
		return "switch.measured", *showSwitch(&change.Switch)
	case telagent.BatchChanged:
		if shown, sees := seenBatch(change.Batch, who); sees {
			return "switches.changed", shown
		}
	case telagent.AlarmRaised:
		return "alarm.raised", showAlarm(change)
	case telagent.AlarmCleared:
		return "alarm.cleared", alarmShown{Code: change.Code, Subject: change.Subject, Team: change.Team, Teams: change.Teams, Time: change.Time.UTC()}
	case telagent.EntryChanged:
		return "entry.changed", showChange(change)
	case telagent.AgentTold:
		return "agent.told", toldShown{Agent: change.Agent, Code: change.Code, Sentence: change.Sentence}
	case telagent.DrainChanged:
		return "drain.changed", showDrain(change.Drain)
	case telagent.TelagentBegan, telagent.TelagentEnded, telagent.Drained:
	case telagent.UserChanged, telagent.RecordingEnded, telagent.LegMeasured, telagent.Worked, telagent.Audited, telagent.ProfileChanged, telagent.ReasonsChanged,
		telagent.PolicyChanged, telagent.SiteChanged, telagent.ScheduleChanged, telagent.CallKept, telagent.PartKept:
	}
	return "", nil
}
