package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"telagent-gateway/demo"
)

// The addresses of the play, on loopback.
const (
	gatewayIP = "127.26.7.1"
	carrierIP = "127.26.7.2"
	phonesIP  = "127.26.7.3"
	secret    = "a-secret-of-floods-1"
	queueDID  = "+18005550100"
	spare     = 5 // agents for the calls that come in the flood
)

const gatewayFile = `
sip: {domain: flood.test, listen: ["udp:GATEWAY:5060"]}
media: {listen: GATEWAY, ports: 24000-24999}
http: {listen: "GATEWAY:8080"}
store: sqlite:DIR/telagent.db
trunks:
  - {name: carrier, uri: "sip:CARRIER;transport=udp", accept_from: [CARRIERIP/32]}
dialling: {region: DE, allow: [DE]}
log: {level: info, format: console}
`

// world is a gateway and its cast.
type world struct {
	dir     string
	gateway *exec.Cmd
	carrier *demo.Robot
	phones  []*demo.Robot
	legs    []*demo.Leg // of customers and agents who talk
}

func play(ctx context.Context, calls, rate int, length time.Duration) (err error) {
	w := &world{}
	defer func() { w.close() }()
	if err := w.open(ctx, calls+spare); err != nil {
		return err
	}
	for range calls {
		if err := w.call(ctx); err != nil {
			return fmt.Errorf("a call before the flood: %w", err)
		}
	}
	fmt.Printf("%d calls talk\n\n%-10s %9s %9s %8s %12s %10s %10s %8s\n", calls, "", "expected", "received", "lost", "longest gap", "RSS before", "RSS after", "CPU")
	if err := w.part(ctx, "in peace", length, nil); err != nil {
		return err
	}
	err = w.part(ctx, "in flood", length, func() error {
		self, err := os.Executable()
		if err != nil {
			return err
		}
		out, err := exec.CommandContext(ctx, self, "-storm", gatewayIP+":5060", "-rate", fmt.Sprint(rate), "-for", length.String()).CombinedOutput()
		fmt.Printf("%s", out)
		return err
	})
	return errors.Join(err, w.metrics())
}

// part lets time go by, with a flood or without, and prints what was lost in it. Meanwhile new calls come in.
func (w *world) part(ctx context.Context, name string, length time.Duration, storm func() error) error {
	memory, cpu := w.taken()
	began, stormed := time.Now(), make(chan error, 1)
	if storm == nil {
		stormed <- nil
	} else {
		go func() { stormed <- storm() }()
		for i := range spare {
			<-time.After(length / (spare + 1))
			at := time.Now()
			err := w.call(ctx)
			fmt.Printf("new call %d in the flood: set up in %v (%v)\n", i+1, time.Since(at).Round(time.Millisecond), err)
		}
	}
	select {
	case <-time.After(time.Until(began.Add(length))):
	case <-ctx.Done():
		return ctx.Err()
	}
	end := began.Add(length)
	expected, received, gap := 0, 0, time.Duration(0)
	for _, l := range w.legs {
		if l.Since(demo.Up).After(began) {
			continue
		}
		expected += int(length / (20 * time.Millisecond))
		received += l.Trace().Packets(began, end)
		gap = max(gap, l.Trace().LongestGap(began, end))
	}
	after, used := w.taken()
	fmt.Printf("%-10s %9d %9d %8d %12v %7d kB %7d kB %7.1f%%\n", name, expected, received, max(0, expected-received), gap.Round(time.Millisecond), memory, after,
		100*(used-cpu).Seconds()/length.Seconds())
	return <-stormed
}

// call brings a customer to an agent, and waits until both hear each other.
func (w *world) call(ctx context.Context) error {
	ctx, stop := context.WithTimeout(ctx, 20*time.Second)
	defer stop()
	n := len(w.legs) / 2
	customer, err := w.carrier.Call(fmt.Sprintf("+4930%07d", n), "sip:"+queueDID+"@"+gatewayIP+":5060")
	if err != nil {
		return err
	}
	began := time.Now()
	var agent *demo.Leg
	for agent == nil {
		for _, p := range w.phones {
			short, cancel := context.WithTimeout(ctx, 10*time.Millisecond)
			if l, err := p.Next(short); err == nil {
				agent = l
			}
			cancel()
			if agent != nil {
				break
			}
		}
		if ctx.Err() != nil {
			return errors.New("no agent was rung")
		}
	}
	if _, err := customer.WaitHears(ctx, demo.SoftphoneTone, began); err != nil {
		return fmt.Errorf("the customer: %w", err)
	}
	if _, err := agent.WaitHears(ctx, demo.CustomerTone, began); err != nil {
		return fmt.Errorf("the agent: %w", err)
	}
	w.legs = append(w.legs, customer, agent)
	return nil
}

