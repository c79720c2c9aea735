package console

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"telagent-gateway/telagent"
)

// Webhook is a receiver that is told what happens. It comes from the configuration alone: nobody who uses the gateway can
// make it send somewhere.
type Webhook struct {
	Name   string
	URL    string
	Key    []byte   // signs the messages
	Events []string // of WebhookEvents
	Teams  []string // whose agents and alarms it is told of; none: of all, and alarms of no team
}

// WebhookEvents are the words for what webhooks are told.
var WebhookEvents = []string{"telagent.began", "telagent.ended", "switch.failed", "alarm.raised", "alarm.cleared"}

// WebhookMessage is one that waits until its receiver takes it.
type WebhookMessage struct {
	Webhook, ID   string
	Body          []byte // JSON
	Created, Next time.Time
	Tries         int
}

// Outbox remembers messages while the gateway is down. Neither method blocks.
type Outbox interface {
	KeepMessage(m WebhookMessage)
	DropMessage(webhook, id string)
}

// noOutbox remembers nothing.
type noOutbox struct{}

// KeepMessage does nothing.
func (noOutbox) KeepMessage(WebhookMessage) {}

// DropMessage does nothing.
func (noOutbox) DropMessage(string, string) {}

// webhooks are all receivers. Each has a goroutine of its own, so that a slow one hinders nobody.
type webhooks struct {
	receivers []*receiver
	outbox    Outbox
	composer  composer
	now       func() time.Time
	running   sync.WaitGroup
	stop      context.CancelFunc // nil: not started
}

func newWebhooks(o Options, now func() time.Time, meters webhookMeters, log *zap.Logger, raise func(telagent.Change)) *webhooks {
	w := &webhooks{now: now, outbox: o.Outbox, composer: composer{language: o.Language, people: map[string]person{}}}
	if w.outbox == nil {
		w.outbox = noOutbox{}
	}
	for _, hook := range o.Webhooks {
		r := &receiver{
			Webhook: hook, outbox: w.outbox, now: now, meters: meters, log: log.With(zap.String("webhook", hook.Name)),
			client: webhookClient(), wake: make(chan struct{}, 1),
		}
		r.raise = func(change telagent.Change) {
			raise(change)
			w.tell([]telagent.Change{change}, r)
		}
		w.receivers = append(w.receivers, r)
	}
	return w
}

// tell puts messages about changes into the boxes of those who want them, but for one.
func (w *webhooks) tell(changes []telagent.Change, but *receiver) {
	if len(w.receivers) == 0 {
		return
	}
	w.composer.note(changes)
	for _, change := range changes {
		m, teams := w.composer.compose(change)
		if m.Type == "" {
			continue
		}
		body, now := m.encoded(), w.now()
		for _, r := range w.receivers {
			if r != but && r.wants(m.Type, teams) {
				r.add(WebhookMessage{Webhook: r.Name, ID: m.ID, Body: body, Created: now, Next: now})
			}
		}
	}
}

// start takes what waited when the gateway ended, and begins to send.
func (w *webhooks) start(waiting []WebhookMessage) {
	ctx, stop := context.WithCancel(context.Background())
	w.stop = stop
	known := make(map[string]*receiver)
	for _, r := range w.receivers {
		known[r.Name] = r
	}
	for _, m := range waiting {
		if r := known[m.Webhook]; r != nil {
			r.restore(m)
		} else {
			w.outbox.DropMessage(m.Webhook, m.ID) // the configuration does not name it any more
		}
	}
	for _, r := range w.receivers {
		w.running.Go(func() { r.run(ctx) })
	}
}

// close ends the sending and waits for it. What waits is in the outbox, as is what is told from now on.
func (w *webhooks) close() {
	if w.stop != nil {
		w.stop()
		w.running.Wait()
	}
}

// wants says whether a receiver is told of an event of teams; of no team: whoever is told of all.
func (w Webhook) wants(event string, teams []string) bool {
	if !slices.Contains(w.Events, event) {
		return false
	}
	return len(w.Teams) == 0 || slices.ContainsFunc(teams, func(t string) bool { return slices.Contains(w.Teams, t) })
}

