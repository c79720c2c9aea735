package telagent

import "slices"

// As carries out a Command with less than its user may do: a token for scripts may have less. By of the Command stays
// who asks, and the audit trail names him.
type As struct {
	Command Command  // no As
	Role    Role     // that he counts as, if his own is higher
	Teams   []string // that he sees as a supervisor, of those that he may see; none: all of his, which for an admin are none
}

// Act is what somebody does about how a user gets into the console.
type Act string

// The acts. Of all but Prove, SignIn and SignOut, an admin may do what takes access from others.
const (
	ActSignIn      Act = "sign_in"
	ActSignOut     Act = "sign_out"
	ActProve       Act = "prove"        // shows again who he is, before something that matters
	ActEndSessions Act = "end_sessions" // one or several
	ActPutFactor   Act = "put_second_factor"
	ActPutRecovery Act = "put_recovery_codes"
	ActUseRecovery Act = "use_recovery_code"
	ActDropFactor  Act = "drop_second_factor"
	ActPutToken    Act = "put_token"
	ActDropToken   Act = "drop_token"
)

// taking are the acts that an admin may do to others.
var taking = []Act{ActEndSessions, ActDropFactor, ActDropToken}

// Admit asks whether somebody may do something about how a user gets in; the audit trail keeps that he asked.
type Admit struct {
	By, User string
	Act      Act
	Detail   string // for the audit trail: from where, which token; no secret
	Failed   string // code of what kept him from it: it was not done; empty: nothing did
}

// SetPassword gives a user another password: his own, or an admin anybody's.
type SetPassword struct {
	By, User    string
	Credentials Credentials // of which the PIN is ignored
}

func (As) command()          {}
func (Admit) command()       {}
func (SetPassword) command() {}

// asker returns the user who asks, as low as he counts in this step; nil: there is no such user.
func (f *Floor) asker(by string) *User {
	u := f.users[by]
	if u == nil || f.below == nil || u.Role < f.below.Role {
		return u
	}
	low := *u
	low.Role = f.below.Role
	switch {
	case low.Role == AgentRole:
		low.Teams, low.Offices, low.SetsOthers = nil, nil, false
	case u.Role == AdminRole && low.Role == SupervisorRole:
		low.Teams = f.below.Teams
	case low.Role == SupervisorRole && len(f.below.Teams) > 0:
		low.Teams = slices.DeleteFunc(slices.Clone(low.Teams), func(team string) bool { return !contains(f.below.Teams, team) })
		low.Offices = nil
	}
	return &low
}

// Lower returns a user as he counts with less than he may do, see As.
func (u User) Lower(role Role, teams []string) User {
	f := Floor{users: map[string]*User{u.Name: &u}, below: &As{Role: role, Teams: teams}}
	return *f.asker(u.Name)
}

// mayAdmit checks who may do what about how a user gets in.
func (f *Floor) mayAdmit(c Admit) error {
	switch {
	case f.users[c.User] == nil:
		return refuse("unknown_user", "There is no user %s.", c.User)
	case c.By == c.User || c.By == "":
		return nil
	case !slices.Contains(taking, c.Act):
		return refuse("not_yourself", "Only %s can do this.", c.User)
	}
	return f.admin(c.By)
}

// setPassword checks and sets another password. The phones of an agent prove themselves by it too.
func (f *Floor) setPassword(c SetPassword) error {
	u := f.users[c.User]
	if c.By != c.User {
		if err := f.admin(c.By); err != nil {
			return err
		}
	}
	switch {
	case u == nil:
		return refuse("unknown_user", "There is no user %s.", c.User)
	case c.Credentials.Password == "":
		return refuse("bad_user", "A password cannot be empty.")
	}
	next := *u
	next.Credentials = c.Credentials
	next.Credentials.PIN = u.Credentials.PIN
	f.putUser(next)
	return nil
}

// ofAccess fills in the line of a command about how somebody gets in; false: it is another one.
func (e *AuditEntry) ofAccess(c Command) bool {
	switch c := c.(type) {
	case Admit:
		e.By, e.Action, e.Subject, e.Detail = c.By, string(c.Act), c.User, c.Detail
		if c.Failed != "" {
			e.Result = c.Failed
		}
	case SetPassword:
		e.By, e.Action, e.Subject = c.By, "set_password", c.User
	default:
		return false
	}
	return true
}
