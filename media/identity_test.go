package media

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

func TestTheCertificateStaysOverARestartUntilItIsNearlyOver(t *testing.T) {
	was := must(newIdentity(start))
	kept := must((&Wire{identity: was}).Identity())
	for name, c := range map[string]struct {
		now  time.Time
		same bool
	}{
		"the next day":         {start.Add(24 * time.Hour), true},
		"while it has a while": {start.Add(identityValid - identityRest - time.Hour), true},
		"nearly over":          {start.Add(identityValid - identityRest + time.Hour), false},
	} {
		is := must(sameIdentity(kept, c.now))
		if (is.print == was.print) != c.same {
			t.Errorf("%s: %s after %s", name, is.print, was.print)
		}
		if again := must((&Wire{identity: is}).Identity()); bytes.Equal(again, kept) != c.same {
			t.Errorf("%s: kept is %q", name, again)
		}
	}
	if _, err := sameIdentity([]byte("-----BEGIN PRIVATE KEY-----\nsecret"), start); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("a malformed one: %v", err)
	}
}
