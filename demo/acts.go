package demo

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// liveSwitch is the first act.
func (p *play) liveSwitch() []step {
	return []step{
		{"supervisor and agent sign in", p.signIn},
		{"the softphone registers and the agent is available", p.getReady},
		{"the customer calls and the softphone rings", p.callIn},
		{"customer and softphone hear each other", p.talk},
		{"the supervisor switches the agent and her phone rings", p.switchOver},
		{"the phone is answered and asked for a key", p.answerPhone},
		{"key 1 brings customer and phone together", p.pressOne},
		{"the softphone gets BYE, after the phone has taken over", p.letGo},
		{"customer and phone talk on, undisturbed", p.measureSwitch},
		{"the customer hangs up and the agent wraps up", p.hangUp},
		{"the agent is available again", p.measurePresence},
	}
}

func (p *play) signIn(ctx context.Context) (err error) {
	if p.boss, err = SignIn(ctx, p.stage.HTTP, p.stage.Boss); err != nil {
		return err
	}
	if p.watch, err = p.boss.Watch(ctx); err != nil {
		return err
	}
	if p.ana, err = SignIn(ctx, p.stage.HTTP, p.stage.Ana); err != nil {
		return err
	}
	p.say("%s (supervisor) and %s (agent) sign in", p.stage.Boss.User, p.stage.Ana.User)
	return nil
}

func (p *play) getReady(ctx context.Context) (err error) {
	p.soft, err = NewRobot(Part{
		Name: "softphone", Address: p.stage.Softly, Tone: SoftphoneTone, Script: &Script{Rings: p.human(ringsSoftphone)},
		Registrar: p.stage.SIP, Domain: p.stage.Domain, User: p.stage.Ana.User, Password: p.stage.Ana.Password,
	})
	if err != nil {
		return err
	}
	if err := p.soft.Register(ctx, 2*time.Minute); err != nil {
		return err
	}
	p.say("%s's softphone is registered", p.name())
	before := time.Now()
	if err := p.ana.SetStatus(ctx, p.name(), "available"); err != nil {
		return err
	}
	_, p.actBegan, err = p.watch.WaitAgent(ctx, p.name(), before, isStatus("available"))
	p.sayStatus(err, "available")
	return err
}

func (p *play) name() string { return p.stage.Ana.User }

func (p *play) sayStatus(err error, status string) {
	if err == nil {
		p.say("%s is %s%s%s", p.name(), p.c.bold, status, p.c.off)
	}
}

func (p *play) callIn(ctx context.Context) (err error) {
	before := time.Now()
	if p.customer, err = p.stage.Carrier.Call(customerNumber, "sip:"+p.stage.Queue+"@"+p.stage.SIP); err != nil {
		return err
	}
	p.say("a customer calls %s", p.stage.Queue)
	if p.softphone, err = p.soft.Next(ctx); err != nil {
		return err
	}
	p.say("%s's softphone rings", p.name())
	_, _, err = p.watch.WaitAgent(ctx, p.name(), before, isStatus("ringing"))
	p.sayStatus(err, "ringing")
	return err
}

func (p *play) talk(ctx context.Context) error {
	if err := p.softphone.Wait(ctx, Up); err != nil {
		return err
	}
	up := p.softphone.Since(Up)
	p.say("%s answers on the softphone", p.name())
	if err := p.hear(ctx, p.customer, SoftphoneTone, up, "customer hears the softphone"); err != nil {
		return err
	}
	if err := p.hear(ctx, p.softphone, CustomerTone, up, "softphone hears the customer"); err != nil {
		return err
	}
	_, _, err := p.watch.WaitAgent(ctx, p.name(), p.actBegan, isStatus("in_line"))
	p.sayStatus(err, "in line")
	return errors.Join(err, pass(ctx, p.human(talks)))
}

// hear waits until a leg hears a tone, and says so.
func (p *play) hear(ctx context.Context, l *Leg, tone Sound, since time.Time, what string) error {
	at, err := l.WaitHears(ctx, tone, since)
	if err == nil {
		p.sayAt(at, "%s%s%s (%d Hz)", p.c.green, what, p.c.off, tone)
	}
	return err
}

func (p *play) switchOver(ctx context.Context) (err error) {
	p.begun = time.Now()
	p.say("%s clicks %sSwitch to Telagent%s", p.stage.Boss.User, p.c.bold, p.c.off)
	if err := p.boss.Switch(ctx, p.name(), "telagent"); err != nil {
		return err
	}
	if p.phone, err = p.stage.Carrier.Next(ctx); err != nil {
		return err
	}
	if p.phone.Number() != p.stage.Phone {
		return fmt.Errorf("%s rings instead of %s", p.phone.Number(), p.stage.Phone)
	}
	if err := p.phone.Wait(ctx, Ringing); err != nil {
		return err
	}
	p.say("%s's phone %s rings", p.name(), p.stage.Phone)
	return nil
}

