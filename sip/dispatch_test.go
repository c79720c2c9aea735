package sip

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"telagent-gateway/call"
	"telagent-gateway/test/claims"
)

func TestAnINVITEAndItsCANCELKeepTheirOrder(t *testing.T) {
	bubble(t, func(r *rig) {
		const pairs = 300
		r.slow.Store(true)
		c := r.peer("carrier", carrierAddr).caller("+18005550100")
		for i := range pairs {
			c.id = fmt.Sprint("pair-", i)
			c.ask("INVITE", withSDP)
			c.ask("CANCEL", "")
		}
		heard := map[string][]int{}
		for range 3 * pairs {
			m := c.next()
			id := m.CallID().Value()
			heard[id] = append(heard[id], statusOfMessage(m))
		}
		for id, got := range heard {
			if fmt.Sprint(got) != "[100 200 487]" {
				t.Errorf("%s: heard %v", id, got)
			}
		}
		invited := map[call.LegID]bool{}
		for range 2 * pairs {
			switch e := r.event().(type) {
			case call.Invited:
				invited[e.Leg] = true
			case call.Ended:
				if !invited[e.Leg] || e.Cause != call.Cancelled {
					t.Errorf("reported %+v", e)
				}
			}
		}
	})
}

func TestOptionsSaysWhatWeCan(t *testing.T) {
	bubble(t, func(r *rig) {
		c := r.peer("stranger", "203.0.113.66:5060").caller("anybody")
		c.ask("OPTIONS", "")
		res := c.hears(200)
		for _, name := range []string{"Allow", "Accept", "Supported"} {
			if res.GetHeader(name) == nil {
				t.Errorf("no %s:\n%v", name, res)
			}
		}
		if res.Via().Params.GetOr("rport", "") != "5060" || res.Via().Params.GetOr("received", "") != "203.0.113.66" {
			t.Errorf("RFC 3581 §4: wrong Via:\n%v", res)
		}
	})
}

func TestRequestsOutsideOfDialogsGetTheRightRefusal(t *testing.T) {
	bubble(t, func(r *rig) {
		c := r.peer("stranger", "203.0.113.66:5060").caller("anybody")
		c.via = "z9hG4bK-none"
		for method, want := range map[string]int{
			"BYE": 481, "CANCEL": 481, "UPDATE": 481, "INFO": 481, "PRACK": 481, "REFER": 403, "SUBSCRIBE": 401, "NOTIFY": 405,
			"MESSAGE": 405, "PUBLISH": 401, "NEWMETHOD": 501,
		} {
			c.ask(method, "")
			c.hears(want)
		}
		c.ask("ACK", "")
		c.hearsNothing()
		c.say("SIP/2.0 200 OK\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKx\nFrom: <sip:a@b>;tag=1\nTo: <sip:c@d>;tag=2\nCall-ID: x\nCSeq: 1 INVITE\n")
		c.hearsNothing()
		if n := len(r.w.queues); n != 0 {
			t.Errorf("%d queues are kept", n)
		}
	})
}

func TestBeyondTheMostLegsCallersHear503(t *testing.T) {
	bubble(t, func(r *rig) {
		customer(r)
		c := r.peers[0].caller("+18005550100")
		c.ask("INVITE", withSDP)
		if res := c.hears(503); res.GetHeader("Retry-After") == nil {
			t.Errorf("no Retry-After:\n%v", res)
		}
		r.do(toPSTN)
		r.reported(call.Failed{Leg: "out", Cause: call.Overload})
	}, func(o *Options) { o.Legs = 1 })
}

