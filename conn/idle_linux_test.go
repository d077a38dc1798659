package conn_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"rfc6455/conn"
	"rfc6455/frame"
)

// idleServer is set in the environment of the process that TestIdleMemory
// measures. It runs the same test, as the server.
const idleServer = "CONN_IDLE_SERVER"

// One idle server connection takes at most 4 KiB of memory in all: its own, the
// goroutine that waits in it with its stack and the 128 bytes into which it
// reads, and what the runtime keeps for its socket. The server is a process of
// its own, so that nothing else is counted.
func TestIdleMemory(t *testing.T) {
	const (
		limit  = 4096
		warm   = 200  // connections before the first measurement: pools and the like are there then
		conns  = 6000 // between the two
		rounds = 3
	)
	if os.Getenv(idleServer) != "" {
		serveIdle(t)
		return
	}
	if testing.Short() {
		t.Skip("skipped by -short: it opens thousands of connections")
	}
	if raceDetector() {
		t.Skip("skipped under -race, which keeps memory of its own for each goroutine and object")
	}
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil || files.Cur < conns+warm+100 {
		t.Skipf("skipped: %d connections are more than the %d files that may be open (ulimit -n)", conns+warm, files.Cur)
	}
	var each []int
	for range rounds {
		s := startIdleServer(t)
		s.connect(warm)
		before := s.resident()
		s.connect(conns)
		each = append(each, (s.resident()-before)/conns)
		s.stop()
	}
	slices.Sort(each)
	t.Logf("bytes for each idle connection: %v", each)
	if got := each[rounds/2]; got > limit {
		t.Errorf("an idle connection takes %d bytes of resident memory, want at most %d", got, limit)
	}
}

// idle is the process that is measured, with the connections to it.
type idle struct {
	t       *testing.T
	process *exec.Cmd
	ask     io.WriteCloser
	answers *bufio.Reader
	addr    string
	clients []net.Conn
}

func startIdleServer(t *testing.T) *idle {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	s := &idle{t: t, process: exec.Command(self, "-test.run=^TestIdleMemory$")}
	// What the runtime keeps for each processor is not the connections'.
	s.process.Env = append(os.Environ(), idleServer+"=1", "GOMAXPROCS=2")
	s.process.Stderr = os.Stderr
	if s.ask, err = s.process.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := s.process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	s.answers = bufio.NewReader(out)
	if err := s.process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.stop)
	s.addr = s.answer()
	return s
}

// connect opens n connections, on each of which a message is echoed.
func (s *idle) connect(n int) {
	s.t.Helper()
	message := from(conn.Client).whole(frame.Binary, string(pattern(125)))
	for range n {
		c, err := net.Dial("tcp", s.addr)
		if err != nil {
			s.t.Fatal(err)
		}
		s.clients = append(s.clients, c)
		if _, err := io.WriteString(c, message); err != nil {
			s.t.Fatal(err)
		}
		if _, err := nextFrame(s.t, conn.Server, c); err != nil {
			s.t.Fatal(err)
		}
	}
}

// resident asks the process for its resident memory, in bytes.
func (s *idle) resident() int {
	s.t.Helper()
	fmt.Fprintln(s.ask)
	n, err := strconv.Atoi(s.answer())
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

func (s *idle) answer() string {
	s.t.Helper()
	line, err := s.answers.ReadString('\n')
	if err != nil {
		s.t.Fatalf("the server process: %v", err)
	}
	return strings.TrimSpace(line)
}

// stop ends the process, if it has not ended yet.
func (s *idle) stop() {
	s.ask.Close()
	s.process.Wait()
	for _, c := range s.clients {
		c.Close()
	}
	s.clients = nil
}

// serveIdle is the process that is measured. It tells its address, and then for
// each line that it gets how much memory it takes. It ends with its standard
// input, and so never outlives the test.
func serveIdle(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go echo(conn.New(c, conn.Server, nil))
		}
	}()
	fmt.Println(l.Addr())
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		for range 4 { // the stacks of waiting goroutines shrink by half each time
			debug.FreeOSMemory()
		}
		// Not statm: that one may be some hundred pages behind.
		maps, err := os.ReadFile("/proc/self/smaps_rollup")
		if err != nil {
			t.Fatal(err)
		}
		_, rss, _ := strings.Cut(string(maps), "\nRss:")
		var kB int
		if _, err := fmt.Sscan(rss, &kB); err != nil {
			t.Fatal(err)
		}
		fmt.Println(kB << 10)
	}
}
