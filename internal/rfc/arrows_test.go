package rfc

import (
	"go/ast"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// arrows says which rooms of the root module a room may import. A folder below
// a room belongs to it, unless it is listed itself.
var arrows = map[string][]string{
	"mask":      {},
	"frame":     {"mask"},
	"handshake": {},
	"deflate":   {"handshake"},
	"conn":      {"mask", "frame", "deflate"},
	"client":    {"frame", "handshake", "deflate", "conn"},
	"server":    {"frame", "handshake", "deflate", "conn"},
	"autobahn":  {"mask", "frame", "handshake", "deflate", "conn", "client", "server"},

	// The ledger hangs on tests alone.
	"internal/rfc":        {},
	"internal/rfc/ledger": {"internal/rfc"},
}

// pure are the rooms that know no socket, clock, goroutine or context. They get
// bytes and give values, so that a reader can try them with nothing else.
var pure = []string{"mask", "frame", "handshake", "deflate"}

// impure are the packages that would bring such things in, with all below them.
var impure = []string{"context", "net", "os", "runtime", "sync", "syscall", "time"}

func TestArrows(t *testing.T) {
	m := workspace(t)[0]
	for _, s := range m.sources {
		for _, spec := range s.file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if fault := checkImport(s.path, imported); fault != "" {
				t.Errorf("%s imports %s: %s", s.path, imported, fault)
			}
		}
		if !s.isTest() && slices.Contains(pure, roomOf(path.Dir(s.path))) && startsGoroutine(s.file) {
			t.Errorf("%s has a go statement: this room knows no goroutine", s.path)
		}
	}
	for _, f := range m.files {
		if slices.Contains([]string{".s", ".S", ".c", ".h", ".cc", ".syso"}, path.Ext(f)) {
			t.Errorf("%s: the library is Go alone, without assembly and C", f)
		}
	}
}

// checkImport returns what is wrong when the file, a path from the root, imports
// a package, or nothing.
func checkImport(file, imported string) string {
	test := strings.HasSuffix(file, "_test.go")
	host, _, _ := strings.Cut(imported, "/")
	switch {
	case imported == "unsafe" || imported == "C":
		return "the library is safe Go"
	case host == "rfc6455" && !test:
		return checkArrow(roomOf(path.Dir(file)), strings.TrimPrefix(imported, "rfc6455/"))
	case host == "rfc6455":
		return ""
	case strings.Contains(host, "."):
		if test && strings.HasPrefix(imported, "github.com/google/go-cmp/") {
			return ""
		}
		return "the root module needs the standard library only, and go-cmp in tests"
	case !test && slices.Contains(pure, roomOf(path.Dir(file))) && slices.Contains(impure, host):
		return "this room knows no socket, clock, goroutine or context"
	}
	return ""
}

func checkArrow(from, pkg string) string {
	to := roomOf(pkg)
	allowed, drawn := arrows[from]
	switch {
	case !drawn:
		return "the room of the importing file is not drawn; add it to arrows"
	case from == to || slices.Contains(allowed, to):
		return ""
	}
	return "no arrow goes from " + from + " to " + pkg
}

// roomOf returns the room that the folder belongs to: itself, or the nearest
// folder above that is one.
func roomOf(dir string) string {
	for d := dir; d != "."; d = path.Dir(d) {
		if _, ok := arrows[d]; ok {
			return d
		}
	}
	return dir
}

func startsGoroutine(file *ast.File) bool {
	found := false
	ast.Inspect(file, func(n ast.Node) bool {
		_, ok := n.(*ast.GoStmt)
		found = found || ok
		return !found
	})
	return found
}

func TestCheckImport(t *testing.T) {
	const (
		safe   = "the library is safe Go"
		std    = "the root module needs the standard library only, and go-cmp in tests"
		plain  = "this room knows no socket, clock, goroutine or context"
		noRoom = "the room of the importing file is not drawn; add it to arrows"
	)
	tests := []struct {
		file, imported, want string
	}{
		{"frame/header.go", "rfc6455/mask", ""},
		{"conn/conn.go", "rfc6455/mask", ""},
		{"conn/inner/x.go", "rfc6455/conn", ""},
		{"internal/rfc/ledger/main.go", "rfc6455/internal/rfc", ""},
		{"frame/header_test.go", "rfc6455/internal/rfc", ""},
		{"conn/conn.go", "sync/atomic", ""},
		{"frame/header_test.go", "testing/synctest", ""},
		{"frame/header_test.go", "time", ""},
		{"frame/header_test.go", "github.com/google/go-cmp/cmp", ""},

		{"frame/frame.go", "rfc6455/handshake", "no arrow goes from frame to handshake"},
		{"handshake/parse.go", "rfc6455/frame", "no arrow goes from handshake to frame"},
		{"conn/conn.go", "rfc6455/handshake", "no arrow goes from conn to handshake"},
		{"mask/mask.go", "rfc6455/frame", "no arrow goes from mask to frame"},
		{"conn/conn.go", "rfc6455/internal/rfc", "no arrow goes from conn to internal/rfc"},
		{"server/server.go", "rfc6455/client", "no arrow goes from server to client"},
		{"conn/conn.go", "rfc6455/tutorials", "no arrow goes from conn to tutorials"},
		{"attic/x.go", "rfc6455/mask", noRoom},

		{"frame/frame.go", "sync/atomic", plain},
		{"handshake/parse.go", "net/http", plain},
		{"deflate/deflate.go", "context", plain},
		{"mask/mask.go", "time", plain},

		{"mask/mask.go", "unsafe", safe},
		{"conn/conn_test.go", "C", safe},
		{"client/dial.go", "golang.org/x/net/idna", std},
		{"conn/conn.go", "github.com/google/go-cmp/cmp", std},
		{"conn/conn_test.go", "github.com/stretchr/testify", std},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, checkImport(tt.file, tt.imported)); diff != "" {
			t.Errorf("checkImport(%q, %q) (-want +got):\n%s", tt.file, tt.imported, diff)
		}
	}
}
