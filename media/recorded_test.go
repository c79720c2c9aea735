package media

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"telagent-gateway/call"
)

// recordedCall is a call of c and a that is recorded for three seconds and then cut off by a crash, for two seconds.
func recordedCall(t *testing.T, between func(part string, states []LegState)) (s *stage, file string) {
	t.Helper()
	s, dir := studio(t)
	s.w.Do(call.Join{A: "c", B: "a"})
	s.w.Do(call.Record{Leg: "c", File: "one.wav", Now: call.On})
	s.run(3 * time.Second)
	file = filepath.Join(dir, "one.wav")
	var states []LegState
	for _, l := range *s.w.legs.Load() {
		states = append(states, stateOf(t, s.w, l.id))
	}
	if between != nil {
		between(file+unfinished, states)
	}
	s.restarts(states, 2*time.Second)
	return s, file
}

// expectRecorded checks that the file holds both parts of the call at their times, and silence between.
func expectRecorded(t *testing.T, file string, whole time.Duration) {
	t.Helper()
	got := readRecording(t, file)
	const unsettled = recordEvery + 250*time.Millisecond // of what came last before a crash
	for channel, level := range map[int]int16{left: 2000, right: 500} {
		expectSpans(t, []string{"left", "right"}[channel], got[channel],
			span{0, 3*time.Second - unsettled, level}, span{3 * time.Second, 5 * time.Second, 0}, span{5*time.Second + 100*time.Millisecond, whole, level})
	}
}

func TestARecordingGoesOnInItsFileAfterARestartWithSilenceForTheTimeBetween(t *testing.T) {
	for name, between := range map[string]func(part string, states []LegState){
		"as kept": nil,
		"its last frame is torn": func(part string, _ []LegState) {
			f := must(os.OpenFile(part, os.O_WRONLY|os.O_APPEND, 0))
			_ = must(f.Write([]byte{1, 2, 3}))
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
		},
		"it was not kept that there is one": func(part string, states []LegState) {
			for i := range states {
				states[i].Recording = RecordingState{}
			}
			if err := os.Chtimes(part, time.Time{}, start.Add(2750*time.Millisecond)); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, file := recordedCall(t, between)
			s.w.Do(call.Record{Leg: "c", File: "one.wav", Now: call.On})
			s.run(3 * time.Second)
			s.w.Do(call.Record{Leg: "c", File: "one.wav", Now: call.Off})
			s.run(time.Second)
			expectRecorded(t, file, 8*time.Second)
			if last := s.said[len(s.said)-1]; last != "8000 Recorded c one.wav 8s" {
				t.Errorf("said %q", last)
			}
			if _, err := os.Stat(file + unfinished); err == nil {
				t.Error("a part is left")
			}
		})
	}
}

func TestARecordingThatDoesNotGoOnAfterARestartIsBroughtToItsEnd(t *testing.T) {
	for name, end := range map[string]func(s *stage){
		"it is over": func(s *stage) { s.w.Do(call.Record{Leg: "c", File: "one.wav", Now: call.Off}) },
		"the leg is": func(s *stage) { s.w.Release("c") },
	} {
		t.Run(name, func(t *testing.T) {
			s, file := recordedCall(t, nil)
			end(s)
			s.run(time.Second)
			got := readRecording(t, file)
			expectSpans(t, "left", got[left], span{0, 2500 * time.Millisecond, 2000})
			if last := s.said[len(s.said)-1]; last != "5000 Recorded c one.wav 2.5s" {
				t.Errorf("said %q", last)
			}
		})
	}
}

func TestTheRecordingOfALegThatIsLostIsBroughtToItsEnd(t *testing.T) {
	s, dir := studio(t)
	s.w.Do(call.Record{Leg: "c", File: "one.wav", Now: call.On})
	s.run(3 * time.Second)
	state := stateOf(t, s.w, "c")
	lost := must(build(Options{PortMin: state.Port, PortMax: state.Port + 1}, s, s.w.library)) // there are no others
	lost.now, lost.recorder.disk = s.w.now, s.w.recorder.disk
	s.w, s.taken = lost, map[uint16]bool{uint16(state.Port): true}
	if err := s.w.Restore(state); err == nil {
		t.Error("restored on a port that is taken")
	}
	s.run(time.Second)
	expectSpans(t, "left", readRecording(t, filepath.Join(dir, "one.wav"))[left], span{0, 2500 * time.Millisecond, 2000})
	s.expectSaid("3000 Recorded c one.wav 2.5s")
}

