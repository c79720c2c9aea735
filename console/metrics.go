package console

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"telagent-gateway/telagent"
)

// meters are what /metrics shows: counts since the start, and gauges read from the Floor's snapshot when asked.
type meters struct {
	registry *prometheus.Registry
	ends     *prometheus.CounterVec
	switches *prometheus.CounterVec
	gaps     prometheus.Histogram // that customers heard
	quality  quality
	gauges   gauges
}

// gauges are collected from a snapshot.
type gauges struct {
	view                              func() *telagent.View
	agents, calls, waiting, inUse, up *prometheus.Desc
}

func newMeters(view func() *telagent.View) *meters {
	m := &meters{
		registry: prometheus.NewRegistry(),
		ends: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "telagent_calls_ended_total", Help: "Calls that ended, by cause.",
		}, []string{"cause"}),
		switches: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "telagent_switches_total", Help: "Switches that ended, by result.",
		}, []string{"result"}),
		gaps: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "telagent_switch_gap_seconds", Help: "Longest time between two RTP packets that a customer was sent around a switch of his agent.",
			Buckets: []float64{0.02, 0.025, 0.03, 0.04, 0.06, 0.1, 0.2, 0.5, 1, 2},
		}),
		quality: newQuality(),
		gauges: gauges{
			view:    view,
			agents:  prometheus.NewDesc("telagent_agents", "Agents by status.", []string{"status"}, nil),
			calls:   prometheus.NewDesc("telagent_calls", "Live calls by state.", []string{"state"}, nil),
			waiting: prometheus.NewDesc("telagent_waiting", "Callers who wait, by queue.", []string{"queue"}, nil),
			up:      prometheus.NewDesc("telagent_trunk_up", "Whether a trunk can carry calls.", []string{"trunk"}, nil),
			inUse:   prometheus.NewDesc("telagent_trunk_channels_in_use", "Channels in use by trunk.", []string{"trunk"}, nil),
		},
	}
	m.registry.MustRegister(m.quality.all()...)
	m.registry.MustRegister(m.ends, m.switches, m.gaps, m.gauges, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *meters) count(changes []telagent.Change) {
	for _, change := range changes {
		switch change := change.(type) {
		case telagent.CallEnded:
			m.ends.WithLabelValues(change.Record.Cause.String()).Inc()
		case telagent.SwitchDone:
			m.switches.WithLabelValues("done").Inc()
		case telagent.SwitchFailed:
			m.switches.WithLabelValues(change.Switch.Result).Inc()
		case telagent.SwitchMeasured:
			m.gaps.Observe(change.Switch.Gap.Seconds())
		case telagent.LegMeasured:
			m.quality.observe(change.Quality)
		case telagent.AgentChanged, telagent.UserChanged, telagent.QueueChanged, telagent.CallChanged, telagent.SwitchBegun, telagent.BatchChanged,
			telagent.AlarmRaised, telagent.AlarmCleared, telagent.AgentTold, telagent.RecordingEnded, telagent.Audited, telagent.Worked,
			telagent.ProfileChanged, telagent.ReasonsChanged, telagent.PolicyChanged, telagent.SiteChanged, telagent.ScheduleChanged, telagent.EntryChanged,
			telagent.TelagentBegan, telagent.TelagentEnded, telagent.CallKept, telagent.PartKept, telagent.DrainChanged, telagent.Drained:
		}
	}
}

func (m *meters) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// Describe implements prometheus.Collector.
func (g gauges) Describe(out chan<- *prometheus.Desc) {
	out <- g.agents
	out <- g.calls
	out <- g.waiting
	out <- g.inUse
	out <- g.up
}

// Collect implements prometheus.Collector.
func (g gauges) Collect(out chan<- prometheus.Metric) {
	view := g.view()
	agents := map[string]int{
		"offline": 0, "not_ready": 0, "available": 0, "away": 0, "on_break": 0, "ringing": 0, "in_line": 0, "acw": 0,
	}
	for i := range view.Agents {
		agents[view.Agents[i].Status]++
	}
	calls := map[string]int{"waiting": 0, "offering": 0, "talking": 0, "held": 0, "cut_off": 0}
	for i := range view.Calls {
		calls[view.Calls[i].State]++
	}
	send := func(desc *prometheus.Desc, of map[string]int) {
		for label, n := range of {
			out <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, float64(n), label)
		}
	}
	send(g.agents, agents)
	send(g.calls, calls)
	waiting, inUse, up := make(map[string]int), make(map[string]int), make(map[string]int)
	for _, q := range view.Queues {
		waiting[q.Name] = q.Waiting
	}
	for _, t := range view.Trunks {
		inUse[t.Name], up[t.Name] = t.InUse, 0
		if t.Up {
			up[t.Name] = 1
		}
	}
	send(g.waiting, waiting)
	send(g.inUse, inUse)
	send(g.up, up)
}
