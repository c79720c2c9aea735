package console

import (
	"math"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"telagent-gateway/call"
)

type qualityShown struct {
	Received    streamShown `json:"received" doc:"what came from the far side, as counted here"`
	Sent        streamShown `json:"sent" doc:"what was sent to it, as it reports; but for the packets, all absent while it reported nothing"`
	Encryption  string      `json:"encryption,omitempty" enum:"rtp,sdes,dtls" doc:"of its audio: rtp is none; absent: not known"`
	Forged      *uint64     `json:"forged,omitempty" doc:"packets and reports that the keys of an encrypted leg did not prove: in the clear, changed, repeated; dropped. Absent: it is not encrypted"`
	RoundTripMS *float64    `json:"round_trip_ms,omitempty" doc:"between the gateway and the far side, measured last; absent: not measured"`
	LongestMS   *float64    `json:"round_trip_most_ms,omitempty" doc:"the longest that was measured"`
}

type streamShown struct {
	Packets     uint64   `json:"packets"`
	Lost        *uint64  `json:"lost,omitempty" doc:"packets that were sent and did not come"`
	LossPercent *float64 `json:"loss_percent,omitempty"`
	JitterMS    *float64 `json:"jitter_ms,omitempty" doc:"RFC 3550, at the last packet or report"`
	JitterMost  *float64 `json:"jitter_most_ms,omitempty"`
	MOS         *float64 `json:"mos,omitempty" doc:"estimate of how people would judge it, from 1 to 4.5: ITU-T G.107 with default values for G.711 with concealment"`
}

func showQuality(q *call.Quality) *qualityShown {
	if q == nil {
		return nil
	}
	out := &qualityShown{Received: showStream(q.Received, q.Loss(), q.MOS()), Sent: streamShown{Packets: q.Sent.Packets}}
	if out.Encryption = q.Encryption; q.Encryption == "sdes" || q.Encryption == "dtls" {
		out.Forged = &q.Forged
	}
	if q.Reports > 0 {
		out.Sent = showStream(q.Sent, q.FarLoss(), q.FarMOS())
	}
	if q.RoundTripMost > 0 {
		out.RoundTripMS, out.LongestMS = millis(q.RoundTrip), millis(q.RoundTripMost)
	}
	return out
}

func showStream(s call.StreamQuality, loss, mos float64) streamShown {
	return streamShown{
		Packets: s.Packets, Lost: &s.Lost, LossPercent: rounded(loss*100, 100), MOS: rounded(mos, 100),
		JitterMS: millis(s.Jitter), JitterMost: millis(s.JitterMost),
	}
}

func millis(d time.Duration) *float64 { return rounded(float64(d)/float64(time.Millisecond), 10) }

// rounded keeps so many parts of one.
func rounded(v, parts float64) *float64 {
	v = math.Round(v*parts) / parts
	return &v
}

// measure adds to the legs of a live call how their audio fares now.
func (c *Console) measure(shown callShown) callShown {
	if c.o.Quality == nil {
		return shown
	}
	for i := range shown.Legs {
		if q, ok := c.o.Quality(call.LegID(shown.Legs[i].ID)); ok {
			shown.Legs[i].Quality = showQuality(&q)
		}
	}
	return shown
}

// qualityColumns are those of a leg in the history as a table.
var qualityColumns = []string{
	"received", "loss_percent", "jitter_ms", "mos", "sent", "far_loss_percent", "far_jitter_ms", "far_mos", "round_trip_ms",
}

// qualityCells has an empty cell for what is not known.
func qualityCells(q *call.Quality) []string {
	s := showQuality(q)
	if s == nil {
		return make([]string, len(qualityColumns))
	}
	var cells []string
	for _, of := range []streamShown{s.Received, s.Sent} {
		cells = append(cells, strconv.FormatUint(of.Packets, 10), number(of.LossPercent), number(of.JitterMS), number(of.MOS))
	}
	return append(cells, number(s.RoundTripMS))
}

// number is empty for what is not known.
func number(v *float64) string {
	if v == nil {
		return ""
	}
	return strconv.FormatFloat(*v, 'f', -1, 64)
}

// quality are the meters of legs that ended, by the direction: received or sent, as the far side reports it.
type quality struct {
	loss, jitter *prometheus.HistogramVec
	trip         prometheus.Histogram
	legs         *prometheus.CounterVec // by how their audio was encrypted
	forged       prometheus.Counter
}

func newQuality() quality {
	by := []string{"direction"}
	return quality{
		loss: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "telagent_leg_loss_ratio", Help: "Share of the RTP packets of a leg that were lost, by direction, at its end.",
			Buckets: []float64{0, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5},
		}, by),
		jitter: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "telagent_leg_jitter_seconds", Help: "Highest jitter of the RTP packets of a leg, by direction, at its end.",
			Buckets: []float64{0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5},
		}, by),
		legs: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "telagent_legs_total", Help: "Legs with audio that ended, by its encryption: rtp is none.",
		}, []string{"encryption"}),
		forged: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "telagent_leg_forged_total", Help: "Packets and reports that the keys of encrypted legs did not prove, counted at the legs' end.",
		}),
		trip: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "telagent_leg_round_trip_seconds", Help: "Longest round trip between the gateway and the far side of a leg, at its end.",
			Buckets: []float64{0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1},
		}),
	}
}

func (m quality) all() []prometheus.Collector {
	return []prometheus.Collector{m.loss, m.jitter, m.trip, m.legs, m.forged}
}

func (m quality) observe(q call.Quality) {
	m.loss.WithLabelValues("received").Observe(q.Loss())
	m.jitter.WithLabelValues("received").Observe(q.Received.JitterMost.Seconds())
	if q.Reports > 0 {
		m.loss.WithLabelValues("sent").Observe(q.FarLoss())
		m.jitter.WithLabelValues("sent").Observe(q.Sent.JitterMost.Seconds())
	}
	if q.Encryption != "" {
		m.legs.WithLabelValues(q.Encryption).Inc()
	}
	m.forged.Add(float64(q.Forged))
	if q.RoundTripMost > 0 {
		m.trip.Observe(q.RoundTripMost.Seconds())
	}
}
