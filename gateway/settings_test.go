package gateway

import (
	"reflect"
	"testing"

	"telagent-gateway/config"
	"telagent-gateway/console"
	"telagent-gateway/presence"
	"telagent-gateway/telagent"
)

func TestTheConfiguredPolicyIsTheFloorsByDefault(t *testing.T) {
	if got := settings(config.Default()).Unreachable; !reflect.DeepEqual(got, telagent.DefaultUnreached()) {
		t.Errorf("got  %v\nwant %v", got, telagent.DefaultUnreached())
	}
}

func TestAWebhookIsConfiguredWithTheEventsThatAreTold(t *testing.T) {
	if !reflect.DeepEqual(config.WebhookEvents, console.WebhookEvents) {
		t.Errorf("the file takes %v, told are %v", config.WebhookEvents, console.WebhookEvents)
	}
}

func TestTheConfiguredFeatureCodesAreTheFloorsByDefault(t *testing.T) {
	if got := settings(config.Default()).Features; !reflect.DeepEqual(got, telagent.DefaultFeatures()) {
		t.Errorf("got  %v\nwant %v", got, telagent.DefaultFeatures())
	}
	got := features(map[string]string{"*5": "break:Long lunch"})
	if want := map[string]telagent.Feature{"*5": {Does: "status", Status: presence.OnBreak, Reason: "Long lunch"}}; !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	if got := features(map[string]string{}); got == nil || len(got) != 0 {
		t.Errorf("no codes are %v", got)
	}
}

func TestATimeZoneThatIsNoneIsNamedWithItsLine(t *testing.T) {
	file := "queues:\n- {name: a, hours: {zone: Europe/Berlin}}\n- name: b\n  hours:\n    zone: Europe/Bärlin\n- {name: c, hours: {zone: Local}}\n"
	done := 0
	_, err := apply("d.yaml", []byte(file), config.Default(), "", telagent.State{}, func(telagent.Command) error { done++; return nil })
	want := `d.yaml:5: queues[1].hours.zone: "Europe/Bärlin" is not a time zone; write one like Europe/Berlin` + "\n" +
		`d.yaml:6: queues[2].hours.zone: "Local" is not a time zone; write one like Europe/Berlin`
	if err == nil || err.Error() != want || done != 0 {
		t.Errorf("%d commands and\n%v\nwant none and\n%s", done, err, want)
	}
}
