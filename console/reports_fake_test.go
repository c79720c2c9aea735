package console

import (
	"context"

	"telagent-gateway/report"
)

// pastFake is a store whose reports are given, and which remembers what it was asked.
type pastFake struct {
	times    []report.StatusTime
	work     []report.Row[report.Work]
	service  []report.Row[report.Service]
	switches report.Switches
	err      error
	asked    []report.Query
	served   []report.ServiceQuery
	switched []report.SwitchQuery
}

func (p *pastFake) StatusTimes(_ context.Context, q report.Query) ([]report.StatusTime, error) {
	p.asked = append(p.asked, q)
	return p.times, p.err
}

func (p *pastFake) Work(_ context.Context, q report.Query) ([]report.Row[report.Work], error) {
	p.asked = append(p.asked, q)
	return p.work, p.err
}

func (p *pastFake) Service(_ context.Context, q report.ServiceQuery) ([]report.Row[report.Service], error) {
	p.served = append(p.served, q)
	return p.service, p.err
}

func (p *pastFake) Switches(_ context.Context, q report.SwitchQuery) (report.Switches, error) {
	p.switched = append(p.switched, q)
	return p.switches, p.err
}
