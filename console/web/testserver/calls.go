package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"io/fs"
	"math"
	"net/netip"
	"slices"
	"strings"
	"testing/fstest"
	"time"

	"telagent-gateway/call"
	"telagent-gateway/console"
	"telagent-gateway/telagent"
)

// past is what is remembered of calls that ended before the curtain rises: one that was switched, and some others.
type past struct {
	records []telagent.Record
	ladders map[call.ID]call.Ladder
}

func newPast(rise time.Time) *past {
	p := &past{ladders: make(map[call.ID]call.Ladder)}
	p.switched(rise.Add(-25 * time.Minute).Truncate(time.Second))
	for i, of := range []struct {
		number, name, queue, agent string
		cause                      call.Cause
		by                         string
		long                       time.Duration
	}{
		{"+441632960961", "Harper & Sons", "billing", "mia", call.Normal, "customer", 4 * time.Minute},
		{"+33140205050", "Galerie Moreau", "french", "", call.Cancelled, "customer", 50 * time.Second},
		{"+4940330000", "Hafen Logistik", "support", "samir", call.Normal, "samir", 9 * time.Minute},
		{"", "", "support", "", call.Cancelled, "customer", 12 * time.Second},
		{"+491512345678", "", "billing", "carla", call.Lost, "system", 2 * time.Minute},
	} {
		p.plain(fmt.Sprintf("old-%d", i), rise.Add(-time.Duration(30+i)*time.Minute), of.long, call.Party{Number: of.number, Name: of.name}, of.queue, of.agent, of.cause, of.by)
	}
	for i := range 60 { // enough for another page
		p.plain(fmt.Sprintf("older-%02d", i), rise.Add(-2*time.Hour-time.Duration(i)*time.Minute), 3*time.Minute, call.Party{Number: fmt.Sprintf("+49301112%03d", i)}, "support", "hugo", call.Normal, "customer")
	}
	slices.SortFunc(p.records, func(a, b telagent.Record) int { return cmp.Or(b.Ended.Compare(a.Ended), cmp.Compare(b.ID, a.ID)) })
	return p
}

// plain adds a call of one agent, or of none.
func (p *past) plain(id string, ended time.Time, long time.Duration, from call.Party, queue, agent string, cause call.Cause, by string) {
	began := ended.Add(-long)
	r := telagent.Record{
		ID: call.ID(id), Kind: "inbound", From: from, To: support, Queue: queue, Began: began, Ended: ended, Cause: cause, EndedBy: by,
		Legs: []telagent.LegRecord{{Leg: call.LegID(id + "-1"), Seat: call.CustomerSeat, Device: call.PSTN, Target: from.Number, Began: began, Answered: began, Ended: ended, Cause: cause}},
	}
	if agent != "" {
		r.Answered = began.Add(8 * time.Second)
		r.Legs = append(r.Legs, telagent.LegRecord{
			Leg: call.LegID(id + "-2"), Seat: call.AgentSeat, Agent: agent, Device: call.Softphone, Target: agent + "@softphone", Began: began.Add(time.Second),
			Answered: r.Answered, Ended: ended, Cause: cause,
		})
	}
	p.records = append(p.records, r)
}

