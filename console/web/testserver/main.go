// Command testserver serves the console's API and pages over a stage: the real Floor with a cast of made-up agents,
// among wires that are played. The browser test moves it through /stage. It is not the gateway: nothing here speaks SIP,
// sends audio or remembers anything.
//
// It prints the address that it listens on and ends when its standard input does. With -openapi it prints the
// description of the API instead. Start with serve, then newStage.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"time"

	"telagent-gateway/console"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:0", "address to serve on")
	required := flag.Bool("second-factor", false, "supervisors and admins need a second factor")
	issuer := flag.String("issuer", "", "OpenID Connect provider, called Example, that users sign in by too")
	openapi := flag.Bool("openapi", false, "print the description of the API and end")
	flag.Parse()
	if *openapi {
		if _, err := os.Stdout.Write(console.OpenAPI()); err != nil {
			log.Fatal(err)
		}
		return
	}
	if err := serve(*listen, *required, *issuer); err != nil {
		log.Fatal(err)
	}
}

func serve(listen string, required bool, issuer string) error {
	s, before := newStage(), newPast(time.Now())
	var err error
	s.console, err = console.New(s.office.options(console.Options{
		View: s.View, Do: s.Do, Plan: s.Plan, PlanMany: s.PlanMany, PlanLogout: s.PlanLogout,
		History: before.with(s.History), Ladder: before.ladder, Recording: before.sound,
		Quality:      s.quality,
		Ready:        func() []console.Reason { return nil },
		Reports:      &months{},
		SecondFactor: required,
		OIDC:         console.OIDC{Issuer: issuer, ClientID: "gateway", UserClaim: "preferred_username", Name: "Example"},
	}))
	if err != nil {
		return err
	}
	if err := s.begin(); err != nil {
		return err
	}
	go s.run()
	defer s.stop()
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", listen, err)
	}
	mux := http.NewServeMux()
	mux.Handle("/", s.console)
	mux.HandleFunc("POST /stage/{act}", func(w http.ResponseWriter, r *http.Request) {
		if !s.play(r.PathValue("act")) {
			http.NotFound(w, r)
		}
	})
	s.storms(mux)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	server.RegisterOnShutdown(s.console.Close)
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	fmt.Println("http://" + listener.Addr().String())
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		return err
	}
	if err := <-done; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
