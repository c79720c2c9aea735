package media

import (
	"fmt"
	"testing"

	"telagent-gateway/call"
)

// BenchmarkRestore is what it takes to go on with a thousand legs: read from JSON, with sockets bound and keys set.
func BenchmarkRestore(b *testing.B) {
	for _, with := range []string{"plain", "SDES"} {
		b.Run(with, func(b *testing.B) {
			const legs = 1000
			o := Options{Address: ownAddress(), PortMin: 40000, PortMax: 43999}
			w := must(Start(o))
			var kept [][]byte
			for i := range legs {
				id, terms, offer := call.LegID(fmt.Sprint(i)), Terms{}, description("c", "0 101")
				if with == "SDES" {
					terms, offer = Terms{Ways: []Way{SDES}}, over("c", "RTP/SAVP", newSealer(gcm128, 1).crypto(1))
				}
				_ = must(w.Answer(id, offer, terms))
				w.Established(id)
				if i%2 == 1 {
					w.Do(call.Join{A: id, B: call.LegID(fmt.Sprint(i - 1))})
				}
			}
			for _, l := range *w.legs.Load() {
				state, _ := w.Snapshot(l.id)
				kept = append(kept, must(state.Encode()))
			}
			for b.Loop() {
				b.StopTimer()
				if err := w.Abandon(); err != nil {
					b.Fatal(err)
				}
				w = must(Start(o))
				b.StartTimer()
				states := make([]LegState, legs)
				for i, body := range kept {
					states[i] = must(DecodeLeg(body))
				}
				if failed := w.RestoreAll(states); len(failed) > 0 {
					b.Fatal(failed)
				}
			}
			b.ReportMetric(float64(len(kept[0])), "bytes/leg")
			if err := w.Abandon(); err != nil {
				b.Fatal(err)
			}
		})
	}
}
