package presence

import "fmt"

// Vocabulary is one of the ways in which other systems name the same state.
type Vocabulary uint8

// The vocabularies.
const (
	Tencent Vocabulary = iota
	Sinch
	Expertflow // its voice MRD
	Intermedia
	Ocelot
	vocabularies
)

var vocabularyWords = [vocabularies]string{"tencent", "sinch", "expertflow", "intermedia", "ocelot"}

// String returns the vocabulary's stable word.
func (v Vocabulary) String() string {
	if v < vocabularies {
		return vocabularyWords[v]
	}
	return fmt.Sprintf("invalid(%d)", uint8(v))
}

// ParseVocabulary returns the vocabulary with that word, as String prints it.
func ParseVocabulary(s string) (Vocabulary, error) {
	for i, w := range vocabularyWords {
		if w == s {
			return Vocabulary(i), nil
		}
	}
	return Tencent, fmt.Errorf("unknown vocabulary %q", s)
}

// Words is a state in every vocabulary, by Vocabulary.
type Words [vocabularies]string

// situation is a row of the table of vocabularies.
type situation uint8

const (
	signedOff situation = iota
	free
	freeAndRung
	dialsOut
	inCall
	inCallAwayByProfile
	inCallThenNotReady
	inCallThenOff
	wrapsUp
	setNotReady
	setConference
	setAway
	takesBreak
	asideAndRung
)

const declaredWord = "=" // in the table: the word of what he declares

// dictionary is the table of scenarios.md, row by row; what one vocabulary tells apart is a row of its own. A star marks
// a word that is ours because its own system has none; it is not part of the word.
var dictionary = map[situation]struct {
	what  string
	words Words
}{
	signedOff:           {"signed off, idle", Words{"Offline", "Offline", "LOGOUT", "signed out", "Offline"}},
	free:                {"ready and available, idle", Words{"Available", "Free", "READY", "Available", "Available"}},
	freeAndRung:         {"ready and available, offered", Words{"Available*", "Busy*", "RESERVED", "Available*", "Available"}},
	dialsOut:            {"any, dialling", Words{"In line", "Busy*", "BUSY", "Busy On Call", "Available"}},
	inCall:              {"any, talking or cut off", Words{"In line", "Busy", "BUSY", "Busy On Call", "Available"}},
	inCallAwayByProfile: {"away or tentative, talking or cut off", Words{"In line", "Away", "PENDING_NOT_READY", "Busy On Call", "Available"}},
	inCallThenNotReady:  {"not ready or on break, or that is pending, talking or cut off", Words{"In line", "Busy", "PENDING_NOT_READY", "Busy On Call", "Available"}},
	inCallThenOff:       {"signed off while talking or cut off", Words{"In line", "Busy", "BUSY", "Busy On Call", "Offline"}},
	wrapsUp:             {"any, wrap-up", Words{"After-call-work", declaredWord + "*", "NOT_READY*", "Wrap Up", declaredWord}},
	setNotReady:         {"not ready or tentative, idle", Words{"Busy", "Away*", "NOT_READY", "Accept Internal Calls", "Away"}},
	setConference:       {"conference, idle", Words{"Busy*", "Busy", "NOT_READY*", "Not Ready*", "Away*"}},
	setAway:             {"away, idle", Words{"On break", "Away", "NOT_READY", "Not Ready", "Away"}},
	takesBreak:          {"on break, idle", Words{"On break", "Away", "NOT_READY", "Busy-On Break", "Away"}},
	asideAndRung:        {"not ready, on break or tentative, offered", Words{"Busy*", "Away*", "NOT_READY", declaredWord + "*", "Away"}},
}

// Translate names a state as another system would.
func Translate(v Vocabulary, s State) string {
	row := s.situation()
	if row == inCallAwayByProfile && v == Expertflow && !s.thenNotReady() {
		row = inCall
	}
	word := plain(dictionary[row].words[v])
	if word == declaredWord {
		word = plain(dictionary[s.idleSituation()].words[v])
	}
	return word
}

// plain returns a word of the table without its star.
func plain(word string) string {
	if n := len(word); n > 0 && word[n-1] == '*' {
		return word[:n-1]
	}
	return word
}

// Translated names a state in every vocabulary.
func Translated(s State) (w Words) {
	for v := range vocabularies {
		w[v] = Translate(v, s)
	}
	return w
}

// situation returns the row of the table that a state is in.
func (s State) situation() situation {
	switch s.Activity {
	case WrapUp:
		return wrapsUp
	case Offered:
		if s.Word() == Available {
			return freeAndRung
		}
		return asideAndRung
	case Dialling:
		return dialsOut
	case CutOff, Talking:
		return s.callSituation()
	case Idle:
	}
	return s.idleSituation()
}

func (s State) callSituation() situation {
	switch {
	case s.Then() == Offline:
		return inCallThenOff
	case s.Word() == Away || s.Profile.Type == TentativeProfile:
		return inCallAwayByProfile
	case s.thenNotReady():
		return inCallThenNotReady
	}
	return inCall
}

// thenNotReady says whether he takes no queue calls after the work, by what he declares or by what is pending.
func (s State) thenNotReady() bool {
	word := s.Then()
	return word == NotReady || word == OnBreak || word == Away
}

func (s State) idleSituation() situation {
	switch s.Word() {
	case Available:
		return free
	case NotReady:
		if s.Profile.Type == ConferenceProfile {
			return setConference
		}
		return setNotReady
	case Away:
		return setAway
	case OnBreak:
		return takesBreak
	case Offline, Ringing, InLine, ACW:
	}
	return signedOff
}
