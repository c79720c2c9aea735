package gateway

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"telagent-gateway/config"
	"telagent-gateway/console"
	"telagent-gateway/store"
	"telagent-gateway/telagent"
)

// started is a gateway on loopback, with an empty store.
func started(t *testing.T) *Gateway {
	t.Helper()
	c := config.Default()
	c.SIP.Listen, c.HTTP.Listen = []string{"udp:127.44.2.1:5060"}, "127.44.2.1:0"
	c.Media.Ports = config.Ports{First: 20000, Last: 20099}
	c.Store = config.DSN("sqlite:" + t.TempDir() + "/telagent.db")
	g, err := Start(t.Context(), Options{Config: c})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if !g.stopping.Load() {
			_ = g.Close(context.Background()) // those that care close it themselves
		}
	})
	return g
}

func codes(reasons []console.Reason) string {
	all := []string{}
	for _, r := range reasons {
		all = append(all, r.Code)
	}
	return fmt.Sprint(all)
}

func TestAGatewayIsReadyUnlessItDrainsIsStuckOrEnds(t *testing.T) {
	g := started(t)
	expect := func(want string) {
		t.Helper()
		if got := codes(g.ready()); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	expect("[]")
	if err := g.Do(t.Context(), telagent.Drain{}); err != nil {
		t.Fatal(err)
	}
	expect("[draining]")
	if err := g.Do(t.Context(), telagent.Drain{Off: true}); err != nil {
		t.Fatal(err)
	}
	expect("[]")
	holds, goes := make(chan struct{}), make(chan struct{})
	if err := g.loop.put(t.Context(), reading(func(time.Time, *telagent.Floor) { close(holds); <-goes })); err != nil {
		t.Fatal(err)
	}
	<-holds
	if got := codes(g.ready()); !strings.Contains(got, "stuck") { // and soon overloaded, too
		t.Errorf("got %s", got)
	}
	close(goes)
	if err := g.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	expect("[stopping]")
}

func TestEachTroubleOfTheStoreHasAnAlarmOfItsOwn(t *testing.T) {
	for want, kind := range map[string]error{"store_away": store.ErrAway, "store_full": store.ErrFull, "store_slow": store.ErrSlow, "": errors.New("closed")} {
		if got := troubleOf(fmt.Errorf("the store: %w", kind)); got.part != want || (got.sentence == "") != (want == "") {
			t.Errorf("%v is %+v", kind, got)
		}
	}
	if got := troubleOf(nil); got.part != "" {
		t.Errorf("all is well, and it is %+v", got)
	}
}
