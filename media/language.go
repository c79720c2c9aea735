package media

import (
	"fmt"
	"strings"

	"telagent-gateway/call"
)

// english is the language that has every sound, for what others lack.
const english = "en"

// language is what prompts and numbers sound like in one tongue.
type language struct {
	prompts map[call.Prompt]*sound
	words   map[string]*sound // that numbers are put together from, by the names of their files: 7, 20, 100, 1_and
	grammar grammar
}

// grammar says which words a number from 1 to 999 consists of; 0 has none.
type grammar func(n int) []string

// grammars are those of the languages that are built in; others count as English does.
var grammars = map[string]grammar{english: inEnglish, "de": inGerman}

// mostNumber is the highest number that is said.
const mostNumber = 999

// inEnglish counts in the manner of one hundred, twenty, one.
func inEnglish(n int) []string {
	switch {
	case n == 0:
		return nil
	case n >= 100:
		return append([]string{fmt.Sprint(n / 100), "100"}, inEnglish(n%100)...)
	case n <= 20 || n%10 == 0:
		return []string{fmt.Sprint(n)}
	}
	return []string{fmt.Sprint(n - n%10), fmt.Sprint(n % 10)}
}

// inGerman counts in the manner of hundred, one-and-twenty; a two or more comes before its hundred, a one does not.
func inGerman(n int) []string {
	switch {
	case n == 0:
		return nil
	case n >= 200:
		return append([]string{fmt.Sprint(n / 100), "100"}, inGerman(n%100)...)
	case n >= 100:
		return append([]string{"100"}, inGerman(n%100)...)
	case n <= 20 || n%10 == 0:
		return []string{fmt.Sprint(n)}
	}
	return []string{fmt.Sprint(n%10, "_and"), fmt.Sprint(n - n%10)}
}

// words returns the names of all words that a grammar needs.
func (g grammar) words() map[string]bool {
	all := map[string]bool{}
	for n := 1; n <= mostNumber; n++ {
		for _, word := range g(n) {
			all[word] = true
		}
	}
	return all
}

// say returns a prompt with a number behind it, none for what is not from 1 to 999; false: the language lacks a sound.
func (l *language) say(p call.Prompt, number int) (sounds []*sound, whole bool) {
	if l == nil || l.prompts[p] == nil {
		return nil, false
	}
	sounds = append(sounds, l.prompts[p])
	if number < 1 || number > mostNumber {
		return sounds, true
	}
	for _, word := range l.grammar(number) {
		s := l.words[word]
		if s == nil {
			return nil, false
		}
		sounds = append(sounds, s)
	}
	return sounds, true
}

// say returns a prompt from its beginning, with a number behind it unless that is 0, in a language like de or de-AT, or
// else in the usual one, or else in English. A prompt that has no sound at all is over after a frame.
func (lib *library) say(p call.Prompt, number int, in string) frames {
	in, _, _ = strings.Cut(strings.ToLower(in), "-")
	for _, name := range []string{in, lib.usual, english} {
		if sounds, whole := lib.languages[name].say(p, number); whole {
			return &once{sounds: sounds}
		}
	}
	return &once{sounds: []*sound{newSound(nil, false)}}
}
