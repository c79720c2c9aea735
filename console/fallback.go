package console

import (
	"cmp"

	"telagent-gateway/call"
	"telagent-gateway/telagent"
)

type fallbackShown struct {
	Device    string `json:"device,omitempty" enum:"desk,pstn" doc:"absent: he has no phone, and his customers go back to their queues"`
	Number    string `json:"number,omitempty" doc:"E.164, or the address of record of a desk phone"`
	Automatic bool   `json:"automatic" doc:"his team's policy moves the calls; else he or a supervisor does"`
	AfterS    int    `json:"after_s" doc:"seconds from the loss in a call until that, or until the customer goes back to his queue"`
}

func showFallback(f *telagent.Fallback) *fallbackShown {
	if f == nil {
		return nil
	}
	shown := &fallbackShown{Automatic: f.Automatic, AfterS: int(f.After.Seconds())}
	if f.To != (call.Target{}) {
		shown.Device, shown.Number = f.To.Device.String(), cmp.Or(f.To.Number, f.To.AOR)
	}
	return shown
}
