package bench

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rfc6455/bench/internal/peer"
)

var update = flag.Bool("update", false, "write STRICT.md instead of comparing it")

// table collects who does what, a line for each rule in the order of the tests.
type table struct {
	rows  []string // titles
	cells map[string][]string
}

func newTable() *table { return &table{cells: map[string][]string{}} }

// set notes what the library with the given index does. rule is empty where the
// RFC has none.
func (t *table) set(rule, what string, library int, does string) {
	title := what + " | " + rule
	if t.cells[title] == nil {
		t.rows = append(t.rows, title)
		t.cells[title] = make([]string, len(peer.Libraries))
	}
	t.cells[title][library] = does
}

const preface = `# What servers make of a peer that breaks the rules

Each line is a conversation over loopback with an echo server of each library at
default options. A number is the HTTP status of a refused handshake, or the code
of the close frame. *drops*: TCP is closed without a close frame. **accepts**: the
server carries on. **waits**: it says nothing more. **panics**: the process ends.

The last two lines are about the server's own code: a read is given up after a
while, by its context or deadline, and called again. *resumes*: the second read
returns the message. **ends**: it fails. *no call*: messages come by callback.

Written by ` + "`go test . -update`" + ` in bench/; the same test fails when this file and
the servers differ.

`

// markdown returns the table as it stands in the file.
func (t *table) markdown(versions map[string]string) string {
	var b strings.Builder
	b.WriteString(preface)
	b.WriteString("| | rule |")
	for _, lib := range peer.Libraries {
		fmt.Fprintf(&b, " %s |", strings.TrimSpace(lib.Name+" "+versions[lib.Module]))
	}
	b.WriteString("\n|---|---|" + strings.Repeat("---|", len(peer.Libraries)) + "\n")
	for _, title := range t.rows {
		fmt.Fprintf(&b, "| %s | %s |\n", title, strings.Join(t.cells[title], " | "))
	}
	return b.String()
}

// compare fails when the file does not hold the table. A run of only some of the
// tests has nothing to compare.
func (tab *table) compare(t *testing.T, file string) {
	for _, title := range tab.rows {
		for _, cell := range tab.cells[title] {
			if cell == "" {
				t.Skip("only some of the servers were asked")
			}
		}
	}
	now := tab.markdown(required(t))
	if *update {
		if err := os.WriteFile(file, []byte(now), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), now); diff != "" {
		t.Errorf("the servers do not behave as %s says; if that is right, run: go test . -update (-file +now):\n%s", file, diff)
	}
}

// required returns the versions that go.mod asks for, by module. There is none
// for rfc6455 itself, which is beside it.
func required(t *testing.T) map[string]string {
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	versions := map[string]string{}
	for line := range strings.Lines(string(mod)) {
		if f := strings.Fields(line); len(f) == 2 && f[0] != "rfc6455" {
			versions[f[0]] = f[1]
		}
	}
	return versions
}
