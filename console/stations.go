package console

import (
	"context"
	"time"

	"telagent-gateway/telagent"
)

type stationShown struct {
	Device    string     `json:"device" enum:"softphone,desk,pstn"`
	Target    string     `json:"target" doc:"an address of record with its device, or a number in E.164"`
	Rings     bool       `json:"rings" doc:"it is what rings for the agent now"`
	Reachable string     `json:"reachable" enum:"reachable,unreachable,unknown" doc:"as was learned last; of a registered phone, now"`
	At        *time.Time `json:"at,omitempty" doc:"when that was learned; absent: it never was"`
	By        string     `json:"by,omitempty" enum:"registration,options,call,test_call" doc:"what it was learned by"`
	Machines  int        `json:"machines" doc:"calls there in a row that were answered with nobody to press a key"`
	Last      bool       `json:"last" doc:"it is tried after the other numbers, because machines answer"`
}

type stationsAnswer struct {
	Body struct {
		Stations []stationShown `json:"stations" doc:"softphone, desk phone, the numbers in the order of the directory, then those that may be named"`
	}
}

type testCallAsked struct {
	ID   string `path:"id" maxLength:"64"`
	Body struct {
		Number string `json:"number,omitempty" maxLength:"32" doc:"absent: where the agent is rung by phone, or would be"`
	}
}

type machinesAsked struct {
	ID     string `path:"id" maxLength:"64"`
	Number string `path:"number" maxLength:"32" doc:"E.164"`
}

func (c *Console) listStations(ctx context.Context, in *agentAsked) (*stationsAnswer, error) {
	who := from(ctx)
	return c.stations(who.viewer, who.view, in.ID)
}

func (c *Console) stations(who viewer, view *telagent.View, id string) (*stationsAnswer, error) {
	a, ok := agentWithID(view, id)
	if !ok || !who.sees(reach{agents: []string{id}}) {
		return nil, problem("unknown_agent", "There is no agent %q.", id)
	}
	out := &stationsAnswer{}
	out.Body.Stations = []stationShown{}
	for _, s := range a.Stations {
		out.Body.Stations = append(out.Body.Stations, stationShown{
			Device: s.Device, Target: s.Target, Rings: s.Rings, Reachable: s.Reachable, At: moment(s.At), By: string(s.By), Machines: s.Machines,
			Last: s.Last,
		})
	}
	return out, nil
}

func (c *Console) testCall(ctx context.Context, in *testCallAsked) (*stationsAnswer, error) {
	cmd := telagent.TestCall{By: from(ctx).viewer.name, Agent: in.ID, Number: in.Body.Number}
	return c.doToStation(ctx, in.ID, "test a phone of "+in.ID, cmd)
}

func (c *Console) clearMachines(ctx context.Context, in *machinesAsked) (*stationsAnswer, error) {
	cmd := telagent.ClearMachines{By: from(ctx).viewer.name, Agent: in.ID, Number: in.Number}
	return c.doToStation(ctx, in.ID, "forget the machines of "+in.ID, cmd)
}

func (c *Console) doToStation(ctx context.Context, id, what string, cmd telagent.Command) (*stationsAnswer, error) {
	if err := c.o.Do(ctx, cmd); err != nil {
		return nil, c.refused(what, err)
	}
	return c.stations(from(ctx).viewer, c.o.View(), id)
}
