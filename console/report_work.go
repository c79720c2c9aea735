package console

import (
	"context"
	"maps"
	"slices"
	"strconv"

	"telagent-gateway/report"
)

// WorkAsked is what a report about the work of agents is asked.
type WorkAsked struct {
	SpanAsked
	AboutAsked
	GroupsAsked
}

// KeyShown is what a row is about.
type KeyShown struct {
	Interval string `json:"interval,omitempty" doc:"when it began: a date, or a time with its zone's offset"`
	Agent    string `json:"agent,omitempty"`
	Queue    string `json:"queue,omitempty"`
}

func showKey(q report.Query, k report.Key) KeyShown {
	return KeyShown{Interval: q.Interval.Label(k.Begin), Agent: k.Agent, Queue: k.Queue}
}

// columns are the names of what tells the rows of a report apart.
func columns(q report.Query) (names []string) {
	if q.Interval != report.Whole {
		names = append(names, "interval")
	}
	if q.ByAgent {
		names = append(names, "agent")
	}
	if q.ByQueue {
		names = append(names, "queue")
	}
	return names
}

func (k KeyShown) cells(q report.Query) (cells []string) {
	if q.Interval != report.Whole {
		cells = append(cells, k.Interval)
	}
	if q.ByAgent {
		cells = append(cells, k.Agent)
	}
	if q.ByQueue {
		cells = append(cells, k.Queue)
	}
	return cells
}

type handledRowShown struct {
	KeyShown
	Handled         int     `json:"handled" doc:"customers' calls"`
	Outbound        int     `json:"outbound" doc:"calls outwards that were answered"`
	Internal        int     `json:"internal" doc:"calls of colleagues that they had the lead in"`
	Transferred     int     `json:"transferred" doc:"of all those, how many were handed on"`
	Talk            int64   `json:"talk_s" doc:"without hold_s"`
	Hold            int64   `json:"hold_s"`
	After           int64   `json:"after_s" doc:"after-call work"`
	AverageHandling float64 `json:"average_handling_s"`
	AverageTalk     float64 `json:"average_talk_s"`
	AverageAfter    float64 `json:"average_after_s" doc:"of the calls that had after-call work"`
}

type handledShown struct {
	SpanShown
	Rows  []handledRowShown `json:"rows" doc:"sorted by interval, agent and queue"`
	Total handledRowShown   `json:"total" doc:"of all rows"`
}

// work reads what agents did.
func (c *Console) work(ctx context.Context, in *WorkAsked, what string) (q report.Query, rows []report.Row[report.Work], err error) {
	who := from(ctx)
	if q, err = in.span(c.now()); err != nil {
		return q, nil, err
	}
	if err = in.group(&q, "agent"); err != nil {
		return q, nil, err
	}
	if q.Agents, err = in.agents(who.viewer, who.view); err != nil {
		return q, nil, err
	}
	if err = in.seesQueue(who.viewer); err != nil {
		return q, nil, err
	}
	q.Queues = in.named()
	if rows, err = c.o.Reports.Work(ctx, q); err != nil {
		return q, nil, c.unreported(what, err)
	}
	return q, rows, nil
}

// handled reports the calls that agents had.
func (c *Console) handled(ctx context.Context, in *WorkAsked) (*reportAnswer, error) {
	q, rows, err := c.work(ctx, in, "the calls handled")
	if err != nil {
		return nil, err
	}
	out := handledShown{SpanShown: in.shown(q), Rows: []handledRowShown{}}
	var total report.Work
	for _, r := range rows {
		total.Add(r.Sum)
		if r.Sum.Talks()+r.Sum.Afters > 0 {
			out.Rows = append(out.Rows, showHandled(showKey(q, r.Key), r.Sum))
		}
	}
	out.Total = showHandled(KeyShown{}, total)
	return in.answer("handled", q, out, func() [][]string { return out.table(q) }), nil
}

func (in *WorkAsked) shown(q report.Query) SpanShown {
	return SpanShown{From: q.From.UTC(), To: q.To.UTC(), Zone: in.Zone, Interval: q.Interval.String()}
}

func showHandled(k KeyShown, w report.Work) handledRowShown {
	return handledRowShown{
		KeyShown: k, Handled: w.Handled, Outbound: w.Outbound, Internal: w.Internal, Transferred: w.Transferred,
		Talk: wholeSeconds(w.Talk), Hold: wholeSeconds(w.Hold), After: wholeSeconds(w.After),
		AverageHandling: tenths(w.AverageHandling()), AverageTalk: tenths(w.AverageTalk()), AverageAfter: tenths(w.AverageAfter()),
	}
}

func (s handledShown) table(q report.Query) [][]string {
	rows := [][]string{append(columns(q), "handled", "outbound", "internal", "transferred", "talk_s", "hold_s", "after_s",
		"average_handling_s", "average_talk_s", "average_after_s")}
	for _, r := range s.Rows {
		rows = append(rows, append(r.cells(q), strconv.Itoa(r.Handled), strconv.Itoa(r.Outbound), strconv.Itoa(r.Internal), strconv.Itoa(r.Transferred),
			strconv.FormatInt(r.Talk, 10), strconv.FormatInt(r.Hold, 10), strconv.FormatInt(r.After, 10),
			decimal(r.AverageHandling), decimal(r.AverageTalk), decimal(r.AverageAfter)))
	}
	return rows
}

