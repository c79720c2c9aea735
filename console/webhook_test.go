package console

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"telagent-gateway/telagent"
)

// box is an outbox in memory.
type box struct {
	mu   sync.Mutex
	kept map[string]WebhookMessage // by webhook and id

	dropped chan struct{} // told of each that is; nil: nobody is
}

func (b *box) KeepMessage(m WebhookMessage) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.kept[m.Webhook+" "+m.ID] = m
}

func (b *box) DropMessage(webhook, id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.kept, webhook+" "+id)
	if b.dropped != nil {
		b.dropped <- struct{}{}
	}
}

func (b *box) all() []WebhookMessage {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.SortedFunc(maps.Values(b.kept), func(x, y WebhookMessage) int { return x.Created.Compare(y.Created) })
}

// service is a receiver without a network: it answers with what it is set to and notes what it took.
type service struct {
	mu     sync.Mutex
	status int // 0: it cannot be reached
	asked  []time.Time
	took   []string // texts
}

func (s *service) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, time.Now())
	if s.status == 0 {
		return nil, errors.New("connection refused")
	}
	if s.status < 300 {
		s.took = append(s.took, textIn(body))
	}
	return &http.Response{StatusCode: s.status, Body: io.NopCloser(strings.NewReader("ok")), Request: req}, nil
}

func (s *service) answers(status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status = status
}

func (s *service) asks() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.asked)
}

func textIn(body []byte) string {
	var m struct{ Text string }
	if err := json.Unmarshal(body, &m); err != nil {
		return err.Error()
	}
	return m.Text
}

// telling is a console with the webhooks chat and sms, where chat and sms are services; it sends already.
func telling(t *testing.T, b *box, hooks ...Webhook) (c *Console, services []*service) {
	t.Helper()
	c, err := New(Options{Webhooks: hooks, Outbox: b, View: func() *telagent.View { return &telagent.View{} }})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range c.webhooks.receivers {
		s := &service{status: 204}
		services = append(services, s)
		r.client.Transport = s
	}
	t.Cleanup(c.Close)
	return c, services
}

func hook(name string, events ...string) Webhook {
	return Webhook{Name: name, URL: "http://" + name + ".invalid/a-key-in-the-path", Key: []byte("0123456789abcdef01234567"), Events: events}
}

func began(agent string) telagent.Change {
	return telagent.TelagentBegan{Reached: telagent.Reached{
		Time: time.Now(), Agent: agent, Name: "Ana", Team: "support", Number: "+49301234567", Device: "+49301234567", By: "boss", Why: telagent.ForOutage,
	}}
}

func alarms(c *Console) string {
	var all []string
	for _, a := range c.hub.alarms() {
		all = append(all, a.Code+" "+a.Subject)
	}
	return strings.Join(all, ", ")
}

func TestAMessageIsSignedAsStandardWebhooksSay(t *testing.T) {
	key, err := base64.StdEncoding.DecodeString("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw") // the example of the standard's libraries
	if err != nil {
		t.Fatal(err)
	}
	got := signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", []byte(`{"test": 2432232314}`))
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestS01AWebhookIsToldWhoBecameATelagentAndWhy(t *testing.T) {
	got := make(chan *http.Request, 1)
	var body []byte
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ = io.ReadAll(r.Body)
		got <- r
	}))
	defer server.Close()
	h := hook("chat", "telagent.began")
	h.URL = server.URL + "/in"
	b := &box{kept: map[string]WebhookMessage{}, dropped: make(chan struct{}, 1)}
	c, _ := telling(t, b, h)
	c.webhooks.receivers[0].client = webhookClient()
	c.Deliver(nil)
	c.Tell([]telagent.Change{began("ana")})
	r := <-got
	id, at := r.Header.Get("webhook-id"), r.Header.Get("webhook-timestamp")
	if r.Method != http.MethodPost || r.URL.Path != "/in" || r.Header.Get("Content-Type") != "application/json" ||
		r.Header.Get("webhook-signature") != signature(h.Key, id, at, body) || id == "" {
		t.Errorf("it got %s %s %v", r.Method, r.URL, r.Header)
	}
	var m map[string]any
	if err := json.Unmarshal(body, &m); err != nil {
		t.Fatal(err)
	}
	delete(m, "time")
	want := fmt.Sprintf(`map[agent:map[id:ana name:Ana team:support] by:boss device:+49301234567 id:%s number:+49301234567 reason:outage `+
		`text:You now work by phone at +49301234567: calls come there; press 1 to take them. type:telagent.began]`, id)
	if fmt.Sprint(m) != want {
		t.Errorf("it is told %v\nwant %s", m, want)
	}
	<-b.dropped // it was taken
	if left := b.all(); len(left) != 0 {
		t.Errorf("%d messages are left", len(left))
	}
}

