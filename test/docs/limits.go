package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"path"
	"strings"
)

// limit is something that nobody makes grow beyond a constant of the code.
type limit struct {
	what, dir, constant string
	beyond              string
	test                string // in dir, that it holds
}

// limits are what a stranger or a phone may make us keep or read. The values come from the code.
var limits = []limit{
	{"bytes of one SIP message", "sip", "maxMessage", "a connection is closed, a datagram is not read", "TestAWebSocketMessageThatIsTooLongEndsIt"},
	{"header lines of one SIP message", "sip", "mostHeaders", "400", "TestEachFaultHasItsStatus"},
	{"Via of one SIP message", "sip", "mostVias", "400", "TestEachFaultHasItsStatus"},
	{"bytes of a value that we write into a header", "sip", "maxValue", "it is cut", "TestScrubTakesOutWhatWouldBecomeAHeader"},
	{"connections", "sip", "maxConnections", "one that proved nothing makes room, or the new one is closed", "TestThereAreOnlySoManyConnections"},
	{"messages that wait for a peer to read", "sip", "writeQueue", "its connection is closed", "TestAPeerThatNeverReadsLosesItsConnectionAndNobodyElseNotices"},
	{"time in which a message arrives that began", "sip", "messageTime", "its connection is closed", "TestConnectionsThatNeverFinishAMessageAreClosedInTime"},
	{"silence of a connection that proved nothing", "sip", "strangerTime", "it is closed", "TestConnectionsThatNeverFinishAMessageAreClosedInTime"},
	{"contacts of one address of record", "sip", "contactsPerAOR", "403", "TestTheRegistrarIsBounded"},
	{"contacts of all", "sip", "contactsTotal", "503", "TestTheRegistrarIsBounded"},
	{"subscriptions of one user", "sip", "watchesOfOne", "403", "TestAFloodOfSubscriptionsOfOneUserIsBoundedAndOthersAreServed"},
	{"publications of one address of record", "sip", "publishesOfA", "the first to end makes room", "TestPublicationsOfOneAddressAreBounded"},
	{"bytes of a published document", "sip", "longestPIDF", "413", "TestWhatAPUBLISHMayNotSayIsRefused"},
	{"elements of a published document", "sip", "mostInPIDF", "400", "TestADocumentThatIsNoneOrABombIsRefused"},
	{"calls of one phone", "sip", "mostCalls", "486", "TestAPhoneGoneWildDoesNotTakeThePlacesOfOthers"},
	{"nonces that were used", "sip", "nonceLimit", "the oldest turn stale early", "TestWhenTooManyNoncesAreUsedTheOldestTurnStaleAndNoneIsGoodTwice"},
	{"bans", "sip", "mostBans", "the one that ends first makes room", "TestWhatTheGateKeepsDoesNotGrowWithTheSources"},
	{"names whose addresses are kept", "sip", "mostNames", "the one whose time ends first makes room", "TestNamesThatAreKeptHaveABound"},
	{"addresses that failed and are left alone", "sip", "mostShunned", "all are forgotten", "TestAddressesThatFailAreBoundAndForgotten"},
	{"DTLS handshakes at once", "media", "shakesAtOnce", "the next one waits for room", "TestHandshakesAreBoundedAndThoseThatFindNoRoomBeginWhenThereIsSome"},
	{"sentences that wait on one leg", "media", "saysKept", "the next one is left out", "TestSentencesThatWaitAreBoundedAndDroppedByTheNextOrder"},
	{"sign-ins that failed, of one address", "console", "attemptsPerHost", "429", "TestAttemptsAreBoundedInMemoryAndByAddress"},
	{"sign-ins that failed, in memory", "console", "attemptsKept", "the first to end are forgotten", "TestAttemptsAreBoundedInMemoryAndByAddress"},
	{"messages that wait for one webhook's receiver", "console", "mostWaiting", "the oldest is dropped", "TestTheBoxOfAReceiverIsBoundedAndTheOldestGo"},
}

// safePage is claimsPage with the limits below it.
func safePage(tree fs.FS) (string, error) {
	page, err := claimsPage(tree)
	if err != nil {
		return "", err
	}
	table, err := limitsTable(tree)
	return page + table, err
}

// limitsTable lists the limits with their values. A limit without its constant or its test is an error.
func limitsTable(tree fs.FS) (string, error) {
	values, tests := map[string]string{}, map[string]bool{}
	fset := token.NewFileSet()
	err := walk(tree, func(name string, data []byte) error {
		dir := path.Dir(name)
		if dir != "sip" && dir != "media" && dir != "console" {
			return nil
		}
		f, err := parser.ParseFile(fset, name, data, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				tests[dir+" "+d.Name.Name] = true
			case *ast.GenDecl:
				for _, s := range d.Specs {
					if v, ok := s.(*ast.ValueSpec); ok && d.Tok == token.CONST && len(v.Names) == len(v.Values) {
						for i := range v.Names {
							values[dir+" "+v.Names[i].Name] = types.ExprString(v.Values[i])
						}
					}
				}
			}
		}
		return nil
	}, ".go")
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("\n## Limits\n\nThe values are read from the code.\n\n| limit | value | beyond it | held by |\n|---|---|---|---|\n")
	for _, l := range limits {
		value := values[l.dir+" "+l.constant]
		if value == "" || !tests[l.dir+" "+l.test] {
			return "", fmt.Errorf("limit %q: no constant %s or no %s in %s", l.what, l.constant, l.test, l.dir)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | `%s` %s |\n", l.what, plain(value), l.beyond, l.dir, l.test)
	}
	return b.String(), nil
}

// plain is the value of a constant expression as people write it.
func plain(expr string) string {
	if v, err := types.Eval(token.NewFileSet(), nil, token.NoPos, expr); err == nil && v.Value != nil {
		return v.Value.ExactString()
	}
	return strings.ToLower(strings.NewReplacer("time.", "", " * ", " ").Replace(expr)) + "s"
}
