package sip

import (
	"strings"
	"testing"
)

func TestARequestOfRFC2543IsMatchedWithoutABranch(t *testing.T) {
	old := strings.Replace(inviteWith("", ""), ";branch=z9hG4bKa", "", 1)
	noTag := strings.Replace(old, ";tag=1", "", 1)
	key := func(text string) string { return serverKey(readRequest(t, text)) }
	for name, text := range map[string]string{"RFC 3261": inviteWith("", ""), "RFC 2543": old, "RFC 2543 without a tag": noTag} {
		ack := strings.NewReplacer("INVITE sip", "ACK sip", "1 INVITE", "1 ACK", "To: <sip:100@example.com>", "To: <sip:100@example.com>;tag=9").Replace(text)
		cancel := strings.ReplaceAll(text, "INVITE", "CANCEL")
		if key(text) != key(ack) {
			t.Errorf("%s: the ACK has another key", name)
		}
		if !strings.HasSuffix(key(cancel), "CANCEL") || strings.TrimSuffix(key(cancel), "CANCEL")+"INVITE" != key(text) {
			t.Errorf("%s: CANCEL %q, INVITE %q", name, key(cancel), key(text))
		}
		if key(text) == key(strings.Replace(text, "CSeq: 1", "CSeq: 2", 1)) && name != "RFC 3261" {
			t.Errorf("%s: two requests have one key", name)
		}
	}
}