func TestAnAgentIsToldInHisLanguageWhatToDo(t *testing.T) {
	for _, c := range []struct {
		r        telagent.Reached
		ended    bool
		language string
		want     string
	}{
		{r: telagent.Reached{Number: "+491"}, want: "You now work by phone at +491: calls come there; press 1 to take them."},
		{r: telagent.Reached{Number: "+491", Proof: telagent.ByPIN}, language: "xx", want: "You now work by phone at +491: calls come there; key in your PIN to take them."},
		{r: telagent.Reached{Number: "+491", NailedUp: true}, want: "You now work by phone at +491: it rings once and stays connected; calls come there after a tone."},
		{r: telagent.Reached{Device: "ana-desk@desk"}, want: "You now work at your desk phone: calls come there."},
		{want: "You now work by phone, but there is no phone that can be rung: tell your supervisor."},
		{ended: true, want: "You no longer work by phone: calls come to your softphone again."},
		{r: telagent.Reached{Off: true}, ended: true, language: "de", want: "Sie arbeiten nicht mehr per Telefon: Sie sind abgemeldet."},
		{r: telagent.Reached{Number: "+491"}, language: "de", want: "Sie arbeiten jetzt per Telefon unter +491: Anrufe kommen dort an; drücken Sie die 1, um sie anzunehmen."},
	} {
		if got := reachedText(c.r, !c.ended, c.language); got != c.want {
			t.Errorf("%+v: got  %s\nwant %s", c, got, c.want)
		}
	}
}

func TestAMessageThatIsNotTakenIsTriedAgainEachTimeLaterForADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &box{kept: map[string]WebhookMessage{}}
		c, s := telling(t, b, hook("chat", "telagent.began", "alarm.raised"), hook("pager", "alarm.raised", "alarm.cleared"))
		s[0].answers(0)
		c.Deliver(nil)
		c.Tell([]telagent.Change{began("ana")})
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if alarms(c) != "webhook_failing chat" || len(s[1].took) != 1 ||
			s[1].took[0] != "Webhook chat fails: it cannot be reached: connection refused; 1 messages wait." {
			t.Errorf("alarms: %s; the pager took %v", alarms(c), s[1].took)
		}
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		pause := firstPause
		for i := range s[0].asked[1:] {
			is := s[0].asked[i+1].Sub(s[0].asked[i])
			if is < pause*8/10 || is > pause*12/10 {
				t.Errorf("the %d. pause is %v, about %v is right", i+1, is, pause)
			}
			pause = min(3*pause, longestPause)
		}
		if n, left := s[0].asks(), b.all(); n < 25 || n > 40 || len(left) != 0 {
			t.Errorf("after %d attempts %d messages are left", n, len(left))
		}
		shown := c.webhooks.receivers[0].shown()
		if shown.Dropped != 1 || shown.State != "failing" || shown.Problem != "It cannot be reached: connection refused." || shown.Host != "http://chat.invalid" {
			t.Errorf("it is shown as %+v", shown)
		}
		s[0].answers(200)
		c.Tell([]telagent.Change{began("ben")})
		synctest.Wait()
		if alarms(c) != "" || len(s[1].took) != 2 || len(s[0].took) != 1 {
			t.Errorf("alarms: %s; the pager took %v", alarms(c), s[1].took)
		}
	})
}

