package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"telagent-gateway/config"
	"telagent-gateway/gateway"
)

// Options are how the demo is run. The zero value of a field is what most people want; Out must be given.
type Options struct {
	Out     io.Writer       // where the timeline goes, or the JSON
	JSON    bool            // print Measured as JSON and nothing else
	Stay    bool            // after the play keep gateway and robots running until the context ends, for a person to click
	Colour  bool            // whether Out is a terminal
	Hurry   int             // see Stage; the timers of the gateway's own policy are shortened with it
	Gateway gateway.Options // Log alone is used; nil: silent
}

// The names of the demo's world.
const (
	domain     = "demo.telagent"
	queueDID   = "+18005550100"
	anasNumber = "+493012345671"
	bensNumber = "+493012345672"
	wrapUp     = 3 * time.Second
)

// world is a gateway of the demo's own with its cast, on loopback, at addresses that nobody else uses.
type world struct {
	dir     string
	gateway *gateway.Gateway
	carrier *Robot
	stage   Stage
	ben     Login
	network string // first three numbers of its addresses
}

// Run starts a gateway of its own with an empty store and plays. The error says which step did not happen, or which
// promise was not kept.
func Run(ctx context.Context, o Options) (err error) {
	timeline := o.Out
	if o.JSON {
		timeline = io.Discard
	}
	w, err := newWorld(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	if _, err := fmt.Fprintf(timeline, "A gateway with an empty store: SIP at %s, console at %s\n", w.stage.SIP, w.stage.HTTP); err != nil {
		return fmt.Errorf("print the timeline: %w", err)
	}
	measured, err := Play(ctx, w.stage, timeline)
	if err != nil {
		return err
	}
	if o.JSON {
		e := json.NewEncoder(o.Out)
		e.SetIndent("", "  ")
		if err := e.Encode(measured); err != nil {
			return fmt.Errorf("print what was measured: %w", err)
		}
	}
	if o.Stay {
		if err := w.stay(ctx, timeline); err != nil {
			return err
		}
	}
	if misses := measured.Misses(); len(misses) > 0 {
		return errors.New("not as promised: " + strings.Join(misses, "; "))
	}
	return nil
}

// newWorld starts the gateway and binds the carrier, at a random loopback network: so that any number of demos can run
// side by side, and no port that somebody uses is taken.
func newWorld(ctx context.Context, o Options) (*world, error) {
	w := &world{network: fmt.Sprintf("127.%d.%d", 64+rand.IntN(128), rand.IntN(256))}
	if err := w.open(ctx, o); err != nil {
		return nil, errors.Join(err, w.close())
	}
	return w, nil
}

func (w *world) open(ctx context.Context, o Options) (err error) {
	if w.dir, err = os.MkdirTemp("", "telagent-demo-"); err != nil {
		return fmt.Errorf("make a folder for the store: %w", err)
	}
	if w.carrier, err = NewRobot(Part{Name: "carrier", Address: w.network + ".2", Tone: CustomerTone}); err != nil {
		return err
	}
	o.Gateway.Config = w.config(o.Hurry)
	if w.gateway, err = gateway.Start(ctx, o.Gateway); err != nil {
		return fmt.Errorf("start the gateway: %w", err)
	}
	w.ben = Login{"ben", newToken()}
	w.stage = Stage{
		SIP: strings.TrimPrefix(w.gateway.SIPAddr(), "udp:"), HTTP: w.gateway.HTTPAddr(), Domain: domain,
		Boss: Login{"boss", newToken()}, Ana: Login{"ana", newToken()}, Queue: queueDID, Phone: anasNumber,
		Carrier: w.carrier, Softly: w.network + ".3", Colour: o.Colour, Hurry: o.Hurry,
	}
	if _, err = w.gateway.Import(ctx, "", "demo.yaml", []byte(w.directory())); err != nil {
		return fmt.Errorf("import the demo's directory: %w", err)
	}
	return nil
}

func (w *world) config(hurry int) *config.Config {
	c := config.Default()
	c.SIP.Domain = domain
	c.SIP.Listen = []string{"udp:" + w.network + ".1:0"}
	c.Media.Listen = w.network + ".1"
	c.HTTP.Listen = "127.0.0.1:0"
	c.Store = config.DSN("sqlite:" + filepath.Join(w.dir, "telagent.db"))
	c.Trunks = []config.Trunk{{
		Name: "carrier", URI: "sip:" + w.carrier.Addr() + ";transport=udp", AcceptFrom: []string{w.network + ".2/32"}, Channels: 30,
	}}
	c.Dialling.Allow = []string{"DE"}
	c.Policy.CutOff = hurried(c.Policy.CutOff, hurry)
	c.Policy.ConfirmTime = hurried(c.Policy.ConfirmTime, hurry)
	return c
}

func (w *world) directory() string {
	rest := hurried(wrapUp, w.stage.Hurry)
	return fmt.Sprintf(`users:
  - {name: boss, role: supervisor, teams: [support], password: %q}
agents:
  - {id: ana, name: Ana, team: support, password: %q, numbers: [%q], queues: {support: 1}, wrap_up: %s}
  - {id: ben, name: Ben, team: support, password: %q, numbers: [%q], queues: {support: 1}, wrap_up: %s}
queues:
  - {name: support, numbers: [%q], priority: 5, calling_name: Support}
`, w.stage.Boss.Password, w.stage.Ana.Password, anasNumber, rest, w.ben.Password, bensNumber, rest, queueDID)
}

// close ends the gateway and the carrier, and removes the store.
func (w *world) close() error {
	var failed []error
	if w.carrier != nil {
		w.carrier.Kill()
	}
	if w.gateway != nil {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		// The softphone that died never answers its BYE, so the gateway may not wait for everybody.
		if err := w.gateway.Close(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
			failed = append(failed, fmt.Errorf("stop the gateway: %w", err))
		}
	}
	if w.dir != "" {
		failed = append(failed, os.RemoveAll(w.dir))
	}
	return errors.Join(failed...)
}