func TestAQueueThatIsFullRefusesMessagesButNoActions(t *testing.T) {
	hold := make(chan struct{})
	bubble(t, func(r *rig) {
		c := r.peer("carrier", carrierAddr).caller("+18005550100")
		c.ask("INVITE", withSDP)
		c.hears(100)
		r.settle() // the leg's goroutine waits in Report now
		for range queueLimit + 3 {
			c.ask("OPTIONS", "")
		}
		for range 3 {
			c.hears(503)
		}
		c.hearsNothing()
		r.do(call.Reject{Leg: "in-1", Cause: call.Busy})
		close(hold)
		for range queueLimit {
			c.hears(200)
		}
		c.hears(486)
	}, func(o *Options) {
		hold = make(chan struct{})
		report := o.Report
		o.Report = func(e call.Event) {
			if _, ok := e.(call.Invited); ok {
				<-hold
			}
			report(e)
		}
	})
}

func TestABugEndsTheCallThatHitItAndNoOther(t *testing.T) {
	bubble(t, func(r *rig) {
		c := talking(r)
		r.audio.explode = "in-2"
		broken := r.peers[0].caller("+18005550100")
		broken.ask("INVITE", withSDP)
		broken.hears(100)
		broken.hears(500)
		if e, ok := r.event().(call.Ended); !ok || e.Leg != "in-2" || e.Cause != call.Broken {
			t.Errorf("reported %+v", e)
		}
		if n := r.w.panics.Swap(0); n != 1 {
			t.Errorf("%d bugs were counted", n)
		}
		c.ask("OPTIONS", "")
		c.hears(200)
	})
}

func TestATrunkIsAskedWhetherItIsThere(t *testing.T) {
	bubble(t, func(r *rig) {
		r.reported(call.TrunkDown{Trunk: "north", Problem: "it does not answer"})
		if s := r.w.Trunks()[0]; s.Up || s.Problem == "" {
			t.Errorf("state %+v", s)
		}
		r.do(toPSTN)
		r.reported(call.Failed{Leg: "out", Cause: call.TrunkFault})
		p := r.peer("carrier", carrierAddr)
		p.answer(p.asked("OPTIONS"), 404, "x", "")
		r.nothingReported() // once is no proof
		p.answer(p.asked("OPTIONS"), 404, "x", "")
		r.reported(call.TrunkUp{Trunk: "north"})
		p.answer(p.asked("OPTIONS"), 503, "x", "")
		r.nothingReported()
		p.answer(p.asked("OPTIONS"), 503, "x", "")
		r.reported(call.TrunkDown{Trunk: "north", Problem: "it answers 503"})
	}, func(o *Options) { o.Trunks[0].Ping = 40 * time.Second })
}

func TestATrunkThatSaysNothingMoreIsDownWhenItMissesTwoQuestions(t *testing.T) {
	bubble(t, func(r *rig) {
		p := r.peer("carrier", carrierAddr)
		p.answer(p.asked("OPTIONS"), 200, "x", "")
		r.reported(call.TrunkUp{Trunk: "north"})
		began := time.Now()
		r.reported(call.TrunkDown{Trunk: "north", Problem: "it does not answer"})
		// Asked after about 10 s, missed 4 s later, asked again at once, and missed.
		if d := time.Since(began) - 2*questionTime - doubtTime; d < 9*time.Second || d > 11*time.Second {
			t.Errorf("it took %v", time.Since(began))
		}
	}, func(o *Options) { o.Trunks[0].Ping = 10 * time.Second })
}

func TestClosingHangsUpAndTellsEverybody(t *testing.T) {
	bubble(t, func(r *rig) {
		c := talking(r)
		waiting := r.peers[0].caller("+18005550100")
		waiting.ask("INVITE", withSDP)
		waiting.hears(100)
		waiting.hears(180)
		r.event()
		ana := softphone(r)
		r.do(toAna)
		in := ana.asked("INVITE")
		ana.answer(in, 180, "a", "")
		r.reported(call.Ringing{Leg: "out"})
		closed := make(chan error)
		go func() {
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			closed <- r.w.Close(ctx)
		}()
		ana.answer(ana.asked("CANCEL"), 200, "a", "")
		ana.answer(in, 487, "a", "")
		for range 2 {
			switch m := c.next(); {
			case m.CSeq().MethodName == "BYE":
				c.answer(m.(*sip.Request), 200, "", "")
			case statusOfMessage(m) != 480:
				t.Errorf("got %v", m)
			}
		}
		if err := <-closed; err != nil {
			t.Error(err)
		}
	})
}

