package sip

import (
	"slices"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"

	"telagent-gateway/call"
	"telagent-gateway/test/claims"
)

// trusted lets the trunk assert who calls.
func trusted(o *Options) { o.Trunks[0].Trusted = true }

// told is what the core hears of a call over the trunk whose INVITE has these headers.
func told(r *rig, headers string) call.Invited {
	r.Helper()
	c := r.peer("carrier", carrierAddr).caller("+18005550100")
	if from, rest, has := strings.Cut(headers, "\n"); has && strings.HasPrefix(from, "From: ") {
		c.from, headers = strings.TrimPrefix(from, "From: ")+";tag=x", rest
	}
	c.ask("INVITE", headers+withSDP)
	c.hears(100)
	c.hears(180)
	in, is := r.event().(call.Invited)
	if !is {
		r.Fatal("no call was reported")
	}
	return in
}

const anonymously = "From: \"Anonymous\" <sip:anonymous@anonymous.invalid>\n"

func TestWhatATrustedTrunkAssertsIsBelievedAndWhatIsWithheldStaysSo(t *testing.T) {
	claims.Proven(t, "who calls is what a trusted trunk asserts, and a withheld number is dropped where it is read")
	claimed := call.Party{Number: "+491701", Name: "Customer"}
	withheld := call.Party{}
	for name, is := range map[string]struct {
		headers string
		want    believed // from a trusted trunk
		claim   call.Party
	}{
		"From alone":                    {"", believed{from: claimed}, claimed},
		"asserted":                      {"P-Asserted-Identity: \"Ms. C\" <sip:+4930@carrier>\n", believed{from: call.Party{Number: "+4930", Name: "Ms. C"}}, claimed},
		"asserted without a name":       {"P-Asserted-Identity: <tel:+4930;cpc=ordinary>\n", believed{from: call.Party{Number: "+4930", Name: "Customer"}}, claimed},
		"asserted twice":                {"P-Asserted-Identity: <sip:ms.c@carrier>, <tel:+4930>\n", believed{from: call.Party{Number: "+4930", Name: "Customer"}}, claimed},
		"asserted but withheld":         {"P-Asserted-Identity: <sip:+4930@carrier>\nPrivacy: id\n", believed{}, withheld},
		"withheld critically":           {"P-Asserted-Identity: <sip:+4930@carrier>\nPrivacy: id;critical\n", believed{}, withheld},
		"withheld by the user":          {"Privacy: user;header\n", believed{}, withheld},
		"not withheld":                  {"P-Asserted-Identity: <sip:+4930@carrier>\nPrivacy: none\n", believed{from: call.Party{Number: "+4930", Name: "Customer"}}, claimed},
		"withheld by From":              {anonymously + "P-Asserted-Identity: <sip:+4930@carrier>\n", believed{}, withheld},
		"asserted, with nobody in From": {"From: <sip:carrier.example>\nP-Asserted-Identity: <sip:+4930@carrier>\n", believed{from: call.Party{Number: "+4930"}}, withheld},
		"nobody is known":               {"From: <sip:unavailable@unknown.invalid>\n", believed{}, withheld},
		"preferred":                     {"P-Preferred-Identity: <sip:+4930@carrier>\n", believed{from: claimed}, claimed},
		"by an old switch":              {"Remote-Party-ID: \"Ms. C\" <sip:+4930@carrier>;party=calling;screen=yes;privacy=off\n", believed{from: call.Party{Number: "+4930", Name: "Ms. C"}}, claimed},
		"withheld by an old switch":     {"Remote-Party-ID: <sip:+4930@carrier>;party=calling;screen=yes;privacy=full\n", believed{}, claimed},
		"not screened":                  {"Remote-Party-ID: <sip:+4930@carrier>;screen=no\n", believed{from: claimed}, claimed},
		"of the called side":            {"Remote-Party-ID: <sip:+4930@carrier>;party=called\n", believed{from: claimed}, claimed},
		"broken":                        {"P-Asserted-Identity: <sip:+4930@\n", believed{from: claimed}, claimed},
		"diverted":                      {"Diversion: <sip:+4941@carrier>;reason=user-busy, \"Desk\" <sip:+4942@carrier>;reason=no-answer;counter=1\n", believed{from: claimed, diverted: call.Diversion{Number: "+4942", Name: "Desk", Why: "no-answer"}}, claimed},
		"diverted by who is withheld":   {"Diversion: <sip:+4941@carrier>;reason=\"user-busy\";privacy=full\n", believed{from: claimed, diverted: call.Diversion{Why: "user-busy"}}, claimed},
		"with a history":                {"History-Info: <sip:+4941@carrier>;index=1, <sip:+18005550100@gw;cause=408>;index=1.1;mp=1\n", believed{from: claimed, diverted: call.Diversion{Number: "+4941", Why: "no-answer"}}, claimed},
		"with a history withheld":       {"History-Info: <sip:+4941@carrier?Privacy=history>;index=1, <sip:+18005550100@gw;cause=302>;index=1.1\n", believed{from: claimed, diverted: call.Diversion{Why: "unconditional"}}, claimed},
		"with all history withheld":     {"Privacy: history\nHistory-Info: <sip:+4941@carrier>;index=1, <sip:+18005550100@gw;cause=302>;index=1.1\n", believed{from: claimed}, claimed},
		"with a history of one":         {"History-Info: <sip:+18005550100@gw>;index=1\n", believed{from: claimed}, claimed},
		"signed":                        {"P-Asserted-Identity: <sip:+4930;verstat=TN-Validation-Passed@carrier;user=phone>\nP-Attestation-Indicator: B\n", believed{from: call.Party{Number: "+4930", Name: "Customer"}, attested: "B"}, claimed},
		"signed, the level behind":      {"P-Asserted-Identity: <tel:+4930;verstat=TN-Validation-Passed-A>\n", believed{from: call.Party{Number: "+4930", Name: "Customer"}, attested: "A"}, claimed},
		"signed wrongly":                {"P-Asserted-Identity: <sip:+4930@carrier;verstat=TN-Validation-Failed>\nP-Attestation-Indicator: A\n", believed{from: call.Party{Number: "+4930", Name: "Customer"}, attested: "failed"}, claimed},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(r *rig) {
				in := told(r, is.headers)
				if got := (believed{in.From, in.Diverted, in.Attested}); got != is.want {
					t.Errorf("of a trusted trunk the core hears %+v, want %+v", got, is.want)
				}
			}, trusted)
			bubble(t, func(r *rig) {
				in := told(r, is.headers)
				if got := (believed{in.From, in.Diverted, in.Attested}); got != (believed{from: is.claim}) {
					t.Errorf("of any trunk the core hears %+v, want %+v alone", got, is.claim)
				}
			})
		})
	}
}

