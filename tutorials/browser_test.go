package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"rfc6455/frame"
	"rfc6455/mask"
)

// findChromium returns the browser that the tests drive. Without one they skip,
// but not in CI: there it is a fault.
func findChromium(t *testing.T) string {
	t.Helper()
	names := []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	why := fmt.Sprintf("no browser to test the page in: none of %s is installed (on Debian: apt-get install chromium)", strings.Join(names, ", "))
	if os.Getenv("CI") == "true" {
		t.Fatal(why)
	}
	t.Skip(why)
	return ""
}

// patience is when a wait for the page is given up. It only ends a test that has
// failed.
const patience = 30 * time.Second

// tab is the book's first chapter, open in a browser.
type tab struct {
	t    *testing.T
	ctx  context.Context
	base string
	shut func() error // closes the book

	mu       sync.Mutex
	asked    []string // the URL of each request and each WebSocket
	messages []string // on the console, warnings and worse
}

// openTab opens the book and its first chapter. When the test ends it fails for
// whatever the console has shown, and for a request that left this machine.
func openTab(t *testing.T) *tab {
	t.Helper()
	path := findChromium(t)
	base, shut := openBook(t)
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.UserDataDir(t.TempDir()),
		chromedp.NoSandbox,
		chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE localhost"),
	)
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)

	p := &tab{t: t, ctx: ctx, base: base, shut: shut}
	if err := chromedp.Listen(ctx, p.watch); err != nil {
		t.Fatal(err)
	}
	console := chromedp.Console(ctx)
	go func() {
		for m, err := range console {
			if err != nil {
				return
			}
			p.mu.Lock()
			p.messages = append(p.messages, m.String())
			p.mu.Unlock()
		}
	}()
	t.Cleanup(p.check)
	p.do(chromedp.Navigate(base))
	p.wait(`$("#state").textContent === "connected" && $("#inspector h2")`)
	return p
}

// watch notes what the page asks the network for.
func (p *tab) watch(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		p.asked = append(p.asked, e.Request.URL)
	case *network.EventWebSocketCreated:
		p.asked = append(p.asked, e.URL)
	}
}

func (p *tab) check() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.asked) < 5 {
		p.t.Errorf("only %q was asked for: the test does not see the requests", p.asked)
	}
	for _, asked := range p.asked {
		if u, err := url.Parse(asked); err != nil || u.Host != strings.TrimSuffix(strings.TrimPrefix(p.base, "http://"), "/") {
			p.t.Errorf("the page has asked for %s", asked)
		}
	}
	for _, m := range p.messages {
		p.t.Errorf("on the console: %s", m)
	}
}

func (p *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	if err := chromedp.Do(p.ctx, steps...); err != nil {
		p.t.Fatal(err)
	}
}

