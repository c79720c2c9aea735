package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// How the robots live while a person clicks.
const (
	customerEvery = 8 * time.Second  // a new customer calls, unless maxCustomers do
	customerTalks = 40 * time.Second // from the answer of the gateway until he hangs up
	maxCustomers  = 3
	agentRings    = 2 * time.Second
	phoneThinks   = 3 * time.Second
)

// stay keeps two agents with softphones and phones working, and customers calling, until the context ends.
func (w *world) stay(ctx context.Context, out io.Writer) (err error) {
	number := map[string]string{"ana": anasNumber, "ben": bensNumber}
	for i, who := range []Login{w.stage.Ana, w.ben} {
		phone := AnswerAndPress1(w.human(agentRings), w.human(phoneThinks))
		phone.Tone = PhoneTone
		w.carrier.Phone(number[who.User], phone)
		softphone, err := w.work(ctx, who, fmt.Sprintf("%s.%d", w.network, 4+i))
		if err != nil {
			return fmt.Errorf("keep %s working: %w", who.User, err)
		}
		defer softphone.Kill()
	}
	c := colouring(w.stage.Colour)
	_, err = fmt.Fprintf(out, `
%sThe gateway and its robots stay%s until you press Ctrl-C. Customers call, agents answer, phones take calls.

    console   %s
    user      %s
    password  %s   (made for this run)

`, c.bold, c.off, w.stage.HTTP, w.stage.Boss.User, w.stage.Boss.Password)
	if err != nil {
		return fmt.Errorf("print where the console is: %w", err)
	}
	err = w.customers(ctx)
	if ctx.Err() != nil {
		return nil // the way it is meant to end
	}
	return err
}

// work brings an agent's softphone up and makes him available.
func (w *world) work(ctx context.Context, who Login, address string) (*Robot, error) {
	r, err := NewRobot(Part{
		Name: who.User + "'s softphone", Address: address, Tone: SoftphoneTone, Script: &Script{Rings: w.human(agentRings)},
		Registrar: w.stage.SIP, Domain: w.stage.Domain, User: who.User, Password: who.Password,
	})
	if err != nil {
		return nil, err
	}
	desk, err := SignIn(ctx, w.stage.HTTP, who)
	if err == nil {
		defer desk.Close()
		err = errors.Join(r.Register(ctx, 2*time.Minute), desk.SetStatus(ctx, who.User, "available"))
	}
	if err != nil {
		r.Kill()
		return nil, err
	}
	return r, nil
}

// customers call every so often, talk for a while and hang up. A call that fails is the gateway's to show.
func (w *world) customers(ctx context.Context) error {
	tick := time.NewTicker(w.human(customerEvery))
	defer tick.Stop()
	ended := make(chan struct{}, maxCustomers)
	calling := 0
	for n := 0; ; n++ {
		if calling < maxCustomers {
			l, err := w.carrier.Call(fmt.Sprintf("+4915112345%03d", n%1000), "sip:"+queueDID+"@"+w.stage.SIP)
			if err != nil {
				return err
			}
			calling++
			w.carrier.start(func() {
				defer func() { ended <- struct{}{} }()
				l.visit(w.human(customerTalks))
			})
		}
	wait:
		for {
			select {
			case <-ended:
				calling--
			case <-tick.C:
				break wait
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
	}
}

func (w *world) human(d time.Duration) time.Duration { return hurried(d, w.stage.Hurry) }

// visit is a customer's call, from its answer until he hangs up so much later.
func (l *Leg) visit(talks time.Duration) {
	ctx := l.robot.ctx
	if l.Wait(ctx, Up) == nil && l.pause(talks) {
		_ = l.bye(ctx) // nobody is left who could be told
	}
}
