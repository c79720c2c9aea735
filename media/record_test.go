package media

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"telagent-gateway/call"
)

// studio is a conference whose legs may be recorded into a folder.
func studio(t *testing.T) (s *stage, dir string) {
	s = conference(t)
	dir = filepath.Join(t.TempDir(), "recordings")
	f, err := openFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	s.w.recorder.disk = f
	return s, dir
}

// readRecording returns the channels of a file that must be a whole stereo WAV file of 16 bits at 8000 Hz.
func readRecording(t *testing.T, file string) (channels [2][]int16) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var h struct {
		Riff         [4]byte
		Size         uint32
		Wave, Format [4]byte
		FormatSize   uint32
		PCM, Stereo  uint16
		Rate, Bytes  uint32
		Align, Bits  uint16
		Data         [4]byte
		DataSize     uint32
	}
	body := bytes.NewReader(data)
	if err := binary.Read(body, binary.LittleEndian, &h); err != nil {
		t.Fatal(err)
	}
	names := string(h.Riff[:]) + string(h.Wave[:]) + string(h.Format[:]) + string(h.Data[:])
	if names != "RIFFWAVEfmt data" || h.PCM != 1 || h.Stereo != 2 || h.Rate != clock || h.Bytes != 4*clock || h.Align != 4 || h.Bits != 16 ||
		h.Size != h.DataSize+36 || int(h.DataSize) != body.Len() {
		t.Fatalf("header %q %+v before %d bytes", names, h, body.Len())
	}
	frames := make([][2]int16, h.DataSize/4)
	if err := binary.Read(body, binary.LittleEndian, frames); err != nil {
		t.Fatal(err)
	}
	for _, f := range frames {
		channels[left], channels[right] = append(channels[left], f[left]), append(channels[right], f[right])
	}
	return channels
}

// span is what a channel holds between two times: the level of who is heard alone, to within what G.711 rounds.
type span struct {
	from, to time.Duration
	level    int16
}

// expectSpans checks a channel within each span, but for a moment at its ends.
func expectSpans(t *testing.T, name string, channel []int16, spans ...span) {
	t.Helper()
	const moment = 60 * time.Millisecond
	for _, s := range spans {
		from, to := ticks(s.from+moment), ticks(s.to-moment)
		if int(to) > len(channel) {
			t.Errorf("%s: ends after %v, before %v", name, lasting(uint32(len(channel))), s.to)
			continue
		}
		for i, sample := range channel[from:to] {
			if abs(int(sample)-int(s.level)) > int(s.level)/16 {
				t.Errorf("%s at %v: %d, want %d", name, lasting(from+uint32(i)), sample, s.level)
				break
			}
		}
	}
}

func TestARecordingHasTheCustomerLeftAndWhateverHeHearsRightAcrossASwap(t *testing.T) {
	s, dir := studio(t)
	s.w.Do(call.Record{Leg: "c", File: "one.wav", Now: call.On})
	s.run(time.Second)
	s.w.Do(call.Join{A: "c", B: "a"})
	s.run(2 * time.Second)
	s.w.Do(call.Swap{Old: "a", New: "b"})
	s.run(2 * time.Second)
	s.w.Do(call.Hear{Leg: "c", From: []call.LegID{"b", "a"}})
	s.run(2 * time.Second)
	s.w.Do(call.Park{Leg: "c", Audio: call.Silence})
	s.run(time.Second)
	s.w.Do(call.Record{Leg: "c", File: "one.wav", Now: call.Off})
	s.run(time.Second)
	s.expectSaid("8000 Recorded c one.wav 8s")
	got := readRecording(t, filepath.Join(dir, "one.wav"))
	expectSpans(t, "left", got[left], span{0, 8 * time.Second, 2000})
	expectSpans(
		t, "right", got[right], span{0, time.Second, 0}, span{time.Second, 3 * time.Second, 500}, span{3 * time.Second, 5 * time.Second, 1000},
		span{5 * time.Second, 7 * time.Second, 1500}, span{7 * time.Second, 8 * time.Second, 0},
	)
	s.w.Release("c")
	s.run(time.Second)
	s.expectSaid("8000 Recorded c one.wav 8s")
	expectMode(t, dir, 0o700)
	expectMode(t, filepath.Join(dir, "one.wav"), 0o600)
}

func expectMode(t *testing.T, file string, want fs.FileMode) {
	t.Helper()
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != want {
		t.Errorf("%s: %v %v, want %v", file, info.Mode().Perm(), err, want)
	}
}

