// Package rfc is the ledger of requirements: every sentence of RFC 6455, §3 to
// §11, that demands, advises or allows something, in our own words.
//
// The table is requirements.tsv. Its columns:
//
//	id         section and a short name: "5.2/minimal-length"
//	section    of RFC 6455
//	ordinal    which of the section's sentences with a keyword of RFC 2119 it
//	           is, from 1; a sentence that holds several requirements has
//	           several rows. 0 is a rule that the RFC states without a keyword,
//	           or a limit that the library sets itself.
//	level      MUST, MUST NOT, SHOULD, SHOULD NOT, MAY, OPTIONAL; RULE if the
//	           ordinal is 0
//	wording    what is demanded, in our own words
//	exception  why no test of ours can prove it; empty for all others
//
// Three things hold on to it. The errors of packages frame, handshake and conn
// name the row that the peer broke. Tests say by [Covers] which rows they
// prove, and the tests of this package fail when a row has neither a test nor
// an exception. The command in the folder ledger prints the table with the
// tests that passed.
//
// The package imports testing, and so only tests and that command may import
// it; a test here sees to that.
package rfc

import (
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// Level is how strongly a requirement binds: a keyword of RFC 2119, or [Rule].
type Level string

// The levels of the table.
const (
	Must      Level = "MUST"
	MustNot   Level = "MUST NOT"
	Should    Level = "SHOULD"
	ShouldNot Level = "SHOULD NOT"
	May       Level = "MAY"
	Optional  Level = "OPTIONAL"
	Rule      Level = "RULE" // stated without a keyword; as good as a MUST here
)

// Binds reports whether l demands something. What it only allows, a program
// may leave out.
func (l Level) Binds() bool { return l != May && l != Optional }

// Requirement is a row of the table.
type Requirement struct {
	ID        string // "5.2/minimal-length"
	Section   string // "5.2"
	Ordinal   int    // of the sentence in its section; 0 if the RFC has no keyword there
	Level     Level
	Wording   string
	Exception string // why no test proves it, or empty
}

// NeedsTest reports whether a test has to prove r: it binds and is not excepted.
func (r Requirement) NeedsTest() bool { return r.Level.Binds() && r.Exception == "" }

// All returns the table in the order of the RFC.
func All() []Requirement { return slices.Clone(table()) }

// Lookup returns the requirement with the given id.
func Lookup(id string) (Requirement, bool) {
	i := slices.IndexFunc(table(), func(r Requirement) bool { return r.ID == id })
	if i < 0 {
		return Requirement{}, false
	}
	return table()[i], true
}

// Attr is the key of the test attributes that [Covers] sets.
const Attr = "rfc6455"

// Covers says that the test t proves the requirements with the given ids. The
// ids become attributes of t, which "go test -json" prints, so that the ledger
// knows whether a test that proves them has passed. An unknown id ends t.
//
// Write the ids where the call stands, or in a table in the same function: a
// test of this package reads them from the source.
func Covers(t testing.TB, ids ...string) {
	t.Helper()
	for _, id := range ids {
		if _, ok := Lookup(id); !ok {
			t.Fatalf("rfc: no requirement has the id %q; internal/rfc/requirements.tsv has those that exist", id)
		}
		t.Attr(Attr, id)
	}
}

//go:embed requirements.tsv
var tsv string

// table is the embedded file, parsed once.
var table = sync.OnceValue(func() []Requirement {
	var all []Requirement
	for i, line := range strings.Split(strings.TrimSuffix(tsv, "\n"), "\n") {
		if i == 0 { // the names of the columns
			continue
		}
		col := strings.Split(line, "\t")
		if len(col) != 6 {
			panic(fmt.Sprintf("rfc: requirements.tsv:%d has %d columns, want 6", i+1, len(col)))
		}
		ordinal, err := strconv.Atoi(col[2])
		if err != nil {
			panic(fmt.Sprintf("rfc: requirements.tsv:%d has the ordinal %q, want a number", i+1, col[2]))
		}
		all = append(all, Requirement{col[0], col[1], ordinal, Level(col[3]), col[4], col[5]})
	}
	return all
})
