package telagent

import (
	"time"

	"telagent-gateway/call"
)

// recording is the one sound file of a call.
type recording struct {
	file  string // empty: nothing was recorded yet
	now   call.Recording
	began time.Time
	alarm bool // that it failed was told
}

// hold lets the customer hear music, or ends that, as the agent asks at the page. A phone holds by itself, see held.
func (f *Floor) hold(c Hold) error {
	v, err := f.ledCall(c.By, c.Call, Primary)
	if err != nil {
		return err
	}
	switch {
	case v.customer == nil:
		return refuse("no_customer", "There is no customer in this call.")
	case v.paused == !c.Off:
		return refuse("already_so", "The customer %s.", map[bool]string{true: "is on hold already", false: "is not on hold"}[v.paused])
	}
	v.paused = !c.Off
	f.mix(v)
	f.touch(v.owner)
	f.touchCall(v)
	return nil
}

// recordCall starts, pauses or ends the recording of a call, as a person asks.
func (f *Floor) recordCall(c RecordCall) error {
	v, err := f.ledCall(c.By, c.Call, Primary)
	if err != nil {
		return err
	}
	if c.Now == call.Off { // the agent may let it rest, not end it
		if _, err := f.supervised(c.By, v.owner.ID); err != nil {
			return err
		}
	}
	switch {
	case v.customer == nil:
		return refuse("no_customer", "A call between agents is not recorded.")
	case v.recording.now == c.Now:
		return refuse("already_so", "The recording is %s already.", c.Now)
	case v.recording.file != "" && v.recording.now == call.Off:
		return refuse("recording_over", "The recording of this call has ended.")
	case v.recording.file == "" && c.Now != call.On:
		return refuse("no_recording", "This call is not recorded.")
	}
	f.record(v, c.Now)
	return nil
}

// record orders what becomes of the recording of a call: one file for the whole of it, whoever serves the customer.
func (f *Floor) record(v *visit, now call.Recording) {
	r := &v.recording
	if r.file == "" {
		r.file, r.began = string(v.id)+".wav", f.now
		v.record.Recordings = append(v.record.Recordings, Recording{File: r.file, Began: f.now})
	}
	r.now = now
	if now == call.Paused {
		v.record.Recordings[len(v.record.Recordings)-1].Paused = true
	}
	f.act(call.Record{Leg: v.customer.id, File: r.file, Now: now})
	f.touchCall(v)
}

// recordServed starts the recording of a customer who is served where his queue says so, and goes on with one that
// rested while he waited.
func (f *Floor) recordServed(v *visit) {
	r := v.recording
	switch {
	case v.customer == nil:
	case r.file == "" && v.line != nil && v.line.Record && r.now == call.Off, r.now == call.Paused && v.resting:
		v.resting = false
		f.record(v, call.On)
	}
}

// recordRests lets the recording rest while the customer waits: music is not worth the room.
func (f *Floor) recordRests(v *visit) {
	if v.recording.now == call.On {
		v.resting = true
		f.record(v, call.Paused)
	}
}

// recorded takes the end of a recording, which comes when the call may be over already.
func (f *Floor) recorded(e call.Recorded) {
	f.say(RecordingEnded{File: e.File, Length: e.Length, Problem: e.Problem})
	l := f.legs[e.Leg]
	if l == nil || l.visit == nil || l.visit.recording.file != e.File {
		return
	}
	v := l.visit
	v.recording.now = call.Off
	for i := range v.record.Recordings {
		if r := &v.record.Recordings[i]; r.File == e.File {
			r.Length, r.Problem = e.Length, e.Problem
		}
	}
	if e.Problem != "" && f.calls[v.id] == v {
		v.recording.alarm = true
		f.say(AlarmRaised{Time: f.now, Code: "recording", Subject: string(v.id), Team: v.team, Sentence: "A call is not recorded: " + e.Problem + "."})
	}
	f.touchCall(v)
}
