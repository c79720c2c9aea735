package console

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// webhookMeters count what became of messages.
type webhookMeters struct{ sent, failed, dropped *prometheus.CounterVec }

func newWebhookMeters(registry *prometheus.Registry) webhookMeters {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, append([]string{"webhook"}, labels...))
	}
	m := webhookMeters{
		sent:    counter("telagent_webhook_messages_sent_total", "Messages that a webhook took."),
		failed:  counter("telagent_webhook_attempts_failed_total", "Attempts to deliver a message that failed."),
		dropped: counter("telagent_webhook_messages_dropped_total", "Messages given up: full, late (after a day) or gone (410).", "why"),
	}
	registry.MustRegister(m.sent, m.failed, m.dropped)
	return m
}

// boxes are gauges of what waits for webhooks.
type boxes struct {
	w            *webhooks
	waiting, age *prometheus.Desc
}

func newBoxes(w *webhooks) boxes {
	return boxes{
		w:       w,
		waiting: prometheus.NewDesc("telagent_webhook_messages_waiting", "Messages that a webhook has not taken yet.", []string{"webhook"}, nil),
		age:     prometheus.NewDesc("telagent_webhook_oldest_seconds", "Age of the oldest of them.", []string{"webhook"}, nil),
	}
}

// Describe implements prometheus.Collector.
func (b boxes) Describe(out chan<- *prometheus.Desc) {
	out <- b.waiting
	out <- b.age
}

// Collect implements prometheus.Collector.
func (b boxes) Collect(out chan<- prometheus.Metric) {
	for _, r := range b.w.receivers {
		n, since := r.oldest()
		age := time.Duration(0)
		if n > 0 {
			age = b.w.now().Sub(since)
		}
		out <- prometheus.MustNewConstMetric(b.waiting, prometheus.GaugeValue, float64(n), r.Name)
		out <- prometheus.MustNewConstMetric(b.age, prometheus.GaugeValue, age.Seconds(), r.Name)
	}
}
