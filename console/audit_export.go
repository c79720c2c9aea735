package console

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"go.uber.org/zap"

	"telagent-gateway/telagent"
)

// Bounds of an export. A page is what the store is asked for at once.
const (
	exportPage  = 1000
	exportPages = 200
)

type exportAsked struct {
	AuditWanted
	Format string `query:"format" enum:"csv,jsonl" default:"csv" doc:"comma-separated values, or one JSON object a line"`
}

// exportAudit sends what audit shows as a file, up to 200000 lines.
func (c *Console) exportAudit(ctx context.Context, in *exportAsked) (*huma.StreamResponse, error) {
	who := from(ctx).viewer
	if !who.leads() {
		return nil, problem("not_supervisor", "Only supervisors may read the audit trail.")
	}
	name, kind := "audit-"+c.now().UTC().Format("2006-01-02")+"."+in.Format, "text/csv; charset=utf-8"
	if in.Format == "jsonl" {
		kind = "application/jsonl"
	}
	return &huma.StreamResponse{Body: func(hctx huma.Context) {
		_, w := humago.Unwrap(hctx)
		h := w.Header()
		h.Set("Content-Type", kind)
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
		w.WriteHeader(http.StatusOK)
		write, flush := lineWriter(in.Format, patient{w, http.NewResponseController(w)})
		err := c.eachAudited(ctx, who, in.AuditWanted.query(exportPage), exportPages, func(e telagent.AuditEntry) bool { return write(showAudited(e)) })
		flush()
		if err != nil && ctx.Err() == nil {
			c.log.Error("an export of the audit trail broke off", zap.Error(err))
			panic(http.ErrAbortHandler) // so that nobody takes a part for the whole
		}
	}}, nil
}

// lineWriter writes lines of the audit trail in a format; write says whether more can follow.
func lineWriter(format string, w io.Writer) (write func(auditShown) bool, flush func()) {
	if format == "jsonl" {
		out := json.NewEncoder(w)
		return func(e auditShown) bool { return out.Encode(e) == nil }, func() {}
	}
	out := csv.NewWriter(w)
	_ = out.Write([]string{"time", "by", "action", "subject", "result", "detail"}) // an error stays, and Error tells it
	return func(e auditShown) bool {
		_ = out.Write([]string{e.Time.Format(time.RFC3339Nano), cell(e.By), cell(e.Action), cell(e.Subject), cell(e.Result), cell(e.Detail)})
		return out.Error() == nil
	}, out.Flush
}

// describeExport says what the export looks like, which its handler does not.
func describeExport(api huma.API) {
	text := &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString}}
	api.OpenAPI().Paths[prefix+"/audit/export"].Get.Responses["200"] = &huma.Response{
		Description: "The lines, newest first, 200000 at most",
		Content:     map[string]*huma.MediaType{"text/csv": text, "application/jsonl": text},
	}
}
