package console

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"telagent-gateway/call"
	"telagent-gateway/telagent"
)

type legRecordShown struct {
	ID       string     `json:"id"`
	Seat     string     `json:"seat"`
	Mode     string     `json:"mode,omitempty" doc:"how a guest took part"`
	Agent    string     `json:"agent,omitempty"`
	Device   string     `json:"device" doc:"softphone, desk or pstn"`
	Target   string     `json:"target"`
	Began    time.Time  `json:"began"`
	Answered *time.Time `json:"answered,omitempty"`
	Ended    time.Time  `json:"ended"`
	Cause    string     `json:"cause"`
	Fault    string     `json:"fault,omitempty" doc:"whose fault that was: agent, customer, trunk, network or system; absent: nobody's"`

	Quality *qualityShown `json:"quality,omitempty" doc:"how its audio fared; absent: it had none"`
}

type recordingShown struct {
	Began   time.Time `json:"began"`
	Length  float64   `json:"length" doc:"seconds; 0: not known, or nothing was written"`
	Paused  bool      `json:"paused,omitempty" doc:"it was paused, and has silence there"`
	Problem string    `json:"problem,omitempty" doc:"why it is not whole"`
}

type recordShown struct {
	ID       string           `json:"id"`
	Kind     string           `json:"kind" doc:"inbound, outbound or internal"`
	From     partyShown       `json:"from"`
	To       string           `json:"to"`
	Diverted *divertedShown   `json:"diverted,omitempty" doc:"whom the caller called first, where a trusted trunk said that the call was sent on"`
	Attested string           `json:"attested,omitempty" doc:"what a trusted trunk found of the signature of the caller's number: A, B, C, passed or failed"`
	Queue    string           `json:"queue,omitempty"`
	Began    time.Time        `json:"began"`
	Answered *time.Time       `json:"answered,omitempty" doc:"when the first agent joined; absent: never"`
	Ended    time.Time        `json:"ended"`
	Cause    string           `json:"cause"`
	EndedBy  string           `json:"ended_by" doc:"customer, an agent, a supervisor, or system"`
	Legs     []legRecordShown `json:"legs"`
	Switches []switchShown    `json:"switches"`

	Recordings []recordingShown `json:"recordings"`
}

type historyAsked struct {
	Agent  string    `query:"agent" maxLength:"64" doc:"only calls with a leg of this agent"`
	Queue  string    `query:"queue" maxLength:"64"`
	Number string    `query:"number" maxLength:"64" doc:"only calls whose caller's or dialled number has these characters in it"`
	Cause  string    `query:"cause" maxLength:"32" doc:"only calls that ended so, like normal or no_answer"`
	After  time.Time `query:"after" doc:"only calls that ended at this time or later"`
	Before time.Time `query:"before" doc:"only calls that ended before this time"`
	Limit  int       `query:"limit" minimum:"1" maximum:"1000" default:"100"`
	Cursor string    `query:"cursor" maxLength:"200" doc:"next of the answer before: the list goes on there, whatever was added meanwhile"`
	Format string    `query:"format" enum:"json,csv" doc:"csv has a line for each leg; absent: as Accept says"`
	Accept string    `header:"Accept"`
}

type historyShown struct {
	Records []recordShown `json:"records" doc:"newest first"`
	Next    string        `json:"next,omitempty" doc:"cursor of what follows; absent: nothing does"`
}

type historyAnswer struct {
	ContentType string `header:"Content-Type"`
	Vary        string `header:"Vary"`
	Body        []byte
}

// history shows calls that ended, as JSON or as a table.
func (c *Console) history(ctx context.Context, in *historyAsked) (*historyAnswer, error) {
	who := from(ctx).viewer
	records, next, err := c.recordsSeen(ctx, in, who)
	if err != nil {
		return nil, err
	}
	if in.Format == "csv" || in.Format == "" && strings.Contains(in.Accept, "text/csv") {
		return &historyAnswer{"text/csv; charset=utf-8; header=present", "Accept", legTable(records, who)}, nil
	}
	out := historyShown{Records: make([]recordShown, len(records)), Next: next.cursor()}
	for i, rec := range records {
		out.Records[i] = showRecord(rec, who)
	}
	body, err := json.Marshal(out)
	if err != nil {
		panic(err) // the shown types always encode
	}
	return &historyAnswer{"application/json", "Accept", body}, nil
}

type recordAnswer struct{ Body recordShown }

// getRecord shows one call that ended.
func (c *Console) getRecord(ctx context.Context, in *soundAsked) (*recordAnswer, error) {
	who := from(ctx).viewer
	rec, err := c.recordSeen(ctx, in.ID, who)
	if err != nil {
		return nil, err
	}
	return &recordAnswer{Body: showRecord(rec, who)}, nil
}

// recordSeen returns a call that ended and that the user may see.
func (c *Console) recordSeen(ctx context.Context, id string, who viewer) (rec telagent.Record, err error) {
	records, err := c.o.History(ctx, HistoryQuery{Call: id, Limit: 1})
	if err != nil {
		return rec, c.refused("read the history", err)
	}
	if len(records) == 0 || !who.sees(reachOfRecord(records[0])) {
		return rec, problem("unknown_call", "There is no call %s in the history.", id)
	}
	return records[0], nil
}

