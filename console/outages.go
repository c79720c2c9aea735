package console

import (
	"context"
	"maps"
	"net/netip"
	"slices"
	"time"

	"telagent-gateway/telagent"
)

type policyShown struct {
	Team        string     `json:"team"`
	CutOff      string     `json:"cut_off" enum:"alert,switch" doc:"what becomes of who is cut off, or available on a softphone that is gone"`
	GraceS      float64    `json:"grace_s" doc:"seconds that this lasts before they are switched"`
	PhoneSignOn bool       `json:"phone_sign_on" doc:"agents may sign on at the access number"`
	SetBy       string     `json:"set_by,omitempty" doc:"who set it; absent: nobody did"`
	Set         *time.Time `json:"set,omitempty"`
	Version     string     `json:"version" doc:"for If-Match, in quotes"`
}

type policyAnswer struct{ Body policyShown }

type policiesAnswer struct {
	Body struct {
		Policies []policyShown `json:"policies" doc:"of your teams, sorted by team"`
	}
}

type teamAsked struct {
	Team string `path:"team" maxLength:"100"`
}

type policyAsked struct {
	Guard
	Team string `path:"team" maxLength:"100"`
	Body struct {
		CutOff      string   `json:"cut_off,omitempty" enum:"alert,switch" doc:"absent: stays as it is"`
		GraceS      *float64 `json:"grace_s,omitempty" minimum:"0" maximum:"3600" doc:"absent: stays as it is"`
		PhoneSignOn *bool    `json:"phone_sign_on,omitempty" doc:"absent: stays as it is"`
	}
}

type missingShown struct {
	Sign  string    `json:"sign" enum:"media,flow,registration,answers,contact" doc:"what is missed: sound, the connection, the refresh of the registration, answers to OPTIONS, the registration"`
	Since time.Time `json:"since"`
}

type siteShown struct {
	Name       string   `json:"name" doc:"or the network, where no site has that name"`
	Networks   []string `json:"networks" doc:"none: it has no entry"`
	Softphones int      `json:"softphones" doc:"of your agents who are signed on by them there"`
	Lost       int      `json:"lost" doc:"those of them that are gone"`
	Version    string   `json:"version,omitempty" doc:"for If-Match, in quotes; absent: it has no entry"`
}

type sitesAnswer struct {
	Body struct {
		Sites []siteShown `json:"sites" doc:"sorted by name"`
	}
}

type siteAnswer struct{ Body siteShown }

type siteAsked struct {
	Guard
	Name string `path:"site" maxLength:"100"`
	Body struct {
		Networks []string `json:"networks" minItems:"1" maxItems:"100" doc:"as address/bits"`
	}
}

type siteNamed struct {
	Guard
	Name string `path:"site" maxLength:"100"`
}

// listPolicies shows the policies of the teams that the user leads, also of those that nobody set one for.
func (c *Console) listPolicies(ctx context.Context, _ *struct{}) (*policiesAnswer, error) {
	who := from(ctx)
	if !who.viewer.leads() {
		return nil, problem("not_supervisor", "Only supervisors may see the policies.")
	}
	out := &policiesAnswer{}
	out.Body.Policies = []policyShown{}
	for _, team := range who.viewer.teamsIn(who.view) {
		out.Body.Policies = append(out.Body.Policies, showPolicy(who.view, team))
	}
	return out, nil
}

func (c *Console) getPolicy(ctx context.Context, in *teamAsked) (*policyAnswer, error) {
	who := from(ctx)
	if !who.viewer.leads() {
		return nil, problem("not_supervisor", "Only supervisors may see the policies.")
	}
	if !slices.Contains(who.viewer.teamsIn(who.view), in.Team) {
		return nil, problem("unknown_team", "There is no team %s.", in.Team)
	}
	return &policyAnswer{Body: showPolicy(who.view, in.Team)}, nil
}

func (c *Console) putPolicy(ctx context.Context, in *policyAsked) (*policyAnswer, error) {
	who := from(ctx)
	p := policyOf(who.view, in.Team)
	if in.Body.CutOff != "" {
		rule, err := telagent.ParseCutOffRule(in.Body.CutOff)
		if err != nil {
			return nil, problem("bad_policy", "There is no rule %q.", in.Body.CutOff)
		}
		p.CutOff = rule
	}
	if in.Body.GraceS != nil {
		p.Grace = time.Duration(*in.Body.GraceS * float64(time.Second))
	}
	if in.Body.PhoneSignOn != nil {
		p.PhoneSignOn = *in.Body.PhoneSignOn
	}
	put := telagent.PutPolicy{By: who.viewer.name, Policy: p}
	if err := c.o.Do(ctx, in.guards(who.viewer.name, telagent.EntryName{Kind: telagent.PolicyEntry, Name: in.Team}, put)); err != nil {
		return nil, c.refused("set the policy of "+in.Team, err)
	}
	return &policyAnswer{Body: showPolicy(c.o.View(), in.Team)}, nil
}

