package media

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"telagent-gateway/call"
)

// recorder writes the tapes of a wire into files, one goroutine for all of them. A disk that makes it wait costs
// recordings their sound, never a call.
type recorder struct {
	disk   disk // nil: there is none, nothing is recorded
	report func(call.Event)
	log    *zap.Logger
	buf    []byte

	working sync.Mutex    // held while the disk is written to
	rests   atomic.Bool   // nothing is written
	adopts  time.Time     // when it is looked for orphans next; guarded by working
	ended   chan struct{} // closed when run has

	mu    sync.Mutex // guards tapes, for pointer stores alone
	tapes []*tape
}

// disk is where recordings go: a folder, or in tests one that is full.
type disk interface {
	// create makes a file that is not there yet, under a name that says that it is not whole.
	create(name string) (recordFile, error)
	// goOn opens a file that a restart cut off, as it was: so many bytes of sound, written last at that time. It is
	// fs.ErrNotExist if there is none.
	goOn(name string) (f recordFile, bytes uint32, written time.Time, err error)
	// finish gives it its own name; what has no sound in it is removed.
	finish(name string, empty bool) error
	// orphans returns the names of files that are not whole and that nobody wrote to since a time.
	orphans(since time.Time) ([]string, error)
	// free returns the bytes that may still be written.
	free() (uint64, error)
}

// recordFile is an open file of a disk.
type recordFile interface {
	io.WriteSeeker
	io.WriterAt
	io.Closer
}

// writing is where the file of a tape stands.
type writing struct {
	file    recordFile // nil: not open
	bytes   uint32     // of sound
	over    bool       // all of it is written
	problem string     // it ends early
}

const (
	recordEvery  = 250 * time.Millisecond
	freeAtLeast  = 100 << 20 // bytes; with less on the disk recordings end, as others need it too
	recordBuffer = 4 * 2048  // bytes of sound that are written at once
)

// record carries out an order about a recording. A new file on a leg ends the one before.
func (w *Wire) record(o call.Record) {
	p, now := w.place(o.Leg), w.now()
	if p.tape != nil && p.tape.file == o.File {
		p.tape.set(now, o.Now)
		return
	}
	if o.Now == call.Off {
		if p.tape == nil && w.refuses(p, o) == "" {
			w.conclude(p, o, now)
		}
		return
	}
	if problem := w.refuses(p, o); problem != "" {
		w.report(call.Recorded{Leg: o.Leg, File: o.File, Problem: problem})
		return
	}
	if p.tape != nil {
		p.tape.set(now, call.Off)
	}
	p.tape = &tape{leg: o.Leg, file: o.File, began: now, paused: o.Now == call.Paused}
	if p.tape.fresh = p.leg == nil || !p.leg.restored; p.recorded.File == o.File {
		p.tape.first = p.recorded.Began
	}
	if p.recorded = (RecordingState{}); p.leg != nil {
		p.leg.stale.Store(true)
		p.leg.tape.Store(p.tape)
	}
	w.recorder.begin(p.tape)
}

// conclude brings a recording to its end that a restart cut off and that does not go on.
func (w *Wire) conclude(p *place, o call.Record, now time.Time) {
	p.recorded = RecordingState{}
	p.tape = &tape{leg: o.Leg, file: o.File, began: now, ended: now, rest: true}
	w.recorder.begin(p.tape)
}

// endTape ends the place's recording, if there is one.
func (w *Wire) endTape(id call.LegID, p *place, now time.Time) {
	switch {
	case p.tape != nil:
		p.tape.set(now, call.Off)
	case p.recorded.File != "" && w.recorder.disk != nil:
		w.conclude(p, call.Record{Leg: id, File: p.recorded.File}, now)
	}
}

// refuses says why a recording cannot begin; empty: it can.
func (w *Wire) refuses(p *place, o call.Record) string {
	switch {
	case w.recorder.disk == nil:
		return "there is no folder for recordings: set media.recordings"
	case o.File == "" || strings.ContainsAny(o.File, "/\\\x00") || o.File[0] == '.' || len(o.File) > 200:
		return fmt.Sprintf("%q is no name for a file", o.File)
	case p.over, w.closed:
		return "the leg was over"
	case w.places[o.Leg] != p:
		return "too many legs are not described yet"
	}
	return ""
}

func (r *recorder) begin(t *tape) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tapes = append(r.tapes, t)
}

// run writes until stop is closed, and then to the end what is there.
func (r *recorder) run(stop <-chan struct{}) {
	defer close(r.ended)
	r.working.Lock()
	r.adopts = time.Now().Add(orphanAfter) // by then everybody who goes on with his recording does
	r.working.Unlock()
	ticker := time.NewTicker(recordEvery)
	defer ticker.Stop()
	for {
		select {
		case now := <-ticker.C:
			r.round(now)
		case <-stop:
			r.endAll(time.Now())
			return
		}
	}
}

func (r *recorder) endAll(now time.Time) {
	r.mu.Lock()
	for _, t := range r.tapes {
		t.set(now, call.Off)
	}
	r.mu.Unlock()
	r.round(now)
}

// round writes what is due of every tape at now.
func (r *recorder) round(now time.Time) {
	r.working.Lock()
	defer r.working.Unlock()
	if !r.rests.Load() {
		r.adopt(now)
		r.bring(now, tapeSettles)
	}
}

// diskTime is how long a disk is waited for by those whose audio stands still. One that hangs costs the end of recordings.
const diskTime = 200 * time.Millisecond

// suspend writes everything that came up to now, and then nothing more. Files are left as a crash leaves them.
func (r *recorder) suspend(now time.Time) {
	if r.rests.Swap(true) {
		return
	}
	done, late := make(chan struct{}), new(atomic.Bool)
	go func() { r.settle(now, late); close(done) }()
	if !within(diskTime, done) {
		late.Store(true)
		r.log.Error("recordings miss what was said last: their disk takes nothing")
	}
}

