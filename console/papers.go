package console

import (
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Certificate is one by which the gateway proves who it is.
type Certificate struct {
	File  string
	Names []string
	Until time.Time // it is worth nothing any more
}

// papers are gauges of when certificates end.
type papers struct{ list func() []Certificate }

var paperEnds = prometheus.NewDesc("telagent_certificate_ends_timestamp_seconds", "When a TLS certificate of the gateway ends.", []string{"file", "names"}, nil)

// Describe implements prometheus.Collector.
func (p papers) Describe(out chan<- *prometheus.Desc) { out <- paperEnds }

// Collect implements prometheus.Collector.
func (p papers) Collect(out chan<- prometheus.Metric) {
	for _, c := range p.list() {
		out <- prometheus.MustNewConstMetric(paperEnds, prometheus.GaugeValue, float64(c.Until.Unix()), c.File, strings.Join(c.Names, " "))
	}
}
