package sip

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
	"pgregory.net/rapid"

	"telagent-gateway/call"
	"telagent-gateway/test/claims"
)

// hostile are the pieces that a value may be made of by who wants it to be more than a value.
var hostile = []string{
	"\r\n", "\r", "\n", "\x00", "\"", "\\", "\\\"", ",", "<", ">", "<sip:e@v>", ";", ";tag=9", "?Route=y", "@", ":", "=", "%", "%0d%0a", "%00", "%22", "&", "]]>",
	"\u2028", "\u2029", "\u0085", "\x7f", "\xff", "ü", " ", "\t", "X-Evil: 1", "\r\n\r\n", "sip:", "//", "'", "<!--", "&#10;", "+", "7",
}

// fields are values that are written into messages of ours, in each of which the rest begins with an x or a number.
type fields struct {
	Number, Name, Diverted, Target, Text, Account, User, AuthUser, Password, Contact, CalledOut, CallingOut, Reason, Status string
}

// harmless are fields of letters alone.
var harmless = fields{
	"+4930", "x", "+4931", "+4932", "x", "+4933", "x", "x", "x", "x", "+4934", "+4935", "x", "on_break",
}

// drawn are fields with anything behind what harmless ones have. Some stay as they are, so that each is hostile alone, too.
func drawn(t *rapid.T) fields {
	f := harmless
	for i, v := range []*string{
		&f.Number, &f.Name, &f.Diverted, &f.Target, &f.Text, &f.Account, &f.User, &f.AuthUser, &f.Password, &f.Contact, &f.CalledOut, &f.CallingOut, &f.Reason,
	} {
		for _, piece := range rapid.SliceOfN(rapid.SampledFrom(hostile), 0, 6).Draw(t, fmt.Sprint("field ", i)) {
			*v += piece
		}
	}
	return f
}

var (
	quotedText = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
	userOfURI  = regexp.MustCompile(`(sips?:)[^@<>" ]*@`)
	words      = regexp.MustCompile(`[^<>;,:=@?"/ ]+`)
)

// shape is what is left of a message when what may be another word each time is taken out: its headers by name, in their
// order, with the marks that part them into values and parameters, and the elements and attributes of its body.
func shape(m sip.Message) string {
	raw := m.String()
	head, body, _ := strings.Cut(raw, "\r\n\r\n")
	var b strings.Builder
	for i, line := range strings.FieldsFunc(head, func(r rune) bool { return strings.ContainsRune("\r\n\x00\u0085\u2028\u2029", r) }) {
		name, v, ok := strings.Cut(line, ":")
		if i == 0 || !ok {
			name, v = "", line
		}
		v = words.ReplaceAllString(userOfURI.ReplaceAllString(quotedText.ReplaceAllString(v, `""`), "$1@"), "w")
		fmt.Fprintf(&b, "%s:%s\n", name, v)
	}
	if !strings.HasPrefix(body, "<?xml") {
		return b.String() + fmt.Sprint(strings.Count(body, "\n"))
	}
	d := xml.NewDecoder(strings.NewReader(body))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return b.String()
		}
		if err != nil {
			return b.String() + err.Error()
		}
		if e, ok := token.(xml.StartElement); ok {
			fmt.Fprint(&b, e.Name.Local)
			for _, a := range e.Attr {
				fmt.Fprint(&b, " ", a.Name.Local)
			}
			b.WriteString("\n")
		}
	}
}

// carrierOf is the only trunk, with fields in everything that it has.
func carrierOf(f fields, shows Shows) func(*Options) {
	return func(o *Options) {
		k := &o.Trunks[0]
		shows.Account = f.Account
		k.Register, k.Username, k.AuthUser, k.Password, k.Contact, k.Shows, k.Trusted = true, f.User, f.AuthUser, f.Password, f.Contact, shows, true
		k.Rewrite = Rewrite{
			CalledOut:  func(string) string { return f.CalledOut },
			CallingOut: func(string) string { return f.CallingOut },
		}
		people(o)
	}
}

