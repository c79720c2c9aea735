package gateway

import (
	"context"

	"telagent-gateway/config"
	"telagent-gateway/console"
	"telagent-gateway/store"
)

// outbox lets the console remember messages in the store.
type outbox struct{ *store.Store }

// KeepMessage remembers a message.
func (o outbox) KeepMessage(m console.WebhookMessage) { o.Store.KeepMessage(store.Message(m)) }

// webhooks are the receivers of the configuration.
func webhooks(c *config.Config) (all []console.Webhook) {
	for _, w := range c.Webhooks {
		all = append(all, console.Webhook{Name: w.Name, URL: w.URL.Reveal(), Key: w.Key(), Events: w.Events, Teams: w.Teams})
	}
	return all
}

// deliver begins to send to the webhooks, first what waited when the last gateway ended.
func (g *Gateway) deliver(ctx context.Context) error {
	kept, err := g.store.Messages(ctx)
	if err != nil {
		return err
	}
	waiting := make([]console.WebhookMessage, len(kept))
	for i, m := range kept {
		waiting[i] = console.WebhookMessage(m)
	}
	g.console.Deliver(waiting)
	return nil
}
