package handshake_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rfc6455/handshake"
	"rfc6455/internal/rfc"
)

func TestParseExtensions(t *testing.T) {
	type list = []handshake.Extension
	type params = []handshake.Param
	tests := []struct {
		id, value string
		want      list
	}{
		{"4.3/quoted-token", `a; b="c"`, list{{"a", params{{"b", "c"}}}}},
		{"4.3/quoted-token", `a; b="\c\-d"`, list{{"a", params{{"b", "c-d"}}}}},
		{"4.3/quoted-token", `a; b="c\d"; e="f", g`, list{{"a", params{{"b", "cd"}, {"e", "f"}}}, {Name: "g"}}},
		{"9.1/extension-grammar", "deflate-stream", list{{Name: "deflate-stream"}}},
		{"9.1/extension-grammar", "mux; max-channels=4; flow-control, deflate-stream",
			list{{"mux", params{{"max-channels", "4"}, {"flow-control", ""}}}, {Name: "deflate-stream"}}},
		{"9.1/extension-grammar", "a;b=1;c,d", list{{"a", params{{"b", "1"}, {"c", ""}}}, {Name: "d"}}},
		{"9.1/extension-grammar", "\ta ;\tb = 1 ; c\t,  d ", list{{"a", params{{"b", "1"}, {"c", ""}}}, {Name: "d"}}},
		{"9.1/extension-grammar", ", a,, ,b,", list{{Name: "a"}, {Name: "b"}}},
		{"9.1/extension-grammar", "a; b, a; b; b", list{{"a", params{{"b", ""}}}, {"a", params{{"b", ""}, {"b", ""}}}}},
		{"9.1/extension-grammar", "!#$%&'*+-.^_`|~09azAZ", list{{Name: "!#$%&'*+-.^_`|~09azAZ"}}},
		{"9.1/extension-limit", "a" + strings.Repeat(";b", handshake.MaxItems-1), list{{"a", make(params, handshake.MaxItems-1)}}},
	}
	for i := range handshake.MaxItems - 1 {
		tests[len(tests)-1].want[0].Params[i].Name = "b"
	}
	for _, tt := range tests {
		t.Run(tt.id, func(t *testing.T) {
			rfc.Covers(t, tt.id)
			got, err := handshake.ParseExtensions(tt.value)
			if err != nil {
				t.Fatalf("%q: %v", tt.value, err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%q (-want +got):\n%s", tt.value, diff)
			}
		})
	}
}

func TestParseExtensionsRefuses(t *testing.T) {
	tests := []struct{ id, value string }{
		{"4.3/quoted-token", `a; b=""`},
		{"4.3/quoted-token", `a; b="c d"`},
		{"4.3/quoted-token", `a; b="c,d"`},
		{"4.3/quoted-token", `a; b="\""`},
		{"4.3/quoted-token", `a; b="\\"`},
		{"4.3/quoted-token", "a; b=\"\u00e4\""},
		{"9.1/extension-grammar", ""},
		{"9.1/extension-grammar", " \t"},
		{"9.1/extension-grammar", ", ,"},
		{"9.1/extension-grammar", ";"},
		{"9.1/extension-grammar", "a;"},
		{"9.1/extension-grammar", "a; ;b"},
		{"9.1/extension-grammar", "a;, b"},
		{"9.1/extension-grammar", "; a"},
		{"9.1/extension-grammar", "=a"},
		{"9.1/extension-grammar", "a=b"},
		{"9.1/extension-grammar", "a b"},
		{"9.1/extension-grammar", "a; b c"},
		{"9.1/extension-grammar", "a; b="},
		{"9.1/extension-grammar", "a; b=, c"},
		{"9.1/extension-grammar", "a; b=c=d"},
		{"9.1/extension-grammar", "a; =c"},
		{"9.1/extension-grammar", `"a"`},
		{"9.1/extension-grammar", `a; "b"`},
		{"9.1/extension-grammar", `a; b="c`},
		{"9.1/extension-grammar", `a; b="c\`},
		{"9.1/extension-grammar", `a; b="c"d`},
		{"9.1/extension-grammar", `a; b=c"d"`},
		{"9.1/extension-grammar", "a; b='c d'"},
		{"9.1/extension-grammar", "\u00e4"},
		{"9.1/extension-grammar", "a\vb"},
		{"9.1/extension-limit", "a" + strings.Repeat(";b", handshake.MaxItems)},
		{"9.1/extension-limit", "a" + strings.Repeat(",b", handshake.MaxItems)},
	}
	for _, tt := range tests {
		t.Run(tt.id, func(t *testing.T) {
			rfc.Covers(t, tt.id)
			got, err := handshake.ParseExtensions(tt.value)
			if err == nil {
				t.Fatalf("%q read as %v", tt.value, got)
			}
			checkError(t, err, tt.id, 400)
		})
	}
}

// The limit holds for all lines together.
func TestExtensionLimitOverLines(t *testing.T) {
	rfc.Covers(t, "9.1/extension-limit")
	line := "\r\nSec-WebSocket-Extensions: a" + strings.Repeat(",b", handshake.MaxItems/2)
	_, err := read(edit(t, sampleRequest, "\r\n\r\n", line+line+"\r\n\r\n"))
	checkError(t, err, "9.1/extension-limit", 400)
}

// A value of many empty elements or escapes takes no memory of its own, beyond
// one copy.
func TestParseExtensionsMemory(t *testing.T) {
	for _, value := range []string{
		strings.Repeat(",", 1<<20),
		strings.Repeat(" ", 1<<20),
		`a; b="` + strings.Repeat(`\c`, 1<<19) + `"`,
	} {
		n := testing.AllocsPerRun(1, func() { handshake.ParseExtensions(value) })
		if n > 60 { // the slice that takes the escapes doubles a few dozen times
			t.Errorf("%.9q…: %v allocations", value, n)
		}
	}
}
