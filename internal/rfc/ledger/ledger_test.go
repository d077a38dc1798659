package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rfc6455/internal/rfc"
)

// stream is what go test -json prints, with the lines that do not matter here
// left out.
const stream = `
{"Action":"start","Package":"rfc6455/frame"}
{"Action":"run","Package":"rfc6455/frame","Test":"TestHeader"}
{"Action":"attr","Package":"rfc6455/frame","Test":"TestHeader","Key":"rfc6455","Value":"5.2/rsv-zero"}
{"Action":"run","Package":"rfc6455/frame","Test":"TestHeader/short"}
{"Action":"attr","Package":"rfc6455/frame","Test":"TestHeader/short","Key":"rfc6455","Value":"5.2/minimal-length"}
{"Action":"attr","Package":"rfc6455/frame","Test":"TestHeader/short","Key":"other","Value":"5.2/opcode-known"}
{"Action":"output","Package":"rfc6455/frame","Test":"TestHeader/short","Output":"--- PASS: TestHeader/short (0.00s)\n"}
{"Action":"pass","Package":"rfc6455/frame","Test":"TestHeader/short","Elapsed":0}
{"Action":"fail","Package":"rfc6455/frame","Test":"TestHeader","Elapsed":0}
{"Action":"attr","Package":"rfc6455/frame","Test":"TestSkipped","Key":"rfc6455","Value":"5.2/length-top-bit"}
{"Action":"skip","Package":"rfc6455/frame","Test":"TestSkipped","Elapsed":0}
{"Action":"fail","Package":"rfc6455/frame","Elapsed":0.1}
{"Action":"attr","Package":"rfc6455/conn","Test":"TestLengths","Key":"rfc6455","Value":"5.2/minimal-length"}
{"Action":"pass","Package":"rfc6455/conn","Test":"TestLengths","Elapsed":0}
{"Action":"pass","Package":"rfc6455/conn","Elapsed":0.1}
`

