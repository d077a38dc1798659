# The longer checks. `go test work` runs every test without them.

STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2
FUZZTIME   ?= 1m

.PHONY: help race fuzz lint ledger

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 18

race: ## every test under the race detector
	go test -race work

fuzz: ## each fuzz target in turn, for FUZZTIME=1m
	@for package in $$(go list ./...); do \
		for target in $$(go test -list '^Fuzz' $$package | grep '^Fuzz'); do \
			echo "$$package $$target"; \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$package || exit 1; \
		done; \
	done

lint: ## gofmt, go vet and staticcheck
	@unformatted=$$(gofmt -l .); [ -z "$$unformatted" ] || { echo "run gofmt -w on:" $$unformatted; exit 1; }
	go vet work
	go run $(STATICCHECK) work

ledger: ## which requirement of the RFC is tested by which test
	go run ./internal/rfc/ledger
