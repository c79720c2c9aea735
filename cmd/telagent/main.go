// Command telagent runs the Telagent gateway and talks to a running one.
//
// It holds flags and exit codes only: what is done, is done by the packages gateway and demo and by the API of a
// running gateway. Start with commands below; serve.go runs things here, client.go asks a running gateway.
package main

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	_ "time/tzdata" // a machine without time zones of its own has opening hours too

	"github.com/alecthomas/kong"
)

type commands struct {
	Serve     serveCommand     `cmd:"" help:"Run the gateway. Without a file: embedded defaults, loopback only, SQLite in ./telagent.db."`
	Demo      demoCommand      `cmd:"" help:"Play the main job on this machine over real SIP and RTP sockets, and say what was measured."`
	Check     checkCommand     `cmd:"" help:"Validate the configuration."`
	Import    importCommand    `cmd:"" help:"Apply a directory file; the same file again changes nothing."`
	Agents    agentsCommand    `cmd:"" help:"Show the agents of a running gateway."`
	Calls     callsCommand     `cmd:"" help:"Show the live calls of a running gateway."`
	Trunks    trunksCommand    `cmd:"" help:"Show the trunks of a running gateway."`
	Phones    phonesCommand    `cmd:"" help:"Show the registered phones of a running gateway."`
	Queues    queuesCommand    `cmd:"" help:"Show the queues of a running gateway."`
	Schedules schedulesCommand `cmd:"" help:"Show when agents are Telagents by themselves."`
	Policy    policyCommand    `cmd:"" help:"Show or set what a team does by itself in an outage."`
	Sites     sitesCommand     `cmd:"" help:"Show where the softphones are, and how many are gone."`
	Bans      bansCommand      `cmd:"" help:"Show whose SIP is not heard and until when; or end a ban."`
	Webhooks  webhooksCommand  `cmd:"" help:"Show whom a running gateway tells what by HTTP, and how that goes; or try one."`
	History   historyCommand   `cmd:"" help:"Show calls that ended, with the newest first."`
	Recording recordingCommand `cmd:"" help:"Fetch the recording of a call that ended."`
	Stations  stationsCommand  `cmd:"" help:"Show where an agent can be rung, and whether it could be reached last."`
	TestCall  testCallCommand  `cmd:"" help:"Ring at a number of an agent who is in no call, to learn whether it is reached."`
	Switch    switchCommand    `cmd:"" help:"Move agents, with their live calls, to their phones or back."`
	Switches  switchesCommand  `cmd:"" help:"Show the switches of several agents, and how far they are."`
	Undo      undoCommand      `cmd:"" help:"Take a switch of several agents back, within a minute."`
	Logout    logoutCommand    `cmd:"" help:"Force agents to log out; their customers go back to the queue on top."`
	Transfer  transferCommand  `cmd:"" help:"Hand a live call on, or over to who is being consulted."`
	Guest     guestCommand     `cmd:"" help:"Ring somebody for a live call, let a guest of it take part in another way, or send him away."`
	Rescue    rescueCommand    `cmd:"" help:"Free a live call that got stuck; its customer goes back to a queue on top."`
	HangUp    hangUpCommand    `cmd:"" help:"End a live call."`
	Reload    reloadCommand    `cmd:"" help:"Let a running gateway read its configuration again; calls go on."`
	Upgrade   upgradeCommand   `cmd:"" help:"Let a running gateway hand its calls over to a new program, or to the same one with another configuration."`
	Drain     drainCommand     `cmd:"" help:"Let a running gateway take no new calls, while those that are up go on; or take them again."`
	User      userCommand      `cmd:"" help:"Add a console user, set a password, list the users (in the store; the gateway must not run)."`
	Token     tokenCommand     `cmd:"" help:"Make a token for scripts and print it (TELAGENT_TOKEN)."`
	Audit     auditCommand     `cmd:"" help:"Say whether the audit trail is as it was written."`
	Version   versionCommand   `cmd:"" help:"Print the version."`
}

// Exit codes.
const (
	exitRefused = 1 // refused or invalid; the reason is on stderr
	exitUsage   = 2
)

func main() {
	var c commands
	parser := kong.Must(&c, kong.Name("telagent"),
		kong.Description("Keeps the customer's call while agents move between softphone and phone."), kong.UsageOnError())
	ctx, err := parser.Parse(os.Args[1:])
	if err != nil {
		var bad *kong.ParseError
		if errors.As(err, &bad) {
			_ = bad.Context.PrintUsage(true)
		}
		fmt.Fprintln(os.Stderr, "telagent:", err)
		os.Exit(exitUsage)
	}
	if err := ctx.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "telagent:", err)
		os.Exit(exitRefused)
	}
}

type versionCommand struct{}

// Run prints the module version and the commit it was built from.
func (versionCommand) Run() error {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return errors.New("this binary carries no build information")
	}
	version, revision := info.Main.Version, ""
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			revision = " " + s.Value
		}
	}
	fmt.Printf("telagent %s%s %s\n", version, revision, info.GoVersion)
	return nil
}