func TestReadResults(t *testing.T) {
	got, err := readResults(strings.NewReader(stream))
	if err != nil {
		t.Fatal(err)
	}
	want := results{
		proofs: map[string][]string{"5.2/minimal-length": {"frame.TestHeader/short", "conn.TestLengths"}},
		failed: []string{"frame.TestHeader", "frame"},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(results{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReadResultsOfSomethingElse(t *testing.T) {
	if _, err := readResults(strings.NewReader("ok  \trfc6455/frame\t0.1s\n")); err == nil {
		t.Error("plain output of go test was taken for JSON")
	}
}

func TestRun(t *testing.T) {
	const pass = `
{"Action":"attr","Package":"rfc6455/frame","Test":"TestMask","Key":"rfc6455","Value":"4.4/version-426"}
{"Action":"pass","Package":"rfc6455/frame","Test":"TestMask","Elapsed":0}
`
	tests := []struct {
		name   string
		args   []string
		json   string
		status int
		stdout string // a part of it
		stderr string // the same
	}{
		{"tested", []string{"-section", "4.4"}, pass, 0, "tested by frame.TestMask", ""},
		{"missing", []string{"-section", "4.3"}, pass, 1, "MISSING", ""},
		{"a test fails", []string{"-section", "4.2"}, stream, 1, "optional", "ledger: failed: frame.TestHeader\n"},
		{"no JSON", []string{"-section", "4.4"}, "ok", 1, "", "ledger: reading the output of go test -json"},
		{"no such section", []string{"-section", "99"}, pass, 2, "", "ledger: no requirement stands in §99"},
		{"no such flag", []string{"-color"}, pass, 2, "", "Usage:"},
		{"too many arguments", []string{"5"}, pass, 2, "", "Usage:"},
		{"help", []string{"--help"}, pass, 0, "", "-missing"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "tests.json")
			if err := os.WriteFile(file, []byte(tt.json), 0o600); err != nil {
				t.Fatal(err)
			}
			var stdout, stderr strings.Builder
			status := run(append([]string{"-json", file}, tt.args...), &stdout, &stderr)
			if status != tt.status {
				t.Errorf("status %d, want %d", status, tt.status)
			}
			if !strings.Contains(stdout.String(), tt.stdout) || !strings.Contains(stderr.String(), tt.stderr) {
				t.Errorf("stdout:\n%s\nlacks %q, or stderr:\n%s\nlacks %q", &stdout, tt.stdout, &stderr, tt.stderr)
			}
		})
	}
}

var rows = []rfc.Requirement{
	{ID: "1/tested", Section: "1", Ordinal: 1, Level: rfc.Must, Wording: "it works"},
	{ID: "1/tested-often", Section: "1", Ordinal: 2, Level: rfc.May, Wording: "it may work"},
	{ID: "1.1/excepted", Section: "1.1", Ordinal: 1, Level: rfc.Must,
		Exception: "the reason for this is a sentence that is so long that it has to go on in the next line"},
	{ID: "1.1/optional", Section: "1.1", Ordinal: 2, Level: rfc.May, Wording: "somebody does something"},
	{ID: "10/missing", Section: "10", Level: rfc.Rule, Wording: "it is like that"},
}

var proofs = map[string][]string{
	"1/tested":       {"frame.TestOne/1/tested"},
	"1/tested-often": {"internal/x.TestMany/a", "frame.TestOne"},
}

func TestPrint(t *testing.T) {
	const totals = `
                   all    tested  excepted  optional   missing
  MUST               2         1         1         0         0
  MAY                2         1         0         1         0
  RULE               1         0         0         0         1
  all levels         5         2         1         1         1
`
	tests := []struct {
		name        string
		onlyMissing bool
		want        string
	}{
		{"all", false, `
§1
  MUST        1/tested                        tested by frame.TestOne
  MAY         1/tested-often                  tested by internal/x.TestMany (2 tests)
§1.1
  MUST        1.1/excepted                    excepted: the reason for this is a sentence that is so long that
                                              it has to go on in the next line
  MAY         1.1/optional                    optional: somebody does something
§10
  RULE        10/missing                      MISSING: it is like that
` + totals},
		{"missing", true, `
§10
  RULE        10/missing                      MISSING: it is like that
` + totals},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var b strings.Builder
			newLedger(rows, proofs).print(&b, tt.onlyMissing)
			if diff := cmp.Diff(tt.want, "\n"+b.String()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestInSection(t *testing.T) {
	tests := []struct {
		section string
		want    []string
	}{
		{"", []string{"1", "1", "1.1", "1.1", "10"}},
		{"1", []string{"1", "1", "1.1", "1.1"}},
		{"1.1", []string{"1.1", "1.1"}},
		{"10", []string{"10"}},
		{"2", nil},
	}
	for _, tt := range tests {
		var got []string
		for _, r := range inSection(slices.Clone(rows), tt.section) {
			got = append(got, r.Section)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("sections within %q (-want +got):\n%s", tt.section, diff)
		}
	}
}

// No line of the real table is wider than a terminal.
func TestWidth(t *testing.T) {
	var b strings.Builder
	newLedger(rfc.All(), nil).print(&b, false)
	for line := range strings.Lines(b.String()) {
		if n := len(strings.TrimSuffix(line, "\n")); n > 110 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
}

func TestWrap(t *testing.T) {
	tests := []struct {
		s    string
		want []string
	}{
		{"", []string{""}},
		{"short", []string{"short"}},
		{"exactly 10", []string{"exactly 10"}},
		{"exactly 10 and on", []string{"exactly 10", "and on"}},
		{"longer-than-a-line word", []string{"longer-than-a-line", "word"}},
		{"longer-than-a-line", []string{"longer-than-a-line"}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, wrap(tt.s, 10)); diff != "" {
			t.Errorf("wrap(%q) (-want +got):\n%s", tt.s, diff)
		}
	}
}
