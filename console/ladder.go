package console

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"telagent-gateway/call"
	"telagent-gateway/telagent"
)

// ErrNoLadder says that nothing is kept of a call, or nothing more.
var ErrNoLadder = errors.New("nothing is kept of this call")

type ladderShown struct {
	Call     string            `json:"call"`
	Began    time.Time         `json:"began"`
	Ended    *time.Time        `json:"ended,omitempty" doc:"absent: it is live"`
	Now      time.Time         `json:"now" doc:"the gateway's clock"`
	Legs     []ladderLegShown  `json:"legs" doc:"in the order in which they began; each is a column"`
	Messages []sipMessageShown `json:"messages" doc:"between the gateway and the legs, in their order"`
	Notes    []ladderNoteShown `json:"notes" doc:"what happened that SIP does not say, in its order"`
	Switches []switchShown     `json:"switches" doc:"those that ended"`
}

type ladderLegShown struct {
	ID       string     `json:"id"`
	Seat     string     `json:"seat" doc:"customer, agent or guest"`
	Mode     string     `json:"mode,omitempty" doc:"how a guest took part"`
	Agent    string     `json:"agent,omitempty"`
	Device   string     `json:"device,omitempty" doc:"softphone, desk or pstn"`
	Target   string     `json:"target"`
	Trunk    string     `json:"trunk,omitempty" doc:"that carried it; absent: none, it is a phone's"`
	Peer     string     `json:"peer,omitempty" doc:"where its messages went and came from last, like udp:192.0.2.7:5060"`
	Began    time.Time  `json:"began"`
	Answered *time.Time `json:"answered,omitempty"`
	Ended    *time.Time `json:"ended,omitempty" doc:"absent: it lives"`
	Cause    string     `json:"cause,omitempty"`
	Left     int        `json:"left_out,omitempty" doc:"messages in the middle that are not kept"`

	Spans   []spanShown          `json:"spans" doc:"what it did, one after the other"`
	Course  []qualityCourseShown `json:"course" doc:"how its audio fared over the time"`
	Quality *qualityShown        `json:"quality,omitempty" doc:"the same in all"`
}

type sipMessageShown struct {
	At      time.Time `json:"at"`
	Leg     string    `json:"leg"`
	Sent    bool      `json:"sent" doc:"by the gateway; false: received"`
	Label   string    `json:"label" doc:"method, or status and reason"`
	Method  string    `json:"method" doc:"of the request that it is or answers"`
	Body    bool      `json:"body" doc:"it has one: mostly a description of audio"`
	Network string    `json:"network"`
	Peer    string    `json:"peer" doc:"address and port"`
	Text    string    `json:"text" doc:"the message, with *** in place of secrets"`
	Cut     int       `json:"cut,omitempty" doc:"bytes that are not kept at its end"`
}

type ladderNoteShown struct {
	At     time.Time `json:"at"`
	Leg    string    `json:"leg,omitempty"`
	What   string    `json:"what" doc:"stable: invited, dialled, ringing, answered, asked, key, joined, mixed, swapped, replaced, parked, said, silent, heard, held, resumed, spliced, referred, turned_away, rejected, hung_up, ended, lost, failed, switch_begun, switch_done, switch_failed, over"`
	Other  string    `json:"other,omitempty" doc:"another leg that it happened with"`
	Detail string    `json:"detail,omitempty" doc:"a cause, an audio source, a prompt, a device or a length of time"`
	By     string    `json:"by,omitempty" doc:"who did it"`
}

type qualityCourseShown struct {
	From        time.Time `json:"from"`
	Seconds     float64   `json:"seconds"`
	Packets     uint64    `json:"packets" doc:"received"`
	Loss        *float64  `json:"loss_percent,omitempty" doc:"absent: nothing came"`
	Jitter      *float64  `json:"jitter_ms,omitempty" doc:"the highest within it"`
	MOS         *float64  `json:"mos,omitempty"`
	FarLoss     *float64  `json:"far_loss_percent,omitempty" doc:"as the far side reports; absent: it did not"`
	FarJitter   *float64  `json:"far_jitter_ms,omitempty"`
	FarMOS      *float64  `json:"far_mos,omitempty"`
	RoundTripMS *float64  `json:"round_trip_ms,omitempty"`
}

type ladderAsked struct {
	ID     string `path:"id" maxLength:"128"`
	Format string `query:"format" enum:"json,text" doc:"text is a drawing; absent: as Accept says"`
	Accept string `header:"Accept"`
}

type ladderAnswer struct {
	ContentType string `header:"Content-Type"`
	Vary        string `header:"Vary"`
	Body        []byte
}

