package media

import (
	"errors"
	"fmt"
	"sync"

	"golang.org/x/sys/unix"

	"telagent-gateway/call"
)

// Freeze stops all legs at one moment, between two packets: nothing is sent or read any more, and what comes waits in the
// sockets; what happened until then is reported. It returns their states, which are exact, so that another wire goes on with
// the sockets (Sockets) as if nothing had been. What is recorded is written down to that moment, and its files are left as a
// crash leaves them: the other wire goes on in them. Then there is Abandon, or Thaw if nobody took over. Errors: closed, or
// frozen before.
func (w *Wire) Freeze() ([]LegState, error) {
	w.mu.Lock()
	if w.closed || w.frozen {
		w.mu.Unlock()
		return nil, errors.New("freeze media: closed or frozen before")
	}
	w.frozen = true
	w.mu.Unlock()
	w.pacing.Lock()
	legs := *w.legs.Load()
	var resting sync.WaitGroup
	for _, l := range legs {
		for _, socket := range []link{l.rtp, l.rtcp} {
			resting.Go(socket.rest)
		}
	}
	resting.Wait()
	w.still.Store(true)
	w.recorder.suspend(w.now())
	w.flush()
	states := make([]LegState, 0, len(legs))
	for _, l := range legs {
		if state, ok := w.Snapshot(l.id); ok {
			state.Exact = true
			states = append(states, state)
		}
	}
	return states, nil
}

// Thaw lets a frozen wire go on: nobody took its legs over.
func (w *Wire) Thaw() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.frozen || w.closed {
		return errors.New("thaw media: it is not frozen")
	}
	w.frozen = false
	w.still.Store(false)
	w.recorder.resume()
	now := w.now()
	for _, l := range *w.legs.Load() {
		l.slot.mu.Lock()
		l.slot.kept.until = now.Add(resumePatience)
		l.slot.mu.Unlock()
		w.attend(l)
	}
	w.pacing.Unlock()
	return nil
}

// reclaimMargin is how many packets another process may have sent beyond what time allowed: it read what waited in the sockets.
const reclaimMargin = 100

// Reclaim says, before Thaw, that another process may have gone on with the legs of a frozen wire, and does no more: our streams
// go on behind what it sent, so that no key is used twice for one number and no far side takes us for an echo.
// RFC 3711 §3.3.1
func (w *Wire) Reclaim() {
	now := w.now()
	for _, l := range *w.legs.Load() {
		l.slot.mu.Lock()
		passed := max(0, now.Sub(l.slot.taken.at)) // a frozen leg's state was taken when it froze
		l.slot.stream.sequence += uint16(min(passed, aheadAtMost)/aheadEvery) + reclaimMargin
		ssrc := l.slot.stream.ssrc
		l.slot.mu.Unlock()
		if g := l.guard.Load(); g != nil {
			g.out.passOver(ssrc)
		}
	}
}

// passOver leaves the report numbers to another process that it may have used.
func (l *lock) passOver(ssrc uint32) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	report, _ := l.context.Index(ssrc)
	l.context.SetIndex(ssrc, min(report+2*reportsReserved, mostReports)) // it began above those that we had reserved
}

// Sockets returns descriptors of a leg's sockets, to be handed over to another process, at any time. Who asks closes them.
// They do not block, and must not be made to: it is the same sockets. Errors: the leg has no audio or is over.
func (w *Wire) Sockets(id call.LegID) (rtp, rtcp int, err error) {
	l, err := w.find(id)
	if err != nil {
		return 0, 0, fmt.Errorf("hand over sockets: %w", err)
	}
	if rtp, err = l.rtp.descriptor(); err != nil {
		return 0, 0, fmt.Errorf("hand over the RTP socket of leg %s: %w", id, err)
	}
	if rtcp, err = l.rtcp.descriptor(); err != nil {
		return 0, 0, errors.Join(fmt.Errorf("hand over the RTCP socket of leg %s: %w", id, err), unix.Close(rtp))
	}
	return rtp, rtcp, nil
}

// Abandon ends the wire without a word: no RTCP BYE, no events, recordings as a crash leaves them. Others have its legs,
// or shall find them dead. Errors: closed before.
func (w *Wire) Abandon() error {
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return errors.New("abandon media: closed before")
	}
	w.closed = true
	frozen, legs := w.frozen, *w.legs.Load()
	w.mu.Unlock()
	w.still.Store(true)
	w.recorder.suspend(w.now())
	for _, l := range legs {
		w.shut(l)
	}
	if frozen {
		w.pacing.Unlock()
	}
	w.end(func() { within(diskTime, w.recorder.ended) })
	return nil
}