func (p *play) answerPhone(ctx context.Context) error {
	if err := p.phone.Wait(ctx, Up); err != nil {
		return err
	}
	p.say("she answers the phone")
	at, err := p.phone.WaitHears(ctx, Other, p.phone.Since(Up))
	if err != nil {
		return err
	}
	p.sayAt(at, "the phone hears the prompt: press 1 to take the call")
	return pass(ctx, p.human(listens))
}

func (p *play) pressOne(ctx context.Context) (err error) {
	if p.pressed, err = p.phone.Press(ctx, "1"); err != nil {
		return err
	}
	p.sayAt(p.pressed, "she presses 1")
	customer, err := p.customer.WaitHears(ctx, PhoneTone, p.pressed)
	if err != nil {
		return err
	}
	phone, err := p.phone.WaitHears(ctx, CustomerTone, p.pressed)
	if err != nil {
		return err
	}
	p.sayAt(customer, "%scustomer hears the phone%s (%d Hz)", p.c.green, p.c.off, PhoneTone)
	p.sayAt(phone, "%sphone hears the customer%s (%d Hz)", p.c.green, p.c.off, CustomerTone)
	if p.twoWay = customer; phone.After(p.twoWay) {
		p.twoWay = phone
	}
	// The wall before the key: a voicemail must never hear, or be heard by, a customer.
	up := p.phone.Since(Up)
	if p.phone.Trace().Heard(CustomerTone, up, p.pressed) {
		return errors.New("the phone heard the customer before the key was pressed")
	}
	if p.customer.Trace().Heard(PhoneTone, p.begun, p.pressed) {
		return errors.New("the customer heard the phone before the key was pressed")
	}
	return nil
}

func (p *play) letGo(ctx context.Context) error {
	if err := p.softphone.Wait(ctx, Over); err != nil {
		return err
	}
	p.sayAt(p.softphone.Since(Over), "the softphone's leg gets BYE")
	if e := p.softphone.Ending(); e.By != Far || e.Status != 0 {
		return fmt.Errorf("the softphone's leg ended otherwise: %+v", e)
	}
	if p.softphone.Since(Over).Before(p.pressed) {
		return errors.New("the softphone's leg got BYE before the key was pressed")
	}
	return nil
}

func (p *play) measureSwitch(ctx context.Context) error {
	end := p.twoWay.Add(p.human(settles))
	if err := pass(ctx, time.Until(end)); err != nil {
		return err
	}
	p.m.Gap = p.around(p.begun, end)
	p.m.TwoWayMS = milliseconds(p.twoWay.Sub(p.pressed))
	p.m.CutOverMS = milliseconds(p.customer.Trace().LongestWithout(p.begun, end, SoftphoneTone, PhoneTone))
	p.m.Cause = p.cause(ctx)
	p.say("they talk on: longest silence between packets %.1f ms", p.m.CustomerGapMS)
	return nil
}

// cause returns why the agent's last switch failed; "none": it did not.
func (p *play) cause(ctx context.Context) string {
	a, err := p.boss.Agent(ctx, p.name())
	switch {
	case err != nil:
		return "unknown"
	case a.LastSwitch == nil || a.LastSwitch.Result == "done":
		return "none"
	}
	return a.LastSwitch.Result
}

func (p *play) hangUp(ctx context.Context) error {
	before := time.Now()
	if err := p.customer.Hangup(ctx); err != nil {
		return err
	}
	p.say("the customer hangs up")
	if err := p.phone.Wait(ctx, Over); err != nil {
		return err
	}
	p.sayAt(p.phone.Since(Over), "the phone's leg gets BYE")
	a, at, err := p.watch.WaitAgent(ctx, p.name(), before, isStatus("acw"))
	p.wrapsUp = at
	if err == nil && a.CountdownS <= 0 {
		err = fmt.Errorf("no countdown: %+v", a)
	}
	p.sayStatus(err, fmt.Sprintf("in after-call work, %d s to go", a.CountdownS))
	return err
}

func (p *play) measurePresence(ctx context.Context) (err error) {
	p.m.Presence, err = p.presence(ctx)
	return err
}

// presence waits for the end of the wrap-up and returns the statuses of this act.
func (p *play) presence(ctx context.Context) ([]Moment, error) {
	_, _, err := p.watch.WaitAgent(ctx, p.name(), p.wrapsUp, isStatus("available"))
	p.sayStatus(err, "available")
	return p.watch.Presence(p.name(), p.actBegan, p.began), err
}
