package main

import (
	"fmt"
	"io"
	"strings"

	"rfc6455/internal/rfc"
)

// state is what has become of a requirement.
type state int

const (
	testedState state = iota
	exceptedState
	optionalState // allowed, not demanded, and without a test
	missingState
)

// ledger is the table with the state of each row.
type ledger struct {
	rows   []rfc.Requirement
	states []state // of the rows
	proofs map[string][]string
}

func newLedger(rows []rfc.Requirement, proofs map[string][]string) *ledger {
	l := &ledger{rows: rows, proofs: proofs}
	for _, r := range rows {
		l.states = append(l.states, stateOf(r, proofs))
	}
	return l
}

func stateOf(r rfc.Requirement, proofs map[string][]string) state {
	switch {
	case len(proofs[r.ID]) > 0:
		return testedState
	case r.Exception != "":
		return exceptedState
	case !r.Level.Binds():
		return optionalState
	}
	return missingState
}

// print writes the table, or only the rows that miss a test, and the totals of
// all rows. Lines have at most 110 columns.
func (l *ledger) print(w io.Writer, onlyMissing bool) {
	section := ""
	for i, r := range l.rows {
		if onlyMissing && l.states[i] != missingState {
			continue
		}
		if r.Section != section {
			section = r.Section
			fmt.Fprintf(w, "§%s\n", section)
		}
		lines := wrap(l.describe(i), 64)
		fmt.Fprintf(w, "  %-10s  %-32s%s\n", r.Level, r.ID, lines[0])
		for _, line := range lines[1:] {
			fmt.Fprintf(w, "%46s%s\n", "", line)
		}
	}
	if section != "" {
		fmt.Fprintln(w)
	}
	l.printTotals(w)
}

// describe returns the last column of row i.
func (l *ledger) describe(i int) string {
	r := l.rows[i]
	switch l.states[i] {
	case testedState:
		return "tested by " + summary(l.proofs[r.ID])
	case exceptedState:
		return "excepted: " + r.Exception
	case optionalState:
		return "optional: " + r.Wording
	}
	return "MISSING: " + r.Wording
}

// summary names the first test, without its subtest, and how many there are.
func summary(tests []string) string {
	// A package's path has slashes too; the subtest comes after the dot.
	pkg, test, _ := strings.Cut(tests[0], ".")
	test, _, _ = strings.Cut(test, "/")
	if len(tests) == 1 {
		return pkg + "." + test
	}
	return fmt.Sprintf("%s.%s (%d tests)", pkg, test, len(tests))
}

func (l *ledger) printTotals(w io.Writer) {
	fmt.Fprintf(w, "  %-10s%10s%10s%10s%10s%10s\n", "", "all", "tested", "excepted", "optional", "missing")
	for _, level := range []rfc.Level{rfc.Must, rfc.MustNot, rfc.Should, rfc.ShouldNot, rfc.May, rfc.Optional, rfc.Rule, allLevels} {
		tested, excepted := l.count(level, testedState), l.count(level, exceptedState)
		optional, missing := l.count(level, optionalState), l.count(level, missingState)
		if all := tested + excepted + optional + missing; all > 0 {
			fmt.Fprintf(w, "  %-10s%10d%10d%10d%10d%10d\n", level, all, tested, excepted, optional, missing)
		}
	}
}

// allLevels stands for every level in count.
const allLevels rfc.Level = "all levels"

// count returns the number of rows of a level that are in a state.
func (l *ledger) count(level rfc.Level, s state) int {
	n := 0
	for i, r := range l.rows {
		if l.states[i] == s && (level == allLevels || level == r.Level) {
			n++
		}
	}
	return n
}

// wrap cuts s at spaces into lines of at most width bytes, one word at least.
func wrap(s string, width int) []string {
	var lines []string
	for len(s) > width {
		end := strings.LastIndexByte(s[:width+1], ' ')
		if end < 0 {
			end = strings.IndexByte(s, ' ')
		}
		if end < 0 {
			break
		}
		lines = append(lines, s[:end])
		s = s[end+1:]
	}
	return append(lines, s)
}
