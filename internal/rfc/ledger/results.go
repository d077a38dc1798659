package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"rfc6455/internal/rfc"
)

// results is what a run of go test says about the requirements.
type results struct {
	proofs map[string][]string // requirement id to the tests that passed, "frame.TestHeader/short"
	failed []string            // tests and packages that did not pass
}

// event is a line of go test -json; "go doc test2json" describes it.
type event struct {
	Action     string
	Package    string
	Test       string
	Key, Value string // of an attribute
}

// readResults reads the output of go test -json.
func readResults(r io.Reader) (results, error) {
	res := results{proofs: map[string][]string{}}
	claims := map[string][]string{} // test to the ids that it covers, if it passes
	for dec := json.NewDecoder(r); ; {
		var e event
		if err := dec.Decode(&e); err == io.EOF {
			return res, nil
		} else if err != nil {
			return res, fmt.Errorf("reading the output of go test -json: %w", err)
		}
		name := strings.TrimPrefix(e.Package, "rfc6455/")
		if e.Test != "" {
			name += "." + e.Test
		}
		switch e.Action {
		case "attr":
			if e.Key == rfc.Attr {
				claims[name] = append(claims[name], e.Value)
			}
		case "pass":
			for _, id := range claims[name] {
				res.proofs[id] = append(res.proofs[id], name)
			}
		case "fail":
			res.failed = append(res.failed, name)
		}
	}
}