// recordsSeen reads on until the page is full of what the user may see, and says where what follows begins; the zero place:
// nothing follows.
func (c *Console) recordsSeen(ctx context.Context, in *historyAsked, who viewer) (seen []telagent.Record, next place, err error) {
	if next, err = placeOf(in.Cursor); err != nil {
		return nil, next, err
	}
	q := HistoryQuery{
		Before: in.Before, After: in.After, Agent: in.Agent, Queue: in.Queue, Number: in.Number, Cause: in.Cause, Limit: in.Limit,
	}
	for range pagesRead {
		q.LastEnded, q.LastID = next.at, next.id
		page, err := c.o.History(ctx, q)
		if err != nil {
			return nil, next, c.refused("read the history", err)
		}
		for _, rec := range page {
			if len(seen) == in.Limit {
				return seen, next, nil
			}
			next = place{rec.Ended, string(rec.ID)}
			if who.sees(reachOfRecord(rec)) {
				seen = append(seen, rec)
			}
		}
		if len(page) < q.Limit {
			return seen, place{}, nil
		}
	}
	return seen, next, nil
}

// showRecord shows an agent no legs of those who monitored.
func showRecord(r telagent.Record, who viewer) recordShown {
	out := recordShown{
		ID: string(r.ID), Kind: r.Kind, From: partyShown{Number: r.From.Number, Name: r.From.Name}, To: r.To, Diverted: showDiverted(r.Diverted), Attested: r.Attested, Queue: r.Queue,
		Began: r.Began.UTC(), Answered: moment(r.Answered), Ended: r.Ended.UTC(), Cause: r.Cause.String(), EndedBy: r.EndedBy,
		Legs: make([]legRecordShown, 0, len(r.Legs)), Switches: make([]switchShown, 0, len(r.Switches)),
		Recordings: make([]recordingShown, 0, len(r.Recordings)),
	}
	for _, l := range legsSeen(r, who) {
		out.Legs = append(out.Legs, legRecordShown{
			ID: string(l.Leg), Seat: l.Seat.String(), Mode: l.Mode, Agent: l.Agent, Device: l.Device.String(), Target: l.Target,
			Began: l.Began.UTC(), Answered: moment(l.Answered), Ended: l.Ended.UTC(), Cause: l.Cause.String(), Fault: string(l.Fault),
			Quality: showQuality(l.Quality),
		})
	}
	for i := range r.Switches {
		out.Switches = append(out.Switches, *showSwitch(&r.Switches[i]))
	}
	for _, f := range r.Recordings {
		out.Recordings = append(out.Recordings, recordingShown{f.Began.UTC(), f.Length.Seconds(), f.Paused, f.Problem})
	}
	return out
}

// legsSeen are the legs of a record without those that an agent is not to know of: who monitored him.
func legsSeen(r telagent.Record, who viewer) []telagent.LegRecord {
	return slices.DeleteFunc(slices.Clone(r.Legs), func(l telagent.LegRecord) bool {
		return !who.leads() && l.Mode == telagent.Monitor.String()
	})
}

// legColumns are the columns of the table: those of the call, on each line again, then those of one of its legs.
var legColumns = []string{
	"call", "kind", "from", "from_name", "to", "queue", "began", "answered", "ended", "cause", "ended_by", "recorded", "seat", "mode",
	"agent", "device", "target", "leg_began", "leg_answered", "leg_ended", "leg_cause", "fault",
}

// switchColumns are those of the switch that a leg came in with.
var switchColumns = []string{"customer_gap_ms", "cut_over_ms", "two_way_ms"}

// switchCells has an empty cell for what was not measured.
func switchCells(r telagent.Record, leg call.LegID) []string {
	cells := make([]string, len(switchColumns))
	for _, s := range r.Switches {
		if s.Leg == "" || s.Leg != leg {
			continue
		}
		for i, d := range []time.Duration{s.Gap, s.CutOver, s.TwoWay} {
			cells[i] = number(measured(d))
		}
	}
	return cells
}

// legTable is the history as a table with a line for each leg (RFC 4180).
func legTable(records []telagent.Record, who viewer) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	rows := [][]string{slices.Concat(legColumns, qualityColumns, switchColumns)}
	for _, r := range records {
		recorded := time.Duration(0)
		for _, f := range r.Recordings {
			recorded += f.Length
		}
		call := []string{
			string(r.ID), r.Kind, cell(r.From.Number), cell(r.From.Name), cell(r.To), cell(r.Queue), stamp(r.Began), stamp(r.Answered),
			stamp(r.Ended), r.Cause.String(), cell(r.EndedBy), strconv.FormatFloat(recorded.Seconds(), 'f', -1, 64),
		}
		for _, l := range legsSeen(r, who) {
			rows = append(rows, slices.Concat(call, []string{
				l.Seat.String(), l.Mode, cell(l.Agent), l.Device.String(), cell(l.Target),
				stamp(l.Began), stamp(l.Answered), stamp(l.Ended), l.Cause.String(), string(l.Fault),
			}, qualityCells(l.Quality), switchCells(r, l.Leg)))
		}
	}
	if err := w.WriteAll(rows); err != nil {
		panic(err) // memory takes it
	}
	return b.Bytes()
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// cell keeps what a caller wrote into his name from being taken for a formula. A number with its plus is none.
func cell(text string) string {
	if text == "" || !strings.ContainsRune("=+-@\t\r", rune(text[0])) || text[0] == '+' && strings.Trim(text[1:], "0123456789") == "" {
		return text
	}
	return "'" + text
}

// describeHistory says what the history looks like: it is written by hand, because it has two forms, and a recording none.
func describeHistory(api huma.API) {
	text := &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString}}
	schema := api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[historyShown](), true, "")
	paths := api.OpenAPI().Paths
	paths[prefix+"/history"].Get.Responses["200"] = &huma.Response{
		Description: "The records",
		Content:     map[string]*huma.MediaType{"application/json": {Schema: schema}, "text/csv": text},
	}
	paths[prefix+"/history/{id}/recording"].Get.Responses["200"] = &huma.Response{
		Description: "A stereo WAV file: the customer left, what he heard right",
		Content:     map[string]*huma.MediaType{"audio/wav": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}},
	}
}