func TestWhatAPhoneAssertsIsNeverRead(t *testing.T) {
	claims.Proven(t, "what a phone asserts of a caller (P-Asserted-Identity, Remote-Party-ID, Diversion, Identity) is never read nor passed on")
	bubble(t, func(r *rig) {
		p := softphone(r)
		c := p.caller("+49301234567")
		c.from = "<sip:ana@" + realm + ">;tag=a"
		c.prove("INVITE", "P-Asserted-Identity: <sip:+1900@"+realm+">\nRemote-Party-ID: <sip:+1900@x>;screen=yes\nDiversion: <sip:+1900@x>\nIdentity: abc\n"+withSDP, "ana")
		in, is := r.event().(call.Invited)
		if !is || in.From.Number != "ana" || in.Diverted != (call.Diversion{}) || in.Attested != "" {
			t.Errorf("the core hears %+v", in)
		}
		r.peer("carrier", carrierAddr)
		r.do(call.Dial{Leg: "out", Near: in.Leg, Target: call.Target{Device: call.PSTN, Number: "+4930"}, From: call.Party{Number: "+4940"}})
		out := r.peers[len(r.peers)-1].asked("INVITE")
		if text := out.String(); strings.Contains(text, "1900") || strings.Contains(text, "Identity: abc") {
			t.Errorf("what a phone wrote got into a call of ours:\n%s", text)
		}
	}, trusted)
}

