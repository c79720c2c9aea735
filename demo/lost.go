package demo

import (
	"context"
	"time"
)

// deadSoftphone is the second act. The agent is a Telagent since the first.
func (p *play) deadSoftphone() []step {
	return []step{
		{"the agent goes back to her softphone", p.switchBack},
		{"the customer calls and the softphone rings", p.callIn},
		{"customer and softphone hear each other", p.talk},
		{"the softphone dies and the customer hears comfort audio", p.kill},
		{"the agent is shown as cut off", p.cutOff},
		{"the supervisor switches the agent and her phone rings", p.switchOver},
		{"the phone is answered and asked for a key", p.answerPhone},
		{"key 1 brings customer and phone together", p.pressOne},
		{"customer and phone talk on", p.measureLoss},
		{"the customer hangs up and the agent wraps up", p.hangUp},
		{"the agent is available again", p.measureLostPresence},
	}
}

func (p *play) switchBack(ctx context.Context) error {
	before := time.Now()
	if err := p.boss.Switch(ctx, p.name(), "softphone"); err != nil {
		return err
	}
	_, _, err := p.watch.WaitAgent(ctx, p.name(), before, func(a Agent) bool { return a.Reach == "softphone" })
	if err == nil {
		p.say("%s is back on her softphone", p.name())
	}
	return err
}

func (p *play) kill(ctx context.Context) error {
	p.killed = time.Now()
	p.soft.Kill()
	p.say("%sthe softphone dies%s: no BYE, no more RTP", p.c.red, p.c.off)
	at, err := p.customer.WaitHears(ctx, Other, p.killed)
	if err != nil {
		return err
	}
	p.sayAt(at, "%scustomer hears comfort audio%s", p.c.green, p.c.off)
	p.m.Lost.ComfortAfterMS = milliseconds(at.Sub(p.killed))
	p.m.ComfortAfterMS = p.m.Lost.ComfortAfterMS
	return nil
}

func (p *play) cutOff(ctx context.Context) error {
	_, at, err := p.watch.WaitAgent(ctx, p.name(), p.killed, func(a Agent) bool { return a.Activity == "cut_off" })
	if err == nil {
		p.sayAt(at, "%s is shown as cut off", p.name())
		p.m.Lost.CutOffAfterMS = milliseconds(at.Sub(p.killed))
	}
	return err
}

func (p *play) measureLoss(ctx context.Context) error {
	end := p.twoWay.Add(p.human(talks))
	if err := pass(ctx, time.Until(end)); err != nil {
		return err
	}
	p.m.Lost.Gap = p.around(p.killed, end)
	p.m.Lost.TwoWayMS = milliseconds(p.twoWay.Sub(p.pressed))
	p.m.Lost.Cause = p.cause(ctx)
	p.say("they talk on")
	return nil
}

func (p *play) measureLostPresence(ctx context.Context) (err error) {
	p.m.Lost.Presence, err = p.presence(ctx)
	return err
}