// host is the receiver's address as it may be shown: many services keep a key in the path.
func (w Webhook) host() string {
	u, err := url.Parse(w.URL)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// Deliver begins to send messages to webhooks, first what waited when the gateway ended. Close ends it.
func (c *Console) Deliver(waiting []WebhookMessage) { c.webhooks.start(waiting) }

type webhookShown struct {
	Name      string     `json:"name"`
	Host      string     `json:"host" doc:"where it is, without the path"`
	Events    []string   `json:"events"`
	Teams     []string   `json:"teams" doc:"whose agents and alarms it is told of; empty: of all"`
	State     string     `json:"state" enum:"well,failing,gone" doc:"gone: it answered 410 and is told nothing until a test succeeds or the gateway starts again"`
	Waiting   int        `json:"waiting" doc:"messages that it has not taken yet"`
	Oldest    *time.Time `json:"oldest,omitempty" doc:"since when the oldest of them waits"`
	Sent      int        `json:"sent" doc:"messages taken, since the start"`
	Failed    int        `json:"failed" doc:"attempts that failed, since the start"`
	Dropped   int        `json:"dropped" doc:"messages given up, since the start"`
	LastSent  *time.Time `json:"last_sent,omitempty"`
	Problem   string     `json:"problem,omitempty" doc:"why the last attempt failed, in words; absent: it did not"`
	ProblemAt *time.Time `json:"problem_at,omitempty"`
}

type webhooksAnswer struct {
	Body struct {
		Webhooks []webhookShown `json:"webhooks"`
	}
}

type webhookTestAsked struct {
	Body struct {
		Webhook string `json:"webhook" maxLength:"64" doc:"its name"`
	}
}

type webhookTestAnswer struct {
	Body struct {
		OK     bool   `json:"ok" doc:"it was taken"`
		Detail string `json:"detail" doc:"what came of it, in a sentence"`
	}
}

// listWebhooks shows an admin whom the gateway tells what, and how that goes.
func (c *Console) listWebhooks(ctx context.Context, _ *struct{}) (*webhooksAnswer, error) {
	if from(ctx).viewer.role != telagent.AdminRole {
		return nil, problem("not_admin", "Only an administrator may see the webhooks.")
	}
	out := &webhooksAnswer{}
	out.Body.Webhooks = []webhookShown{}
	for _, r := range c.webhooks.receivers {
		out.Body.Webhooks = append(out.Body.Webhooks, r.shown())
	}
	return out, nil
}

// testWebhook sends a message of the type webhook.test to one receiver at once, past what waits, and says how it went.
func (c *Console) testWebhook(ctx context.Context, in *webhookTestAsked) (*webhookTestAnswer, error) {
	by, name := from(ctx).viewer.name, in.Body.Webhook
	i := slices.IndexFunc(c.webhooks.receivers, func(r *receiver) bool { return r.Name == name })
	if i < 0 && from(ctx).viewer.all() {
		return nil, problem("unknown_webhook", "There is no webhook %s.", name)
	}
	if err := c.o.Do(ctx, telagent.TestWebhook{By: by, Webhook: name}); err != nil {
		return nil, c.refused("test webhook "+name, err)
	}
	if i < 0 { // he is an administrator since a moment ago
		return nil, problem("unknown_webhook", "There is no webhook %s.", name)
	}
	m := c.webhooks.composer.test(by, c.now())
	out := &webhookTestAnswer{}
	out.Body.OK, out.Body.Detail = true, "It was taken."
	r := c.webhooks.receivers[i]
	if f := r.post(ctx, m.ID, m.encoded()); f != nil {
		out.Body.OK, out.Body.Detail = false, sentence(f.words)
	} else {
		r.raiseAll(r.works())
	}
	return out, nil
}

// webhookClient sends to one receiver.
func webhookClient() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost, transport.MaxConnsPerHost = 1, 4
	transport.MaxResponseHeaderBytes = 16 << 10
	transport.TLSHandshakeTimeout = webhookPatience
	return &http.Client{
		Transport: transport, Timeout: webhookPatience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