// settle does so, unless it is too late for that when the disk is free.
func (r *recorder) settle(now time.Time, late *atomic.Bool) {
	r.working.Lock()
	defer r.working.Unlock()
	if late.Load() {
		return
	}
	r.bring(now, 0)
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, t := range r.tapes {
		if f := &t.written; f.file != nil {
			_ = f.file.Close() // who goes on with it finds out
			f.file = nil
		}
	}
}

// resume goes on after suspend.
func (r *recorder) resume() { r.rests.Store(false) }

// within says whether a channel is closed in time.
func within(d time.Duration, done <-chan struct{}) bool {
	bound := time.NewTimer(d)
	defer bound.Stop()
	select {
	case <-done:
		return true
	case <-bound.C:
		return false
	}
}

// bring writes what is settled of every tape at now.
func (r *recorder) bring(now time.Time, settles uint32) {
	r.mu.Lock()
	tapes := slices.Clone(r.tapes)
	r.mu.Unlock()
	if len(tapes) == 0 {
		return
	}
	problem := ""
	if free, err := r.disk.free(); err != nil {
		problem = fmt.Sprint("cannot tell what is free on its disk: ", bare(err))
	} else if free < freeAtLeast {
		problem = fmt.Sprintf("less than %d MB are free on its disk", freeAtLeast>>20)
	}
	for _, t := range tapes {
		if t.written.problem = problem; problem == "" {
			r.write(now, settles, t)
		}
		if t.written.problem != "" {
			t.set(now, call.Off)
		}
		if t.written.over || t.written.problem != "" {
			r.finish(t)
		}
	}
}

// write brings a tape's file up to now. Sound comes first and then the header that counts it, so that the file can be
// played at any moment, a crash included.
func (r *recorder) write(now time.Time, settles uint32, t *tape) {
	f := &t.written
	if f.file == nil {
		if f.problem = r.open(t); f.problem != "" || f.file == nil {
			return
		}
	}
	before := f.bytes
	for {
		frames, end := t.take(now, settles, r.buf)
		if f.over = end; len(frames) == 0 {
			break
		}
		if _, err := f.file.Write(frames); err != nil {
			f.problem = fmt.Sprint("cannot write: ", bare(err))
			break
		}
		f.bytes += uint32(len(frames))
	}
	if f.bytes == before {
		return
	}
	if _, err := f.file.WriteAt(wavHeader(f.bytes), 0); err != nil && f.problem == "" {
		f.problem = fmt.Sprint("cannot write: ", bare(err))
	}
	if f.bytes/4 >= tapeAtMost && f.problem == "" {
		f.problem = fmt.Sprintf("it was ended after %v", lasting(tapeAtMost))
	}
}

// open opens a tape's file: a new one, or one that a restart cut off, which goes on behind silence for the time between.
func (r *recorder) open(t *tape) (problem string) {
	f := &t.written
	file, bytes, written, err := recordFile(nil), uint32(0), time.Time{}, fs.ErrNotExist
	if !t.fresh {
		file, bytes, written, err = r.disk.goOn(t.file)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist) && t.rest:
		f.over = true
		return ""
	case errors.Is(err, fs.ErrNotExist):
		if f.file, err = r.disk.create(t.file); err == nil {
			t.fresh, f.bytes = false, 0 // what there was of it is taken away
			t.begins(t.began)
			_, err = f.file.Write(wavHeader(0))
		}
	case err == nil:
		f.file = file
		first := t.begins(written.Add(-lasting(bytes/4) - lasting(tapeSettles)))
		_, err = file.WriteAt(wavHeader(bytes), 0)
		if behind := min(ticks(t.began.Sub(first)), tapeAtMost); f.bytes == 0 && !t.rest {
			bytes = max(bytes, 4*behind)
		}
		f.bytes = bytes
		if err == nil { // silence is a hole in the file, and counts when something stands behind it
			_, err = file.Seek(int64(len(wavHeader(0)))+int64(bytes), io.SeekStart)
		}
	}
	if err != nil {
		return fmt.Sprint("cannot make its file: ", bare(err))
	}
	return ""
}

// finish closes a tape's file and reports it.
func (r *recorder) finish(t *tape) {
	r.mu.Lock()
	r.tapes = slices.DeleteFunc(r.tapes, func(other *tape) bool { return other == t })
	r.mu.Unlock()
	f, lost := &t.written, t.dropped()
	if f.file == nil && f.problem != "" && !t.fresh { // there may be what a restart cut off, or a freeze
		t.rest = true
		_ = r.open(t)
	}
	if t.rest && f.file == nil && f.problem == "" {
		return // there was no file
	}
	if f.file != nil {
		err := errors.Join(f.file.Close(), r.disk.finish(t.file, f.bytes == 0))
		if err != nil && f.problem == "" {
			f.problem = fmt.Sprint("cannot finish its file: ", bare(err))
		}
	}
	if lost > 0 && f.problem == "" {
		f.problem = fmt.Sprintf("%v of sound are missing in it: the disk was too slow", lasting(lost))
	}
	if f.problem != "" {
		r.log.Error("recording", zap.String("leg", string(t.leg)), zap.String("file", t.file), zap.String("problem", f.problem))
	}
	r.report(call.Recorded{Leg: t.leg, File: t.file, Length: lasting(f.bytes / 4), Problem: f.problem})
}

// bare returns an error without the path of its file: whoever reads it has no use for that.
func bare(err error) error {
	if path := (*fs.PathError)(nil); errors.As(err, &path) {
		return path.Err
	}
	return err
}
