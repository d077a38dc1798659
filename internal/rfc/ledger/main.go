// Command ledger prints what RFC 6455 demands, and how each demand is proven.
//
//	go run ./internal/rfc/ledger               the whole table
//	go run ./internal/rfc/ledger -section 5    §5 and everything below it
//	go run ./internal/rfc/ledger -missing      only what nothing proves
//
// Run it in the folder of the root module. It runs the module's tests, collects
// what they say by rfc.Covers, and counts a requirement as tested if such a test
// has passed. It ends with status 1 if a requirement is neither tested nor
// excepted, or if a test fails.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"

	"rfc6455/internal/rfc"
)

const help = `Ledger prints what RFC 6455 demands, and how each demand is proven.

It runs the tests of the module in the current folder and shows for each
requirement the test that proves it, or the reason why none can.
The status is 1 if a requirement has neither, or if a test fails.

Usage: go run ./internal/rfc/ledger [flags]

`

func main() {
	section := flag.String("section", "", "show only this `section` of the RFC and those below it, such as 5 or 5.5")
	missing := flag.Bool("missing", false, "show only requirements that are neither tested nor excepted")
	recorded := flag.String("json", "", "read this `file`, the output of go test -json, instead of running the tests")
	flag.Usage = func() {
		fmt.Fprint(os.Stderr, help)
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}

	rows := inSection(rfc.All(), *section)
	if len(rows) == 0 {
		fatal(fmt.Errorf("no requirement stands in §%s", *section))
	}
	results, err := testResults(*recorded)
	if err != nil {
		fatal(err)
	}
	l := newLedger(rows, results.proofs)
	l.print(os.Stdout, *missing)
	for _, name := range results.failed {
		fmt.Fprintln(os.Stderr, "ledger: failed:", name)
	}
	if l.count(allLevels, missingState) > 0 || len(results.failed) > 0 {
		os.Exit(1)
	}
}

func fatal(err error) {
	fmt.Fprintln(os.Stderr, "ledger:", err)
	os.Exit(1)
}

// inSection returns the rows of a section and of those below it; all rows if
// section is empty.
func inSection(rows []rfc.Requirement, section string) []rfc.Requirement {
	return slices.DeleteFunc(rows, func(r rfc.Requirement) bool {
		return section != "" && r.Section != section && !strings.HasPrefix(r.Section, section+".")
	})
}

// testResults runs the tests of the module, or reads the results from a file.
func testResults(recorded string) (results, error) {
	if recorded != "" {
		f, err := os.Open(recorded)
		if err != nil {
			return results{}, err
		}
		defer f.Close()
		return readResults(f)
	}

	fmt.Fprintln(os.Stderr, "ledger: running go test -json ./...")
	cmd := exec.Command("go", "test", "-json", "./...")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return results{}, err
	}
	if err := cmd.Start(); err != nil {
		return results{}, err
	}
	r, err := readResults(out)
	io.Copy(io.Discard, out) // so that go test can end after an error
	// A failed test makes go test fail too; it is in r already.
	if waitErr := cmd.Wait(); err == nil && len(r.failed) == 0 {
		err = waitErr
	}
	return r, err
}
