package console

import (
	"context"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

const prefix = "/api/v1"

// Sizes of request bodies in bytes; more is refused.
const (
	bodySize = 64 << 10
	fileSize = 8 << 20
)

// methods are what a path is tried with to tell 405 from 404.
var methods = []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

// routes registers every call of the API; its description is made from the same list.
func (c *Console) routes(mux *http.ServeMux) huma.API {
	api := humago.New(mux, c.described())
	in, open := huma.Middlewares{c.signedIn, typed}, huma.Middlewares{typed}

	add(api, open, http.MethodPost, "/sign-in", "sign-in", "Sign in", c.signIn)
	add(api, open, http.MethodPost, "/setup", "set-up", "Make the first administrator with the one-time set-up link", c.setUp)
	add(api, in, http.MethodPost, "/sign-out", "sign-out", "End this session", c.signOut)
	add(api, in, http.MethodGet, "/me", "get-me", "Who is signed in", c.me)
	c.phoned(api, in)

	add(api, in, http.MethodGet, "/agents", "list-agents", "The agents that you may see", c.listAgents)
	add(api, in, http.MethodGet, "/agents/{id}", "get-agent", "One agent", c.getAgent)
	add(api, in, http.MethodGet, "/colleagues", "list-colleagues", "Whom you may ask or hand a call to, and how they are", c.colleagues)
	add(api, in, http.MethodPut, "/agents/{id}/status", "set-status", "Declare a status", c.setStatus)
	add(api, in, http.MethodDelete, "/agents/{id}/status", "cancel-pending", "Take back a pending status", c.cancelPending)
	add(api, in, http.MethodDelete, "/agents/{id}/status/pending", "cancel-pending-too", "The same, by a longer name", c.cancelPending)
	add(api, in, http.MethodPost, "/agents/{id}/wrap-up", "wrap-up", "End the wrap-up, or go on without a countdown", c.wrapUp)
	add(api, in, http.MethodPost, "/agents/{id}/decline", "decline", "Turn down what rings for you", c.decline)
	add(api, in, http.MethodPost, "/agents/{id}/activity", "note-activity", "A key was pressed: the idle clock begins anew", c.activity)
	add(api, in, http.MethodGet, "/agents/{id}/stations", "list-stations", "Where an agent can be rung, and what is known of it", c.listStations)
	add(api, in, http.MethodPost, "/agents/{id}/test-call", "test-call", "Ring at a number of an agent who is in no call, to learn whether it is reached", c.testCall)
	add(api, in, http.MethodDelete, "/agents/{id}/stations/{number}/machines", "clear-machines", "Forget the machines that answered at a number", c.clearMachines)
	add(api, in, http.MethodPut, "/offices/{office}/status", "set-office", "Set everybody in an office away, or available again", c.setOffice)
	add(api, in, http.MethodGet, "/profiles", "list-profiles", "What agents choose from: profiles and reasons of breaks", c.profiles)
	add(api, in, http.MethodPost, "/switch", "switch", "Switch agents to their phones, or back", c.switchAgents)
	add(api, in, http.MethodGet, "/switches", "list-switches", "Switches of several agents, and how far each agent is", c.listSwitches)
	add(api, in, http.MethodGet, "/switches/{id}", "get-switch", "One of them", c.getSwitch)
	add(api, in, http.MethodPost, "/switches/{id}/undo", "undo-switch", "Take it back, while its window is open", c.undoSwitch)
	add(api, in, http.MethodPost, "/force-logout", "force-logout", "Log agents out, whatever they do", c.forceLogout)

	add(api, in, http.MethodGet, "/calls", "list-calls", "The live calls that you may see", c.listCalls)
	add(api, in, http.MethodGet, "/calls/{id}", "get-call", "One live call with its legs and seats", c.getCall)
	add(api, in, http.MethodDelete, "/calls/{id}", "end-call", "Hang up", c.endCall)
	add(api, in, http.MethodPost, "/calls/{id}/guests", "add-guest", "Consult somebody, let him join, or listen", c.addGuest)
	add(api, in, http.MethodPatch, "/calls/{id}/guests/{who}", "change-guest", "Let a guest take part in another way", c.changeGuest)
	add(api, in, http.MethodDelete, "/calls/{id}/guests/{who}", "drop-guest", "Send a guest away", c.dropGuest)
	add(api, in, http.MethodPost, "/calls/{id}/transfer", "transfer", "Hand a call on, or over to who is consulted", c.transfer)
	add(api, in, http.MethodPut, "/calls/{id}/hold", "hold", "Let the customer hear music, or talk to him again", c.hold)
	add(api, in, http.MethodPut, "/calls/{id}/recording", "record", "Start, pause or end the recording", c.record)
	add(api, in, http.MethodPost, "/calls/{id}/rescue", "rescue", "Free a stuck call: its customer goes back to a queue on top", c.rescueCall)
	add(api, in, http.MethodGet, "/queues", "list-queues", "Queues and who waits", c.listQueues)
	add(api, in, http.MethodGet, "/schedules", "list-schedules", "When agents are Telagents by themselves", c.listSchedules)
	add(api, in, http.MethodGet, "/schedules/calendar", "calendar", "What schedules come to for each agent", c.calendar)
	add(api, in, http.MethodPut, "/schedules/{name}", "put-schedule", "Add or change a schedule", c.putSchedule)
	add(api, in, http.MethodDelete, "/schedules/{name}", "drop-schedule", "Take a schedule away", c.dropSchedule)
	add(api, in, http.MethodGet, "/trunks", "list-trunks", "Trunks and their channels", c.listTrunks)
	add(api, in, http.MethodGet, "/phones", "list-phones", "Registered phones", c.listPhones)
	add(api, in, http.MethodGet, "/policies", "list-policies", "What your teams do by themselves in an outage", c.listPolicies)
	add(api, in, http.MethodGet, "/policies/{team}", "get-policy", "What a team does by itself in an outage", c.getPolicy)
	add(api, in, http.MethodPut, "/policies/{team}", "put-policy", "Decide that", c.putPolicy)
	add(api, in, http.MethodGet, "/sites", "list-sites", "Where the softphones are, and how many are gone", c.listSites)
	add(api, in, http.MethodPut, "/sites/{site}", "put-site", "Name networks as a site", c.putSite)
	add(api, in, http.MethodDelete, "/sites/{site}", "drop-site", "Forget a site", c.dropSite)
	add(api, in, http.MethodGet, "/alarms", "list-alarms", "Alarms that are not cleared", c.listAlarms)
	add(api, in, http.MethodGet, "/audit", "list-audit", "Who did what, refusals included", c.audit)
	c.remembered(api, in)
	c.reported(api, in)
	c.accessed(api, in, open)
	c.operated(api, in)
	add(api, in, http.MethodGet, "/events", "events", "What happens, as server-sent events", c.events)

	c.healthRoutes(api, open)
	describeEvents(api)
	describeHistory(api)
	describeReports(api)
	c.plain(mux)
	return api
}

// reported registers what is told of the past in sums.
func (c *Console) reported(api huma.API, in huma.Middlewares) {
	add(api, in, http.MethodGet, "/reports/status-time", "status-time", "Time in each status by agent and day", c.statusTime)
	add(api, in, http.MethodGet, "/reports/handled", "report-handled", "Calls handled, and how long they took", c.handled)
	add(api, in, http.MethodGet, "/reports/missed", "report-missed", "Offers missed and customers lost, by cause", c.missed)
	add(api, in, http.MethodGet, "/reports/service-level", "report-service-level", "How soon callers were answered", c.serviceLevel)
	add(api, in, http.MethodGet, "/reports/switches", "report-switches", "Switches, and what customers heard of them", c.switchesReport)
}

// remembered registers what is kept of calls.
func (c *Console) remembered(api huma.API, in huma.Middlewares) {
	add(api, in, http.MethodGet, "/calls/{id}/ladder", "get-call-ladder", "The SIP messages of a live call, and what happened to its legs", c.callLadder)
	add(api, in, http.MethodGet, "/history", "list-history", "Calls that ended", c.history)
	add(api, in, http.MethodGet, "/history/{id}", "get-record", "One call that ended", c.getRecord)
	add(api, in, http.MethodGet, "/history/{id}/ladder", "get-ladder", "The SIP messages of a call that ended, and what happened to its legs", c.historyLadder)
	add(api, in, http.MethodGet, "/history/{id}/recording", "get-recording", "Hear the recording of a call that ended", c.recording)
	describeLadders(api)
}

// operated registers what administrators look after.
func (c *Console) operated(api huma.API, in huma.Middlewares) {
	c.entryRoutes(api, in)
	c.operateRoutes(api, in)
	add(api, in, http.MethodGet, "/webhooks", "list-webhooks", "Who is told what by HTTP, and how that goes", c.listWebhooks)
	add(api, in, http.MethodPost, "/webhooks/test", "test-webhook", "Send a test to a webhook, and say how it went", c.testWebhook)
	add(api, in, http.MethodGet, "/bans", "list-bans", "Whose SIP is not heard, and until when", c.listBans)
	add(api, in, http.MethodDelete, "/bans/{address}", "lift-ban", "Hear a banned source again", c.liftBan)
	c.looked(api, in)
	add(api, in, http.MethodPost, "/import", "import", "Apply a directory file, or say what it would change", c.importFile)
}

// looked registers what administrators and supervisors look up.
func (c *Console) looked(api huma.API, in huma.Middlewares) {
	add(api, in, http.MethodGet, "/audit/export", "export-audit", "The same as a file, CSV or JSON lines", c.exportAudit)
	add(api, in, http.MethodGet, "/numbers", "list-numbers", "Which number leads where, and what is odd about it", c.listNumbers)
	add(api, in, http.MethodGet, "/dial-rules", "get-dial-rules", "What may be dialled, and how trunks write it", c.listDialRules)
	add(api, in, http.MethodPost, "/dial-rules/try", "try-number", "Say what would become of a number; nothing is dialled", c.tryNumber)
	describeExport(api)
}

// plain registers what is not JSON: metrics, the description itself, health under its usual names, and the answers to
// what does not exist.
func (c *Console) plain(mux *http.ServeMux) {
	metrics := c.meters.handler()
	mux.Handle("GET /metrics", metrics)
	mux.Handle("GET "+prefix+"/metrics", metrics)
	for _, name := range []string{"/healthz", "/livez", "/readyz"} {
		mux.HandleFunc("GET "+name, func(w http.ResponseWriter, r *http.Request) {
			r.URL.Path = prefix + name
			mux.ServeHTTP(w, r)
		})
	}
	mux.HandleFunc("GET "+sipPath, c.upgrade)
	mux.HandleFunc("GET /api/openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/openapi+json")
		_, _ = w.Write(c.openapi) // a client that went away needs no answer
	})
	mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) {
		var allowed []string
		for _, m := range methods {
			other := r.Clone(r.Context())
			other.Method = m
			if _, pattern := mux.Handler(other); pattern != "/api/" {
				allowed = append(allowed, m)
			}
		}
		if len(allowed) == 0 {
			writeProblem(w, problem("not_found", "There is nothing at this address."))
			return
		}
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		writeProblem(w, problem("method_not_allowed", "This address takes %s.", strings.Join(allowed, ", ")))
	})
}

