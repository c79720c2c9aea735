package config

import (
	"testing"
)

// trunkWith is a file with one trunk that has a key besides.
func trunkWith(key string) string {
	return "trunks:\n  - name: t\n    uri: sip:198.51.100.7\n    " + key
}

func TestMistakesAboutTheCallsOfATrunkAreNamed(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"sip: {session_timer: 30s}", `t.yaml:1: sip.session_timer: 30s is out of range; write a time from 1m30s to 24h0m0s`},
		{trunkWith("session_timer: 30s"), `t.yaml:4: trunks[0].session_timer: 30s is out of range; write a time from 1m30s to 24h0m0s`},
		{trunkWith("reliable: always"), `t.yaml:4: trunks[0].reliable: "always" is unknown; write one of offered, required, off`},
		{trunkWith("caller_id: {header: p-asserted-identity}"), `t.yaml:4: trunks[0].caller_id.header: "p-asserted-identity" is unknown; write one of pai, ppi, rpid, from`},
		{trunkWith("caller_id: {diversion: yes}"), `t.yaml:4: trunks[0].caller_id.diversion: "yes" is unknown; write one of diversion, history_info, none`},
		{trunkWith(`caller_id: {account: "a@b"}`), `t.yaml:4: trunks[0].caller_id.account: "a@b" cannot be a number in a header; write digits with or without +, or a user name`},
		{trunkWith("rewrite: {called_in: [0049]}"), `t.yaml:4: trunks[0].rewrite.called_in[0]: "0049" is not a rule; write what a number begins with and what is put there instead, like 00 -> +, or an expression between slashes, like /^0([1-9].*)$/ -> +49$1`},
		{trunkWith(`rewrite: {called_in: ["^0 -> +49"]}`), `t.yaml:4: trunks[0].rewrite.called_in[0]: "^0" is no beginning of a number; put a regular expression between slashes, like /^0([1-9].*)$/`},
		{trunkWith(`rewrite: {called_in: ["/(/ -> +49"]}`), "t.yaml:4: trunks[0].rewrite.called_in[0]: \"/(/\" is no regular expression: missing closing ): `(`; write one of RE2, like /^0([1-9].*)$/"},
		{trunkWith(`rewrite: {calling_out: ["+ -> 00;x=1"]}`), `t.yaml:4: trunks[0].rewrite.calling_out[0]: "00;x=1" cannot be part of a number; write digits, + or a user name behind the arrow`},
	} {
		_, err := read(t, c.text, nil)
		if err == nil || err.Error() != c.want {
			t.Errorf("%q:\n got %v\nwant %s", c.text, err, c.want)
		}
	}
}

func TestTheFirstRuleThatFitsANumberChangesIt(t *testing.T) {
	rules := []NumberRule{"00 -> +", "/^0([1-9].*)$/ -> +49$1", "+49 ->", "-> 9"}
	rewrite := Rewriter(rules)
	for number, want := range map[string]string{
		"004930": "+4930", "0301": "+49301", "+4930": "30", "555": "9555", "0": "90", "": "",
	} {
		if got := rewrite(number); got != want {
			t.Errorf("%q becomes %q, want %q", number, got, want)
		}
	}
	if got := Rewriter(nil)("0301"); got != "0301" {
		t.Errorf("without rules 0301 becomes %q", got)
	}
}
