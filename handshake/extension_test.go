package handshake_test

import (
	"math"
	"slices"
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
		{"9.1/extension-limit", "a" + strings.Repeat(";b", handshake.MaxItems-1),
			list{{"a", slices.Repeat(params{{"b", ""}}, handshake.MaxItems-1)}}},
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

// A quoted value is fine if it could stand without quotes, escaped or not.
func TestQuotedValue(t *testing.T) {
	rfc.Covers(t, "4.3/quoted-token", "9.1/quoted-token")
	const token = "!#$%&'*+-.^_`|~" + "0123456789" + "ABCDEFGHIJKLMNOPQRSTUVWXYZ" + "abcdefghijklmnopqrstuvwxyz"
	for i := range 256 {
		c := string([]byte{byte(i)})
		want := strings.Contains(token, c)
		for _, value := range []string{`a; b="` + c + `"`, `a; b="x\` + c + `"`} {
			list, err := handshake.ParseExtensions(value)
			if (err == nil) != want {
				t.Errorf("%q: error %v", value, err)
			}
			if err == nil && !strings.HasSuffix(list[0].Params[0].Value, c) {
				t.Errorf("%q: %q", value, list)
			}
		}
	}
}

// The limit holds for all lines together.
func TestExtensionLimitOverLines(t *testing.T) {
	rfc.Covers(t, "9.1/extension-limit")
	line := "\r\nSec-WebSocket-Extensions: a" + strings.Repeat(",b", handshake.MaxItems/2)
	_, err := read(edit(t, sampleRequest, "\r\n\r\n", line+line+"\r\n\r\n"))
	checkError(t, err, "9.1/extension-limit", 400)
}

// Empty elements take no memory, and escapes about as much as the copy without
// them needs while it grows.
func TestParseExtensionsMemory(t *testing.T) {
	const n = 1 << 20
	tests := []struct {
		value string
		limit uint64
	}{
		{strings.Repeat(",", n), 1000},
		{strings.Repeat(" \t", n/2), 1000},
		{`a; b="` + strings.Repeat(`\c`, n/2) + `"`, 6 * n},
	}
	for _, tt := range tests {
		// The runtime allocates now and then too: the least of several counts.
		got := uint64(math.MaxUint64)
		for range 5 {
			got = min(got, allocated(func() { handshake.ParseExtensions(tt.value) }))
		}
		if got > tt.limit {
			t.Errorf("%.9q…: %d bytes allocated for %d", tt.value, got, n)
		}
	}
}