type offersRowShown struct {
	KeyShown
	Offered int            `json:"offered"`
	Taken   int            `json:"taken"`
	Missed  int            `json:"missed" doc:"of those that were not taken, the ones that somebody let pass"`
	Causes  map[string]int `json:"causes" doc:"all that were not taken, by cause"`
}

type customersRowShown struct {
	KeyShown
	Offered   int            `json:"offered"`
	Abandoned int            `json:"abandoned" doc:"hung up before they were answered, short included"`
	Short     int            `json:"short" doc:"hung up so soon that nobody could have answered"`
	Lost      int            `json:"lost" doc:"everybody else whom nobody answered"`
	Causes    map[string]int `json:"causes" doc:"these by cause: forbidden (the queue was closed), overload (it was full, or he waited for too long), …"`
}

type missedShown struct {
	SpanShown
	Offers        []offersRowShown    `json:"offers"`
	TotalOffers   offersRowShown      `json:"total_offers"`
	Customers     []customersRowShown `json:"customers" doc:"by interval and queue; empty for who is no supervisor, and for one agent alone"`
	TotalCustomer customersRowShown   `json:"total_customers"`
}

type missedAsked struct {
	WorkAsked
	Short float64 `query:"short" minimum:"0" maximum:"600" default:"5" doc:"seconds; who hung up sooner counts as short"`
	Of    string  `query:"of" enum:"offers,customers" default:"offers" doc:"which of the two tables a CSV has"`
}

// missed reports the offers that agents did not take, and the customers whom nobody answered.
func (c *Console) missed(ctx context.Context, in *missedAsked) (*reportAnswer, error) {
	q, rows, err := c.work(ctx, &in.WorkAsked, "the offers missed")
	if err != nil {
		return nil, err
	}
	out := missedShown{SpanShown: in.shown(q), Offers: []offersRowShown{}, Customers: []customersRowShown{}}
	var total report.Work
	for _, r := range rows {
		if r.Sum.Offered > 0 {
			total.Add(r.Sum)
			out.Offers = append(out.Offers, showOffers(showKey(q, r.Key), r.Sum))
		}
	}
	out.TotalOffers = showOffers(KeyShown{}, total)
	lost := q
	lost.ByAgent, lost.ByQueue = false, true
	if err := c.lost(ctx, in, lost, &out); err != nil {
		return nil, err
	}
	if in.Of == "customers" {
		return in.answer("customers-lost", q, out, func() [][]string { return out.customers(lost) }), nil
	}
	return in.answer("offers-missed", q, out, func() [][]string { return out.offers(q) }), nil
}

// lost adds the customers whom nobody answered. One agent alone has none.
func (c *Console) lost(ctx context.Context, in *missedAsked, q report.Query, out *missedShown) error {
	who := from(ctx)
	var sum report.Service
	if who.viewer.leads() && in.Agent == "" {
		var err error
		if q.Queues, err = in.queues(who.viewer, who.view); err != nil {
			return err
		}
		rows, err := c.o.Reports.Service(ctx, report.ServiceQuery{Query: q, Short: span(in.Short)})
		if err != nil {
			return c.unreported("the customers lost", err)
		}
		for _, r := range rows {
			sum.Add(r.Sum)
			if r.Sum.Offered > r.Sum.Answered {
				out.Customers = append(out.Customers, showCustomers(showKey(q, r.Key), r.Sum))
			}
		}
	}
	out.TotalCustomer = showCustomers(KeyShown{}, sum)
	return nil
}

func showOffers(k KeyShown, w report.Work) offersRowShown {
	return offersRowShown{KeyShown: k, Offered: w.Offered, Taken: w.Taken, Missed: w.Misses(), Causes: causes(w.Missed)}
}

func showCustomers(k KeyShown, s report.Service) customersRowShown {
	return customersRowShown{KeyShown: k, Offered: s.Offered, Abandoned: s.Abandoned, Short: s.Short, Lost: s.Losses(), Causes: causes(s.Lost)}
}

func causes(of map[string]int) map[string]int {
	if of == nil {
		return map[string]int{}
	}
	return of
}

func (s missedShown) offers(q report.Query) [][]string {
	words := slices.Sorted(maps.Keys(s.TotalOffers.Causes))
	rows := [][]string{slices.Concat(columns(q), []string{"offered", "taken", "missed"}, words)}
	for _, r := range s.Offers {
		rows = append(rows, slices.Concat(r.cells(q), numbers(r.Offered, r.Taken, r.Missed), byCause(r.Causes, words)))
	}
	return rows
}

func (s missedShown) customers(q report.Query) [][]string {
	words := slices.Sorted(maps.Keys(s.TotalCustomer.Causes))
	rows := [][]string{slices.Concat(columns(q), []string{"offered", "abandoned", "short", "lost"}, words)}
	for _, r := range s.Customers {
		rows = append(rows, slices.Concat(r.cells(q), numbers(r.Offered, r.Abandoned, r.Short, r.Lost), byCause(r.Causes, words)))
	}
	return rows
}

func numbers(of ...int) (cells []string) {
	for _, n := range of {
		cells = append(cells, strconv.Itoa(n))
	}
	return cells
}

func byCause(of map[string]int, words []string) (cells []string) {
	for _, w := range words {
		cells = append(cells, strconv.Itoa(of[w]))
	}
	return cells
}