func TestWhatIsRecordedIsWrittenDownToTheMomentOfAFreeze(t *testing.T) {
	s, dir := studio(t)
	s.w.Do(call.Join{A: "c", B: "a"})
	s.w.Do(call.Record{Leg: "c", File: "one.wav", Now: call.On})
	s.run(3 * time.Second)
	states := must(s.w.Freeze())
	s.restarts(states, 2*time.Second)
	s.w.Do(call.Record{Leg: "c", File: "one.wav", Now: call.On})
	s.run(time.Second)
	s.w.Do(call.Record{Leg: "c", File: "one.wav", Now: call.Off})
	s.run(time.Second)
	got := readRecording(t, filepath.Join(dir, "one.wav"))
	expectSpans(t, "left", got[left], span{0, 3 * time.Second, 2000}, span{3 * time.Second, 5 * time.Second, 0}, span{5*time.Second + 50*time.Millisecond, 6 * time.Second, 2000})
}

func TestARecordingIsWholeWhereAFrozenWireGoesOnItself(t *testing.T) {
	s, dir := studio(t)
	s.w.Do(call.Record{Leg: "c", File: "one.wav", Now: call.On})
	s.run(time.Second)
	_ = must(s.w.Freeze())
	if err := s.w.Thaw(); err != nil {
		t.Fatal(err)
	}
	s.run(time.Second)
	s.w.Do(call.Record{Leg: "c", File: "one.wav", Now: call.Off})
	s.run(time.Second)
	s.expectSaid("2000 Recorded c one.wav 2s")
	expectSpans(t, "left", readRecording(t, filepath.Join(dir, "one.wav"))[left], span{0, 2 * time.Second, 2000})
}

// crowded is a folder on a disk that others have filled.
type crowded struct{ folder }

func (crowded) free() (uint64, error) { return freeAtLeast - 1, nil }

func TestARecordingThatFindsItsDiskFullWhenItGoesOnIsBroughtToItsEnd(t *testing.T) {
	t.Run("after a restart", func(t *testing.T) {
		s, file := recordedCall(t, nil)
		s.w.recorder.disk = crowded{folder(filepath.Dir(file))}
		s.w.Do(call.Record{Leg: "c", File: "one.wav", Now: call.On})
		s.run(time.Second)
		expectSpans(t, "left", readRecording(t, file)[left], span{0, 2500 * time.Millisecond, 2000})
		if last := s.said[len(s.said)-1]; last != "5000 Recorded c one.wav 2.5s less than 100 MB are free on its disk" {
			t.Errorf("said %q", last)
		}
	})
	t.Run("in a wire that was frozen", func(t *testing.T) {
		s, dir := studio(t)
		s.w.Do(call.Record{Leg: "c", File: "one.wav", Now: call.On})
		s.run(time.Second)
		_ = must(s.w.Freeze())
		s.w.recorder.disk = crowded{folder(dir)}
		if err := s.w.Thaw(); err != nil {
			t.Fatal(err)
		}
		s.run(time.Second)
		expectSpans(t, "left", readRecording(t, filepath.Join(dir, "one.wav"))[left], span{0, time.Second, 2000})
		s.expectSaid("1000 Recorded c one.wav 1s less than 100 MB are free on its disk")
	})
}

func TestARecordingWhoseFileIsTakenAwayBeginsAnewWhereAFrozenWireGoesOn(t *testing.T) {
	s, dir := studio(t)
	s.w.Do(call.Record{Leg: "c", File: "one.wav", Now: call.On})
	s.run(time.Second)
	_ = must(s.w.Freeze())
	file := filepath.Join(dir, "one.wav")
	if err := os.Remove(file + unfinished); err != nil {
		t.Fatal(err)
	}
	if err := s.w.Thaw(); err != nil {
		t.Fatal(err)
	}
	s.run(time.Second)
	s.w.Do(call.Record{Leg: "c", File: "one.wav", Now: call.Off})
	s.run(time.Second)
	expectSpans(t, "left", readRecording(t, file)[left], span{0, time.Second, 2000})
	s.expectSaid("2000 Recorded c one.wav 1s")
}

func TestARecordingThatNobodyGoesOnWithIsBroughtToItsEnd(t *testing.T) {
	s, dir := studio(t)
	for name, before := range map[string]time.Duration{"old.wav": orphanAfter + time.Second, "young.wav": time.Minute} {
		file := filepath.Join(dir, name+unfinished)
		if err := os.WriteFile(file, append(wavHeader(0), make([]byte, 4*clock)...), 0o600); err != nil { // the header was late
			t.Fatal(err)
		}
		if err := os.Chtimes(file, time.Time{}, start.Add(-before)); err != nil {
			t.Fatal(err)
		}
	}
	s.run(time.Second)
	s.expectSaid("0 Recorded  old.wav 1s")
	expectSpans(t, "left", readRecording(t, filepath.Join(dir, "old.wav"))[left], span{0, time.Second, 0})
	if _, err := os.Stat(filepath.Join(dir, "young.wav"+unfinished)); err != nil {
		t.Errorf("another gateway may write to it: %v", err)
	}
	s.run(2 * orphanAfter)
	s.expectSaid("0 Recorded  old.wav 1s", "600000 Recorded  young.wav 1s")
}
