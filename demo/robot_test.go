package demo

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// bound is far beyond what anything in these tests takes: it turns a hang into a failure.
const bound = 20 * time.Second

func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), bound)
	t.Cleanup(cancel)
	return ctx
}

// cast makes two robots that call each other directly, and checks at the end that neither found fault with the other.
func cast(t *testing.T, carrier, phone Part) (c, p *Robot) {
	t.Helper()
	t.Cleanup(func() { goleak.VerifyNone(t) })
	carrier.Name, carrier.Address, carrier.Tone = "carrier", "127.0.20.1", CustomerTone
	phone.Name, phone.Address, phone.Tone = "phone", "127.0.30.1", SoftphoneTone
	made := make([]*Robot, 0, 2)
	for _, o := range []Part{carrier, phone} {
		r, err := NewRobot(o)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			_ = r.Close() // the far side may be gone already
			if faults := r.Faults(); len(faults) > 0 {
				t.Errorf("faults: %s", strings.Join(faults, "; "))
			}
		})
		made = append(made, r)
	}
	return made[0], made[1]
}

func call(t *testing.T, from, to *Robot) *Leg {
	t.Helper()
	l, err := from.Call("+491701", "sip:ana@"+to.Addr())
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestTwoRobotsTalkAndEachHearsTheOthersTone(t *testing.T) {
	carrier, phone := cast(t, Part{}, Part{Script: &Script{}, Laws: []Law{PCMA}})
	ctx := within(t)
	out := call(t, carrier, phone)
	in, err := phone.Next(ctx)
	must(t, err)
	must(t, out.Wait(ctx, Up))
	must(t, in.Wait(ctx, Up))
	began := time.Now()
	_, err = out.WaitHears(ctx, SoftphoneTone, began)
	must(t, err)
	_, err = in.WaitHears(ctx, CustomerTone, began)
	must(t, err)
	if out.Since(Ringing).IsZero() || in.Caller() != "+491701" || in.Number() != "ana" {
		t.Errorf("rang at %v, caller %q, number %q", out.Since(Ringing), in.Caller(), in.Number())
	}
	now := time.Now()
	for _, l := range []*Leg{in, out} {
		tr := l.Trace()
		if n := tr.SequenceBreaks(began, now) + tr.SSRCChanges(began, now) + tr.TimestampBreaks(began, now); n != 0 {
			t.Errorf("%s: %d breaks in an undisturbed stream", l, n)
		}
	}
	must(t, out.Hangup(ctx))
	must(t, in.Wait(ctx, Over))
	if e := in.Ending(); e.By != Far || e.Status != 0 {
		t.Errorf("ended %+v, want BYE by the far side", e)
	}
	if len(in.Changes())+len(out.Changes()) != 0 {
		t.Errorf("the dialogs changed: %v %v", in.Changes(), out.Changes())
	}
}

func TestAPressedKeyArrivesOnceWhileTheToneGoesOnOrStops(t *testing.T) {
	for _, quiet := range []bool{false, true} {
		t.Run(fmt.Sprintf("quiet %v", quiet), func(t *testing.T) { pressOnce(t, quiet) })
	}
}

func pressOnce(t *testing.T, quiet bool) {
	carrier, phone := cast(t, Part{}, Part{Script: &Script{}, QuietKeys: quiet})
	ctx := within(t)
	out := call(t, carrier, phone)
	in, err := phone.Next(ctx)
	must(t, err)
	must(t, in.Wait(ctx, Up))
	_, err = out.WaitHears(ctx, SoftphoneTone, time.Time{})
	must(t, err)
	first, err := in.Press(ctx, "1")
	must(t, err)
	end := time.Now()
	_, err = out.WaitHears(ctx, SoftphoneTone, end)
	must(t, err)
	if n := out.Trace().Keys(first, time.Now()); n != 1 {
		t.Errorf("quiet %v: %d keys, want 1", quiet, n)
	}
	if spoken := spokenBetweenKeys(out); (spoken == 0) != quiet {
		t.Errorf("quiet %v: %d packets of speech while the key was down", quiet, spoken)
	}
	if n := out.Trace().SequenceBreaks(first, time.Now()); n != 0 {
		t.Errorf("quiet %v: %d sequence breaks", quiet, n)
	}
}

// spokenBetweenKeys counts the packets of speech between the first and the last packet of a key.
func spokenBetweenKeys(l *Leg) (n int) {
	packets, _ := l.Trace().window(epoch, time.Now())
	isKey := func(p packet) bool { return p.key }
	first := slices.IndexFunc(packets, isKey)
	slices.Reverse(packets)
	last := len(packets) - 1 - slices.IndexFunc(packets, isKey)
	slices.Reverse(packets)
	for _, p := range packets[first:last] {
		if !p.key {
			n++
		}
	}
	return n
}

func TestAScriptAnswersAndPresses1(t *testing.T) {
	script := AnswerAndPress1(50*time.Millisecond, 50*time.Millisecond)
	carrier, phone := cast(t, Part{}, Part{Script: &script})
	ctx := within(t)
	out := call(t, carrier, phone)
	must(t, out.Wait(ctx, Up))
	must(t, phone.news.wait(ctx, func() bool { return out.Trace().Keys(epoch, time.Now()) == 1 || ctx.Err() != nil }))
}

func TestAVoicemailSpeaksInItsOwnVoice(t *testing.T) {
	carrier, phone := cast(t, Part{}, Part{})
	phone.Phone("ana", Voicemail(0))
	ctx := within(t)
	out := call(t, carrier, phone)
	must(t, out.Wait(ctx, Up))
	_, err := out.WaitHears(ctx, MachineTone, time.Time{})
	must(t, err)
}

func TestRefusalsCarryTheirStatus(t *testing.T) {
	for want, script := range map[int]Script{486: Busy(), 603: Reject(10 * time.Millisecond)} {
		t.Run(fmt.Sprint(want), func(t *testing.T) {
			carrier, phone := cast(t, Part{}, Part{Script: &script})
			ctx := within(t)
			out := call(t, carrier, phone)
			must(t, out.Wait(ctx, Over))
			if e := out.Ending(); e.By != Far || e.Status != want {
				t.Errorf("ended %+v, want %d by the far side", e, want)
			}
			if out.Wait(ctx, Up) == nil {
				t.Error("a refused leg counts as up")
			}
		})
	}
}

func TestANumberWithoutAPhoneIsNotFound(t *testing.T) {
	carrier, phone := cast(t, Part{}, Part{})
	ctx := within(t)
	out := call(t, carrier, phone)
	must(t, out.Wait(ctx, Over))
	if e := out.Ending(); e.Status != 404 {
		t.Errorf("ended %+v, want 404", e)
	}
}

func TestACallerWhoGivesUpCancelsTheRinging(t *testing.T) {
	script := NoAnswer()
	carrier, phone := cast(t, Part{}, Part{Script: &script})
	ctx := within(t)
	out := call(t, carrier, phone)
	in, err := phone.Next(ctx)
	must(t, err)
	must(t, out.Wait(ctx, Ringing))
	must(t, out.Hangup(ctx))
	must(t, in.Wait(ctx, Over))
	if in.Ending().Status != 487 || out.Ending().Status != 487 {
		t.Errorf("ended %+v and %+v, want 487", in.Ending(), out.Ending())
	}
}

func TestAHangupBeforeAnythingCameIsStillACancel(t *testing.T) {
	script := NoAnswer()
	carrier, phone := cast(t, Part{}, Part{Script: &script})
	ctx := within(t)
	out := call(t, carrier, phone)
	must(t, out.Hangup(ctx))
	in, err := phone.Next(ctx)
	must(t, err)
	must(t, in.Wait(ctx, Over))
}

func TestACallerIsChallengedAndProvesHimself(t *testing.T) {
	ask := Part{Script: &Script{}, AskUser: "gw", AskPassword: "secret"}
	for password, want := range map[string]State{"secret": Up, "wrong": Over} {
		t.Run(password, func(t *testing.T) {
			carrier, phone := cast(t, Part{User: "gw", Password: password}, ask)
			ctx := within(t)
			out := call(t, carrier, phone)
			err := out.Wait(ctx, Up)
			if out.State() != want {
				t.Errorf("password %q: %s (%v), want %s", password, out.State(), err, want)
			}
			if want == Over && out.Ending().Status != 407 {
				t.Errorf("ended %+v, want 407", out.Ending())
			}
		})
	}
}

func TestHoldSilencesTheFarSideAndResumeBringsItBack(t *testing.T) {
	carrier, phone := cast(t, Part{}, Part{Script: &Script{}})
	ctx := within(t)
	out := call(t, carrier, phone)
	in, err := phone.Next(ctx)
	must(t, err)
	must(t, out.Wait(ctx, Up))
	_, err = out.WaitHears(ctx, SoftphoneTone, time.Time{})
	must(t, err)
	must(t, out.Hold(ctx))
	_, err = in.WaitHears(ctx, CustomerTone, time.Now()) // we still speak, and what was under way has arrived
	must(t, err)
	held := time.Now()
	_, err = in.WaitHears(ctx, CustomerTone, held)
	must(t, err)
	if n := out.Trace().Packets(held, time.Now()); n != 0 {
		t.Errorf("%d packets came from the held side", n)
	}
	must(t, out.Resume(ctx))
	_, err = out.WaitHears(ctx, SoftphoneTone, time.Now())
	must(t, err)
	if got := strings.Join(in.Changes(), " "); got != "INVITE INVITE" {
		t.Errorf("the dialog's changes are %q, want two re-INVITEs", got)
	}
	if len(out.Changes()) != 0 {
		t.Errorf("the side that changed the dialog counts its own changes: %v", out.Changes())
	}
}

func TestAMutedRobotSendsNothingUntilItSpeaksAgain(t *testing.T) {
	carrier, phone := cast(t, Part{}, Part{Script: &Script{}})
	ctx := within(t)
	out := call(t, carrier, phone)
	in, err := phone.Next(ctx)
	must(t, err)
	_, err = out.WaitHears(ctx, SoftphoneTone, time.Time{})
	must(t, err)
	in.Mute(true)
	_, err = in.WaitHears(ctx, CustomerTone, time.Now()) // what was under way has arrived
	must(t, err)
	muted := time.Now()
	_, err = in.WaitHears(ctx, CustomerTone, muted)
	must(t, err)
	if n := out.Trace().Packets(muted, time.Now()); n != 0 {
		t.Errorf("%d packets came from a muted robot", n)
	}
	in.Mute(false)
	_, err = out.WaitHears(ctx, SoftphoneTone, time.Now())
	must(t, err)
}

func TestAKilledRobotSaysNothing(t *testing.T) {
	carrier, phone := cast(t, Part{}, Part{Script: &Script{}})
	ctx := within(t)
	out := call(t, carrier, phone)
	in, err := phone.Next(ctx)
	must(t, err)
	_, err = out.WaitHears(ctx, SoftphoneTone, time.Time{})
	must(t, err)
	phone.Kill()
	if in.State() != Over || in.Ending().By != Nobody {
		t.Errorf("the killed leg is %s, %+v", in.State(), in.Ending())
	}
	if out.State() != Up {
		t.Errorf("the far side's leg is %s, want up: nobody told it", out.State())
	}
	if _, err := phone.Call("", "sip:x@"+carrier.Addr()); err == nil {
		t.Error("a killed robot places a call")
	}
	if _, err := phone.Next(ctx); err == nil {
		t.Error("a killed robot waits for calls")
	}
}

func TestAToneThatNobodyKnowsIsRefused(t *testing.T) {
	if _, err := NewRobot(Part{Address: "127.0.30.1", Tone: 440}); err == nil {
		t.Error("440 Hz is taken")
	}
	if _, err := NewRobot(Part{Address: "no address", Tone: PhoneTone}); err == nil {
		t.Error("an address that is none is taken")
	}
}