// add registers one call of the API.
func add[I, O any](api huma.API, m huma.Middlewares, method, path, id, summary string, do func(context.Context, *I) (*O, error)) {
	op := huma.Operation{
		OperationID: id, Method: method, Path: prefix + path, Summary: summary, Middlewares: m, MaxBodyBytes: bodySize,
	}
	if len(m) > 1 {
		op.Security = []map[string][]string{{"bearer": {}}, {"cookie": {}}}
	}
	if id == "import" {
		op.MaxBodyBytes = fileSize
	}
	huma.Register(api, op, do)
}

// describeEvents says what the stream carries: JSON Schema has no words for it, so the events are named one by one.
func describeEvents(api huma.API) {
	schemas := api.OpenAPI().Components.Schemas
	for _, of := range []any{clockShown{}, leftShown{}, switchShown{}, alarmShown{}, recordShown{}, toldShown{}, drainShown{}, massSwitchShown{}, changeShown{}} {
		schemas.Schema(reflect.TypeOf(of), true, "")
	}
	answers := api.OpenAPI().Paths[prefix+"/events"].Get.Responses
	answers["200"] = &huma.Response{
		Description: "Each event has an id; send the last one as Last-Event-ID to go on after it. ready and resync (Clock): " +
			"read everything now. agent.changed (Agent), call.changed (Call), call.ended (Record), call.left (Left: you do " +
			"not see this call any more), queue.changed (Queue), switch.begun, switch.done, switch.failed, switch.measured (Switch: what the customer heard), switches.changed (MassSwitch), " +
			"alarm.raised, alarm.cleared (Alarm), drain.changed (Drain), agent.told (Told: what others did to an agent's call), " +
			"entry.changed (Change: somebody changed or removed what people set up; read it anew).",
		Content: map[string]*huma.MediaType{"text/event-stream": {Schema: &huma.Schema{Type: huma.TypeString}}},
	}
}

func (c *Console) described() huma.Config {
	config := huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title: "Telagent gateway", Version: c.o.Version,
				Description: "Times are RFC 3339 in UTC. A refusal is application/problem+json with a stable code and one sentence.",
			},
			Components: &huma.Components{
				Schemas: huma.NewMapRegistry("#/components/schemas/", func(t reflect.Type, hint string) string {
					return strings.TrimSuffix(huma.DefaultSchemaNamer(t, hint), "Shown")
				}),
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"bearer": {Type: "http", Scheme: "bearer"},
					"cookie": {Type: "apiKey", In: "cookie", Name: cookieName},
				},
			},
		},
		Formats: huma.DefaultFormats, DefaultFormat: "application/json",
	}
	return config
}