func TestWhatWaitedForAReceiverThatIsBackGoesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &box{kept: map[string]WebhookMessage{}}
		c, s := telling(t, b, hook("chat", "telagent.began"))
		s[0].answers(503)
		c.Deliver(nil)
		for range 50 {
			c.Tell([]telagent.Change{began("ana")})
		}
		time.Sleep(time.Hour)
		s[0].answers(202)
		c.Tell([]telagent.Change{began("ben")})
		synctest.Wait()
		if len(s[0].took) != 51 || len(b.all()) != 0 {
			t.Errorf("it took %d messages, %d are left", len(s[0].took), len(b.all()))
		}
	})
}

func TestAMessageThatIsRefusedStopsNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &box{kept: map[string]WebhookMessage{}}
		c, s := telling(t, b, hook("chat", "telagent.began"))
		s[0].answers(400)
		c.Deliver(nil)
		c.Tell([]telagent.Change{began("ana")})
		synctest.Wait()
		s[0].answers(200)
		c.Tell([]telagent.Change{began("ben")})
		synctest.Wait()
		if s[0].asks() != 2 || len(s[0].took) != 1 || len(b.all()) != 1 || b.all()[0].Tries != 1 {
			t.Errorf("asked %d times, took %d, left %+v", s[0].asks(), len(s[0].took), b.all())
		}
	})
}

func TestAReceiverThatIsGoneIsToldNothingUntilATestSucceeds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &box{kept: map[string]WebhookMessage{}}
		c, s := telling(t, b, hook("chat", "telagent.began"))
		s[0].answers(410)
		c.Tell([]telagent.Change{began("ana"), began("ben")})
		c.Deliver(nil)
		synctest.Wait()
		c.Tell([]telagent.Change{began("ana")})
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		r := c.webhooks.receivers[0]
		if s[0].asks() != 1 || len(b.all()) != 0 || alarms(c) != "webhook_failing chat" || r.shown().State != "gone" || r.shown().Dropped != 3 {
			t.Errorf("asked %d times, %d left, alarms: %s, %+v", s[0].asks(), len(b.all()), alarms(c), r.shown())
		}
		r.raiseAll(r.works())
		s[0].answers(200)
		c.Tell([]telagent.Change{began("ana")})
		synctest.Wait()
		if len(s[0].took) != 1 || alarms(c) != "" {
			t.Errorf("it took %d, alarms: %s", len(s[0].took), alarms(c))
		}
	})
}

func TestARestartLosesNoMessageAndSendsNoneTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &box{kept: map[string]WebhookMessage{}}
		c, s := telling(t, b, hook("chat", "telagent.began"))
		s[0].answers(0)
		c.Deliver(nil)
		c.Tell([]telagent.Change{began("ana")})
		time.Sleep(time.Minute)
		synctest.Wait()
		c.Close()
		c.Tell([]telagent.Change{began("ben")}) // while it ends
		b.KeepMessage(WebhookMessage{Webhook: "old", ID: "msg_1", Body: []byte("{}"), Created: time.Now(), Next: time.Now()})
		tries := b.all()[0].Tries
		if tries < 2 || len(b.all()) != 3 {
			t.Fatalf("the outbox has %+v", b.all())
		}

		again, s2 := telling(t, b, hook("chat", "telagent.began"))
		again.Deliver(b.all())
		synctest.Wait()
		time.Sleep(10 * time.Minute) // the first one waits for its time
		synctest.Wait()
		if len(s2[0].took) != 2 || len(b.all()) != 0 {
			t.Errorf("it took %d, left %+v", len(s2[0].took), b.all())
		}
	})
}