func TestAPausedRecordingGoesOnWithSilenceOnBothChannels(t *testing.T) {
	s, dir := studio(t)
	s.w.Do(call.Join{A: "c", B: "a"})
	s.run(time.Second)
	for _, now := range []call.Recording{call.Paused, call.On, call.Paused, call.On} {
		s.w.Do(call.Record{Leg: "c", File: "one.wav", Now: now})
		s.run(time.Second)
	}
	s.w.Release("c")
	s.run(time.Second)
	s.expectSaid("5000 Recorded c one.wav 4s")
	got := readRecording(t, filepath.Join(dir, "one.wav"))
	for name, level := range map[int]int16{left: 2000, right: 500} {
		expectSpans(t, fmt.Sprint("channel ", name), got[name], span{0, time.Second, 0}, span{time.Second, 2 * time.Second, level},
			span{2 * time.Second, 3 * time.Second, 0}, span{3 * time.Second, 4 * time.Second, level})
	}
}

func TestWhatIsNotSaidIsSilenceForItsOwnTime(t *testing.T) {
	s, dir := studio(t)
	s.w.Do(call.Join{A: "c", B: "a"})
	s.w.Do(call.Record{Leg: "c", File: "one.wav", Now: call.On})
	for i := range 4 {
		for _, f := range s.feeds {
			f.quiet = i%2 == 1
		}
		s.run(time.Second)
	}
	s.w.Do(call.Record{Leg: "c", File: "one.wav", Now: call.Off})
	s.run(time.Second)
	got := readRecording(t, filepath.Join(dir, "one.wav"))
	for name, level := range map[int]int16{left: 2000, right: 500} {
		expectSpans(t, fmt.Sprint("channel ", name), got[name], span{0, time.Second, level}, span{time.Second, 2 * time.Second, 0},
			span{2 * time.Second, 3 * time.Second, level}, span{3 * time.Second, 4 * time.Second, 0})
	}
}

func TestPacketsThatJitterAreRecordedWhereTheyBelong(t *testing.T) {
	s, dir := studio(t)
	s.feeds = nil
	s.w.Do(call.Record{Leg: "c", File: "one.wav", Now: call.On})
	for n := range 200 {
		s.run(20 * time.Millisecond)
		if n%10 == 9 { // ten packets at once, in no order
			for i := range 10 {
				number := uint32(n - (i*7)%10)
				s.receive("c", farAt("c"), rtpPacket(0, false, uint16(number), number*160, 9, bytes.Repeat([]byte{muFromLinear(2000)}, 160)))
			}
		}
	}
	s.w.Do(call.Record{Leg: "c", File: "one.wav", Now: call.Off})
	s.run(time.Second)
	got := readRecording(t, filepath.Join(dir, "one.wav"))
	expectSpans(t, "left", got[left], span{500 * time.Millisecond, 3500 * time.Millisecond, 2000})
}

func TestARecordingThatACrashCutsOffCanBePlayed(t *testing.T) {
	s, dir := studio(t)
	s.w.Do(call.Record{Leg: "c", File: "one.wav", Now: call.On})
	for range 5 {
		s.run(700 * time.Millisecond)
		readRecording(t, filepath.Join(dir, "one.wav"+unfinished))
	}
	if n := len(readRecording(t, filepath.Join(dir, "one.wav"+unfinished))[left]); n < 3*clock {
		t.Errorf("%d samples after 3.5 s", n)
	}
}

func TestARecordingBegunBeforeItsLegIsDescribedHasTheLegFromThenOn(t *testing.T) {
	s := newStage(t)
	dir := t.TempDir()
	s.w.recorder.disk = folder(dir)
	s.w.Do(call.Record{Leg: "c", File: "one.wav", Now: call.On})
	s.run(time.Second)
	s.arrives("c", "0 101")
	s.talks("c", muFromLinear(2000))
	s.run(time.Second)
	s.w.Do(call.Record{Leg: "c", File: "two.wav", Now: call.On}) // ends the first
	s.run(time.Second)
	s.w.Release("c")
	s.run(time.Second)
	s.expectSaid("2000 Recorded c one.wav 2s", "3000 Recorded c two.wav 1s")
	expectSpans(t, "left", readRecording(t, filepath.Join(dir, "one.wav"))[left],
		span{0, time.Second, 0}, span{time.Second, 2 * time.Second, 2000})
	expectSpans(t, "left", readRecording(t, filepath.Join(dir, "two.wav"))[left], span{0, time.Second, 2000})
}