func TestATrunkIsToldWhoCallsInTheHeaderThatItWants(t *testing.T) {
	number, nobody := call.Party{Number: "+4940", Name: "Support"}, call.Party{}
	us := "@" + realm + ">"
	for name, is := range map[string]struct {
		shows Shows
		from  call.Party
		want  map[string]string
	}{
		"asserted":               {Shows{}, number, map[string]string{"From": `"Support" <sip:+4940` + us, "P-Asserted-Identity": `"Support" <sip:+4940` + us}},
		"preferred":              {Shows{In: PreferredIdentity}, number, map[string]string{"P-Preferred-Identity": `"Support" <sip:+4940` + us}},
		"for an old switch":      {Shows{In: RemoteParty}, number, map[string]string{"Remote-Party-ID": `"Support" <sip:+4940` + us + ";party=calling;screen=yes;privacy=off"}},
		"From alone":             {Shows{In: FromAlone}, number, nil},
		"with the account":       {Shows{Account: "+4950"}, number, map[string]string{"P-Asserted-Identity": "<sip:+4950" + us}},
		"withheld":               {Shows{}, nobody, map[string]string{"Privacy": "id"}},
		"withheld, with account": {Shows{Account: "+4950"}, nobody, map[string]string{"Privacy": "id", "P-Asserted-Identity": "<sip:+4950" + us}},
		"withheld from an old":   {Shows{In: RemoteParty, Account: "+4950"}, nobody, map[string]string{"Privacy": "id", "Remote-Party-ID": "<sip:+4950" + us + ";party=calling;screen=yes;privacy=full"}},
		"diverted":               {Shows{In: FromAlone, History: Diverted}, number, map[string]string{"Diversion": "<sip:+18005550100" + us + ";reason=unconditional"}},
		"with a history":         {Shows{In: FromAlone, History: HistoryInfo}, number, map[string]string{"History-Info": "<sip:+18005550100" + us + ";index=1, <sip:+4930@198.51.100.7:5060;cause=302>;index=1.1;mp=1"}},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(r *rig) {
				p := r.peer("carrier", carrierAddr)
				r.do(call.Dial{Leg: "out", Target: call.Target{Device: call.PSTN, Number: "+4930"}, From: is.from, Diverted: "+18005550100"})
				out := p.asked("INVITE")
				for _, name := range []string{"P-Asserted-Identity", "P-Preferred-Identity", "Remote-Party-ID", "Privacy", "Diversion", "History-Info"} {
					if got := header(out, name); got != is.want[name] {
						t.Errorf("%s is %q, want %q", name, got, is.want[name])
					}
				}
				from := out.From()
				if is.from == nobody && from.Address.Host != "anonymous.invalid" || is.from != nobody && from.Address.User != "+4940" {
					t.Errorf("From is %s", from.Value())
				}
			}, func(o *Options) { o.Trunks[0].Shows = is.shows })
		})
	}
}

func TestNumbersAreRewrittenBetweenTheTrunksFormAndOurs(t *testing.T) {
	rules := func(o *Options) {
		put := func(from, to string) func(string) string {
			return func(number string) string { return strings.Replace(number, from, to, 1) }
		}
		o.Trunks[0].Trusted = true
		o.Trunks[0].Shows.History = Diverted
		o.Trunks[0].Rewrite = Rewrite{CalledIn: put("+1800", "0800"), CallingIn: put("+49", "0049"), CalledOut: put("+49", "0"), CallingOut: put("+4940", "0555")}
	}
	bubble(t, func(r *rig) {
		in := told(r, "Diversion: <sip:+18001@x>\n")
		if in.From.Number != "00491701" || in.To != "08005550100" || in.Diverted.Number != "08001" {
			t.Errorf("the core hears %+v", in)
		}
	}, rules)
	bubble(t, func(r *rig) {
		if in := told(r, anonymously); in.From.Number != "" {
			t.Errorf("a rule shows a number that is withheld: %+v", in)
		}
	}, rules)
	bubble(t, func(r *rig) {
		p := r.peer("carrier", carrierAddr)
		r.do(call.Dial{Leg: "out", Target: call.Target{Device: call.PSTN, Number: "+4930"}, From: call.Party{Number: "+4940"}, Diverted: "+49401"})
		out := p.asked("INVITE")
		if out.Recipient.User != "030" || out.To().Address.User != "030" || out.From().Address.User != "0555" || header(out, "P-Asserted-Identity") != "<sip:0555@"+realm+">" || !strings.Contains(header(out, "Diversion"), "sip:05551@") {
			t.Errorf("the numbers are not the trunk's:\n%v", out)
		}
	}, rules)
}

