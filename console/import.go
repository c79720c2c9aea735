package console

import (
	"context"
	"errors"
	"slices"

	"telagent-gateway/telagent"
)

type importAsked struct {
	DryRun  bool   `query:"dry_run" doc:"only say what would change"`
	RawBody []byte `contentType:"application/yaml"`
}

type importAnswer struct {
	Body struct {
		Changes   []string `json:"changes" doc:"one sentence for each entry that is new or another now"`
		Unchanged int      `json:"unchanged" doc:"entries that were as the file wants them"`
	}
}

func (c *Console) importFile(ctx context.Context, in *importAsked) (*importAnswer, error) {
	who := from(ctx).viewer
	if !who.all() {
		return nil, problem("not_admin", "Only administrators may import a directory.")
	}
	run := c.o.Import
	if in.DryRun {
		run = c.o.PlanImport
	}
	report, err := run(ctx, who.name, slices.Clone(in.RawBody))
	var refusal *telagent.Refusal
	switch {
	case err == nil:
	case errors.As(err, &refusal), ctx.Err() != nil, errors.Is(err, context.DeadlineExceeded):
		return nil, c.refused("import a directory", err)
	default:
		return nil, invalidFile(err)
	}
	out := &importAnswer{}
	out.Body.Changes, out.Body.Unchanged = list(report.Changes), report.Unchanged
	return out, nil
}
