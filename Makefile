# Telagent gateway. `make` lists what there is.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

SEEDS  ?= 200
SEED   ?=
FUZZ   ?= 60s
FAULT  ?=
SOAK   ?= 1h
VERSION ?=
ARCH   ?=
PROGRAM ?=
PURE   := ./call ./presence ./queue ./dialplan ./schedule ./telagent ./directory
GOFUMPT     := go run mvdan.cc/gofumpt@v0.12.0
STATICCHECK := go run honnef.co/go/tools/cmd/staticcheck@v0.8.2
ERRCHECK    := go run github.com/kisielk/errcheck@v1.30.0
ERRORLINT   := go run github.com/polyfloyd/go-errorlint@v1.8.0
EXHAUSTIVE  := go run github.com/nishanths/exhaustive/cmd/exhaustive@v0.17.1

.PHONY: help run build deb test check format vet lint unit race sim peers interop browser fuzz golden docs docs-check claims flood bench bench-page outage chaos soak web web-check install

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: ## play the main job on this machine: a call, a live switch, what was measured
	@echo "building (the first time this takes a minute or two)"; go build -o bin/telagent ./cmd/telagent
	@bin/telagent demo

build: ## build bin/telagent
	go build -o bin/telagent ./cmd/telagent

deb: ## build the Debian package bin/telagent_VERSION_ARCH.deb (VERSION and ARCH may be set)
	@VERSION="$(VERSION)" ARCH="$(ARCH)" PROGRAM="$(PROGRAM)" scripts/deb.sh

test: install check peers web-check browser ## everything: check, then real peers and a real browser (installs what it needs)
	@echo "make test: all passed"

check: format vet lint unit race sim docs-check ## quick: format, vet, lint, unit tests, race, $(SEEDS) seeds, docs unchanged

install: ## install what the tests need from Debian (SIPp, baresip, PostgreSQL, Chromium, …); says so
	@scripts/install.sh

format: ## fail on a file that gofumpt would change
	@bad=$$($(GOFUMPT) -l .); if [ -n "$$bad" ]; then echo "not formatted (run: $(GOFUMPT) -w .):"; echo "$$bad"; exit 1; fi

vet: ## go vet
	go vet ./...
	go vet -tags peers ./...
	go vet -tags outage ./test/outage
	go vet -tags chaos ./test/chaos

lint: ## staticcheck, errcheck, errorlint, exhaustive
	$(STATICCHECK) -tags peers,outage,chaos ./...
	$(ERRCHECK) ./...
	$(ERRORLINT) -errorf-multi ./...
	$(EXHAUSTIVE) -d ./...

unit: ## unit tests
	go test ./...

race: ## unit tests under the race detector (needs gcc)
	go test -race -short ./...

sim: ## the simulator over SEEDS seeds, or one: make sim SEED=42
	go test ./test/sim -run Simulation -count=1 -timeout 0 $(if $(SEED),-seed $(SEED) -v,-seeds $(SEEDS))

peers: build ## whole-program tests with real peers: baresip, SIPp, the table of docs/interop.md, PostgreSQL
	go test -tags peers -count=1 -timeout 20m ./store/... ./test/...

interop: build ## the table of docs/interop.md alone: real phones and carriers, in all their ways
	go test -tags peers -count=1 -timeout 20m ./test/interop

browser: ## the pages in headless Chromium
	scripts/browser.sh

fuzz: ## every fuzzer for FUZZ each (default 60s)
	scripts/fuzz.sh $(FUZZ)

golden: ## rewrite golden files (floor scripts, ladders); review the diff
	go test ./telagent ./sip -update

docs: ## rewrite the generated documents
	go run ./test/docs

docs-check: ## fail when a generated document is out of date
	go run ./test/docs -check

claims: build ## run the tests that prove what is safe, and print each claim with its verdict (needs the real peers)
	@go run ./test/docs -claims

flood: build ## 20 calls in peace, then under 10,000 messages a second of strangers: what is lost (a minute, on a quiet machine)
	@go run ./test/flood

bench: ## what a unit of work costs: relay, mix, Floor, REGISTER, call set-up
	@go run ./test/bench

bench-page: ## a thousand agents who change fifty times a second for a minute, and a minute off: what the Monitoring page makes of it
	cd console/web && CHANGES=3000 AWAY_S=60 node --test --test-reporter=spec --test-timeout=600000 test/storm.test.mjs

outage: install build ## rehearse an outage: 20 real softphones in calls lose their network (8 minutes)
	go test -tags outage -count=1 -v -timeout 30m -run Outage ./test/outage

chaos: install build ## kill the gateway under 100 calls, take its database, its disk, its network: what is lost (20 minutes); one alone: make chaos FAULT=kill
	go test -tags chaos -count=1 -v -timeout 60m ./test/chaos -run TestChaos -fault "$(FAULT)"

soak: install build ## an hour of calls while faults strike at random: nothing is lost, nothing is left behind; SOAK=10m, SEED=42
	go test -tags chaos -count=1 -v -timeout $$(( 3 * 60 ))m ./test/chaos -run TestSoak -soak $(SOAK) $(if $(SEED),-seed $(SEED))

web: ## build the console's pages (needs Node 20.19 or later)
	cd console/web && npm ci && npm run build

web-check: ## fail when the committed pages are not what the sources build (where Node 20.19 or later is)
	scripts/web-check.sh
