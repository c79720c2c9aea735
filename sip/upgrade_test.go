package sip

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/coder/websocket"

	"telagent-gateway/call"
	"telagent-gateway/test/claims"
)

func TestAPageOfAnotherServerSpeaksSIPForAsLongAsThatServerLetsIt(t *testing.T) {
	claims.Proven(t, "a page's connection for SIP ends with its session", "7.4.1")
	loopback(t, func(r *rig) {
		var over atomic.Bool
		pages := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, req *http.Request) {
			r.w.Upgrade(rw, req, func() bool { return !over.Load() })
		}))
		defer pages.Close()
		c, _, err := websocket.Dial(r.Context(), strings.Replace(pages.URL, "http", "ws", 1)+"/sip", &websocket.DialOptions{Subprotocols: []string{"sip"}})
		if err != nil {
			r.Fatal(err)
		}
		p := r.webPeer("ana", "WS", c, pages.Listener.Addr())
		p.registers("ana")
		if got := r.w.Phones(); len(got) != 1 || got[0].Transport != "WS" {
			r.Errorf("phones %+v", got)
		}
		over.Store(true)
		<-p.ended
		r.reported(call.Missed{Sign: call.Flow, AOR: "ana"})
		r.reported(call.Unbound{AOR: "ana"})
	})
}
