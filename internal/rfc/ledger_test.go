package rfc

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Each requirement that binds is proven by a test of the root module, or it is
// excepted. The calls are read from the source, so that this test knows them
// without running the others; whether those pass, the command in the folder
// ledger tells.
func TestEveryRequirementHasATest(t *testing.T) {
	covered := map[string]bool{}
	for _, m := range workspace(t) {
		for _, s := range m.sources {
			if !s.isTest() {
				continue
			}
			ids, faults := coversIn(s.file)
			for _, f := range faults {
				t.Errorf("%s: %s", s.path, f)
			}
			// What the library promises, its own module proves.
			for _, id := range ids {
				covered[id] = covered[id] || m.path == "."
			}
		}
	}
	for _, gap := range gaps(All(), covered) {
		t.Error(gap)
	}
}

// gaps returns a sentence for each row that has neither a test nor an exception,
// and for each that has both.
func gaps(rows []Requirement, covered map[string]bool) []string {
	var found []string
	for _, r := range rows {
		switch {
		case r.NeedsTest() && !covered[r.ID]:
			found = append(found, fmt.Sprintf("%s (%s: %s) has no test: call rfc.Covers(t, %q) where one proves it, or write into requirements.tsv why none can",
				r.ID, r.Level, r.Wording, r.ID))
		case r.Exception != "" && covered[r.ID]:
			found = append(found, fmt.Sprintf("%s (%s: %s) has a test and an exception, %q: take one of them out",
				r.ID, r.Level, r.Wording, r.Exception))
		}
	}
	return found
}

// coversIn returns the ids that a test file gives to rfc.Covers. Where a call
// takes them from a variable, all ids in the same function count: there the
// table stands that the test goes through. It returns a fault for an id that
// does not exist, and for a call whose ids are not to be seen.
func coversIn(file *ast.File) (ids, faults []string) {
	for _, decl := range file.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok {
			continue
		}
		literal, variable := coversCalls(fn)
		for _, id := range literal {
			if _, ok := Lookup(id); !ok {
				faults = append(faults, fmt.Sprintf("%s covers %q, which is not in requirements.tsv", fn.Name.Name, id))
				continue
			}
			ids = append(ids, id)
		}
		if !variable {
			continue
		}
		table := idsIn(fn)
		if len(table) == 0 {
			faults = append(faults, fmt.Sprintf("%s covers ids that do not stand in it: write them where the call is, or in a table in the same function", fn.Name.Name))
		}
		ids = append(ids, table...)
	}
	return ids, faults
}

// coversCalls returns the literal ids that fn gives to rfc.Covers, and whether
// it gives others too.
func coversCalls(fn *ast.FuncDecl) (literal []string, variable bool) {
	ast.Inspect(fn, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) == 0 {
			return true
		}
		sel, ok := call.Fun.(*ast.SelectorExpr)
		if !ok || sel.Sel.Name != "Covers" {
			return true
		}
		if pkg, ok := sel.X.(*ast.Ident); !ok || pkg.Name != "rfc" {
			return true
		}
		for _, arg := range call.Args[1:] {
			if id, ok := text(arg); ok {
				literal = append(literal, id)
			} else {
				variable = true
			}
		}
		return true
	})
	return literal, variable
}

// idsIn returns the string literals under n that are ids.
func idsIn(n ast.Node) []string {
	var ids []string
	ast.Inspect(n, func(n ast.Node) bool {
		if e, ok := n.(ast.Expr); ok {
			if s, ok := text(e); ok {
				if _, known := Lookup(s); known {
					ids = append(ids, s)
				}
			}
		}
		return true
	})
	return ids
}

// The errors of the library promise that section and rule, joined by a slash,
// are an id of the table. Wherever both stand side by side in the source, they
// have to be one.
func TestErrorsNameRequirements(t *testing.T) {
	for _, s := range workspace(t)[0].sources {
		if s.isTest() {
			continue
		}
		for _, id := range rulesIn(s.file) {
			if _, ok := Lookup(id); !ok {
				t.Errorf("%s: an error names %q, which is not in requirements.tsv", s.path, id)
			}
		}
	}
}

var (
	sectionNumber = regexp.MustCompile(`^\d+(\.\d+)*$`)
	ruleName      = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
)

// rulesIn returns what looks like a section followed by a rule, among the
// arguments of a call or the fields of a composite literal.
func rulesIn(file *ast.File) []string {
	var ids []string
	ast.Inspect(file, func(n ast.Node) bool {
		var list []ast.Expr
		switch n := n.(type) {
		case *ast.CallExpr:
			list = n.Args
		case *ast.CompositeLit:
			for _, e := range n.Elts {
				if kv, ok := e.(*ast.KeyValueExpr); ok {
					e = kv.Value
				}
				list = append(list, e)
			}
		}
		for i := 1; i < len(list); i++ {
			section, ok1 := text(list[i-1])
			rule, ok2 := text(list[i])
			if ok1 && ok2 && sectionNumber.MatchString(section) && ruleName.MatchString(rule) {
				ids = append(ids, section+"/"+rule)
			}
		}
		return true
	})
	return ids
}

func TestGaps(t *testing.T) {
	rows := []Requirement{
		{ID: "1/tested", Level: Must},
		{ID: "1/gap", Level: ShouldNot, Wording: "nothing is lost"},
		{ID: "1/excepted", Level: Must, Exception: "a reason"},
		{ID: "1/both", Level: Must, Wording: "all is well", Exception: "a reason"},
		{ID: "1/free", Level: May},
		{ID: "1/rule", Level: Rule, Wording: "so it is"},
	}
	got := gaps(rows, map[string]bool{"1/tested": true, "1/both": true})
	want := []string{
		`1/gap (SHOULD NOT: nothing is lost) has no test: call rfc.Covers(t, "1/gap") where one proves it, or write into requirements.tsv why none can`,
		`1/both (MUST: all is well) has a test and an exception, "a reason": take one of them out`,
		`1/rule (RULE: so it is) has no test: call rfc.Covers(t, "1/rule") where one proves it, or write into requirements.tsv why none can`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReadingTheSource(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "x_test.go", `package x

func TestLiteral(t *testing.T) {
	t.Run("a", func(t *testing.T) { rfc.Covers(t, "5.2/minimal-length", "5.5/control-fin") })
	other.Covers(t, "5.5/control-length")
}

func TestTable(t *testing.T) {
	tests := []struct{ id, text string }{{"5.2/rsv-zero", "5.2/not-an-id"}}
	for _, tt := range tests {
		rfc.Covers(t, tt.id)
	}
}

func TestUnknown(t *testing.T) { rfc.Covers(t, "5.2/no-such") }

func covers(t *testing.T, id string) { rfc.Covers(t, id) }

var errs = []error{
	fault("4.1", "positional", "detail"),
	Error{Section: "4.2", Rule: "named"},
	Error{"4.3", "element", 1},
	fault("one", "two", "3"),
}
`, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}

	ids, faults := coversIn(file)
	if diff := cmp.Diff([]string{"5.2/minimal-length", "5.5/control-fin", "5.2/rsv-zero"}, ids); diff != "" {
		t.Errorf("ids (-want +got):\n%s", diff)
	}
	wantFaults := []string{
		`TestUnknown covers "5.2/no-such", which is not in requirements.tsv`,
		"covers covers ids that do not stand in it: write them where the call is, or in a table in the same function",
	}
	if diff := cmp.Diff(wantFaults, faults); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}

	rules := rulesIn(file)
	slices.Sort(rules)
	if diff := cmp.Diff([]string{"4.1/positional", "4.2/named", "4.3/element"}, rules); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
}
