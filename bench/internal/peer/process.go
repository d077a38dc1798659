package peer

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"time"
)

// serverEnv names the server that a process is to be.
const serverEnv = "RFC6455_BENCH_SERVER"

// Process is a server in a process of its own, so that what it costs is known,
// and that it takes nobody with it if it crashes.
type Process struct {
	Addr string // where it listens, on 127.0.0.1

	cmd   *exec.Cmd
	stdin io.WriteCloser
	out   *bufio.Reader
}

// Usage is what a server process has taken so far.
type Usage struct {
	CPU      time.Duration // of all threads, in the program and in the kernel
	Mallocs  uint64        // allocations
	Resident int64         // bytes of memory
}

// Main turns this process into a server if [Spawn] started it for that, and then
// does not return. It must be the first call of main or TestMain.
func Main() {
	name, ok := os.LookupEnv(serverEnv)
	if !ok {
		return
	}
	if err := runServer(name); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// runServer prints the address and answers each line on stdin with the usage. It
// ends with stdin, and so with the parent, however that ends.
func runServer(name string) error {
	s, ok := Find(name)
	if !ok {
		return fmt.Errorf("there is no such server")
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(ln.Addr())
	failed := make(chan error, 1)
	go func() { failed <- s.Serve(ln) }()

	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		if lines.Text() == "settle" {
			settle()
		}
		var u Usage
		if err := u.read(); err != nil {
			return err
		}
		if err := json.NewEncoder(os.Stdout).Encode(u); err != nil {
			return err
		}
	}
	select {
	case err := <-failed:
		return err
	default:
		return lines.Err()
	}
}

// settle gives all memory that is not in use back to the system. Finalizers and
// emptied pools need more than one round.
func settle() {
	for range 3 {
		runtime.GC()
	}
	debug.FreeOSMemory()
}

// Spawn starts s in a process of its own, which is this program again: it must
// begin with [Main]. The process ends with [Process.Stop], with ctx, or with this
// process. What it says on stderr goes to stderr.
func Spawn(ctx context.Context, s Server, stderr io.Writer) (*Process, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, exe)
	cmd.Env = append(os.Environ(), serverEnv+"="+s.Name)
	cmd.Stderr = stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &Process{cmd: cmd, stdin: stdin, out: bufio.NewReader(stdout)}
	if _, err := fmt.Fscanln(p.out, &p.Addr); err != nil {
		p.Stop()
		return nil, fmt.Errorf("peer: %s does not say where it listens: %w", s.Name, err)
	}
	return p, nil
}

// Usage asks the server what it has taken so far.
func (p *Process) Usage() (Usage, error) { return p.ask("usage") }

// Settle does the same after everything that is not in use was let go.
func (p *Process) Settle() (Usage, error) { return p.ask("settle") }

func (p *Process) ask(line string) (u Usage, err error) {
	if _, err = fmt.Fprintln(p.stdin, line); err != nil {
		return u, err
	}
	answer, err := p.out.ReadBytes('\n')
	if err != nil {
		return u, fmt.Errorf("peer: the server has ended: %w", err)
	}
	return u, json.Unmarshal(answer, &u)
}

// Stop ends the process and waits for it. The error says how it ended if it was
// not in good order.
func (p *Process) Stop() error {
	p.stdin.Close()
	return p.cmd.Wait()
}
