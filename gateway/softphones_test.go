package gateway

import (
	"fmt"
	"testing"
	"time"

	"telagent-gateway/config"
	"telagent-gateway/sip"
	"telagent-gateway/telagent"
	"telagent-gateway/test/claims"
)

func pagesOf(agents ...string) *Gateway {
	g := &Gateway{config: config.Default()}
	for _, id := range agents {
		g.learnAgent(telagent.Agent{ID: id})
	}
	g.softphones = newSoftphones(g)
	return g
}

func TestWhatAPageRegistersWithDiesWithItsSession(t *testing.T) {
	claims.Proven(t, "what a page registers with dies with its session", "7.4.1")
	g, stands := pagesOf("ana"), true
	phone, ok := g.softphones.Admit("ana", "s1", time.Now().Add(time.Hour), func() bool { return stands })
	if !ok || phone.URI != "sip:ana@localhost" || phone.User == "ana" || len(phone.Password) < 26 {
		t.Fatalf("%+v, %v", phone, ok)
	}
	want := sip.Secret{
		AOR: "ana", HA1MD5: sip.HA1("MD5", phone.User, "localhost", phone.Password), HA1SHA: sip.HA1("SHA-256", phone.User, "localhost", phone.Password),
	}
	if got, ok := g.secret(phone.User); !ok || got != want {
		t.Errorf("it proves %+v, %v", got, ok)
	}
	if _, ok := g.secret("ana"); ok {
		t.Error("it gave the agent herself a password")
	}
	stands = false
	if _, ok := g.secret(phone.User); ok {
		t.Error("it proves her after the session")
	}
	if len(g.softphones.byUser) != 0 {
		t.Error("it is kept after the session")
	}
}

func TestEachSessionHasOneSoftphoneAndTheNewestCounts(t *testing.T) {
	g, always := pagesOf("ana"), func() bool { return true }
	first, _ := g.softphones.Admit("ana", "s1", time.Now().Add(time.Hour), always)
	again, _ := g.softphones.Admit("ana", "s1", time.Now().Add(time.Hour), always)
	other, _ := g.softphones.Admit("ana", "s2", time.Now().Add(time.Hour), always)
	if first.User != again.User || first.Password == again.Password || other.User == again.User || len(g.softphones.byUser) != 2 {
		t.Errorf("%+v, %+v, %+v", first, again, other)
	}
	if got, _ := g.secret(first.User); got.HA1SHA == sip.HA1("SHA-256", first.User, "localhost", first.Password) {
		t.Error("the older password is still good")
	}
	late, _ := g.softphones.Admit("ana", "s3", time.Now(), always)
	if _, ok := g.secret(late.User); ok {
		t.Error("it is good after its time")
	}
	if _, ok := g.secret("ben~1"); ok {
		t.Error("a name that nobody was given proves somebody")
	}
	stranger, _ := g.softphones.Admit("cem", "s1", time.Now().Add(time.Hour), always)
	if _, ok := g.secret(stranger.User); ok {
		t.Error("who is no agent any more has a phone")
	}
}

func TestSoftphonesOfPagesAreBoundedAndThoseOfPastSessionsMakeRoom(t *testing.T) {
	g, stand := pagesOf("ana"), true
	until := time.Now().Add(time.Hour)
	for i := range mostSoftphones {
		if _, ok := g.softphones.Admit("ana", fmt.Sprint(i), until, func() bool { return stand || i > 0 }); !ok {
			t.Fatalf("number %d has no room", i)
		}
	}
	if _, ok := g.softphones.Admit("ana", "more", until, func() bool { return true }); ok {
		t.Error("there are more than may be")
	}
	stand = false
	if _, ok := g.softphones.Admit("ana", "more", until, func() bool { return true }); !ok {
		t.Error("a session that is over keeps its room")
	}
}
