package test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

func TestS01AWebhookIsToldOfATelagentThoughTheGatewayIsStartedAnewMeanwhile(t *testing.T) {
	b := newBench(t)
	var status atomic.Int32
	status.Store(http.StatusServiceUnavailable)
	got := make(chan [2]string, 100) // id and body
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		w.WriteHeader(int(status.Load()))
		got <- [2]string{r.Header.Get("webhook-id"), string(body)}
	}))
	defer service.Close()
	config := b.read("telagent.yaml") + "webhooks:\n- {name: chat, url: '" + service.URL + "/key', secret_file: secret, teams: [support]}\n"
	b.write("telagent.yaml", config)
	b.write("secret", "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3\n")
	b.run(0, "", "import", "-c", "telagent.yaml", "directory.yaml")
	b.run(0, "root-secret-1\n", "user", "add", "root", "--role", "admin", "-c", "telagent.yaml")

	stop := b.serve()
	b.signIn("boss", "boss-secret-1")
	b.run(0, "", "switch", "ana", "--yes")
	first := <-got
	b.signIn("root", "root-secret-1")
	_, failed := b.run(1, "", "webhooks", "--test", "chat")
	wants(t, "a test of what does not work", failed, "chat: It answered 503 Service Unavailable.")
	stop()

	for len(got) > 0 { // what was tried in the meantime
		<-got
	}
	status.Store(http.StatusNoContent)
	stop = b.serve()
	second := <-got
	if first[0] == "" || second != first {
		t.Errorf("it was told %q, and after the start %q", first, second)
	}
	var body struct {
		ID, Type, Number, By, Reason, Text string
		Agent                              struct{ ID, Name, Team string }
	}
	if err := json.Unmarshal([]byte(second[1]), &body); err != nil {
		t.Fatal(err)
	}
	if body.ID != first[0] || body.Type != "telagent.began" || body.Agent.ID != "ana" || body.Number != "+49301234567" || body.By != "boss" ||
		body.Reason != "supervisor" || !strings.HasPrefix(body.Text, "You now work by phone at +49301234567") {
		t.Errorf("it is told %s", second[1])
	}
	b.signIn("root", "root-secret-1")
	done, _ := b.run(0, "", "webhooks", "--test", "chat")
	wants(t, "a test", done, "chat: It was taken.")
	table, _ := b.run(0, "", "webhooks")
	wants(t, "webhooks", table, "WEBHOOK", "chat", service.URL, "telagent.began telagent.ended", "support", "well")
	if strings.Contains(table, "/key") {
		t.Errorf("the table shows the path: %s", table)
	}
	list, _ := b.run(0, "", "webhooks", "--json")
	wants(t, "webhooks --json", list, `"name":"chat"`)
	stop()
}