func TestAMessageThatWaitedOverARestartWaitsForNoClockThatWasSetBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, services := telling(t, &box{kept: map[string]WebhookMessage{}}, hook("chat", "telagent.began"))
		then := time.Now().Round(0).Add(10 * time.Hour) // as it was before the restart
		c.Deliver([]WebhookMessage{{Webhook: "chat", ID: "m1", Body: []byte(`{"text": "one"}`), Created: then, Next: then.Add(firstPause), Tries: 1}})
		time.Sleep(firstPause)
		synctest.Wait()
		if got := services[0].asks(); got != 1 {
			t.Errorf("it was tried %d times when its pause was over", got)
		}
		c.Close()
	})
}

func TestTheBoxOfAReceiverIsBoundedAndTheOldestGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &box{kept: map[string]WebhookMessage{}}
		c, s := telling(t, b, hook("chat", "telagent.began"))
		for i := range mostWaiting + 5 {
			c.Tell([]telagent.Change{began(fmt.Sprint(i))})
			time.Sleep(time.Millisecond)
		}
		if n, _ := c.webhooks.receivers[0].oldest(); n != mostWaiting || len(b.all()) != mostWaiting {
			t.Errorf("%d wait, %d are kept", n, len(b.all()))
		}
		c.Deliver(nil)
		synctest.Wait()
		if got := c.webhooks.receivers[0].shown(); len(s[0].took) != mostWaiting || got.Dropped != 5 || got.Waiting != 0 {
			t.Errorf("it took %d, %+v", len(s[0].took), got)
		}
	})
}

// deaf is a receiver that never answers.
type deaf struct{}

func (deaf) RoundTrip(req *http.Request) (*http.Response, error) {
	<-req.Context().Done()
	return nil, req.Context().Err()
}

func TestAReceiverThatNeverAnswersHindersNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &box{kept: map[string]WebhookMessage{}}
		c, s := telling(t, b, hook("slow", "telagent.began"), hook("chat", "telagent.began"))
		c.webhooks.receivers[0].client.Transport = deaf{}
		c.Deliver(nil)
		c.Tell([]telagent.Change{began("ana"), began("ben")})
		synctest.Wait()
		if len(s[1].took) != 2 {
			t.Errorf("the other took %d", len(s[1].took))
		}
		time.Sleep(webhookPatience + time.Second)
		synctest.Wait()
		if got := c.webhooks.receivers[0].shown(); got.Problem != "It did not answer within 15s." || got.Waiting != 2 {
			t.Errorf("the slow one is %+v", got)
		}
	})
}

func TestAReceiverIsToldOfItsTeamsAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all, sales := hook("all", WebhookEvents...), hook("sales", WebhookEvents...)
		sales.Teams = []string{"sales"}
		c, s := telling(t, &box{kept: map[string]WebhookMessage{}}, all, sales)
		c.Deliver(nil)
		zoe := telagent.Agent{ID: "zoe", Name: "Zoe", Team: "sales"}
		c.Tell([]telagent.Change{
			began("ana"),
			telagent.SwitchFailed{Switch: telagent.SwitchRecord{Agent: "zoe", To: "+491", By: "boss", Result: "no_answer"}},
			telagent.AgentChanged{Agent: zoe},
			telagent.AlarmRaised{Code: "trunk_down", Subject: "north", Sentence: "Trunk north is down: it does not answer"},
			telagent.AlarmRaised{Code: "site", Subject: "berlin", Teams: []string{"support", "sales"}, Sentence: "Site berlin lost 15 agents."},
			telagent.AlarmCleared{Code: "cut_off", Subject: "zoe", Team: "sales"},
		})
		synctest.Wait()
		want := []string{"The call of Zoe did not move to +491: no answer.", "Site berlin lost 15 agents.", "The alarm cut off of zoe is over."}
		if len(s[0].took) != 5 || !slices.Equal(s[1].took, want) {
			t.Errorf("all took %q\nsales took %q\nwant %q", s[0].took, s[1].took, want)
		}
	})
}

