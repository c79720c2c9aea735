package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"telagent-gateway/call"
	"telagent-gateway/telagent"
)

const putQuality = `INSERT INTO qualities (leg, quality) VALUES ($1, $2)
	ON CONFLICT (leg) DO UPDATE SET quality = excluded.quality`

type qualityEntry struct {
	Received    streamEntry `json:"received"`
	Sent        streamEntry `json:"sent"`
	Reports     uint64      `json:"reports"`
	Encryption  string      `json:"encryption,omitempty"`
	Forged      uint64      `json:"forged,omitempty"`
	TripUS      int64       `json:"round_trip_us"`
	LongestTrip int64       `json:"round_trip_most_us"`
}

type streamEntry struct {
	Packets    uint64 `json:"packets"`
	Lost       uint64 `json:"lost"`
	JitterUS   int64  `json:"jitter_us"`
	JitterMost int64  `json:"jitter_most_us"`
}

func qualityOf(q call.Quality) qualityEntry {
	of := func(s call.StreamQuality) streamEntry {
		return streamEntry{s.Packets, s.Lost, s.Jitter.Microseconds(), s.JitterMost.Microseconds()}
	}
	return qualityEntry{of(q.Received), of(q.Sent), q.Reports, q.Encryption, q.Forged, q.RoundTrip.Microseconds(), q.RoundTripMost.Microseconds()}
}

func (e qualityEntry) quality() *call.Quality {
	of := func(s streamEntry) call.StreamQuality {
		return call.StreamQuality{Packets: s.Packets, Lost: s.Lost, Jitter: fromLength(s.JitterUS), JitterMost: fromLength(s.JitterMost)}
	}
	return &call.Quality{
		Received: of(e.Received), Sent: of(e.Sent), Reports: e.Reports, Encryption: e.Encryption, Forged: e.Forged,
		RoundTrip: fromLength(e.TripUS), RoundTripMost: fromLength(e.LongestTrip),
	}
}

// askedAtOnce bounds the arguments of a query: SQLite takes 32,766, PostgreSQL 65,535.
const askedAtOnce = 10_000

// addQualities adds how the audio of the legs fared. Only an answered leg has some.
func (s *Store) addQualities(ctx context.Context, records []telagent.Record) error {
	legs, ids := make(map[string]*telagent.LegRecord), []any{}
	for i := range records {
		for j := range records[i].Legs {
			if l := &records[i].Legs[j]; !l.Answered.IsZero() {
				id := word(string(l.Leg))
				legs[id], ids = l, append(ids, id)
			}
		}
	}
	for some := range slices.Chunk(ids, askedAtOnce) {
		marks := make([]string, len(some))
		for i := range marks {
			marks[i] = fmt.Sprintf("$%d", i+1)
		}
		_, err := list(ctx, s.db, func(rows *sql.Rows) (none struct{}, err error) {
			var leg, quality string
			if err := rows.Scan(&leg, &quality); err != nil {
				return none, err
			}
			var e qualityEntry
			if err := json.Unmarshal([]byte(quality), &e); err != nil {
				return none, fmt.Errorf("quality of leg %s: %w", leg, err)
			}
			legs[leg].Quality = e.quality()
			return none, nil
		}, "SELECT leg, quality FROM qualities WHERE leg IN ("+strings.Join(marks, ", ")+")", some...)
		if err != nil {
			return err
		}
	}
	return nil
}
