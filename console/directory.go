package console

import (
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"telagent-gateway/presence"
	"telagent-gateway/telagent"
)

// SecretsKept say which secrets there are; it has a name for huma, which reads no other embedded fields.
type SecretsKept struct {
	HasPassword bool `json:"has_password"`
	HasPIN      bool `json:"has_pin"`
}

type keptUser struct {
	Name string `json:"name"`
	UserEntry
	SecretsKept
	RevisionKept
}

type keptAgent struct {
	ID string `json:"id"`
	AgentEntry
	SecretsKept
	RevisionKept
}

type keptQueue struct {
	Name string `json:"name"`
	QueueEntry
	RevisionKept
}

type keptProfile struct {
	Name string `json:"name"`
	ProfileEntry
	RevisionKept
}

type reasonsShown struct {
	Reasons []string `json:"reasons" maxItems:"200" nullable:"false" doc:"what a break may be for; empty: anything"`
	RevisionKept
}

// entryAnswer is one entry with the version that If-Match names.
type entryAnswer[T any] struct {
	ETag string `header:"ETag" doc:"version of the entry, for If-Match"`
	Body T
}

type entryAsked struct {
	Name string `path:"name" maxLength:"100"`
}

type entryPut[T any] struct {
	Guard
	Name string `path:"name" maxLength:"100"`
	Body T
}

type entryDrop struct {
	Guard
	Name string `path:"name" maxLength:"100"`
}

type userPut struct {
	UserEntry
	Secrets
}

type agentPut struct {
	AgentEntry
	Secrets
}

type reasonsPut struct {
	Guard
	Body struct {
		Reasons []string `json:"reasons" maxItems:"200" nullable:"false" doc:"what a break may be for; empty: anything"`
	}
}

// entryRoutes registers the directory: what "telagent import" changes, entry by entry.
func (c *Console) entryRoutes(api huma.API, in huma.Middlewares) {
	add(api, in, http.MethodGet, "/directory/users", "list-user-entries", "Who signs in and takes no calls", c.listUserEntries)
	add(api, in, http.MethodGet, "/directory/users/{name}", "get-user-entry", "One user", c.getUserEntry)
	add(api, in, http.MethodPut, "/directory/users/{name}", "put-user-entry", "Add or change a user", c.putUserEntry)
	add(api, in, http.MethodDelete, "/directory/users/{name}", "drop-user-entry", "Remove a user", c.dropUserEntry)
	add(api, in, http.MethodGet, "/directory/agents", "list-agent-entries", "The agents as they are set up", c.listAgentEntries)
	add(api, in, http.MethodGet, "/directory/agents/{name}", "get-agent-entry", "One agent as he is set up", c.getAgentEntry)
	add(api, in, http.MethodPut, "/directory/agents/{name}", "put-agent-entry", "Add or change an agent", c.putAgentEntry)
	add(api, in, http.MethodDelete, "/directory/agents/{name}", "drop-agent-entry", "Remove an agent who is signed off", c.dropAgentEntry)
	add(api, in, http.MethodGet, "/directory/queues", "list-queue-entries", "The queues as they are set up", c.listQueueEntries)
	add(api, in, http.MethodGet, "/directory/queues/{name}", "get-queue-entry", "One queue as it is set up", c.getQueueEntry)
	add(api, in, http.MethodPut, "/directory/queues/{name}", "put-queue-entry", "Add or change a queue", c.putQueueEntry)
	add(api, in, http.MethodDelete, "/directory/queues/{name}", "drop-queue-entry", "Remove a queue in which nobody is", c.dropQueueEntry)
	add(api, in, http.MethodGet, "/directory/profiles", "list-profile-entries", "The profiles as they are set up", c.listProfileEntries)
	add(api, in, http.MethodGet, "/directory/profiles/{name}", "get-profile-entry", "One profile as it is set up", c.getProfileEntry)
	add(api, in, http.MethodPut, "/directory/profiles/{name}", "put-profile-entry", "Add or change a profile", c.putProfileEntry)
	add(api, in, http.MethodDelete, "/directory/profiles/{name}", "drop-profile-entry", "Remove a profile that nobody wears", c.dropProfileEntry)
	add(api, in, http.MethodGet, "/directory/break-reasons", "get-break-reasons", "What a break may be for", c.getReasons)
	add(api, in, http.MethodPut, "/directory/break-reasons", "put-break-reasons", "Say what a break may be for", c.putReasons)
}

// entries lists one kind of the directory.
func entries[E, S any](c *Console, ctx context.Context, of func(telagent.State) []E, show func(E, telagent.State, map[telagent.EntryName]telagent.Revision) (S, bool)) ([]S, error) {
	state, revisions, err := c.directory(ctx)
	if err != nil {
		return nil, err
	}
	shown := []S{}
	for _, e := range of(state) {
		if s, is := show(e, state, revisions); is {
			shown = append(shown, s)
		}
	}
	return shown, nil
}

// one answers with the entry that fits.
func one[S interface{ tag() string }](all []S, err error, code, name string, fits func(S) bool) (*entryAnswer[S], error) {
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, fits)
	if i < 0 {
		return nil, problem(code, "There is no %s.", name)
	}
	return &entryAnswer[S]{all[i].tag(), all[i]}, nil
}

