package sip

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
)

// The activities of RPID by what they mean for an agent. Any other one says nothing.
//
// RFC 4480 §3.2
var (
	breakActivities = []string{
		"appointment", "breakfast", "dinner", "holiday", "in-transit", "looking-for-work", "meal", "performance",
		"permanent-absence", "playing", "shopping", "sleeping", "spectator", "steering", "travel", "tv", "vacation", "worship",
	}
	workActivities = []string{"meeting", "presentation", "working"} // not ready, with the word as the reason
)

const (
	deepestPIDF = 16  // elements within each other
	mostInPIDF  = 256 // elements in all
)

// readPIDF reads what a phone's document says of its user: the word that he declares by it, or none. Of several
// activities a break counts most, then work, then absence; a person with any open tuple is open.
//
// RFC 3863 §4.1, RFC 4480 §3.2. A document type declaration, which alone could make a small document large, is refused;
// encoding/xml knows no entities but its own five.
func readPIDF(document []byte) (claim, error) {
	d := xml.NewDecoder(bytes.NewReader(document))
	var said pidfReader
	for n := 0; ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return said.claim()
		}
		if err != nil {
			return claim{}, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			if n++; n > mostInPIDF || len(said.open) >= deepestPIDF {
				return claim{}, errors.New("presence document with too many elements")
			}
			if err := said.begin(token.Name); err != nil {
				return claim{}, err
			}
		case xml.EndElement:
			said.end()
		case xml.CharData:
			said.text += cut(string(token), longestPIDF)
		case xml.Directive:
			return claim{}, errors.New("presence document with a directive")
		}
	}
}

// pidfReader is how far a document was read.
type pidfReader struct {
	open        []xml.Name // elements that are not closed
	text        string     // since the last tag
	whole       bool       // the root was closed
	isOpen      bool
	isClosed    bool
	away, busy  bool
	talks       bool   // on the phone, which phones say by themselves and the gateway knows better
	work, rests string // words of activities; empty: none
}

// begin takes a start tag.
func (r *pidfReader) begin(name xml.Name) error {
	if len(r.open) == 0 && (r.whole || name.Local != "presence" || name.Space != pidfSpace) {
		return errors.New("no presence document")
	}
	r.open, r.text = append(r.open, name), ""
	return nil
}

// end takes an end tag.
func (r *pidfReader) end() {
	last := len(r.open) - 1
	name, text := r.open[last], strings.TrimSpace(r.text)
	r.open, r.text, r.whole = r.open[:last], "", last == 0
	if last == 0 {
		return
	}
	within := r.open[last-1]
	switch {
	case name == xml.Name{Space: pidfSpace, Local: "basic"} && within.Local == "status":
		r.isOpen = r.isOpen || text == "open"
		r.isClosed = r.isClosed || text == "closed"
	case name.Space == rpidSpace && within == xml.Name{Space: rpidSpace, Local: "activities"}:
		r.activity(name.Local, text)
	}
}

// activity takes one activity; the first of a kind counts.
func (r *pidfReader) activity(word, text string) {
	switch {
	case word == "away":
		r.away = true
	case word == "busy":
		r.busy = true
	case word == "on-the-phone":
		r.talks = true
	case slices.Contains(workActivities, word) && r.work == "":
		r.work = word
	case slices.Contains(breakActivities, word) && r.rests == "":
		r.rests = word
	case word == "other" && r.rests == "":
		if r.rests = cut(scrub(text), longestReason); r.rests == "" {
			r.rests = word
		}
	}
}

// claim returns what the whole document says.
func (r *pidfReader) claim() (claim, error) {
	switch {
	case !r.whole:
		return claim{}, errors.New("presence document that does not end")
	case r.rests != "":
		return claim{"on_break", r.rests}, nil
	case r.work != "" || r.busy:
		return claim{"not_ready", r.work}, nil
	case r.away || r.isClosed && !r.isOpen && !r.talks:
		return claim{"away", ""}, nil
	case r.isOpen && !r.talks:
		return claim{"available", ""}, nil
	}
	return claim{}, nil
}
