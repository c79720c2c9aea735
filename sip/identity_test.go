package sip

import (
	"strings"
	"testing"

	"telagent-gateway/call"
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
	claims := call.Party{Number: "+491701", Name: "Customer"}
	withheld := call.Party{}
	for name, is := range map[string]struct {
		headers string
		want    believed // from a trusted trunk
		claim   call.Party
	}{
		"From alone":                  {"", believed{from: claims}, claims},
		"asserted":                    {"P-Asserted-Identity: \"Ms. C\" <sip:+4930@carrier>\n", believed{from: call.Party{Number: "+4930", Name: "Ms. C"}}, claims},
		"asserted without a name":     {"P-Asserted-Identity: <tel:+4930;cpc=ordinary>\n", believed{from: call.Party{Number: "+4930", Name: "Customer"}}, claims},
		"asserted twice":              {"P-Asserted-Identity: <sip:ms.c@carrier>, <tel:+4930>\n", believed{from: call.Party{Number: "+4930", Name: "Customer"}}, claims},
		"asserted but withheld":       {"P-Asserted-Identity: <sip:+4930@carrier>\nPrivacy: id\n", believed{}, withheld},
		"withheld critically":         {"P-Asserted-Identity: <sip:+4930@carrier>\nPrivacy: id;critical\n", believed{}, withheld},
		"withheld by the user":        {"Privacy: user;header\n", believed{}, withheld},
		"not withheld":                {"P-Asserted-Identity: <sip:+4930@carrier>\nPrivacy: none\n", believed{from: call.Party{Number: "+4930", Name: "Customer"}}, claims},
		"withheld by From":            {anonymously + "P-Asserted-Identity: <sip:+4930@carrier>\n", believed{}, withheld},
		"preferred":                   {"P-Preferred-Identity: <sip:+4930@carrier>\n", believed{from: claims}, claims},
		"by an old switch":            {"Remote-Party-ID: \"Ms. C\" <sip:+4930@carrier>;party=calling;screen=yes;privacy=off\n", believed{from: call.Party{Number: "+4930", Name: "Ms. C"}}, claims},
		"withheld by an old switch":   {"Remote-Party-ID: <sip:+4930@carrier>;party=calling;screen=yes;privacy=full\n", believed{}, claims},
		"not screened":                {"Remote-Party-ID: <sip:+4930@carrier>;screen=no\n", believed{from: claims}, claims},
		"of the called side":          {"Remote-Party-ID: <sip:+4930@carrier>;party=called\n", believed{from: claims}, claims},
		"broken":                      {"P-Asserted-Identity: <sip:+4930@\n", believed{from: claims}, claims},
		"diverted":                    {"Diversion: <sip:+4941@carrier>;reason=user-busy, \"Desk\" <sip:+4942@carrier>;reason=no-answer;counter=1\n", believed{from: claims, diverted: call.Diversion{Number: "+4942", Name: "Desk", Why: "no-answer"}}, claims},
		"diverted by who is withheld": {"Diversion: <sip:+4941@carrier>;reason=\"user-busy\";privacy=full\n", believed{from: claims, diverted: call.Diversion{Why: "user-busy"}}, claims},
		"with a history":              {"History-Info: <sip:+4941@carrier>;index=1, <sip:+18005550100@gw;cause=408>;index=1.1;mp=1\n", believed{from: claims, diverted: call.Diversion{Number: "+4941", Why: "no-answer"}}, claims},
		"with a history withheld":     {"History-Info: <sip:+4941@carrier?Privacy=history>;index=1, <sip:+18005550100@gw;cause=302>;index=1.1\n", believed{from: claims, diverted: call.Diversion{Why: "unconditional"}}, claims},
		"with all history withheld":   {"Privacy: history\nHistory-Info: <sip:+4941@carrier>;index=1, <sip:+18005550100@gw;cause=302>;index=1.1\n", believed{from: claims}, claims},
		"with a history of one":       {"History-Info: <sip:+18005550100@gw>;index=1\n", believed{from: claims}, claims},
		"signed":                      {"P-Asserted-Identity: <sip:+4930;verstat=TN-Validation-Passed@carrier;user=phone>\nP-Attestation-Indicator: B\n", believed{from: call.Party{Number: "+4930", Name: "Customer"}, attested: "B"}, claims},
		"signed, the level behind":    {"P-Asserted-Identity: <tel:+4930;verstat=TN-Validation-Passed-A>\n", believed{from: call.Party{Number: "+4930", Name: "Customer"}, attested: "A"}, claims},
		"signed wrongly":              {"P-Asserted-Identity: <sip:+4930@carrier;verstat=TN-Validation-Failed>\nP-Attestation-Indicator: A\n", believed{from: call.Party{Number: "+4930", Name: "Customer"}, attested: "failed"}, claims},
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
