package console

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"telagent-gateway/telagent"
)

type soundAsked struct {
	ID string `path:"id" maxLength:"128"`
}

// recording streams the sound file of a call that ended, to whom the Floor lets hear it. It comes whole, never in ranges:
// whoever hears a part is in the audit trail.
func (c *Console) recording(ctx context.Context, in *soundAsked) (*huma.StreamResponse, error) {
	who := from(ctx).viewer
	rec, err := c.recordSeen(ctx, in.ID, who)
	if err != nil {
		return nil, err
	}
	if err := c.o.Do(ctx, telagent.Listen{By: who.name, Call: rec.ID, Agents: reachOfRecord(rec).agents}); err != nil {
		return nil, c.refused("hear a recording", err)
	}
	if len(rec.Recordings) == 0 {
		return nil, problem("not_recorded", "The call %s was not recorded.", in.ID)
	}
	file, err := c.o.Recording(rec.Recordings[0].File)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, problem("not_recorded", "The recording of the call %s is gone.", in.ID)
	}
	if err != nil {
		return nil, c.refused("open a recording", err)
	}
	info, err := file.Stat()
	if err != nil {
		_ = file.Close() // nothing was read
		return nil, c.refused("open a recording", err)
	}
	return &huma.StreamResponse{Body: func(hctx huma.Context) {
		defer func() { _ = file.Close() }()
		_, w := humago.Unwrap(hctx)
		h := w.Header()
		h.Set("Content-Type", "audio/wav")
		h.Set("Content-Length", strconv.FormatInt(info.Size(), 10))
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": info.Name()}))
		w.WriteHeader(http.StatusOK)
		_, _ = io.CopyN(patient{w, http.NewResponseController(w)}, file, info.Size()) // a client that went away needs no answer
	}}, nil
}

// patient gives each piece that is written its time: a client that takes nothing loses the rest.
type patient struct {
	http.ResponseWriter
	ctl *http.ResponseController
}

// Write writes a piece.
func (p patient) Write(b []byte) (int, error) {
	if err := p.ctl.SetWriteDeadline(time.Now().Add(writeDeadline)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, err
	}
	return p.ResponseWriter.Write(b)
}
