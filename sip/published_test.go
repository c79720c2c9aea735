package sip

import (
	"strings"
	"testing"
)

func TestWhatADocumentSaysOfItsPerson(t *testing.T) {
	tuples := func(basics ...string) string {
		doc := `<presence xmlns="urn:ietf:params:xml:ns:pidf">`
		for _, b := range basics {
			doc += "<tuple><status><basic> " + b + "\n</basic></status></tuple>"
		}
		return doc + "</presence>"
	}
	for doc, want := range map[string]claim{
		document("open", ""):                                                     {"available", ""},
		document("closed", ""):                                                   {"away", ""},
		document("open", "<rpid:away/>"):                                         {"away", ""},
		document("open", "<rpid:busy/>"):                                         {"not_ready", ""},
		document("closed", "<rpid:on-the-phone/>"):                               {},
		document("open", "<rpid:on-the-phone/>"):                                 {},
		document("open", "<rpid:meeting/><rpid:busy/>"):                          {"not_ready", "meeting"},
		document("open", "<rpid:away/><rpid:meal/>"):                             {"on_break", "meal"},
		document("closed", "<rpid:vacation></rpid:vacation>"):                    {"on_break", "vacation"},
		document("open", "<rpid:other> Coffee &amp; cake </rpid:other>"):         {"on_break", "Coffee & cake"},
		document("open", "<rpid:other/>"):                                        {"on_break", "other"},
		document("open", "<rpid:other>&#13;&#10;Via: x</rpid:other>"):            {"on_break", "Via: x"},
		document("open", "<rpid:other>"+strings.Repeat("ü", 99)+"</rpid:other>"): {"on_break", strings.Repeat("ü", 32)},
		document("open", "<rpid:unknown/><meal/>"):                               {"available", ""}, // a meal of another name space
		document("open", "<rpid:x><rpid:meal/></rpid:x>"):                        {"available", ""},
		document("neither", ""):                                                  {},
		tuples():                                                                 {},
		tuples("closed", "open"):                                                 {"available", ""},
		tuples("closed", "closed"):                                               {"away", ""},
	} {
		if got, err := readPIDF([]byte(doc)); err != nil || got != want {
			t.Errorf("%s\nsays %+v (%v), want %+v", doc, got, err, want)
		}
	}
}

func TestADocumentThatIsNoneOrABombIsRefused(t *testing.T) {
	pidf := `<presence xmlns="urn:ietf:params:xml:ns:pidf">`
	for name, doc := range map[string]string{
		"empty":            "",
		"text":             "open",
		"cut":              pidf + "<tuple>",
		"another":          "<html></html>",
		"no name space":    "<presence></presence>",
		"two":              pidf + "</presence>" + pidf + "</presence>",
		"wrong order":      pidf + "<a><b></a></b></presence>",
		"a billion laughs": `<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>` + pidf + "<note>&b;</note></presence>",
		"an entity":        pidf + "<note>&ha;</note></presence>",
		"an outside file":  `<!DOCTYPE p SYSTEM "file:///etc/passwd">` + pidf + "</presence>",
		"depth":            pidf + strings.Repeat("<a>", 100) + strings.Repeat("</a>", 100) + "</presence>",
		"breadth":          pidf + strings.Repeat("<a/>", 1000) + "</presence>",
		"another charset":  `<?xml version="1.0" encoding="UTF-7"?>` + pidf + "</presence>",
		"no UTF-8":         pidf + "<note>\xff\xfe</note></presence>",
	} {
		if got, err := readPIDF([]byte(doc)); err == nil {
			t.Errorf("%s was taken as %+v", name, got)
		}
	}
}

// What we tell watchers is read back as what phones say: who mirrors us changes nothing.
func TestOurOwnDocumentsSayWhatTheyShow(t *testing.T) {
	b := &board{w: &Wire{o: Options{Domain: realm}}}
	for _, c := range []struct {
		shown Presence
		want  claim
	}{
		{Presence{Status: "available"}, claim{"available", ""}},
		{Presence{Status: "away", Reason: "IDLE_TIMEOUT"}, claim{"away", ""}},
		{Presence{Status: "not_ready"}, claim{"not_ready", ""}},
		{Presence{Status: "on_break"}, claim{"on_break", "other"}},
		{Presence{Status: "on_break", Reason: "lunch"}, claim{"on_break", "meal"}},
		{Presence{Status: "on_break", Reason: "Travel"}, claim{"on_break", "travel"}},
		{Presence{Status: "on_break", Reason: "Coffee & <cake>"}, claim{"on_break", "Coffee & <cake>"}},
	} {
		doc := b.pidf(&watch{aor: "ana"}, person{Presence: c.shown})
		if got, err := readPIDF(doc); err != nil || got != c.want {
			t.Errorf("%+v is read as %+v (%v):\n%s", c.shown, got, err, doc)
		}
	}
}

func FuzzPIDF(f *testing.F) {
	f.Add([]byte(document("open", "<rpid:other>x</rpid:other>")))
	f.Add([]byte(document("closed", "<rpid:meal/><rpid:away/>")))
	f.Add([]byte(`<!DOCTYPE p [<!ENTITY a "b">]><presence xmlns="urn:ietf:params:xml:ns:pidf">&a;</presence>`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		said, err := readPIDF(doc)
		if err != nil && said != (claim{}) {
			t.Errorf("refused and %+v", said)
		}
		switch said.status {
		case "", "available", "away":
			if said.reason != "" {
				t.Errorf("a reason without a break: %+v", said)
			}
		case "not_ready", "on_break":
		default:
			t.Errorf("a word that nobody declares: %+v", said)
		}
		if len(said.reason) > longestReason || !clean(said.reason) {
			t.Errorf("reason %q", said.reason)
		}
		// What it says, shown to a watcher, is well-formed.
		b := &board{w: &Wire{o: Options{Domain: realm}}}
		if _, err := readPIDF(b.pidf(&watch{aor: said.reason}, person{Presence: Presence{Status: "on_break", Reason: said.reason}})); err != nil {
			t.Errorf("shown, it is no document: %v", err)
		}
	})
}
