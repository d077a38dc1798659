// Package readme holds README.md to its word: its programs run and print what
// it says, and its tables are those of the tests that they come from.
package readme

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"
)

const root = "../.."

func readFile(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// fences returns the code blocks of the README in the given language.
func fences(t *testing.T, language string) []string {
	var blocks []string
	for _, m := range regexp.MustCompile("(?ms)^```"+language+"\n(.*?)^```$").FindAllStringSubmatch(readFile(t, "README.md"), -1) {
		blocks = append(blocks, m[1])
	}
	return blocks
}

// The client of the README talks to its server, and prints what the README says.
func TestProgramsRun(t *testing.T) {
	programs, printed := fences(t, "go"), fences(t, "console")
	if len(programs) != 2 || len(printed) != 1 {
		t.Fatalf("README.md has %d Go programs and %d console blocks; want a server, a client and what it prints", len(programs), len(printed))
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	addr := freeAddr(t)
	server := exec.CommandContext(ctx, build(t, "server", programs[0], addr))
	server.Stderr = os.Stderr
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		server.Process.Kill()
		server.Wait()
	}()
	client := build(t, "client", programs[1], addr)
	awaitListener(ctx, t, addr)
	out, err := exec.CommandContext(ctx, client).CombinedOutput()
	if err != nil {
		t.Errorf("the client failed: %v", err)
	}
	if string(out) != printed[0] {
		t.Errorf("the client printed\n%sand the README says\n%s", out, printed[0])
	}
}

// build compiles a program of the README, with addr in place of its address.
func build(t *testing.T, name, program, addr string) string {
	t.Helper()
	const inReadme = "localhost:8080"
	if !strings.Contains(program, inReadme) {
		t.Fatalf("the %s of README.md does not name %s", name, inReadme)
	}
	dir := t.TempDir()
	source := filepath.Join(dir, name+".go")
	if err := os.WriteFile(source, []byte(strings.ReplaceAll(program, inReadme, addr)), 0o666); err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(dir, name)
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}
	cmd := exec.Command("go", "build", "-o", binary, source)
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("the %s of README.md does not compile: %v\n%s", name, err, out)
	}
	return binary
}

func freeAddr(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}

// awaitListener waits until somebody listens at addr.
func awaitListener(ctx context.Context, t *testing.T, addr string) {
	t.Helper()
	for ctx.Err() == nil {
		if nc, err := net.Dial("tcp", addr); err == nil {
			nc.Close()
			return
		}
	}
	t.Fatalf("the server of README.md does not listen: %v", ctx.Err())
}

// Each line of the README's comparison stands in bench/STRICT.md, which the
// tests of module bench compare with what the libraries do.
func TestComparisonIsMeasured(t *testing.T) {
	measured := readFile(t, "bench/STRICT.md")
	_, section, ok := strings.Cut(readFile(t, "README.md"), "## Beside other libraries\n")
	if !ok {
		t.Fatal("README.md has no comparison")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	rows := 0
	for line := range strings.Lines(section) {
		if strings.HasPrefix(line, "|") {
			rows++
			if !strings.Contains(measured, line) {
				t.Errorf("README.md says, and bench/STRICT.md does not:\n%s", line)
			}
		}
	}
	if rows < 3 {
		t.Errorf("the comparison has %d lines", rows)
	}
}

// Every link to a file or folder of the repository leads somewhere.
func TestLinksResolve(t *testing.T) {
	for _, m := range regexp.MustCompile(`\]\(([^)#:]+)\)`).FindAllStringSubmatch(readFile(t, "README.md"), -1) {
		if _, err := os.Stat(filepath.Join(root, m[1])); err != nil {
			t.Errorf("README.md links to %s: %v", m[1], err)
		}
	}
}

// The map of the rooms names every package of the root module that is there.
func TestMapIsComplete(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}}`, "rfc6455/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	readme := readFile(t, "README.md")
	for s := bufio.NewScanner(bytes.NewReader(out)); s.Scan(); {
		room := strings.TrimPrefix(s.Text(), "rfc6455/")
		if strings.HasPrefix(room, "internal/") || strings.Contains(room, "/") {
			continue
		}
		if link := fmt.Sprintf("(%s)", room); !strings.Contains(readme, link) {
			t.Errorf("README.md does not name package %s", room)
		}
	}
}