func TestASignatureIsPassedBetweenTrustedTrunksForTheSameNumberAlone(t *testing.T) {
	claims.Proven(t, "a STIR signature goes from a trusted trunk to a trusted one for the same number alone")
	const signature = "eyJhbGciOiJFUzI1NiJ9.eyJhdHRlc3QiOiJBIn0.c2ln;info=<https://cert.example/a.pem>;alg=ES256;ppt=shaken"
	for name, is := range map[string]struct {
		trusted, gone bool
		shows         string
		want          string
	}{
		"the customer's number":       {true, false, "+491701", signature},
		"a number of ours":            {true, false, "+4940", ""},
		"withheld":                    {true, false, "", ""},
		"a trunk that is not trusted": {false, false, "+491701", ""},
		"a customer who is gone":      {true, true, "+491701", ""},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(r *rig) {
				c := r.peer("carrier", carrierAddr).caller("+18005550100")
				c.ask("INVITE", "Identity: "+signature+"\n"+withSDP)
				c.hears(100)
				c.hears(180)
				in, _ := r.event().(call.Invited)
				if is.gone {
					r.do(call.Reject{Leg: in.Leg, Cause: call.Busy})
					c.hears(486)
					r.event()
				}
				r.do(call.Dial{Leg: "out", Near: in.Leg, Target: call.Target{Device: call.PSTN, Number: "+4930"}, From: call.Party{Number: is.shows}})
				if got := header(c.asked("INVITE"), "Identity"); got != is.want {
					t.Errorf("Identity is %q, want %q", got, is.want)
				}
			}, func(o *Options) { o.Trunks[0].Trusted = is.trusted })
		})
	}
}

// FuzzWhoCalls reads what trunks say of callers: nothing that it holds breaks a line, and what is withheld is nowhere.
func FuzzWhoCalls(f *testing.F) {
	f.Add("Remote-Party-ID", `"A" <sip:+4930@x>;party=calling;privacy=full;screen=yes`, "none")
	f.Add("P-Asserted-Identity", "<sip:+4930;verstat=TN-Validation-Passed@x>, <tel:+4931;x>", "id;critical")
	f.Add("Diversion", "<sip:+1@x>;reason=\"no-answer\", \"B\" <sip:+2@x>;privacy=off", "history")
	f.Add("History-Info", "<sip:1@x?Privacy=history&Reason=SIP%3Bcause%3D302>;index=1, <sip:2@x;cause=486>;index=1.1", "")
	f.Add("Session-Expires", "90;refresher=uac", "")
	parser := newParser()
	f.Fuzz(func(t *testing.T, name, text, wish string) {
		if strings.ContainsAny(name+text+wish, "\r\n") || !isToken(name) {
			return
		}
		m, err := parser.ParseSIP([]byte("INVITE sip:1@x SIP/2.0\r\nFrom: <sip:+491701@x>;tag=1\r\n" + name + ": " + text + "\r\nPrivacy: " + wish + "\r\n\r\n"))
		if err != nil {
			return
		}
		req, is := m.(*sip.Request)
		if !is || req.From() == nil || slices.ContainsFunc(req.Headers(), func(h sip.Header) bool { return controls(h.Value()) }) {
			return // validation refuses it
		}
		c := identify(req, agreed(Trunk{Trusted: true}))
		if said := c.from.Number + c.from.Name + c.diverted.Number + c.diverted.Name + c.diverted.Why + c.attested; controls(said) {
			t.Fatalf("%q of %q", said, text)
		}
		if hides := privacy(req); hides.caller && c.from != (call.Party{}) || hides.history && c.diverted != (call.Diversion{}) {
			t.Fatalf("%+v, though %q", c, wish)
		}
		if d, _, ok := delta(req, "Session-Expires"); ok && (d < 0 || d > longestSession) {
			t.Fatalf("a session of %v", d)
		}
	})
}
