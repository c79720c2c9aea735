package demo

import (
	"context"
	"io"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// talking brings a play at a real gateway to where customer and softphone talk, with that script for the agent's phone.
func talking(t *testing.T, phone Script) (*play, context.Context) {
	t.Helper()
	t.Cleanup(func() { goleak.VerifyNone(t) })
	w, err := newWorld(t.Context(), Options{Hurry: 5})
	must(t, err)
	t.Cleanup(func() { must(t, w.close()) })
	p := &play{stage: w.stage, out: io.Discard, began: time.Now()}
	t.Cleanup(func() {
		p.leave()
		if len(p.m.Faults) > 0 {
			t.Errorf("faults %q", p.m.Faults)
		}
	})
	w.carrier.Phone(w.stage.Phone, phone)
	ctx := within(t)
	for _, s := range p.liveSwitch()[:4] {
		if err := s.do(ctx); err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
	}
	return p, ctx
}

// failed waits for the end of a switch that fails, and returns its result's word.
func (p *play) failed(ctx context.Context) (string, error) {
	a, _, err := p.watch.WaitAgent(ctx, p.name(), p.begun, func(a Agent) bool {
		return a.LastSwitch != nil && a.LastSwitch.Result != "" && a.Activity == "talking"
	})
	if err != nil {
		return "", err
	}
	return a.LastSwitch.Result, nil
}

// undisturbed checks that customer and softphone talk as before, and that the customer's dialog was never touched.
func undisturbed(t *testing.T, ctx context.Context, p *play) {
	t.Helper()
	now := time.Now()
	_, err := p.customer.WaitHears(ctx, SoftphoneTone, now)
	must(t, err)
	_, err = p.softphone.WaitHears(ctx, CustomerTone, now)
	must(t, err)
	if changes := p.customer.Changes(); len(changes) > 0 {
		t.Errorf("the customer's dialog changed: %v", changes)
	}
	if n := p.customer.Trace().SSRCChanges(p.begun, now) + p.customer.Trace().SequenceBreaks(p.begun, now); n > 0 {
		t.Errorf("the customer's stream broke %d times", n)
	}
}

func TestAVoicemailNeverMeetsTheCustomer(t *testing.T) {
	p, ctx := talking(t, Voicemail(50*time.Millisecond))
	must(t, p.switchOver(ctx))
	result, err := p.failed(ctx)
	must(t, err)
	if result != "no_confirm" {
		t.Errorf("the switch's result is %q", result)
	}
	must(t, p.phone.Wait(ctx, Over))
	undisturbed(t, ctx, p)
	if p.customer.Trace().Heard(MachineTone, p.begun, time.Now()) {
		t.Error("the customer heard the voicemail")
	}
	if p.phone.Trace().Heard(CustomerTone, p.begun, time.Now()) {
		t.Error("the voicemail heard the customer")
	}
}

func TestABusyPhoneLeavesTheCallOnTheSoftphone(t *testing.T) {
	for want, script := range map[string]Script{"busy": Busy(), "declined": Reject(10 * time.Millisecond)} {
		t.Run(want, func(t *testing.T) {
			p, ctx := talking(t, script)
			p.begun = time.Now()
			must(t, p.boss.Switch(ctx, p.name(), "telagent"))
			result, err := p.failed(ctx)
			must(t, err)
			if result != want {
				t.Errorf("the switch's result is %q", result)
			}
			undisturbed(t, ctx, p)
		})
	}
}

func TestACustomerWhoHangsUpWhileThePhoneRingsLeavesNoCallBehind(t *testing.T) {
	p, ctx := talking(t, NoAnswer())
	must(t, p.switchOver(ctx))
	hungUp := time.Now()
	must(t, p.customer.Hangup(ctx))
	must(t, p.phone.Wait(ctx, Over))
	if e := p.phone.Ending(); e.Status != 487 || e.By != Far {
		t.Errorf("the phone's leg ended %+v, want CANCEL", e)
	}
	must(t, p.softphone.Wait(ctx, Over))
	_, _, err := p.watch.WaitAgent(ctx, p.name(), hungUp, isStatus("acw"))
	must(t, err)
}

func TestASoftphoneThatSpeaksAgainIsJoinedAgain(t *testing.T) {
	p, ctx := talking(t, NoAnswer())
	p.begun = time.Now()
	p.softphone.Mute(true)
	_, err := p.customer.WaitHears(ctx, Other, p.begun)
	must(t, err)
	p.softphone.Mute(false)
	undisturbed(t, ctx, p)
}