// open starts the gateway and brings everybody on.
func (w *world) open(ctx context.Context, agents int) (err error) {
	if w.dir, err = os.MkdirTemp("", "telagent-flood-"); err != nil {
		return err
	}
	if w.carrier, err = demo.NewRobot(demo.Part{Name: "carrier", Address: carrierIP, Tone: demo.CustomerTone}); err != nil {
		return err
	}
	people := "users:\n  - {name: boss, role: supervisor, teams: [support], password: " + secret + "}\nagents:\n"
	for i := range agents {
		people += fmt.Sprintf("  - {id: agent-%d, name: Agent %d, team: support, password: %s, queues: {support: 1}, wrap_up: 1s}\n", i, i, secret)
	}
	people += "queues:\n  - {name: support, numbers: [\"" + queueDID + "\"], strategy: longest_idle, priority: 5}\n"
	file := strings.NewReplacer("GATEWAY", gatewayIP, "CARRIERIP", carrierIP, "CARRIER", w.carrier.Addr(), "DIR", w.dir).Replace(gatewayFile)
	for name, text := range map[string]string{"telagent.yaml": file, "people.yaml": people} {
		if err := os.WriteFile(filepath.Join(w.dir, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	config := filepath.Join(w.dir, "telagent.yaml")
	if out, err := exec.Command("bin/telagent", "import", "-c", config, filepath.Join(w.dir, "people.yaml")).CombinedOutput(); err != nil {
		return fmt.Errorf("telagent import (make build first): %w\n%s", err, out)
	}
	w.gateway = exec.Command("bin/telagent", "serve", "-c", config)
	if err := w.gateway.Start(); err != nil {
		return err
	}
	for end := time.Now().Add(20 * time.Second); ; <-time.After(50 * time.Millisecond) {
		if res, err := http.Get("http://" + gatewayIP + ":8080/readyz"); err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				break
			}
		}
		if time.Now().After(end) {
			return errors.New("the gateway is not ready")
		}
	}
	for i := range agents {
		if err := w.hire(ctx, fmt.Sprintf("agent-%d", i)); err != nil {
			return err
		}
	}
	return nil
}

// hire brings one agent on, with a softphone that answers at once.
func (w *world) hire(ctx context.Context, id string) error {
	phone, err := demo.NewRobot(demo.Part{
		Name: id, Address: phonesIP, Tone: demo.SoftphoneTone, Script: &demo.Script{}, Registrar: gatewayIP + ":5060", Domain: "flood.test", User: id, Password: secret,
	})
	if err != nil {
		return err
	}
	w.phones = append(w.phones, phone)
	if err := phone.Register(ctx, 5*time.Minute); err != nil {
		return err
	}
	desk, err := demo.SignIn(ctx, "http://"+gatewayIP+":8080", demo.Login{User: id, Password: secret})
	if err != nil {
		return err
	}
	defer desk.Close()
	return desk.SetStatus(ctx, id, "available")
}

// taken returns the gateway's resident memory in kB and its CPU time.
func (w *world) taken() (kB int, cpu time.Duration) {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", w.gateway.Process.Pid)) // elsewhere than on Linux it stays 0
	if _, rest, ok := strings.Cut(string(status), "VmRSS:"); ok {
		_, _ = fmt.Sscan(rest, &kB)
	}
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", w.gateway.Process.Pid))
	if _, rest, ok := strings.Cut(string(stat), ") "); ok {
		var user, system int64
		if f := strings.Fields(rest); len(f) > 13 {
			_, _ = fmt.Sscan(f[11], &user)
			_, _ = fmt.Sscan(f[12], &system)
		}
		cpu = time.Duration(user+system) * 10 * time.Millisecond
	}
	return kB, cpu
}

// metrics prints what the gateway counted.
func (w *world) metrics() error {
	out, err := exec.Command("bin/telagent", "version").Output()
	if err != nil {
		return err
	}
	res, err := http.Get("http://" + gatewayIP + ":8080/metrics")
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	text := new(strings.Builder)
	if _, err := fmt.Fprintf(text, "\n%s", out); err != nil {
		return err
	}
	buf := make([]byte, 1<<20)
	for {
		n, err := res.Body.Read(buf)
		for line := range strings.SplitSeq(string(buf[:n]), "\n") {
			if strings.HasPrefix(line, "telagent_sip_") {
				fmt.Fprintln(text, line)
			}
		}
		if err != nil {
			break
		}
	}
	fmt.Print(text)
	return nil
}

func (w *world) close() {
	for _, l := range w.legs {
		l.Mute(true)
	}
	if w.gateway != nil && w.gateway.Process != nil {
		_ = w.gateway.Process.Signal(syscall.SIGTERM)
		_ = w.gateway.Wait()
	}
	for _, p := range w.phones {
		p.Kill()
	}
	if w.carrier != nil {
		w.carrier.Kill()
	}
	_ = os.RemoveAll(w.dir)
}