// put checks an entry and puts it, as an import of it alone would.
func (c *Console) put(ctx context.Context, e Entry, s Secrets, guard Guard) error {
	by := from(ctx).viewer.name
	if !from(ctx).viewer.all() { // the Floor says so, and the audit trail keeps it
		return c.refuseEntry(ctx, e.entry())
	}
	if err := c.mayPutSecrets(ctx, e.entry().Name, s); err != nil {
		return err
	}
	err := c.o.PutEntry(ctx, by, e, s, func(cmd telagent.Command) telagent.Command { return guard.guards(by, e.entry(), cmd) })
	return c.entryRefused("put the "+e.entry().Kind.String()+" "+e.entry().Name, err)
}

// mayPutSecrets asks who sets a password or a PIN for a fresh proof. A token for scripts sets those of new users alone.
func (c *Console) mayPutSecrets(ctx context.Context, name string, s Secrets) error {
	a := from(ctx)
	if s == (Secrets{}) {
		return nil
	}
	if _, known := userNamed(a.view, name); a.grant != nil && !known {
		return nil
	}
	return c.fresh(a)
}

// refuseEntry lets the Floor refuse what only administrators may do.
func (c *Console) refuseEntry(ctx context.Context, e telagent.EntryName) error {
	err := c.o.Do(ctx, telagent.Guarded{By: from(ctx).viewer.name, Entry: e})
	if err == nil { // he is an administrator since a moment ago
		return problem("not_admin", "Only an administrator may do this.")
	}
	return c.refused("change the "+e.Kind.String()+" "+e.Name, err)
}

func (c *Console) drop(ctx context.Context, e telagent.EntryName, guard Guard, cmd telagent.Command) (*struct{}, error) {
	if err := c.o.Do(ctx, guard.guards(from(ctx).viewer.name, e, cmd)); err != nil {
		return nil, c.refused("remove the "+e.Kind.String()+" "+e.Name, err)
	}
	return nil, nil
}

func (c *Console) getReasons(ctx context.Context, _ *struct{}) (*entryAnswer[reasonsShown], error) {
	state, revisions, err := c.directory(ctx)
	if err != nil {
		return nil, err
	}
	shown := reasonsShown{list(state.Reasons), showRevision(revisions[telagent.EntryName{Kind: telagent.ReasonsEntry}])}
	return &entryAnswer[reasonsShown]{shown.tag(), shown}, nil
}

func (c *Console) putReasons(ctx context.Context, in *reasonsPut) (*entryAnswer[reasonsShown], error) {
	by := from(ctx).viewer.name
	cmd := in.guards(by, telagent.EntryName{Kind: telagent.ReasonsEntry}, telagent.PutReasons{By: by, Reasons: in.Body.Reasons})
	if err := c.o.Do(ctx, cmd); err != nil {
		return nil, c.refused("put the reasons of breaks", err)
	}
	return c.getReasons(ctx, nil)
}

type profilesListed struct {
	Body struct {
		Profiles []keptProfile `json:"profiles" doc:"in the order of lists"`
	}
}

func (c *Console) profileEntries(ctx context.Context) ([]keptProfile, error) {
	return entries(c, ctx, func(s telagent.State) []presence.Profile { return s.Profiles },
		func(p presence.Profile, _ telagent.State, r map[telagent.EntryName]telagent.Revision) (keptProfile, bool) {
			e := ProfileEntry{p.Name, p.Type.String(), p.Duration.Seconds(), p.Queues, p.Reason, p.Order}
			return keptProfile{p.Name, e, showRevision(r[e.entry()])}, true
		})
}

func (c *Console) listProfileEntries(ctx context.Context, _ *struct{}) (*profilesListed, error) {
	all, err := c.profileEntries(ctx)
	out := &profilesListed{}
	out.Body.Profiles = all
	return out, err
}

func (c *Console) profileEntry(ctx context.Context, name string) (*entryAnswer[keptProfile], error) {
	all, err := c.profileEntries(ctx)
	return one(all, err, "unknown_profile", "profile "+name, func(p keptProfile) bool { return p.Name == name })
}

func (c *Console) getProfileEntry(ctx context.Context, in *entryAsked) (*entryAnswer[keptProfile], error) {
	return c.profileEntry(ctx, in.Name)
}

func (c *Console) putProfileEntry(ctx context.Context, in *entryPut[ProfileEntry]) (*entryAnswer[keptProfile], error) {
	in.Body.Name = in.Name
	if err := c.put(ctx, in.Body, Secrets{}, in.Guard); err != nil {
		return nil, err
	}
	return c.profileEntry(ctx, in.Name)
}

func (c *Console) dropProfileEntry(ctx context.Context, in *entryDrop) (*struct{}, error) {
	e := telagent.EntryName{Kind: telagent.ProfileEntry, Name: in.Name}
	return c.drop(ctx, e, in.Guard, telagent.DropProfile{By: from(ctx).viewer.name, Name: in.Name})
}