func TestTheTraceShowsMessagesWithoutProofs(t *testing.T) {
	claims.Proven(t, "digest answers and keys are masked in traces of SIP")
	core, logs := observer.New(zap.DebugLevel)
	bubble(t, func(r *rig) {
		softphone(r)
		all := fmt.Sprint(logs.All())
		if !strings.Contains(all, "REGISTER sip:"+realm) || !strings.Contains(all, "Authorization: ***") || strings.Contains(all, "response=") {
			t.Errorf("wrong trace: %s", all)
		}
	}, func(o *Options) { o.Log = zap.New(core) })
}

func TestTheTraceHasNoKeyThatCameByINFO(t *testing.T) {
	const head = "INFO sip:gw SIP/2.0\r\nContent-Type: application/dtmf-relay\r\nContent-Length: 22\r\n\r\n"
	if is := masked(head + "Signal=7\r\nDuration=160"); is != head+"***" {
		t.Errorf("traced: %s", is)
	}
}

func TestTheTraceHasNoKeyOfEncryptedAudio(t *testing.T) {
	claims.Proven(t, "keys of SRTP and passwords of ICE are masked in traces of SIP")
	const body = "v=0\r\nk=base64:c2VjcmV0\r\nm=audio 4000 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:c2VjcmV0|2^20\r\n" +
		"A=Crypto:2 AEAD_AES_128_GCM inline:c2VjcmV0\r\na=ice-pwd:c2VjcmV0\r\na=sendrecv\r\nk=clear:c2VjcmV0\r\nk=c2VjcmV0\r\n"
	const head = "INVITE sip:gw SIP/2.0\r\nContent-Type: application/sdp\r\n\r\n"
	for _, message := range []string{head + body, head + strings.ReplaceAll(body, "\r", "")} {
		is := masked(message)
		if strings.Contains(is, "c2VjcmV0") || strings.Count(is, "\n") != strings.Count(message, "\n") || !strings.Contains(is, "a=sendrecv") {
			t.Errorf("traced: %s", is)
		}
	}
}

func TestAStoredDialogHoldsAllThatItsRequestsNeed(t *testing.T) {
	d := &Dialog{
		Version: 1, Caller: true, CallID: "id", LocalTag: "l", RemoteTag: "r", LocalURI: "sip:a@b", RemoteURI: "sip:c@d",
		LocalSeq: 7, InviteSeq: 7, Routes: []string{"sip:proxy;lr"}, Target: "sip:t@h:5070", Network: "UDP",
		Local: netip.MustParseAddrPort(gatewayAddr), Remote: netip.MustParseAddrPort(carrierAddr), Proof: []string{"Authorization: Digest x"}, LocalSDP: []byte("v=0"),
	}
	stored, err := d.encode()
	if err != nil {
		t.Fatal(err)
	}
	back, err := decodeDialog(stored)
	if err != nil {
		t.Fatal(err)
	}
	for _, method := range []sip.RequestMethod{sip.ACK, sip.BYE} {
		want, err := d.request(method)
		if err != nil {
			t.Fatal(err)
		}
		got, err := back.request(method)
		if err != nil {
			t.Fatal(err)
		}
		if want.String() != got.String() {
			t.Errorf("%v\nwant\n%v", got, want)
		}
	}
	if _, err := decodeDialog([]byte(`{"Version":9}`)); err == nil {
		t.Error("a dialog of a later version was read")
	}
}

// statusOfMessage returns the status of a response; 0: it is a request.
func statusOfMessage(m sip.Message) int {
	if res, ok := m.(*sip.Response); ok {
		return res.StatusCode
	}
	return 0
}
