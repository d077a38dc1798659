package rfc

import (
	"fmt"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// sentences has the number of sentences with a keyword of RFC 2119 in each
// section, in the RFC's order: 185 in all. §7.1.5 has a rule, but no keyword.
var sentences = []struct {
	section string
	n       int
}{
	{"3", 3},
	{"4.1", 42}, {"4.2", 1}, {"4.2.1", 2}, {"4.2.2", 12}, {"4.3", 1}, {"4.4", 1},
	{"5.1", 7}, {"5.2", 10}, {"5.3", 3}, {"5.4", 4},
	{"5.5", 1}, {"5.5.1", 10}, {"5.5.2", 4}, {"5.5.3", 2}, {"5.6", 1}, {"5.8", 1},
	{"6.1", 9}, {"6.2", 7},
	{"7.1.1", 5}, {"7.1.2", 2}, {"7.1.5", 0}, {"7.1.7", 6},
	{"7.2.1", 3}, {"7.2.2", 1}, {"7.2.3", 4}, {"7.3", 2}, {"7.4", 1}, {"7.4.1", 6},
	{"8.1", 1},
	{"9", 3}, {"9.1", 7}, {"9.2", 1},
	{"10.2", 2}, {"10.3", 1}, {"10.4", 2}, {"10.6", 1}, {"10.7", 4},
	{"11.1.1", 2}, {"11.1.2", 2}, {"11.3.1", 1}, {"11.3.2", 2}, {"11.3.3", 1}, {"11.3.4", 2}, {"11.3.5", 2},
}

func TestEverySentenceHasARow(t *testing.T) {
	type sentence struct {
		section string
		ordinal int
	}
	var want, got []string
	for _, s := range sentences {
		for i := range s.n {
			want = append(want, fmt.Sprint(sentence{s.section, i + 1}))
		}
	}
	for _, r := range All() {
		s := fmt.Sprint(sentence{r.Section, r.Ordinal})
		if r.Ordinal > 0 && (len(got) == 0 || got[len(got)-1] != s) {
			got = append(got, s)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the sentences of the table, section and ordinal (-want +got):\n%s", diff)
	}
	if len(want) != 185 {
		t.Errorf("%d sentences are expected, and the RFC has 185", len(want))
	}
}

// A section's rows stand together, those of ordinal 0 first.
func TestRowsInOrder(t *testing.T) {
	section := 0
	var last Requirement
	for _, r := range All() {
		for section < len(sentences) && sentences[section].section != r.Section {
			section++
		}
		if section == len(sentences) {
			t.Fatalf("%s: §%s does not come here in the RFC", r.ID, r.Section)
		}
		if r.Section == last.Section && r.Ordinal < last.Ordinal {
			t.Errorf("%s: ordinal %d after %d", r.ID, r.Ordinal, last.Ordinal)
		}
		last = r
	}
}

var (
	shortName = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

	// What gives the RFC's own sentences away: its keywords, and its marks
	// around _algorithms_, |Headers| and /variables/.
	rfcText = regexp.MustCompile(`\b(MUST|SHALL|SHOULD|REQUIRED|RECOMMENDED|MAY|OPTIONAL)\b|_[A-Z]|\|[A-Z]|/[a-z]+/`)
)

func TestRows(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range All() {
		section, name, _ := strings.Cut(r.ID, "/")
		if section != r.Section || !shortName.MatchString(name) {
			t.Errorf("%s: the id is not §%s, a slash and a name in small letters and hyphens", r.ID, r.Section)
		}
		if seen[r.ID] {
			t.Errorf("%s: the id stands twice", r.ID)
		}
		seen[r.ID] = true

		switch r.Level {
		case Must, MustNot, Should, ShouldNot, May, Optional, Rule:
		default:
			t.Errorf("%s: unknown level %q", r.ID, r.Level)
		}
		if (r.Level == Rule) != (r.Ordinal == 0) {
			t.Errorf("%s: level %s at ordinal %d; RULE and ordinal 0 go together", r.ID, r.Level, r.Ordinal)
		}
		if r.Exception != "" && !r.Level.Binds() {
			t.Errorf("%s: an exception from %s, which demands nothing", r.ID, r.Level)
		}
		if n := len(r.Wording); n == 0 || n > 100 {
			t.Errorf("%s: a wording of %d bytes, want 1 to 100", r.ID, n)
		}
		if s := rfcText.FindString(r.Wording); s != "" {
			t.Errorf("%s: the wording has %q as the RFC has it; use our own words", r.ID, s)
		}
	}
}

// recorder is a test that notes what is done to it.
type recorder struct {
	testing.TB
	attrs   []string
	failure string
}

func (r *recorder) Helper()                {}
func (r *recorder) Attr(key, value string) { r.attrs = append(r.attrs, key+" "+value) }
func (r *recorder) Fatalf(format string, args ...any) {
	r.failure = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

func TestCovers(t *testing.T) {
	tests := []struct {
		name    string
		ids     []string
		attrs   []string
		failure string
	}{
		{"known", []string{"5.2/minimal-length", "5.5/control-fin"}, []string{"rfc6455 5.2/minimal-length", "rfc6455 5.5/control-fin"}, ""},
		{"unknown", []string{"5.2/no-such"}, nil, `rfc: no requirement has the id "5.2/no-such"; internal/rfc/requirements.tsv has those that exist`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var r recorder
			done := make(chan struct{})
			go func() {
				defer close(done)
				Covers(&r, tt.ids...)
			}()
			<-done
			if diff := cmp.Diff(tt.attrs, r.attrs); diff != "" {
				t.Errorf("attributes (-want +got):\n%s", diff)
			}
			if r.failure != tt.failure {
				t.Errorf("failed with %q, want %q", r.failure, tt.failure)
			}
		})
	}
}

func TestNeedsTest(t *testing.T) {
	tests := []struct {
		r    Requirement
		want bool
	}{
		{Requirement{Level: Must}, true},
		{Requirement{Level: ShouldNot}, true},
		{Requirement{Level: Rule}, true},
		{Requirement{Level: Must, Exception: "a reason"}, false},
		{Requirement{Level: May}, false},
		{Requirement{Level: Optional}, false},
	}
	for _, tt := range tests {
		if got := tt.r.NeedsTest(); got != tt.want {
			t.Errorf("NeedsTest of %+v = %v, want %v", tt.r, got, tt.want)
		}
	}
}

func ExampleLookup() {
	r, ok := Lookup("5.2/minimal-length")
	fmt.Println(r.Section, r.Ordinal, r.Level, ok)
	fmt.Println(r.Wording)

	_, ok = Lookup("5.2/no-such")
	fmt.Println(ok)
	// Output:
	// 5.2 6 MUST true
	// a length is written in the shortest form that fits
	// false
}

// A caller that changes its copy changes nobody else's.
func ExampleAll() {
	All()[0].ID = ""
	fmt.Println(All()[0].ID)
	// Output: 3/default-port
}
