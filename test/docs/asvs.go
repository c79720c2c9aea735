package main

import (
	_ "embed"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
)

//go:embed asvs.txt
var requirements string

var requirementNumber = regexp.MustCompile(`^\d+\.\d+\.\d+$`)

// asvsPage lists the requirements of OWASP ASVS 5.0 that concern the console, and what answers each: claims, with the tests
// that prove them, or words.
func asvsPage(tree fs.FS) (string, error) {
	proofs, err := claims(tree)
	if err != nil {
		return "", err
	}
	answers := map[string][]proof{}
	for _, p := range proofs {
		for _, number := range p.asvs {
			answers[number] = append(answers[number], p)
		}
	}
	var b strings.Builder
	b.WriteString("# OWASP ASVS 5.0 and this console\n\n" + generated)
	b.WriteString("Requirements of the [Application Security Verification Standard](https://owasp.org/www-project-application-security-verification-standard/) 5.0 " +
		"about sessions, cross-site requests, access, sign-in, tokens, logs and WebRTC, in our words, and what answers each. `make claims` runs the tests. " +
		"**no** is what is not met; *part* says how far it is; *by design* is what no test can show.\n")
	for _, line := range strings.Split(requirements, "\n") {
		if title, ok := strings.CutPrefix(line, "## "); ok {
			fmt.Fprintf(&b, "\n## %s\n\n| | requirement | answer | proved by |\n|---|---|---|---|\n", title)
			continue
		}
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		row, number, err := requirement(line, answers)
		if err != nil {
			return "", err
		}
		delete(answers, number)
		b.WriteString(row)
	}
	for number, of := range answers {
		return "", fmt.Errorf("asvs.txt has no requirement %s, which %s in %s answers", number, of[0].test, of[0].dir)
	}
	return b.String(), nil
}

// requirement makes the row of one line: NUMBER | gist | note.
func requirement(line string, answers map[string][]proof) (row, number string, err error) {
	parts := strings.SplitN(line, "|", 3)
	if len(parts) != 3 || !requirementNumber.MatchString(strings.TrimSpace(parts[0])) {
		return "", "", fmt.Errorf("asvs.txt: %q is not NUMBER | gist | note", line)
	}
	number, note := strings.TrimSpace(parts[0]), strings.TrimSpace(parts[2])
	var said, by []string
	for _, p := range answers[number] {
		said = append(said, p.claim)
		by = append(by, "`"+p.dir+"` "+p.test)
	}
	if word, rest, ok := strings.Cut(note, ":"); ok {
		mark := "*" + word + "*:"
		if word == "no" {
			mark = "**no**:"
		}
		said = append(said, mark+rest)
	}
	if len(said) == 0 {
		return "", "", fmt.Errorf("asvs.txt: nothing answers %s; claim it in a test, or say no", number)
	}
	return fmt.Sprintf("| %s | %s | %s | %s |\n", number, strings.TrimSpace(parts[1]), strings.Join(slices.Compact(said), "<br>"), strings.Join(slices.Compact(by), "<br>")), number, nil
}