// said returns the shapes of all that we send when fields are in everything.
func said(t *testing.T, f fields, shows Shows) (shapes []string) {
	see := func(m sip.Message) { shapes = append(shapes, shape(m)) }
	const ask = "WWW-Authenticate: Digest realm=\"carrier\", nonce=\"n\", qop=\"auth\", algorithm=SHA-256\n"
	bubble(t, func(r *rig) {
		p := r.peer("carrier", carrierAddr)
		reg := p.asked("REGISTER")
		see(reg)
		p.answer(reg, 401, "x", ask)
		reg = p.asked("REGISTER")
		see(reg)
		p.answer(reg, 200, "x", "Contact: "+reg.Contact().Value()+";expires=3600\n")
		r.reported(call.TrunkUp{Trunk: "north"})
		for _, leg := range []call.LegID{"cancelled", "ended"} {
			r.do(call.Dial{
				Leg: leg, Target: call.Target{Device: call.PSTN, Number: f.Target}, From: call.Party{Number: f.Number, Name: f.Name}, Diverted: f.Diverted,
			})
			in := p.asked("INVITE")
			see(in)
			if leg == "cancelled" {
				p.answer(in, 180, "a", "")
				r.reported(call.Ringing{Leg: leg})
				r.do(call.Hangup{Leg: leg, Cause: call.Forced, Text: f.Text})
				cancel := p.asked("CANCEL")
				see(cancel)
				p.answer(cancel, 200, "a", "")
				p.answer(in, 487, "a", "")
				see(p.asked("ACK"))
				r.event()
				continue
			}
			p.answer(in, 401, "a", ask)
			see(p.asked("ACK"))
			in = p.asked("INVITE")
			see(in)
			p.answer(in, 200, "a", withSDP)
			see(p.asked("ACK"))
			r.reported(call.Answered{Leg: leg})
			r.do(call.Hangup{Leg: leg, Cause: call.Forced, Text: f.Text})
			bye := p.asked("BYE")
			see(bye)
			p.answer(bye, 200, "", "")
			r.event()
		}
		for _, event := range []string{"presence", "dialog"} {
			ana := r.peer(event, netip.AddrPortFrom(netip.MustParseAddr("203.0.113.20"), uint16(5070+len(event))).String()).watcher("ana", "ana", event)
			ana.begins(3600)
			r.pass(10 * time.Second)
			r.w.Show("ana", Presence{
				User: "ana", Status: f.Status, Reason: f.Reason, Activity: "talking", Call: call.ID(event), Remote: call.Party{Number: f.Number, Name: f.Name},
			})
			notify := ana.asked("NOTIFY")
			see(notify)
			ana.answer(notify, 200, "", "")
		}
	}, carrierOf(f, shows))
	return shapes
}

func TestWhateverAFieldHoldsAMessageHasTheHeadersOfAHarmlessOne(t *testing.T) {
	claims.Proven(t, "no value that anybody gives us becomes a header: names, numbers, texts, contacts, paths, fields of the API")
	all := []Shows{{In: AssertedIdentity, History: Diverted}, {In: PreferredIdentity, History: HistoryInfo}, {In: RemoteParty}}
	wants := make([][]string, len(all))
	for i, shows := range all {
		wants[i] = said(t, harmless, shows)
	}
	rapid.Check(t, func(rt *rapid.T) {
		i, f := rapid.IntRange(0, len(all)-1).Draw(rt, "shows"), drawn(rt)
		got, want := said(t, f, all[i]), wants[i]
		if len(got) != len(want) {
			rt.Fatalf("%d messages, want %d", len(got), len(want))
		}
		for n := range got {
			if got[n] != want[n] {
				rt.Fatalf("%+q\nmakes\n%s\nof\n%s", f, got[n], want[n])
			}
		}
	})
}
