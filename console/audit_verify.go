package console

import (
	"context"
	"time"
)

// AuditLink is a place in the audit trail's chain: the number of a line and its hash, in hex.
type AuditLink struct {
	Seq  int64
	Hash string
}

// AuditVerdict says whether the audit trail is as it was written.
type AuditVerdict struct {
	Lines     int64 // that were looked at
	Unchained int64 // of them the first ones, from before there was a chain
	Missing   int64 // numbers that were never written, as the chain says itself
	Tail      AuditLink
	Broken    int64 // number of the first line that does not fit; 0: all do
	Time      time.Time
	Why       string
}

type verifyAsked struct {
	Seq  int64  `query:"seq" minimum:"0" doc:"number of a line whose hash was noted before: it has to be there still"`
	Hash string `query:"hash" maxLength:"64" pattern:"^[0-9a-f]*$" doc:"that hash"`
}

type linkShown struct {
	Seq  int64  `json:"seq"`
	Hash string `json:"hash"`
}

type verifyAnswer struct {
	Body struct {
		Whole     bool       `json:"whole" doc:"every line is as it was written, and none is gone from between"`
		Lines     int64      `json:"lines"`
		Unchained int64      `json:"unchained" doc:"the first of them, from before lines were chained"`
		Missing   int64      `json:"missing" doc:"lines that were never written, because too many waited for a store that was away"`
		Last      linkShown  `json:"last" doc:"note it elsewhere: what is cut off from the end is found with it"`
		Broken    int64      `json:"broken,omitempty" doc:"number of the first line that does not fit"`
		BrokenAt  *time.Time `json:"broken_at,omitempty" doc:"the time in that line"`
		Why       string     `json:"why,omitempty"`
	}
}

// verifyAudit reads the whole audit trail, for one at a time.
func (c *Console) verifyAudit(ctx context.Context, in *verifyAsked) (*verifyAnswer, error) {
	if !from(ctx).viewer.all() {
		return nil, problem("not_admin", "Only an administrator may verify the audit trail.")
	}
	if (in.Seq == 0) != (in.Hash == "") {
		return nil, problem("invalid", "The number of a line and its hash go together.")
	}
	if c.o.Verify == nil {
		return nil, problem("unavailable", "This store keeps no audit trail.")
	}
	select {
	case c.verifies <- struct{}{}:
		defer func() { <-c.verifies }()
	default:
		return nil, problem("verifying", "The audit trail is being verified already; try again when that is done.")
	}
	v, err := c.o.Verify(ctx, AuditLink{in.Seq, in.Hash})
	if err != nil {
		return nil, c.refused("verify the audit trail", err)
	}
	out := &verifyAnswer{}
	b := &out.Body
	b.Whole, b.Lines, b.Unchained, b.Missing, b.Last = v.Broken == 0, v.Lines, v.Unchained, v.Missing, linkShown(v.Tail)
	b.Broken, b.BrokenAt, b.Why = v.Broken, moment(v.Time), v.Why
	return out, nil
}
