package store

import (
	"bytes"
	"compress/flate"
	"encoding/json"
	"fmt"
	"io"
	"net/netip"

	"telagent-gateway/call"
)

// ladderLimit bounds what is read out of a ladder, in bytes.
const ladderLimit = 64 << 20

// ladderEntry is a call.Ladder in the form in which it is stored.
type ladderEntry struct {
	Version int           `json:"v"`
	Strands []strandEntry `json:"strands"`
	Notes   []noteEntry   `json:"notes"`
}

type strandEntry struct {
	Leg      call.LegID      `json:"leg"`
	Trunk    string          `json:"trunk,omitempty"`
	Messages []messageEntry  `json:"messages"`
	Left     int             `json:"left,omitempty"`
	Course   []intervalEntry `json:"course,omitempty"`
}

type messageEntry struct {
	AtUS    int64          `json:"at_us"`
	Sent    bool           `json:"sent,omitempty"`
	Network string         `json:"network"`
	Peer    netip.AddrPort `json:"peer"`
	Text    string         `json:"text"`
	Cut     int            `json:"cut,omitempty"`
}

type noteEntry struct {
	AtUS   int64      `json:"at_us"`
	Leg    call.LegID `json:"leg"`
	What   string     `json:"what"`
	Other  call.LegID `json:"other,omitempty"`
	Detail string     `json:"detail,omitempty"`
}

type intervalEntry struct {
	FromUS   int64        `json:"from_us"`
	LengthUS int64        `json:"length_us"`
	Quality  qualityEntry `json:"quality"`
}

// pack encodes and compresses a ladder.
func pack(l call.Ladder) ([]byte, error) {
	e := ladderEntry{Version: 1}
	for _, s := range l.Strands {
		one := strandEntry{Leg: s.Leg, Trunk: s.Trunk, Left: s.Left}
		for _, m := range s.Messages {
			one.Messages = append(one.Messages, messageEntry{micros(m.At), m.Sent, m.Network, m.Peer, m.Text, m.Cut})
		}
		for _, p := range s.Course {
			one.Course = append(one.Course, intervalEntry{micros(p.From), p.Length.Microseconds(), qualityOf(p.Quality)})
		}
		e.Strands = append(e.Strands, one)
	}
	for _, n := range l.Notes {
		e.Notes = append(e.Notes, noteEntry{micros(n.At), n.Leg, n.What, n.Other, n.Detail})
	}
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestSpeed)
	if err != nil {
		return nil, err
	}
	if err := json.NewEncoder(w).Encode(e); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func unpack(body []byte) (l call.Ladder, err error) {
	r := flate.NewReader(bytes.NewReader(body))
	defer func() { _ = r.Close() }() // what it read is checked by its decoder
	var e ladderEntry
	if err := json.NewDecoder(io.LimitReader(r, ladderLimit)).Decode(&e); err != nil {
		return l, fmt.Errorf("decode a ladder: %w", err)
	}
	for _, s := range e.Strands {
		one := call.Strand{Leg: s.Leg, Trunk: s.Trunk, Left: s.Left}
		for _, m := range s.Messages {
			one.Messages = append(one.Messages, call.Message{At: fromMicros(m.AtUS), Sent: m.Sent, Network: m.Network, Peer: m.Peer, Text: m.Text, Cut: m.Cut})
		}
		for _, p := range s.Course {
			one.Course = append(one.Course, call.Interval{From: fromMicros(p.FromUS), Length: fromLength(p.LengthUS), Quality: *p.Quality.quality()})
		}
		l.Strands = append(l.Strands, one)
	}
	for _, n := range e.Notes {
		l.Notes = append(l.Notes, call.Note{At: fromMicros(n.AtUS), Leg: n.Leg, What: n.What, Other: n.Other, Detail: n.Detail})
	}
	return l, nil
}