func TestARecordingThatCannotBeMadeIsReportedOnceAndTheCallGoesOn(t *testing.T) {
	for name, c := range map[string]struct {
		order   call.Record
		prepare func(s *stage, dir string)
		want    string
	}{
		"no folder":       {call.Record{Leg: "c", File: "one.wav"}, func(s *stage, _ string) { s.w.recorder.disk = nil }, "set media.recordings"},
		"a path":          {call.Record{Leg: "c", File: "../one.wav"}, nil, "no name for a file"},
		"a hidden file":   {call.Record{Leg: "c", File: ".one.wav"}, nil, "no name for a file"},
		"a dead leg":      {call.Record{Leg: "d", File: "one.wav"}, func(s *stage, _ string) { s.w.Release("d") }, "the leg was over"},
		"a used name":     {call.Record{Leg: "c", File: "used.wav"}, nil, "file already exists"},
		"a left-over":     {call.Record{Leg: "c", File: "left.wav"}, nil, "file exists"},
		"no such folder":  {call.Record{Leg: "c", File: "one.wav"}, func(s *stage, dir string) { s.w.recorder.disk = folder(dir + "/none") }, "no such file"},
		"little is free":  {call.Record{Leg: "c", File: "one.wav"}, func(s *stage, _ string) { s.w.recorder.disk = &fakeDisk{left: freeAtLeast - 1} }, "less than 100 MB"},
		"nothing is free": {call.Record{Leg: "c", File: "one.wav"}, func(s *stage, _ string) { s.w.recorder.disk = &fakeDisk{full: 20} }, "no space left"},
	} {
		t.Run(name, func(t *testing.T) {
			s, dir := studio(t)
			for _, file := range []string{"used.wav", "left.wav" + unfinished} {
				if err := os.WriteFile(filepath.Join(dir, file), nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if c.prepare != nil {
				c.prepare(s, dir)
			}
			s.w.Do(call.Join{A: "c", B: "a"})
			c.order.Now = call.On
			s.w.Do(c.order)
			s.run(time.Second)
			c.order.Now = call.Off
			s.w.Do(c.order)
			s.run(time.Second)
			if len(s.said) != 1 || !strings.Contains(s.said[0], c.want) || !strings.Contains(s.said[0], " 0s ") || strings.Contains(s.said[0], dir) {
				t.Errorf("events %q, want one with %q", s.said, c.want)
			}
			s.expectLevel("the call", "c", "a")
			left, err := filepath.Glob(filepath.Join(dir, "*"))
			if err != nil || len(left) != 2 {
				t.Errorf("files %q (%v)", left, err)
			}
		})
	}
}

// fakeDisk is a disk that gets full or lets the recorder wait.
type fakeDisk struct {
	full int    // bytes that it takes; 0: any number
	left uint64 // bytes that it says are free; 0: enough
	wait chan struct{}

	mu    sync.Mutex
	sound []byte
	ended []string
}

func (d *fakeDisk) create(string) (recordFile, error) { return d, nil }

func (d *fakeDisk) goOn(string) (recordFile, uint32, time.Time, error) {
	return nil, 0, time.Time{}, fs.ErrNotExist
}

func (d *fakeDisk) orphans(time.Time) ([]string, error) { return nil, nil }

func (d *fakeDisk) Seek(int64, int) (int64, error) { return 0, nil }

func (d *fakeDisk) finish(name string, _ bool) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ended = append(d.ended, name)
	return nil
}

func (d *fakeDisk) free() (uint64, error) {
	if d.left != 0 {
		return d.left, nil
	}
	return freeAtLeast, nil
}

func (d *fakeDisk) Write(b []byte) (int, error) {
	if d.wait != nil {
		<-d.wait
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.full != 0 && len(d.sound)+len(b) > d.full {
		return 0, &fs.PathError{Op: "write", Path: "secret", Err: syscall.ENOSPC}
	}
	d.sound = append(d.sound, b...)
	return len(b), nil
}

func (d *fakeDisk) WriteAt(b []byte, _ int64) (int, error) { return len(b), nil }
func (d *fakeDisk) Close() error                           { return nil }

func TestADiskThatGetsFullEndsTheRecordingAndNothingElse(t *testing.T) {
	s, _ := studio(t)
	disk := &fakeDisk{full: 44 + 3*4*clock}
	s.w.recorder.disk = disk
	s.w.Do(call.Join{A: "c", B: "a"})
	s.w.Do(call.Record{Leg: "c", File: "one.wav", Now: call.On})
	s.run(10 * time.Second)
	s.w.Do(call.Record{Leg: "c", File: "one.wav", Now: call.Paused})
	s.run(time.Second)
	s.w.Release("c")
	s.run(time.Second)
	if len(s.said) != 1 || !strings.HasSuffix(s.said[0], "Recorded c one.wav 3s cannot write: no space left on device") {
		t.Errorf("events %q", s.said)
	}
	if len(disk.ended) != 1 || len(s.w.recorder.tapes) != 0 {
		t.Errorf("finished %q, %d tapes are left", disk.ended, len(s.w.recorder.tapes))
	}
}

func TestAnErrorWithoutAFileIsToldAsItIs(t *testing.T) {
	if err := errors.New("so"); bare(err).Error() != "so" {
		t.Errorf("got %v", bare(err))
	}
}

func TestADiskThatIsTooSlowCostsSilenceThatIsCountedAndNoTime(t *testing.T) {
	s, dir := studio(t)
	s.w.Do(call.Record{Leg: "c", File: "one.wav", Now: call.On})
	s.run(2 * time.Second)
	s.slow = true
	s.run(5 * time.Second)
	s.slow = false
	s.run(2 * time.Second)
	s.w.Do(call.Record{Leg: "c", File: "one.wav", Now: call.Off})
	s.run(time.Second)
	if len(s.said) != 1 || !strings.HasPrefix(s.said[0], "9000 Recorded c one.wav 9s ") || !strings.HasSuffix(s.said[0], "the disk was too slow") {
		t.Errorf("events %q", s.said)
	}
	got := readRecording(t, filepath.Join(dir, "one.wav"))
	expectSpans(t, "left", got[left], span{0, 3500 * time.Millisecond, 2000}, span{4 * time.Second, 6500 * time.Millisecond, 0},
		span{7500 * time.Millisecond, 9 * time.Second, 2000})
}

func TestAWireThatClosesEndsItsRecordings(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "folder")
	var events []call.Event
	w, err := Start(Options{RecordDir: dir, Report: func(e call.Event) { events = append(events, e) }})
	if err != nil {
		t.Fatal(err)
	}
	customer, agent := newRobot(t, customerTone), newRobot(t, agentTone)
	callIn(t, w, "c", customer)
	dial(t, w, "a", "c", agent)
	w.Do(call.Join{A: "c", B: "a"})
	w.Do(call.Record{Leg: "c", File: "one.wav", Now: call.On})
	w.Do(call.Record{Leg: "unknown", File: "two.wav", Now: call.On})
	expectTones(t, "customer", customer.hears(agentTone), agentTone)
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	got := readRecording(t, filepath.Join(dir, "one.wav"))
	for channel, tone := range map[int]float64{left: customerTone, right: agentTone} {
		var found []float64
		for _, f := range []float64{customerTone, agentTone} {
			if goertzel(got[channel][800:4000], f) > 1000 {
				found = append(found, f)
			}
		}
		expectTones(t, fmt.Sprint("channel ", channel), found, tone)
	}
	told := 0
	for _, e := range events {
		if r, ok := e.(call.Recorded); ok && r.Problem == "" && r.Length > 0 {
			told++
		}
	}
	if told != 2 {
		t.Errorf("%d recordings told of: %v", told, events)
	}
}

func TestTheAudioNeverWaitsForTheDisk(t *testing.T) {
	w, err := Start(Options{})
	if err != nil {
		t.Fatal(err)
	}
	disk := &fakeDisk{wait: make(chan struct{})}
	w.recorder.disk = disk
	customer, agent := newRobot(t, customerTone), newRobot(t, agentTone)
	callIn(t, w, "c", customer)
	dial(t, w, "a", "c", agent)
	w.Do(call.Record{Leg: "c", File: "one.wav", Now: call.On})
	w.Do(call.Join{A: "c", B: "a"})
	expectTones(t, "customer", customer.hears(agentTone), agentTone)
	expectTones(t, "agent", agent.hears(customerTone), customerTone)
	close(disk.wait)
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	if !slices.Equal(disk.ended, []string{"one.wav"}) {
		t.Errorf("finished %q", disk.ended)
	}
}

func TestADiskThatHangsKeepsNoWireFromStandingStillOrItsEnd(t *testing.T) {
	w, err := Start(Options{})
	if err != nil {
		t.Fatal(err)
	}
	disk := &fakeDisk{wait: make(chan struct{})}
	w.recorder.disk = disk
	customer := newRobot(t, customerTone)
	callIn(t, w, "c", customer)
	w.Do(call.Record{Leg: "c", File: "one.wav", Now: call.On})
	customer.sings(30)
	if states, err := w.Freeze(); err != nil || len(states) != 1 {
		t.Errorf("%d legs stand still, %v", len(states), err)
	}
	if err := w.Thaw(); err != nil {
		t.Fatal(err)
	}
	customer.sings(30)
	if _, err := w.Freeze(); err != nil {
		t.Error(err)
	}
	if err := w.Abandon(); err != nil {
		t.Error(err)
	}
	close(disk.wait)
}
