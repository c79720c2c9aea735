package config

import (
	"fmt"
	"regexp"
	"strings"
)

// NumberRule is one rule of how numbers change, as it stands in the file: "00 -> +" for a number that begins so,
// "/^0([1-9].*)$/ -> +49$1" for one that a regular expression of RE2 fits.
type NumberRule string

// numberRule is a NumberRule that was read.
type numberRule struct {
	prefix  string
	pattern *regexp.Regexp // nil: prefix counts
	with    string         // of a pattern: $1 stands for its first group
}

// UnmarshalText reads a rule from the file. Errors: it has no arrow, its expression is none, or what it puts in cannot be
// part of a number.
func (r *NumberRule) UnmarshalText(text []byte) error {
	*r = NumberRule(text)
	_, err := r.read()
	return err
}

// mostRule is the longest rule in bytes.
const mostRule = 200

func (r NumberRule) read() (numberRule, error) {
	from, with, arrow := strings.Cut(string(r), "->")
	from, with = strings.TrimSpace(from), strings.TrimSpace(with)
	switch {
	case !arrow || len(r) > mostRule:
		return numberRule{}, fmt.Errorf("%q is not a rule; write what a number begins with and what is put there instead, like 00 -> +, or an expression between slashes, like /^0([1-9].*)$/ -> +49$1", clip(string(r)))
	case strings.ContainsAny(with, " \"<>@;:,\r\n"):
		return numberRule{}, fmt.Errorf("%q cannot be part of a number; write digits, + or a user name behind the arrow", clip(with))
	}
	if len(from) < 2 || from[0] != '/' || from[len(from)-1] != '/' {
		if strings.ContainsAny(from, "/^$()[]\\") {
			return numberRule{}, fmt.Errorf("%q is no beginning of a number; put a regular expression between slashes, like /^0([1-9].*)$/", clip(from))
		}
		return numberRule{prefix: from, with: with}, nil
	}
	pattern, err := regexp.Compile(from[1 : len(from)-1])
	if err != nil {
		return numberRule{}, fmt.Errorf("%q is no regular expression: %s; write one of RE2, like /^0([1-9].*)$/", clip(from), strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	return numberRule{pattern: pattern, with: with}, nil
}

// Rewriter returns what a list of rules makes of a number: the first rule that fits is taken, and what none fits stays. The
// rules were read before, so none is broken; a broken one fits nothing.
func Rewriter(rules []NumberRule) func(number string) string {
	var all []numberRule
	for _, text := range rules {
		if r, err := text.read(); err == nil {
			all = append(all, r)
		}
	}
	return func(number string) string {
		if number == "" {
			return "" // withheld
		}
		for _, r := range all {
			if r.pattern != nil {
				if r.pattern.MatchString(number) {
					return r.pattern.ReplaceAllString(number, r.with)
				}
			} else if rest, fits := strings.CutPrefix(number, r.prefix); fits {
				return r.with + rest
			}
		}
		return number
	}
}