func TestNoRedirectionIsFollowedAndNoEndlessAnswerIsRead(t *testing.T) {
	elsewhere := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/moved":
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		case "/elsewhere":
			elsewhere++
		case "/endless":
			for r.Context().Err() == nil { // until the reader has had enough
				_, _ = w.Write(make([]byte, 64<<10))
			}
		}
	}))
	defer server.Close()
	for path, want := range map[string]string{"/moved": "it answered 307, and a redirection is not followed", "/endless": ""} {
		h := hook("chat")
		h.URL = server.URL + path
		r := &receiver{Webhook: h, client: webhookClient(), now: time.Now}
		words := ""
		if f := r.post(t.Context(), "msg_1", []byte("{}")); f != nil {
			words = f.words
		}
		r.client.CloseIdleConnections()
		if words != want || elsewhere != 0 {
			t.Errorf("%s: %q, %d times elsewhere", path, words, elsewhere)
		}
	}
	h := hook("chat")
	h.URL = "http://127.0.0.1:1/a-key-in-the-path"
	r := &receiver{Webhook: h, client: webhookClient(), now: time.Now}
	f := r.post(t.Context(), "msg_1", []byte("{}"))
	if f == nil || !strings.HasPrefix(f.words, "it cannot be reached: ") || strings.Contains(f.words, "a-key") {
		t.Errorf("nobody listens: %+v", f)
	}
}

func TestAnAdministratorSeesTheWebhooksAndTriesThem(t *testing.T) {
	f := newFloor()
	o := f.options()
	o.Webhooks = []Webhook{hook("chat", "telagent.began")}
	c := newConsole(t, o)
	s := &service{status: 500}
	c.webhooks.receivers[0].client.Transport = s
	root, boss := tokenFor(t, c, "root"), tokenFor(t, c, "boss")
	for _, asked := range []struct{ token, webhook, code, detail string }{
		{boss, "chat", "not_admin", "Only an administrator may do this."},
		{root, "sms", "unknown_webhook", "There is no webhook sms."},
	} {
		w := ask(c, "POST", prefix+"/webhooks/test", `{"webhook": "`+asked.webhook+`"}`, as(asked.token)...)
		if p := problemOf(t, w); p.Code != asked.code || p.Detail != asked.detail {
			t.Errorf("%+v: %+v", asked, p)
		}
	}
	if tried := telagent.Command(telagent.TestWebhook{By: "root", Webhook: "sms"}); slices.Contains(f.did(), tried) {
		t.Error("the audit trail says that a webhook was tried that is none")
	}
	if p := problemOf(t, ask(c, "GET", prefix+"/webhooks", "", as(boss)...)); p.Code != "not_admin" {
		t.Errorf("a supervisor is answered %+v", p)
	}
	for status, want := range map[int]string{500: `"ok":false,"detail":"It answered 500 Internal Server Error."`, 200: `"ok":true,"detail":"It was taken."`} {
		s.answers(status)
		if got := ask(c, "POST", prefix+"/webhooks/test", `{"webhook": "chat"}`, as(root)...).Body.String(); !strings.Contains(got, want) {
			t.Errorf("the test is answered %s", got)
		}
	}
	c.Tell([]telagent.Change{began("ana")})
	got := ask(c, "GET", prefix+"/webhooks", "", as(root)...).Body.String()
	for _, want := range []string{`"name":"chat","host":"http://chat.invalid","events":["telagent.began"],"teams":[],"state":"well","waiting":1,"oldest":"`, `"sent":0`} {
		if !strings.Contains(got, want) || strings.Contains(got, "a-key") {
			t.Errorf("the list is %s, without %s", got, want)
		}
	}
	if metrics := ask(c, "GET", "/metrics", "").Body.String(); !strings.Contains(metrics, `telagent_webhook_messages_waiting{webhook="chat"} 1`) {
		t.Error("the metrics do not say what waits")
	}
}
