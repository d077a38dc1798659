package rfc

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// root is the folder of the root module, from the folder of this package.
const root = "../.."

// source is a Go file.
type source struct {
	path string // from the root module, with slashes
	file *ast.File
}

func (s source) isTest() bool { return strings.HasSuffix(s.path, "_test.go") }

// module is one of the workspace's modules.
type module struct {
	path    string   // from the root module; "." is that one
	sources []source // its Go files, parsed
	files   []string // the paths of all its files, from the root module
}

// workspace reads the root module, which comes first, and the nested ones.
func workspace(t *testing.T) []module {
	t.Helper()
	nested, err := filepath.Glob(root + "/*/go.mod")
	if err != nil {
		t.Fatal(err)
	}
	modules := []module{readModule(t, root)}
	for _, gomod := range nested {
		modules = append(modules, readModule(t, filepath.Dir(gomod)))
	}
	return modules
}

func readModule(t *testing.T, dir string) module {
	t.Helper()
	m := module{path: fromRoot(t, dir)}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if path != dir && (isModule(path) || ignored(d.Name())) {
				return filepath.SkipDir
			}
			return nil
		}
		rel := fromRoot(t, path)
		m.files = append(m.files, rel)
		if strings.HasSuffix(path, ".go") {
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			m.sources = append(m.sources, source{rel, file})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func fromRoot(t *testing.T, path string) string {
	rel, err := filepath.Rel(root, path)
	if err != nil {
		t.Fatal(err)
	}
	return filepath.ToSlash(rel)
}

func isModule(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err == nil
}

// ignored reports whether the go command passes over a folder of that name.
func ignored(name string) bool {
	return name == "testdata" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_")
}

// text returns the value of e if it is a string literal.
func text(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(lit.Value)
	return s, err == nil
}