// callLadder shows supervisors the ladder of a live call.
func (c *Console) callLadder(ctx context.Context, in *ladderAsked) (*ladderAnswer, error) {
	who := from(ctx)
	s, ok := callWithID(who.view, call.ID(in.ID))
	if !ok || !who.viewer.sees(reachOfCall(s)) {
		return nil, unknownCall(in.ID)
	}
	if !who.viewer.leads() {
		return nil, problem("not_supervisor", "Only supervisors may read the signalling of calls.")
	}
	out := ladderShown{Call: string(s.ID), Began: s.Began.UTC(), Legs: legsOfCall(s)}
	for i := range s.Switches {
		out.Switches = append(out.Switches, *showSwitch(&s.Switches[i]))
	}
	return c.ladderOf(ctx, in, out, true)
}

// historyLadder shows them that of a call that ended.
func (c *Console) historyLadder(ctx context.Context, in *ladderAsked) (*ladderAnswer, error) {
	who := from(ctx).viewer
	rec, err := c.recordSeen(ctx, in.ID, who)
	if err != nil {
		return nil, err
	}
	if !who.leads() {
		return nil, problem("not_supervisor", "Only supervisors may read the signalling of calls.")
	}
	shown := showRecord(rec, who)
	out := ladderShown{Call: shown.ID, Began: shown.Began, Ended: &shown.Ended, Switches: shown.Switches}
	for _, l := range shown.Legs {
		out.Legs = append(out.Legs, ladderLegShown{
			ID: l.ID, Seat: l.Seat, Mode: l.Mode, Agent: l.Agent, Device: l.Device, Target: l.Target, Began: l.Began, Answered: l.Answered,
			Ended: &l.Ended, Cause: l.Cause, Quality: l.Quality,
		})
	}
	out.Notes = []ladderNoteShown{{At: shown.Ended, What: "over", Detail: shown.Cause, By: shown.EndedBy}}
	return c.ladderOf(ctx, in, out, false)
}

// legsOfCall are the legs of a live call, also those that are over.
func legsOfCall(s telagent.CallView) (legs []ladderLegShown) {
	for _, l := range s.Past {
		legs = append(legs, ladderLegShown{
			ID: string(l.Leg), Seat: l.Seat.String(), Mode: l.Mode, Agent: l.Agent, Device: l.Device.String(), Target: l.Target,
			Began: l.Began.UTC(), Answered: moment(l.Answered), Ended: moment(l.Ended), Cause: l.Cause.String(), Quality: showQuality(l.Quality),
		})
	}
	for _, l := range s.Legs {
		legs = append(legs, ladderLegShown{
			ID: string(l.Leg), Seat: l.Seat, Mode: l.Mode, Agent: l.Agent, Device: l.Device, Target: l.Target,
			Began: l.Began.UTC(), Answered: moment(l.Answered),
		})
	}
	return legs
}

// ladderOf fills a ladder with what is kept, and shows it as JSON or as a drawing.
func (c *Console) ladderOf(ctx context.Context, in *ladderAsked, out ladderShown, live bool) (*ladderAnswer, error) {
	none := problem("no_ladder", "Nothing is kept of the signalling of the call %s, or nothing more.", in.ID)
	if c.o.Ladder == nil {
		return nil, none
	}
	ids := make([]call.LegID, len(out.Legs))
	for i, l := range out.Legs {
		ids[i] = call.LegID(l.ID)
	}
	kept, err := c.o.Ladder(ctx, call.ID(out.Call), ids, live)
	if errors.Is(err, ErrNoLadder) {
		return nil, none
	}
	if err != nil {
		return nil, c.refused("read a ladder", err)
	}
	out.Now = c.now().UTC()
	out.climb(kept)
	if in.Format == "text" || in.Format == "" && strings.Contains(in.Accept, "text/plain") {
		return &ladderAnswer{"text/plain; charset=utf-8", "Accept", out.drawing()}, nil
	}
	body, err := json.Marshal(out)
	if err != nil {
		panic(err) // the shown types always encode
	}
	return &ladderAnswer{"application/json", "Accept", body}, nil
}

// describeLadders says what a ladder looks like: it is written by hand, because it has two forms.
func describeLadders(api huma.API) {
	schema := api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[ladderShown](), true, "")
	for _, path := range []string{"/calls/{id}/ladder", "/history/{id}/ladder"} {
		api.OpenAPI().Paths[prefix+path].Get.Responses["200"] = &huma.Response{
			Description: "The ladder",
			Content: map[string]*huma.MediaType{
				"application/json": {Schema: schema}, "text/plain": {Schema: &huma.Schema{Type: huma.TypeString}},
			},
		}
	}
}