func policyOf(view *telagent.View, team string) telagent.Policy {
	for _, p := range view.Policies {
		if p.Team == team {
			return p
		}
	}
	return telagent.Policy{Team: team, Grace: telagent.DefaultGrace}
}

func showPolicy(view *telagent.View, team string) policyShown {
	p := policyOf(view, team)
	return policyShown{
		Team: p.Team, CutOff: p.CutOff.String(), GraceS: p.Grace.Seconds(), PhoneSignOn: p.PhoneSignOn, SetBy: p.SetBy, Set: moment(p.Set),
		Version: versionOf(view, telagent.EntryName{Kind: telagent.PolicyEntry, Name: team}),
	}
}

// versionOf returns the version of an entry for its readers. One that nobody changed since there are versions has 0.
func versionOf(view *telagent.View, e telagent.EntryName) string {
	i := slices.IndexFunc(view.Revisions, func(r telagent.Revision) bool { return r.Entry == e })
	if i < 0 {
		return "0"
	}
	return showRevision(view.Revisions[i]).Version
}

// teamsIn returns the teams that a user leads, sorted: an admin leads all there are.
func (v viewer) teamsIn(view *telagent.View) (teams []string) {
	if !v.all() {
		teams = slices.Clone(v.teams)
	}
	for i := range view.Agents {
		if team := view.Agents[i].Team; v.all() && team != "" && !slices.Contains(teams, team) {
			teams = append(teams, team)
		}
	}
	slices.Sort(teams)
	return teams
}

func (c *Console) listSites(ctx context.Context, _ *struct{}) (*sitesAnswer, error) {
	who := from(ctx)
	if !who.viewer.leads() {
		return nil, problem("not_supervisor", "Only supervisors may see the sites.")
	}
	out := &sitesAnswer{}
	out.Body.Sites = who.viewer.sitesIn(who.view)
	return out, nil
}

// sitesIn returns the named sites, and every other place where a softphone of one of the user's agents is.
func (v viewer) sitesIn(view *telagent.View) []siteShown {
	at := map[string]*siteShown{}
	for _, s := range view.Sites {
		shown := &siteShown{Name: s.Name, Networks: []string{}, Version: versionOf(view, telagent.EntryName{Kind: telagent.SiteEntry, Name: s.Name})}
		for _, n := range s.Networks {
			shown.Networks = append(shown.Networks, n.String())
		}
		at[s.Name] = shown
	}
	for i := range view.Agents {
		a := &view.Agents[i]
		if a.Site == "" || a.Reach != "softphone" || a.Declared == "offline" && a.Call == "" || !v.all() && !v.agents[a.ID] {
			continue
		}
		s := at[a.Site]
		if s == nil {
			s = &siteShown{Name: a.Site, Networks: []string{}}
			at[a.Site] = s
		}
		s.Softphones++
		if len(a.Lost) > 0 {
			s.Lost++
		}
	}
	sites := make([]siteShown, 0, len(at))
	for _, name := range slices.Sorted(maps.Keys(at)) {
		sites = append(sites, *at[name])
	}
	return sites
}

func (c *Console) putSite(ctx context.Context, in *siteAsked) (*siteAnswer, error) {
	who := from(ctx).viewer
	s := telagent.Site{Name: in.Name}
	for _, text := range in.Body.Networks {
		n, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, problem("bad_site", "%q is not a network; write it as 192.0.2.0/24.", text)
		}
		s.Networks = append(s.Networks, n)
	}
	put := telagent.PutSite{By: who.name, Site: s}
	if err := c.o.Do(ctx, in.guards(who.name, telagent.EntryName{Kind: telagent.SiteEntry, Name: in.Name}, put)); err != nil {
		return nil, c.refused("put the site "+in.Name, err)
	}
	for _, shown := range who.sitesIn(c.o.View()) {
		if shown.Name == in.Name {
			return &siteAnswer{Body: shown}, nil
		}
	}
	return nil, problem("unknown_site", "There is no site %s.", in.Name) // it was removed meanwhile
}

func (c *Console) dropSite(ctx context.Context, in *siteNamed) (*struct{}, error) {
	by := from(ctx).viewer.name
	drop := telagent.DropSite{By: by, Name: in.Name}
	if err := c.o.Do(ctx, in.guards(by, telagent.EntryName{Kind: telagent.SiteEntry, Name: in.Name}, drop)); err != nil {
		return nil, c.refused("remove the site "+in.Name, err)
	}
	return nil, nil
}

func showMissing(all []telagent.Missing) []missingShown {
	out := make([]missingShown, len(all))
	for i, m := range all {
		out[i] = missingShown{Sign: m.Sign, Since: m.Since.UTC()}
	}
	return out
}