// switched adds a call that moved from a softphone to a phone, whose audio had a bad time before.
func (p *past) switched(began time.Time) {
	at := func(s float64) time.Time { return began.Add(time.Duration(s * float64(time.Second))) }
	quality := call.Quality{
		Received: call.StreamQuality{Packets: 9000, Lost: 130, Jitter: 6 * time.Millisecond, JitterMost: 41 * time.Millisecond}, Sent: call.StreamQuality{Packets: 9100, Lost: 12, Jitter: 4 * time.Millisecond},
		Reports: 30, Encryption: "dtls", RoundTrip: 38 * time.Millisecond, RoundTripMost: 120 * time.Millisecond,
	}
	clean := call.Quality{Received: call.StreamQuality{Packets: 15000, Jitter: time.Millisecond, JitterMost: 3 * time.Millisecond}, Encryption: "rtp"}
	r := telagent.Record{
		ID: "switched", Kind: "inbound", From: call.Party{Number: "+493055500700", Name: "Brandt & Söhne"}, To: support, Queue: "support", Began: began, Answered: at(9),
		Ended: at(300), Cause: call.Normal, EndedBy: "customer",
		Legs: []telagent.LegRecord{
			{Leg: "w1", Seat: call.CustomerSeat, Device: call.PSTN, Target: "+493055500700", Began: began, Answered: began, Ended: at(300), Cause: call.Normal, Quality: &clean},
			{Leg: "w2", Seat: call.AgentSeat, Agent: "greta", Device: call.Softphone, Target: "greta@softphone", Began: at(0.4), Answered: at(9), Ended: at(182), Cause: call.Moved, Quality: &quality},
			{Leg: "w3", Seat: call.AgentSeat, Agent: "greta", Device: call.PSTN, Target: "+493012345006", Began: at(170), Answered: at(176), Ended: at(300), Cause: call.Normal, Quality: &clean},
		},
		Switches: []telagent.SwitchRecord{{
			Agent: "greta", By: "boss", To: "+493012345006", Began: at(170), Ended: at(182), Result: "done", Leg: "w3",
			Gap: 23 * time.Millisecond, CutOver: 41 * time.Millisecond, TwoWay: 38 * time.Millisecond,
		}},
		Recordings: []telagent.Recording{{File: "switched.wav", Began: at(9), Length: 291 * time.Second}},
	}
	p.records = append(p.records, r)
	p.ladders["switched"] = call.Ladder{Strands: []call.Strand{
		{Leg: "w1", Trunk: "carrier", Messages: sent(began, "198.51.100.7:5060", "UDP", line("in", 0, "INVITE", sdp), line("out", 0.003, "100 Trying", ""), line("out", 0.01, "200 OK", sdp), line("in", 0.06, "ACK", ""), line("in", 300, "BYE", ""), line("out", 300.002, "200 OK", "")), Course: course(began, 300, false)},
		{Leg: "w2", Messages: sent(began, "203.0.113.44:51724", "WSS", line("out", 0.4, "INVITE", sdp), line("in", 0.45, "100 Trying", ""), line("in", 0.6, "180 Ringing", ""), line("in", 9, "200 OK", sdp), line("out", 9.004, "ACK", ""), line("out", 182.01, "BYE", ""), line("in", 182.07, "200 OK", "")), Course: course(at(9), 173, true)},
		{Leg: "w3", Trunk: "carrier", Messages: sent(began, "198.51.100.7:5060", "UDP", line("out", 170, "INVITE", sdp), line("in", 170.01, "407 Proxy Authentication Required", ""), line("out", 170.012, "ACK", ""), line("out", 170.02, "INVITE", sdp), line("in", 170.04, "100 Trying", ""), line("in", 171.2, "180 Ringing", ""), line("in", 176, "200 OK", sdp), line("out", 176.003, "ACK", ""), line("out", 300.01, "BYE", ""), line("in", 300.05, "200 OK", "")), Course: course(at(176), 124, false)},
	}, Notes: []call.Note{
		{At: at(0), Leg: "w1", What: "invited", Detail: support},
		{At: at(0.012), Leg: "w1", What: "parked", Detail: "music"},
		{At: at(0.4), Leg: "w2", What: "dialled", Detail: "greta@softphone"},
		{At: at(0.6), Leg: "w2", What: "ringing"},
		{At: at(9), Leg: "w2", What: "answered"},
		{At: at(9.001), Leg: "w1", What: "joined", Other: "w2"},
		{At: at(9.001), Leg: "w2", What: "joined", Other: "w1"},
		{At: at(80), Leg: "w2", What: "held"},
		{At: at(80.001), Leg: "w1", What: "parked", Detail: "music"},
		{At: at(104), Leg: "w2", What: "resumed"},
		{At: at(104.001), Leg: "w1", What: "joined", Other: "w2"},
		{At: at(104.001), Leg: "w2", What: "joined", Other: "w1"},
		{At: at(165), Leg: "w2", What: "silent"},
		{At: at(165.001), Leg: "w1", What: "parked", Detail: "comfort"},
		{At: at(170), Leg: "w3", What: "dialled", Detail: "+493012345006"},
		{At: at(171.2), Leg: "w3", What: "ringing"},
		{At: at(176), Leg: "w3", What: "answered"},
		{At: at(176.01), Leg: "w3", What: "asked", Detail: "press_1_first"},
		{At: at(181.9), Leg: "w3", What: "key"},
		{At: at(182), Leg: "w1", What: "joined", Other: "w3"},
		{At: at(182), Leg: "w3", What: "joined", Other: "w1"},
		{At: at(182.001), Leg: "w2", What: "hung_up", Detail: "moved"},
		{At: at(183), Leg: "w1", What: "spliced", Other: "w3", Detail: "23ms"},
		{At: at(300), Leg: "w1", What: "ended", Detail: "normal"},
		{At: at(300.005), Leg: "w3", What: "hung_up", Detail: "normal"},
	}}
}

const sdp = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 20000 RTP/SAVP 8 101\r\na=crypto: ***\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\n"

type played struct {
	out         bool
	at          float64
	label, body string
}

func line(way string, at float64, label, body string) played {
	return played{way == "out", at, label, body}
}

// sent makes messages that read like real ones.
func sent(began time.Time, peer, network string, lines ...played) (all []call.Message) {
	method := "INVITE"
	for i, l := range lines {
		first := "SIP/2.0 " + l.label
		if !strings.Contains(l.label, " ") {
			method, first = l.label, l.label+" sip:gateway.example.com SIP/2.0"
		}
		text := fmt.Sprintf("%s\r\nVia: SIP/2.0/%s %s;branch=z9hG4bK%d;rport\r\nMax-Forwards: 70\r\nFrom: <sip:+493055500700@carrier.example>;tag=a7\r\n"+
			"To: <sip:+18005550100@gateway.example.com>\r\nCall-ID: 7c1e-%s\r\nCSeq: %d %s\r\nProxy-Authorization: ***\r\nContact: <sip:%s>\r\nContent-Length: %d\r\n\r\n%s",
			first, network, peer, i, network, 1+i/4, method, peer, len(l.body), l.body)
		all = append(all, call.Message{
			At: began.Add(time.Duration(l.at * float64(time.Second))), Sent: l.out, Network: network, Peer: netip.MustParseAddrPort(peer), Text: text,
		})
	}
	return all
}

