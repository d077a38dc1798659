package handshake_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"rfc6455/handshake"
)

// The request and the response that the package doc shows belong together and
// pass the checks.
func TestPackageDoc(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	remark := regexp.MustCompile(`  +.*`) // set off by two spaces or more
	var heads []string
	for block := range strings.SplitSeq(string(doc), "\n//\n") {
		lines, ok := strings.CutPrefix(block, "//\t")
		if !ok {
			continue
		}
		var head strings.Builder
		for line := range strings.SplitSeq(lines, "\n//\t") {
			head.WriteString(remark.ReplaceAllString(line, "") + "\r\n")
		}
		heads = append(heads, head.String()+"\r\n")
	}
	if len(heads) != 2 {
		t.Fatalf("the doc shows %d heads, want a request and a response", len(heads))
	}
	req, err := handshake.ParseRequest([]byte(heads[0]))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := handshake.CheckRequest(req); err != nil {
		t.Error(err)
	}
	resp, err := handshake.ParseResponse([]byte(heads[1]))
	if err != nil {
		t.Fatal(err)
	}
	if err := handshake.CheckResponse(req, resp); err != nil {
		t.Error(err)
	}
	if resp.Subprotocol == "" || len(resp.Extensions) == 0 {
		t.Errorf("the doc agrees on %q and %v", resp.Subprotocol, resp.Extensions)
	}
}
