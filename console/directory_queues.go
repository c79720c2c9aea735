package console

import (
	"context"

	"telagent-gateway/telagent"
)

type queuesListed struct {
	Body struct {
		Queues []keptQueue `json:"queues" doc:"sorted by name"`
	}
}

func (c *Console) queueEntries(ctx context.Context) ([]keptQueue, error) {
	return entries(c, ctx, func(s telagent.State) []telagent.Queue { return s.Queues },
		func(q telagent.Queue, _ telagent.State, r map[telagent.EntryName]telagent.Revision) (keptQueue, bool) {
			e := queueEntryOf(q)
			return keptQueue{q.Name, e, showRevision(r[e.entry()])}, true
		})
}

func queueEntryOf(q telagent.Queue) QueueEntry {
	e := QueueEntry{
		Name: q.Name, Numbers: q.Numbers, Strategy: q.Strategy, Priority: &q.Priority, Office: q.Office, CallingName: q.CallingName,
		ShowCaller: q.ShowCaller, Record: q.Record, CallerID: q.CallerID, FallbackFor: q.FallbackFor, Music: q.Music, Language: q.Language,
		RingS: q.RingTime.Seconds(), WidenS: q.Widen.Seconds(), StickyS: q.Sticky.Seconds(), PatienceS: q.Patience.Seconds(),
		MaxWaitS: q.MaxWait.Seconds(), AnnounceS: q.Announce.Seconds(), Overflow: showOverflow(q.Overflow), Hours: showHours(q.Hours),
		Unreachable: showRules(q.Unreachable),
	}
	if e.Hours != nil {
		e.Hours.Zone = q.Hours.Zone // as it was written
	}
	if q.MaxWaiting != 0 {
		e.MaxWaiting = &q.MaxWaiting
	}
	return e
}

func (c *Console) listQueueEntries(ctx context.Context, _ *struct{}) (*queuesListed, error) {
	all, err := c.queueEntries(ctx)
	out := &queuesListed{}
	out.Body.Queues = all
	return out, err
}

func (c *Console) queueEntry(ctx context.Context, name string) (*entryAnswer[keptQueue], error) {
	all, err := c.queueEntries(ctx)
	return one(all, err, "unknown_queue", "queue "+name, func(q keptQueue) bool { return q.Name == name })
}

func (c *Console) getQueueEntry(ctx context.Context, in *entryAsked) (*entryAnswer[keptQueue], error) {
	return c.queueEntry(ctx, in.Name)
}

func (c *Console) putQueueEntry(ctx context.Context, in *entryPut[QueueEntry]) (*entryAnswer[keptQueue], error) {
	in.Body.Name = in.Name
	if err := c.put(ctx, in.Body, Secrets{}, in.Guard); err != nil {
		return nil, err
	}
	return c.queueEntry(ctx, in.Name)
}

func (c *Console) dropQueueEntry(ctx context.Context, in *entryDrop) (*struct{}, error) {
	e := telagent.EntryName{Kind: telagent.QueueEntry, Name: in.Name}
	return c.drop(ctx, e, in.Guard, telagent.DropQueue{By: from(ctx).viewer.name, Name: in.Name})
}