// course is how the audio of a leg fared, which gets worse and worse if it is to.
func course(from time.Time, seconds int, worse bool) (all []call.Interval) {
	for s := 0; s < seconds; s += 5 {
		wave := 1 + math.Sin(float64(s)/23)
		q := call.Quality{
			Received: call.StreamQuality{Packets: 250, Jitter: time.Millisecond, JitterMost: time.Duration((1 + wave) * float64(time.Millisecond))},
			Sent:     call.StreamQuality{Packets: 250, Jitter: 2 * time.Millisecond}, Reports: 1, RoundTrip: time.Duration((18 + 4*wave) * float64(time.Millisecond)),
		}
		if bad := float64(s)/float64(seconds) - 0.6; worse && bad > 0 {
			q.Received.Lost = uint64(bad * 60 * wave)
			q.Received.JitterMost += time.Duration(bad * 80 * wave * float64(time.Millisecond))
			q.RoundTrip += time.Duration(bad * 200 * float64(time.Millisecond))
		}
		all = append(all, call.Interval{From: from.Add(time.Duration(s) * time.Second), Length: 5 * time.Second, Quality: q})
	}
	return all
}

// history answers as the store does.
func (p *past) history(_ context.Context, q console.HistoryQuery) (found []telagent.Record, err error) {
	for _, r := range p.records {
		served := q.Agent == "" || slices.ContainsFunc(r.Legs, func(l telagent.LegRecord) bool { return l.Agent == q.Agent })
		switch {
		case q.Call != "" && string(r.ID) != q.Call, q.Queue != "" && r.Queue != q.Queue, q.Cause != "" && r.Cause.String() != q.Cause, !served,
			!strings.Contains(r.From.Number+" "+r.To, q.Number), !q.Before.IsZero() && !r.Ended.Before(q.Before), r.Ended.Before(q.After), !follows(q, r):
			continue
		}
		if found = append(found, r); len(found) == q.Limit {
			break
		}
	}
	return found, nil
}

// follows says whether a record comes after the one that was read last.
func follows(q console.HistoryQuery, r telagent.Record) bool {
	ended := r.Ended.Truncate(time.Microsecond)
	return q.LastEnded.IsZero() || ended.Before(q.LastEnded) || ended.Equal(q.LastEnded) && string(r.ID) < q.LastID
}

// with puts what ended on the stage before it.
func (p *past) with(stage func(context.Context, console.HistoryQuery) ([]telagent.Record, error)) func(context.Context, console.HistoryQuery) ([]telagent.Record, error) {
	return func(ctx context.Context, q console.HistoryQuery) ([]telagent.Record, error) {
		newer, err := stage(ctx, q)
		newer = slices.DeleteFunc(newer, func(r telagent.Record) bool {
			return q.Cause != "" && r.Cause.String() != q.Cause || !strings.Contains(r.From.Number+" "+r.To, q.Number) || r.Ended.Before(q.After)
		})
		if err != nil || len(newer) == q.Limit {
			return newer, err
		}
		q.Limit -= len(newer)
		older, err := p.history(ctx, q)
		return append(newer, older...), err
	}
}

// ladder answers as the gateway does; of a live call it shows that its customer called.
func (p *past) ladder(_ context.Context, id call.ID, legs []call.LegID, live bool) (call.Ladder, error) {
	if kept, ok := p.ladders[id]; ok {
		return kept, nil
	}
	if !live || len(legs) == 0 {
		return call.Ladder{}, console.ErrNoLadder
	}
	now := time.Now().Add(-3 * time.Minute)
	return call.Ladder{Strands: []call.Strand{{Leg: legs[0], Trunk: "carrier", Messages: sent(now, "198.51.100.7:5060", "UDP", line("in", 0, "INVITE", sdp), line("out", 0.01, "200 OK", sdp), line("in", 0.06, "ACK", ""))}}}, nil
}

// sound is a recording: a tone left, another right.
func (p *past) sound(file string) (fs.File, error) {
	const rate, seconds = 8000, 2
	var b bytes.Buffer
	data := make([]int16, 0, 2*rate*seconds)
	for i := range rate * seconds {
		data = append(data, int16(4000*math.Sin(float64(i)*0.35)), int16(4000*math.Sin(float64(i)*0.5)))
	}
	for _, v := range []any{
		[]byte("RIFF"), uint32(36 + 2*len(data)), []byte("WAVEfmt "), uint32(16), uint16(1), uint16(2), uint32(rate), uint32(4 * rate), uint16(4), uint16(16), []byte("data"), uint32(2 * len(data)), data,
	} {
		if err := binary.Write(&b, binary.LittleEndian, v); err != nil {
			return nil, err
		}
	}
	return fstest.MapFS{file: {Data: b.Bytes()}}.Open(file)
}