// eval returns the value of an expression, which may be a promise. $ and $$ find
// elements.
func eval[T any](p *tab, expression string) T {
	p.t.Helper()
	const tools = `const $ = (s) => document.querySelector(s), $$ = (s) => [...document.querySelectorAll(s)]; `
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T]("{ "+tools+expression+" }", chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// wait returns when condition holds. The page's policy forbids the driver's own
// way of waiting, which makes a function from text.
func (p *tab) wait(condition string) {
	p.t.Helper()
	eval[chromedp.Void](p, `new Promise((done) => { const look = () => `+condition+` ? done() : setTimeout(look, 10); look(); })`)
}

func (p *tab) click(selector string) {
	p.t.Helper()
	p.do(chromedp.Click(chromedp.CSS(selector)))
}

// hover moves the mouse over the first element that selector finds.
func (p *tab) hover(selector string) {
	p.t.Helper()
	at := eval[struct{ X, Y float64 }](p, fmt.Sprintf(
		`const e = $(%q); e.scrollIntoView({ block: "center" }); const r = e.getBoundingClientRect(); ({ x: r.x + r.width / 2, y: r.y + r.height / 2 })`, selector))
	p.do(chromedp.MouseEvent("mouseMoved", at.X, at.Y))
}

// rung chooses the nth line of the ladder with these classes, from 0.
func (p *tab) rung(classes string, n int) {
	p.t.Helper()
	p.wait(fmt.Sprintf(`$$(%q)[%d]`, classes, n))
	eval[chromedp.Void](p, fmt.Sprintf(`$$(%q)[%d].click()`, classes, n))
}

// want compares the value of an expression.
func (p *tab) want(expression, want string) {
	p.t.Helper()
	if got := eval[string](p, expression); got != want {
		p.t.Errorf("%s is %q, want %q", expression, got, want)
	}
}

// field wants a cell of the bit grid to show these bits, and to be explained
// when the mouse is over it.
func (p *tab) field(id, bits, title string) {
	p.t.Helper()
	p.want(fmt.Sprintf(`$$('.cell[data-f=%s] .bits').map((e) => e.textContent).join("")`, id), bits)
	p.hover(fmt.Sprintf(".cell[data-f=%s]", id))
	p.want(`$(".note b")?.textContent ?? ""`, title)
	// The same field is lit where it is shown as hex.
	if eval[int](p, fmt.Sprintf(`$$('.byte.lit[data-f~=%s]').length`, id)) == 0 {
		p.t.Errorf("pointing at %s lights no byte in the hex", id)
	}
}

func TestHello(t *testing.T) {
	p := openTab(t)
	eval[chromedp.Void](p, `$("#words").select()`)
	p.do(chromedp.KeyEvent("Hello" + kb.Enter))
	p.wait(`$$(".rung.is-text").length === 2`)

	// What was sent is opened by itself.
	p.want(`$("#inspector h2").textContent`, "browser → server text, 5 bytes, masked")
	p.field("fin", "1", "FIN = 1")
	p.field("opcode", "0001", "opcode = 1, text")
	p.field("mask", "1", "MASK = 1")
	p.field("length", "0000101", "length = 5")
	p.want(`$$(".lanes .char").map((e) => e.textContent).join("")`, "Hello")
	p.want(`$('[data-quest=hello]').className`, "found")
	p.want(`$("#found").textContent`, "1 of 7 found")

	// Masked and unmasked stand below each other, with the key between.
	wire := eval[[][]string](p, `[...$(".lanes table").rows].map((r) => [...r.querySelectorAll("td")].map((c) => c.firstChild.textContent))`)
	for i, letter := range []byte("Hello") {
		var masked, key, plain byte
		fmt.Sscanf(wire[0][i]+wire[1][i]+wire[2][i], "%02x%02x%02x", &masked, &key, &plain)
		if plain != letter || masked^key != plain {
			t.Errorf("byte %d: %02x XOR %02x gives %02x, want %02x", i, masked, key, plain, letter)
		}
	}

	// The echo is not masked.
	p.rung(".rung.is-text", 1)
	p.want(`$("#inspector h2").textContent`, "server → browser text, 5 bytes, not masked")
	p.want(`$$(".byte").map((e) => e.textContent).join(" ")`, "81 05 48 65 6c 6c 6f")
	p.field("mask", "0", "MASK = 0")

	// And from the hex back to the grid.
	p.hover(".byte[data-b='1']")
	p.want(`$$(".cell.lit").map((e) => e.dataset.f).join(" ")`, "mask length")
}

func TestHandshakeShown(t *testing.T) {
	p := openTab(t)
	p.want(`$("#inspector h2").textContent.replace(/\d+/, "n")`, "browser → server the opening handshake, request, n bytes")
	p.want(`$(".line").textContent.split("/")[1]`, "echo")
	p.wait(`$(".verdict").textContent.includes("the same")`)
	p.rung(".rung.is-head", 1)
	p.want(`$(".line span").textContent`, "HTTP/1.1 101 Switching Protocols")
	p.wait(`$(".verdict").textContent.includes("the same")`)
}

func TestPingAndFragments(t *testing.T) {
	p := openTab(t)
	p.click("#ping")
	p.rung(".rung.is-ping", 0)
	p.want(`$("#inspector h2").textContent`, "server → browser ping, 8 bytes, not masked")
	p.field("opcode", "1001", "opcode = 9, ping")
	p.rung(".rung.is-pong", 0)
	p.want(`$("#inspector h2").textContent`, "browser → server pong, 8 bytes, masked")
	p.field("opcode", "1010", "opcode = A, pong")
	p.want(`$('[data-quest=ping]').className`, "found")

	p.click("#fragments")
	p.wait(`$$(".rung.is-continuation").length === 2`)
	p.rung(".rung.is-text", 0)
	p.field("fin", "0", "FIN = 0")
	p.rung(".rung.is-continuation", 1)
	p.field("opcode", "0000", "opcode = 0, continuation")
	p.want(`$('[data-quest=fragments]').className`, "found")
}

func TestLengths(t *testing.T) {
	p := openTab(t)
	p.click("#long")
	p.wait(`$("#inspector h2").textContent.includes("126 bytes")`)
	p.field("length", "1111110", "length = 126")
	p.field("xlength", "0000000001111110", "extended length = 126")
	p.click("#longer")
	p.wait(`$("#inspector h2").textContent.includes("65,536 bytes")`)
	p.field("length", "1111111", "length = 127")
	p.want(`$$('.cell[data-f=xlength] .bits').map((e) => e.textContent).join("")`, fmt.Sprintf("%064b", 65536))
	p.want(`$(".two .more").textContent`, "65,024 bytes more crossed the wire and are left out here.")
}

func TestCloses(t *testing.T) {
	p := openTab(t)
	p.click("#close")
	p.wait(`!$("#again").hidden && $$(".rung.is-close").length === 2`)
	p.want(`$("#state").textContent`, "closed with code 1000")
	p.rung(".rung.is-close", 0)
	p.want(`$("#inspector h2").textContent`, "browser → server close, 5 bytes, masked")
	p.hover(".cell[data-f=code]")
	p.want(`$(".note b").textContent`, "close code = 1000")
	p.want(`$$(".lanes .char").map((e) => e.textContent).join("")`, "··bye")
	p.want(`$('[data-quest=close]').className`, "found")

	p.click("#again")
	p.wait(`$("#state").textContent === "connected"`)
	p.do(chromedp.SetValue(chromedp.CSS("#code"), "4000"))
	p.click("#server-close")
	p.wait(`$("#state").textContent === "closed with code 4000"`)
	p.rung(".rung.is-close", 2)
	p.want(`$("#inspector h2").textContent.split(",")[0]`, "server → browser close")
}

// The page notices that the book is closed, and finds it again.
func TestBookCloses(t *testing.T) {
	p := openTab(t)
	if err := p.shut(); err != nil {
		t.Error(err)
	}
	p.wait(`$("#state").textContent.includes("go run ./tutorials")`)
	p.want(`$$(".rung.is-close .words").map((e) => e.textContent).join()`, "close 1001,close 1001")
}

func TestKeyboard(t *testing.T) {
	p := openTab(t)
	p.click("#words")
	p.do(chromedp.KeyEvent(kb.Enter))
	p.wait(`$$(".rung.is-text").length === 2`)
	// From the chosen rung, one up, into the handshake's response.
	eval[chromedp.Void](p, `$('.rung[aria-current="true"]').focus()`)
	p.do(chromedp.KeyEvent(kb.ArrowUp))
	p.wait(`$("#inspector h2").textContent.includes("response")`)
	p.do(chromedp.KeyEvent(kb.ArrowDown))
	p.wait(`$("#inspector h2").textContent.includes("text, 5 bytes")`)
	// The tab key goes on to the link to the RFC, and to the grid, and the
	// arrows through its fields.
	p.do(chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(kb.Tab))
	p.want(`document.activeElement.dataset.f`, "fin")
	p.want(`$(".note b").textContent`, "FIN = 1")
	p.do(chromedp.KeyEvent(kb.ArrowRight), chromedp.KeyEvent(kb.ArrowRight), chromedp.KeyEvent(kb.ArrowRight), chromedp.KeyEvent(kb.ArrowRight))
	p.want(`$(".note b").textContent`, "opcode = 1, text")
	p.do(chromedp.KeyEvent(kb.ArrowDown))
	p.want(`document.activeElement.querySelector(".name").textContent`, "key k2")
}

// parsed is what the page's parser says about a header.
type parsed struct {
	Fin, RSV1, RSV2, RSV3, Opcode, Masked byte
	Length                                int64
	HeaderLength                          int
	Key                                   map[string]byte
}

// The parser in the page reads headers as package frame writes them.
func TestParserAgrees(t *testing.T) {
	p := openTab(t)
	var headers []frame.Header
	for _, length := range []int64{0, 1, 125, 126, 127, 65535, 65536, 1<<53 - 1} {
		for _, masked := range []bool{false, true} {
			h := frame.Header{Fin: true, Opcode: frame.Binary, Masked: masked, Length: length}
			if masked {
				h.Key = mask.Key{1, 2, 3, 254}
			}
			headers = append(headers, h, frame.Header{RSV1: true, RSV3: true, Opcode: frame.Continuation, Masked: masked, Key: h.Key, Length: length})
		}
	}
	headers = append(headers, frame.Header{Fin: true, RSV2: true, Opcode: frame.Pong})
	var wires [][]int
	for _, h := range headers {
		var wire []int
		for _, b := range frame.AppendHeader(nil, h) {
			wire = append(wire, int(b))
		}
		wires = append(wires, wire)
	}
	list, err := json.Marshal(wires)
	if err != nil {
		t.Fatal(err)
	}
	got := eval[[]parsed](p, fmt.Sprintf(`import("/web/frame.js").then(({ parseFrame }) => %s.map((wire) => parseFrame(Uint8Array.from(wire))))`, list))
	for i, g := range got {
		h := frame.Header{
			Fin: g.Fin == 1, RSV1: g.RSV1 == 1, RSV2: g.RSV2 == 1, RSV3: g.RSV3 == 1,
			Opcode: frame.Opcode(g.Opcode), Masked: g.Masked == 1, Length: g.Length,
			Key: mask.Key{g.Key["0"], g.Key["1"], g.Key["2"], g.Key["3"]},
		}
		if h != headers[i] || g.HeaderLength != len(wires[i]) {
			t.Errorf("% x: the page reads %+v in %d bytes, want %+v in %d", wires[i], h, g.HeaderLength, headers[i], len(wires[i]))
		}
	}
}
