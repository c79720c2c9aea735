package console

import (
	_ "embed" // the list of common passwords
	"fmt"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// Bounds of passwords that people choose, in characters. What they are made of is up to them.
const (
	shortestPassword = 10
	longestPassword  = 1024
	ownLetters       = 4 // that a password needs besides words that everybody guesses here
)

// commonPasswords are those of shortestPassword characters and more among the 49,000 that are used most, in small letters:
// from the lists of zxcvbn-ts (MIT).
//
//go:embed common_passwords.txt
var commonPasswords string

var isCommon = sync.OnceValue(func() map[string]bool {
	all := make(map[string]bool)
	for _, line := range strings.Fields(commonPasswords) {
		all[line] = true
	}
	return all
})

// CheckNewPassword says why a password is not fit for a user, in a sentence; nil: it is. Words are what else is guessed first,
// such as his name.
func CheckNewPassword(user, password string, words ...string) error {
	small := strings.ToLower(password)
	letters := small
	for _, word := range append([]string{user, "telagent", "gateway", "password", "passwort", "callcenter", "contact"}, words...) {
		if len(word) > 2 {
			letters = strings.ReplaceAll(letters, strings.ToLower(word), "")
		}
	}
	switch n := utf8.RuneCountInString(password); {
	case n < shortestPassword:
		return fmt.Errorf("the password is too short; take %d characters or more", shortestPassword)
	case n > longestPassword:
		return fmt.Errorf("the password is too long; take %d characters at most", longestPassword)
	case isCommon()[small]:
		return fmt.Errorf("this password is one of those that are guessed first; take another one")
	case letters != small && strings.IndexFunc(letters, unicode.IsLetter) < 0 && len(letters) < 2*ownLetters, len(letters) < ownLetters:
		return fmt.Errorf("the password is little more than a name that is guessed first; take another one")
	case strings.Count(small, small[:1]) == len(small):
		return fmt.Errorf("the password is one character again and again; take another one")
	}
	return nil
}
