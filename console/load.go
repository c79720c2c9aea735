package console

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Load is how hard the gateway is pressed.
type Load struct {
	State      string            // calm, busy or overloaded
	Burden     int               // how many kinds of requests are turned away, from 0 to 6
	Delay      time.Duration     // that whatever happens waits before it is decided on
	Crowding   float64           // how full the fullest shared queue of signalling is, from 0 to 1
	Shed       map[string]uint64 // requests that were turned away since the start, by what
	Stalls     uint64            // times that the gateway did not run for a second or more
	ClockSteps uint64            // times that the machine's clock was set
}

// loadMeters are the load as /metrics shows it.
type loadMeters struct {
	of                                                         func() Load
	state, burden, delay, crowding, shed, stalls, clockStepped *prometheus.Desc
}

func newLoadMeters(of func() Load) loadMeters {
	return loadMeters{
		of:           of,
		state:        prometheus.NewDesc("telagent_load_state", "How hard the gateway is pressed: 1 for the state that it is in.", []string{"state"}, nil),
		burden:       prometheus.NewDesc("telagent_load_burden", "How many kinds of requests are turned away (503), from 0 to 6.", nil, nil),
		delay:        prometheus.NewDesc("telagent_loop_delay_seconds", "How long whatever happens waits before it is decided on.", nil, nil),
		crowding:     prometheus.NewDesc("telagent_sip_crowding", "How full the fullest shared queue of signalling is, from 0 to 1.", nil, nil),
		shed:         prometheus.NewDesc("telagent_sip_shed_total", "Requests that were turned away by 503 because there was too much to do.", []string{"what"}, nil),
		stalls:       prometheus.NewDesc("telagent_stalls_total", "Times that the gateway did not run for a second or more.", nil, nil),
		clockStepped: prometheus.NewDesc("telagent_clock_steps_total", "Times that the machine's clock was set by a second or more.", nil, nil),
	}
}

// Describe implements prometheus.Collector.
func (m loadMeters) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{m.state, m.burden, m.delay, m.crowding, m.shed, m.stalls, m.clockStepped} {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (m loadMeters) Collect(out chan<- prometheus.Metric) {
	l := m.of()
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	for _, state := range []string{"calm", "busy", "overloaded"} {
		is := 0.0
		if state == l.State {
			is = 1
		}
		gauge(m.state, is, state)
	}
	gauge(m.burden, float64(l.Burden))
	gauge(m.delay, l.Delay.Seconds())
	gauge(m.crowding, l.Crowding)
	for what, n := range l.Shed {
		out <- prometheus.MustNewConstMetric(m.shed, prometheus.CounterValue, float64(n), what)
	}
	out <- prometheus.MustNewConstMetric(m.stalls, prometheus.CounterValue, float64(l.Stalls))
	out <- prometheus.MustNewConstMetric(m.clockStepped, prometheus.CounterValue, float64(l.ClockSteps))
}
