package interop

import (
	"strings"
	"testing"
)

func TestEveryRowIsCompleteAndThereOnce(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range Matrix {
		if r.Peer == "" || r.As == "" || r.Transport == "" || r.Encryption == "" || len(r.No) < int(columns) && !strings.HasPrefix(r.Test, "Test") {
			t.Errorf("%s: a word is missing", r)
		}
		if seen[r.String()] {
			t.Errorf("%s: is there twice", r)
		}
		seen[r.String()] = true
		for c, why := range r.No {
			if c < 0 || c >= columns || !strings.HasSuffix(why, ".") {
				t.Errorf("%s: %s: a no has a reason, a sentence", r, c)
			}
		}
	}
}

func TestThePageHasARowForEachOfTheMatrixAndAReasonForEachNo(t *testing.T) {
	page := Page()
	for _, r := range Matrix {
		if !strings.Contains(page, "| "+r.Peer+" | "+r.As+" | "+r.Transport+" | "+r.Encryption+" |") {
			t.Errorf("the page has no row for %s", r)
		}
		for _, why := range r.No {
			if !strings.Contains(page, ". "+why+"\n") {
				t.Errorf("the page does not say why: %s", why)
			}
		}
	}
	if yes, no := strings.Count(page, " yes |"), strings.Count(page, " no ["); yes+no != len(Matrix)*int(columns) || yes == 0 {
		t.Errorf("the page has %d cells with yes and %d with no, want %d", yes, no, len(Matrix)*int(columns))
	}
}
