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
requirement the test that proves it, or the reason why none can. The level
RULE stands for what the RFC says without a keyword, and for our own limits.
The status is 1 if a requirement has neither, or if a test fails.

Usage: go run ./internal/rfc/ledger [flags]

`

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run is the command; it returns the exit status.
func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("ledger", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprint(stderr, help)
		flags.PrintDefaults()
	}
	section := flags.String("section", "", "show only this `section` of the RFC and those below it, such as 5 or 5.5")
	missing := flags.Bool("missing", false, "show only requirements that are neither tested nor excepted")
	recorded := flags.String("json", "", "read this `file`, the output of go test -json, instead of running the tests")
	if err := flags.Parse(args); err == flag.ErrHelp {
		return 0
	} else if err != nil {
		return 2
	}
	if flags.NArg() > 0 {
		flags.Usage()
		return 2
	}

	rows := inSection(rfc.All(), *section)
	if len(rows) == 0 {
		fmt.Fprintf(stderr, "ledger: no requirement stands in §%s\n", *section)
		return 2
	}
	results, err := testResults(*recorded, stderr)
	if err != nil {
		fmt.Fprintln(stderr, "ledger:", err)
		return 1
	}
	l := newLedger(rows, results.proofs)
	l.print(stdout, *missing)
	for _, name := range results.failed {
		fmt.Fprintln(stderr, "ledger: failed:", name)
	}
	if l.count(allLevels, missingState) > 0 || len(results.failed) > 0 {
		return 1
	}
	return 0
}

// inSection returns the rows of a section and of those below it; all rows if
// section is empty.
func inSection(rows []rfc.Requirement, section string) []rfc.Requirement {
	return slices.DeleteFunc(rows, func(r rfc.Requirement) bool {
		return section != "" && r.Section != section && !strings.HasPrefix(r.Section, section+".")
	})
}

// testResults runs the tests of the module, or reads the results from a file.
func testResults(recorded string, stderr io.Writer) (results, error) {
	if recorded != "" {
		f, err := os.Open(recorded)
		if err != nil {
			return results{}, err
		}
		defer f.Close()
		return readResults(f)
	}

	fmt.Fprintln(stderr, "ledger: running go test -json ./...")
	cmd := exec.Command("go", "test", "-json", "./...")
	cmd.Stderr = stderr
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
