package demo

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// keepEvents bounds a Watch; when it is full the older half is forgotten.
const keepEvents = 4096

// Event is one of the gateway's server-sent events.
type Event struct {
	At   time.Time // when it was read
	Name string    // "agent.changed", "switch.done", …
	Data json.RawMessage
}

// Agent returns the agent that an agent.changed event is about; false: it is another event.
func (e Event) Agent() (a Agent, ok bool) {
	return a, e.Name == "agent.changed" && json.Unmarshal(e.Data, &a) == nil
}

// Watch is an open event stream, and everything that it told.
type Watch struct {
	told bell
	done chan struct{}
	stop context.CancelFunc

	mu     sync.Mutex
	events []Event
	ended  error
}

// Watch opens the event stream and returns when it is ready. Close has to be called before the desk is closed.
func (d *Desk) Watch(ctx context.Context) (*Watch, error) {
	reading, stop := context.WithCancel(context.WithoutCancel(ctx))
	release := context.AfterFunc(ctx, stop) // until the stream is ready
	resp, err := d.send(reading, http.MethodGet, "/events", nil)
	if err != nil {
		release()
		stop()
		return nil, fmt.Errorf("watch: %w", err)
	}
	w := &Watch{done: make(chan struct{}), stop: stop}
	go func() {
		defer close(w.done)
		err := w.read(bufio.NewScanner(resp.Body))
		w.mu.Lock()
		w.ended = errors.Join(err, resp.Body.Close(), errors.New("the event stream ended"))
		w.mu.Unlock()
		w.told.ring()
	}()
	_, err = w.Wait(ctx, time.Time{}, func(e Event) bool { return e.Name == "ready" })
	if release(); err != nil {
		w.Close()
		return nil, fmt.Errorf("watch: %w", err)
	}
	return w, nil
}

// Close ends the stream.
func (w *Watch) Close() {
	w.stop()
	<-w.done
}

// read takes the stream apart: lines "name: value", an empty line ends an event (HTML, server-sent events §9.2.6).
func (w *Watch) read(lines *bufio.Scanner) error {
	lines.Buffer(nil, 1<<20)
	var e Event
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ":")
		value = strings.TrimPrefix(value, " ")
		switch name {
		case "event":
			e.Name = value
		case "data":
			e.Data = append(e.Data, value...)
		case "":
			if lines.Text() == "" && e.Name != "" {
				e.At = time.Now()
				w.add(e)
				e = Event{}
			}
		}
	}
	return lines.Err()
}

func (w *Watch) add(e Event) {
	w.mu.Lock()
	if len(w.events) == keepEvents {
		w.events = slices.Delete(w.events, 0, keepEvents/2)
	}
	w.events = append(w.events, e)
	w.mu.Unlock()
	w.told.ring()
}

// Events returns what was told since that time, in its order.
func (w *Watch) Events(since time.Time) (events []Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range w.events {
		if !e.At.Before(since) {
			events = append(events, e)
		}
	}
	return events
}

// Wait returns the first event since that time that fits.
func (w *Watch) Wait(ctx context.Context, since time.Time, fits func(Event) bool) (e Event, err error) {
	found := false
	waited := w.told.wait(ctx, func() bool {
		for _, e = range w.Events(since) {
			if found = fits(e); found {
				return true
			}
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		err = w.ended
		return err != nil
	})
	if found {
		return e, nil
	}
	return Event{}, errors.Join(waited, err)
}

// WaitAgent returns the first thing told about an agent since that time that fits, and when it was told.
func (w *Watch) WaitAgent(ctx context.Context, id string, since time.Time, fits func(Agent) bool) (a Agent, at time.Time, err error) {
	e, err := w.Wait(ctx, since, func(e Event) bool {
		var ok bool
		a, ok = e.Agent()
		return ok && a.ID == id && fits(a)
	})
	return a, e.At, err
}

// Presence returns the statuses that an agent passed through since that time, each once in a row, with milliseconds
// since zero.
func (w *Watch) Presence(id string, since, zero time.Time) (passed []Moment) {
	for _, e := range w.Events(since) {
		a, ok := e.Agent()
		if !ok || a.ID != id || (len(passed) > 0 && passed[len(passed)-1].Status == a.Status) {
			continue
		}
		passed = append(passed, Moment{Status: a.Status, AtMS: milliseconds(e.At.Sub(zero))})
	}
	return passed
}
