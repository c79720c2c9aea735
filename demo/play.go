package demo

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"
)

// Stage is a running gateway and the names under which it knows the cast.
type Stage struct {
	SIP     string // where it speaks SIP over UDP, host:port
	HTTP    string // its API's address, http://host:port
	Domain  string // its SIP domain
	Boss    Login  // a supervisor of the agent
	Ana     Login  // the agent; signs in at the console and registers her softphone
	Queue   string // number that leads to her queue
	Phone   string // her PSTN number, the only one
	Carrier *Robot // bound at an address that the gateway knows as a trunk; the play gives it its phones
	Softly  string // IPv4 address of her softphone
	Colour  bool   // whether the output is a terminal
	Hurry   int    // how many times faster than in life the people of the play act; 0: as in life
}

// How long the people of the play take. The steps' bounds are generous: they tell a hang from a slow machine.
const (
	customerNumber = "+4915112345678"
	stepBound      = 10 * time.Second
	ringsSoftphone = 800 * time.Millisecond
	ringsPhone     = 1200 * time.Millisecond
	talks          = 1500 * time.Millisecond
	listens        = 1200 * time.Millisecond // to the prompt, before the key
	settles        = 2 * time.Second         // after the swap, still measured
)

// play is one performance.
type play struct {
	stage Stage
	out   io.Writer
	c     colours
	began time.Time
	boss  *Desk
	ana   *Desk
	watch *Watch
	soft  *Robot
	m     Measured

	// Of the act that is on.
	customer, softphone, phone *Leg
	begun, pressed, twoWay     time.Time // switch asked, key pressed, both heard each other
	killed, wrapsUp            time.Time
	actBegan                   time.Time
}

// step is one thing that has to happen. Its error is reported under its name.
type step struct {
	name string
	do   func(context.Context) error
}

// Play performs the main job at a running gateway as its users would: over SIP, RTP and the HTTP API. It prints a
// timeline to out as things happen, then what was measured. The error names the step that did not happen within its
// bound; what was measured until then is returned with it. It takes about half a minute.
func Play(ctx context.Context, stage Stage, out io.Writer) (Measured, error) {
	p := &play{stage: stage, out: out, c: colouring(stage.Colour), began: time.Now()}
	p.m = Measured{Presence: []Moment{}, Cause: "none", Lost: Lost{Presence: []Moment{}, Cause: "none"}, Faults: []string{}}
	stage.Carrier.Phone(stage.Phone, Script{Rings: p.human(ringsPhone), Tone: PhoneTone})
	err := p.perform(ctx)
	p.leave()
	p.m.Seconds = time.Since(p.began).Round(100 * time.Millisecond).Seconds()
	if err != nil {
		return p.m, err
	}
	if _, err := io.WriteString(out, p.m.table(p.c)); err != nil {
		return p.m, fmt.Errorf("print what was measured: %w", err)
	}
	return p.m, nil
}

func (p *play) perform(ctx context.Context) error {
	acts := []struct {
		title string
		steps []step
	}{
		{"A call moves from the softphone to the phone, and the customer notices nothing", p.liveSwitch()},
		{"The softphone dies in the middle of a call", p.deadSoftphone()},
	}
	for i, act := range acts {
		p.actBegan = time.Now()
		p.customer, p.softphone, p.phone = nil, nil, nil
		if _, err := fmt.Fprintf(p.out, "\n%s%s%s\n", p.c.bold, act.title, p.c.off); err != nil {
			return fmt.Errorf("print the timeline: %w", err)
		}
		for _, s := range act.steps {
			if err := p.take(ctx, s); err != nil {
				return fmt.Errorf("act %d: %s: %w", i+1, s.name, err)
			}
		}
	}
	return nil
}

func (p *play) take(ctx context.Context, s step) error {
	ctx, cancel := context.WithTimeoutCause(ctx, stepBound, fmt.Errorf("did not happen within %v", stepBound))
	defer cancel()
	return s.do(ctx)
}

// leave sends the cast home and collects what they have to complain about.
func (p *play) leave() {
	for _, l := range []*Leg{p.customer, p.softphone, p.phone} {
		if l != nil {
			ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
			_ = l.Hangup(ctx) // after a failure the far side may be in any state
			cancel()
		}
	}
	if p.soft != nil {
		p.soft.Kill()
		p.m.Faults = append(p.m.Faults, p.soft.Faults()...)
	}
	p.m.Faults = append(p.m.Faults, p.stage.Carrier.Faults()...)
	if p.watch != nil {
		p.watch.Close()
	}
	for _, d := range []*Desk{p.boss, p.ana} {
		if d != nil {
			d.Close()
		}
	}
}

// say prints one line of the timeline: what happened, now.
func (p *play) say(format string, args ...any) { p.sayAt(time.Now(), format, args...) }

func (p *play) sayAt(at time.Time, format string, args ...any) {
	_, _ = fmt.Fprintf(p.out, "%s%6.1f s%s  %s\n", p.c.dim, at.Sub(p.began).Seconds(), p.c.off, fmt.Sprintf(format, args...))
}

// human is how long the people of this performance take for what takes d in life.
func (p *play) human(d time.Duration) time.Duration { return hurried(d, p.stage.Hurry) }

func hurried(d time.Duration, hurry int) time.Duration { return d / time.Duration(max(1, hurry)) }

// pass lets time pass.
func pass(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// isStatus fits an agent with that status.
func isStatus(words ...string) func(Agent) bool {
	return func(a Agent) bool { return slices.Contains(words, a.Status) }
}
