package media

import (
	"slices"
	"time"

	"go.uber.org/zap"
)

// orphanAfter is since when nobody wrote to a file that nobody writes to any more; who does, does so every moment.
const orphanAfter = 10 * time.Minute

// adopt brings recordings to their end, now and then, that a crash cut off and that nobody went on with: their call had just
// ended, or was lost. Other gateways may write into the same folder, so their age decides.
func (r *recorder) adopt(now time.Time) {
	if r.disk == nil || now.Before(r.adopts) {
		return
	}
	r.adopts = now.Add(orphanAfter)
	names, err := r.disk.orphans(now.Add(-orphanAfter))
	if err != nil {
		r.log.Warn("the folder for recordings cannot be read", zap.Error(err))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, name := range names {
		if !slices.ContainsFunc(r.tapes, func(t *tape) bool { return t.file == name }) {
			r.tapes = append(r.tapes, &tape{file: name, began: now, ended: now, rest: true})
		}
	}
}
