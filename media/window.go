package media

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/pion/srtp/v3"
	"github.com/pion/transport/v5/replaydetector"
)

// window refuses the packets of one stream that came before, as the library's does, and after a restart also those that
// came before that: what a window of bits remembered is lost with the process, so everything up to the highest index that
// was kept is closed, and up to the first one that is accepted afterwards.
type window struct {
	of      replaydetector.CheckAccepter
	closed  uint64 // indexes below it are refused
	highest uint64
	begun   bool // highest was accepted
	resumes bool // nothing was accepted since a restart
}

func newWindow(most uint64) *window {
	return &window{of: replaydetector.New(replayWindow, most).(replaydetector.CheckAccepter)} // it says so of itself
}

// CheckSeq says whether an index may be a new packet's.
func (w *window) CheckSeq(index uint64) replaydetector.Token {
	if index < w.closed {
		return replaydetector.Rejected(index)
	}
	return w.of.CheckSeq(index)
}

// Accept notes a packet that was proved.
func (w *window) Accept(token replaydetector.Token) (latest bool) {
	if !token.Passed() {
		return false
	}
	if latest = w.of.Accept(token); latest || !w.begun {
		w.highest, w.begun = max(w.highest, token.Seq()), true
	}
	if w.resumes {
		w.closed, w.resumes = token.Seq(), false // itself is marked already
	}
	return latest
}

// Check does both, in the library's older way.
func (w *window) Check(index uint64) (accept func() bool, ok bool) {
	token := w.CheckSeq(index)
	return func() bool { return w.Accept(token) }, token.Passed()
}

// resume closes everything up to an index.
func (w *window) resume(index uint64) {
	w.closed, w.highest, w.begun, w.resumes = index+1, index, true, true
}

// The highest indexes of packets and of reports under one key.
// RFC 3711 §9.2
const (
	mostPackets = 1<<48 - 1
	mostReports = 1<<31 - 1
)

// openState returns what the direction that opens goes on with after a restart.
func (l *lock) openState() KeyState {
	if l == nil {
		return KeyState{}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	state := KeyState{Suite: l.keys.suite.String(), Key: []byte(l.keys.key), MKI: []byte(l.keys.mki), SSRC: l.ssrc}
	for ssrc, w := range l.packets {
		s := StreamState{SSRC: ssrc, Index: w.highest, Heard: true}
		if r := l.reports[ssrc]; r != nil {
			s.ReportIndex, s.Reported = uint32(r.highest), true
		}
		state.Streams = append(state.Streams, s)
		if ssrc == l.ssrc {
			state.Index = w.highest
		}
	}
	for ssrc, w := range l.reports {
		if l.packets[ssrc] == nil {
			state.Streams = append(state.Streams, StreamState{SSRC: ssrc, ReportIndex: uint32(w.highest), Reported: true})
		}
	}
	slices.SortFunc(state.Streams, func(a, b StreamState) int { return int(int64(a.SSRC) - int64(b.SSRC)) })
	return state
}

// keying reads what a direction was made of.
func (k *KeyState) keying() keying {
	return keying{suite: suiteNamed(k.Suite), key: string(k.Key), mki: string(k.MKI)}
}

// resumeOpening makes the lock of a direction that opens as it was; nil: it had no keys.
func resumeOpening(k KeyState) (*lock, error) {
	if k.Suite == "" {
		return nil, nil
	}
	l, err := newLock(k.keying())
	if err != nil {
		return nil, err
	}
	if len(k.Streams) > streamsPerKey {
		return nil, fmt.Errorf("%d streams under one key", len(k.Streams))
	}
	for _, s := range k.Streams {
		if s.Index > mostPackets || s.ReportIndex > mostReports {
			return nil, fmt.Errorf("stream %x is farther than a key reaches", s.SSRC)
		}
		if s.Heard {
			if err := l.reach(s.SSRC, s.Index); err != nil {
				return nil, err
			}
		}
		if s.Reported {
			l.context.SetIndex(s.SSRC, s.ReportIndex)
			l.reports[s.SSRC] = l.made
			l.made.resume(uint64(s.ReportIndex))
		}
	}
	l.streams = len(k.Streams)
	l.ssrc, l.highest, l.begun = k.SSRC, uint16(k.Index), k.SSRC != 0
	return l, nil
}

// reach brings a stream to a packet's index. The library sets the rollover counter alone and takes the next packet for one
// of the same turn, which it is not if the sequence numbers began anew meanwhile. So it is shown a packet of that index,
// made here and never sent.
func (l *lock) reach(ssrc uint32, index uint64) error {
	twin, err := newLock(l.keys)
	if err != nil {
		return err
	}
	twin.context.SetROC(ssrc, uint32(index>>16))
	l.context.SetROC(ssrc, uint32(index>>16))
	w := l.made
	packet := make([]byte, rtpHeader, rtpHeader+sealRoom+maxMKI)
	putHeader(packet, 0, false, uint16(index), 0, ssrc)
	if packet, err = twin.context.EncryptRTP(packet, packet, nil); err == nil {
		_, err = l.context.DecryptRTP(packet, packet, nil)
	}
	if err != nil {
		return fmt.Errorf("go on with stream %x: %w", ssrc, err)
	}
	l.packets[ssrc] = w
	w.resume(index)
	return nil
}

// resumeSealing makes the lock of a direction that seals, whose next packet has a sequence number some way behind the last
// one's; nil: it had no keys.
func resumeSealing(k KeyState, ssrc uint32, sequence uint16) (*lock, error) {
	if k.Suite == "" {
		return nil, nil
	}
	l, err := newLock(k.keying())
	if err != nil {
		return nil, err
	}
	if k.Index > mostPackets || k.ReportIndex > mostReports {
		return nil, fmt.Errorf("stream %x is farther than a key reaches", ssrc)
	}
	// The first turn's first packet is below 2^15, so that a stream that had not begun is in it still.
	index := k.Index + uint64(sequence-uint16(k.Index))
	if k.SSRC == 0 {
		index = uint64(sequence)
	}
	l.context.SetROC(ssrc, uint32(index>>16))
	l.context.SetIndex(ssrc, k.ReportIndex)
	l.ssrc, l.highest, l.begun = ssrc, uint16(index), true // as if it were sent
	return l, nil
}

// streamOf returns the SSRC of a packet.
func streamOf(datagram []byte) uint32 { return binary.BigEndian.Uint32(datagram[8:]) }

// reporterOf returns the SSRC of a report.
func reporterOf(datagram []byte) uint32 { return binary.BigEndian.Uint32(datagram[4:]) }

// windows are the options by which a lock makes its windows itself, as it must know them.
func (l *lock) windows() []srtp.ContextOption {
	factory := func(most uint64) func() replaydetector.ReplayDetector {
		return func() replaydetector.ReplayDetector {
			l.made = newWindow(most)
			return l.made
		}
	}
	return []srtp.ContextOption{srtp.SRTPReplayDetectorFactory(factory(mostPackets)), srtp.SRTCPReplayDetectorFactory(factory(mostReports))}
}
