package frame

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rfc6455/internal/rfc"
)

// What §7.4.1 and §7.4.2 say about each of the 65536 codes, with what the
// registry of §11.7 has gained since.
func TestIsSendable(t *testing.T) {
	rfc.Covers(t, "7.4/close-code-range", "7.4.1/no-1005", "7.4.1/no-1006", "7.4.1/no-1015")
	ranges := []struct {
		last CloseCode // the range begins after the one before
		want bool
		why  string
	}{
		{999, false, "not used"},
		{1003, true, "defined by §7.4.1"},
		{1004, false, "reserved without a meaning"},
		{1005, false, "stands for a close frame without a code"},
		{1006, false, "stands for the lack of a close frame"},
		{1011, true, "defined by §7.4.1"},
		{1014, true, "registered later"},
		{1015, false, "stands for a failed TLS handshake"},
		{2999, false, "kept for later versions of the protocol"},
		{3999, true, "for libraries, frameworks and applications"},
		{4999, true, "for private use"},
		{65535, false, "beyond every range"},
	}
	code := 0
	for _, r := range ranges {
		for ; code <= int(r.last); code++ {
			if got := CloseCode(code).IsSendable(); got != r.want {
				t.Errorf("%d is sendable: %v; it is %s", code, got, r.why)
			}
		}
	}
}

func TestCloseCodeString(t *testing.T) {
	want := map[CloseCode]string{
		0:                       "0",
		999:                     "999",
		CloseNormal:             "1000 (normal closure)",
		CloseGoingAway:          "1001 (going away)",
		CloseProtocolError:      "1002 (protocol error)",
		CloseUnsupportedData:    "1003 (unsupported data)",
		CloseReserved:           "1004 (reserved)",
		CloseNoStatus:           "1005 (no status received)",
		CloseAbnormal:           "1006 (abnormal closure)",
		CloseInvalidPayload:     "1007 (invalid payload data)",
		ClosePolicyViolation:    "1008 (policy violation)",
		CloseMessageTooBig:      "1009 (message too big)",
		CloseMandatoryExtension: "1010 (mandatory extension missing)",
		CloseInternalError:      "1011 (internal error)",
		CloseServiceRestart:     "1012 (service restart)",
		CloseTryAgainLater:      "1013 (try again later)",
		CloseBadGateway:         "1014 (bad gateway)",
		CloseTLSHandshake:       "1015 (TLS handshake failed)",
		1016:                    "1016",
		4000:                    "4000",
		65535:                   "65535",
	}
	got := map[CloseCode]string{}
	for c := range want {
		got[c] = c.String()
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Payloads of close frames that are legal. Each is parsed and written again.
func TestClose(t *testing.T) {
	type parsed struct {
		Code   CloseCode
		Reason string
	}
	tests := []struct {
		id, name string
		wire     string
		want     parsed
	}{
		{"5.5.1/close-body", "none", "", parsed{CloseNoStatus, ""}},
		{"5.5.1/close-code-length", "code", "\x03\xe8", parsed{CloseNormal, ""}},
		{"5.5.1/close-reason", "one byte", "\x03\xe8.", parsed{CloseNormal, "."}},
		{"5.5.1/close-reason", "text", "\x03\xe9späť", parsed{CloseGoingAway, "späť"}},
		{"5.5.1/close-reason", "longest", "\x0f\xa0" + strings.Repeat("x", 123), parsed{4000, strings.Repeat("x", 123)}},
		{"7.1.5/no-status", "no code", "", parsed{1005, ""}},
		{"7.4/close-code-range", "last of its range", "\x13\x87", parsed{4999, ""}},
	}
	for _, tt := range tests {
		t.Run(tt.id+"/"+tt.name, func(t *testing.T) {
			rfc.Covers(t, tt.id)
			code, reason, err := ParseClose([]byte(tt.wire))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, parsed{code, reason}); diff != "" {
				t.Errorf("ParseClose (-want +got):\n%s", diff)
			}
			wire, err := AppendClose([]byte("kept"), code, reason)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff("kept"+tt.wire, string(wire)); diff != "" {
				t.Errorf("AppendClose (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseCloseFaults(t *testing.T) {
	tests := []struct {
		id, name string
		wire     string
		code     CloseCode
	}{
		{"5.5.1/close-code-length", "half a code", "\x03", CloseProtocolError},
		{"7.4/close-code-range", "0", "\x00\x00", CloseProtocolError},
		{"7.4/close-code-range", "999", "\x03\xe7", CloseProtocolError},
		{"7.4/close-code-range", "1004", "\x03\xec", CloseProtocolError},
		{"7.4/close-code-range", "1016", "\x03\xf8", CloseProtocolError},
		{"7.4/close-code-range", "2999", "\x0b\xb7", CloseProtocolError},
		{"7.4/close-code-range", "5000", "\x13\x88", CloseProtocolError},
		{"7.4/close-code-range", "65535", "\xff\xff", CloseProtocolError},
		{"7.4/close-code-range", "low byte first", "\xe8\x03", CloseProtocolError},
		{"7.4/close-code-range", "1005", "\x03\xed", CloseProtocolError},
		{"7.4/close-code-range", "1006", "\x03\xee", CloseProtocolError},
		{"7.4/close-code-range", "1015", "\x03\xf7", CloseProtocolError},
		{"7.4/close-code-range", "1006 with bad text", "\x03\xee\xff", CloseProtocolError},
		{"8.1/close-reason-utf8", "impossible byte", "\x03\xe8bye\xff", CloseInvalidPayload},
		{"8.1/close-reason-utf8", "half a character", "\x03\xe8bye\xe2\x82", CloseInvalidPayload},
		{"8.1/close-reason-utf8", "surrogate", "\x03\xe8\xed\xa0\x80", CloseInvalidPayload},
	}
	for _, tt := range tests {
		t.Run(tt.id+"/"+tt.name, func(t *testing.T) {
			rfc.Covers(t, tt.id)
			code, reason, err := ParseClose([]byte(tt.wire))
			if code != 0 || reason != "" {
				t.Errorf("code %d and reason %q beside the error, want neither", code, reason)
			}
			if ruleOf(err) != tt.id || err.(ProtocolError).Code != tt.code {
				t.Errorf("error %v, want %s with code %d", err, tt.id, tt.code)
			}
		})
	}
}

// What AppendClose refuses is a mistake of the caller, and no [ProtocolError].
func TestAppendCloseFaults(t *testing.T) {
	tests := []struct {
		id, name string
		code     CloseCode
		reason   string
		want     string
	}{
		{"5.5/control-length", "reason too long", CloseNormal, strings.Repeat("x", 124),
			"frame: close reason of 124 bytes, at most 123 fit in a control frame (RFC 6455 §5.5)"},
		{"7.4/close-code-range", "0", 0, "", "frame: close code 0 must not be sent (RFC 6455 §7.4)"},
		{"7.4/close-code-range", "reason without a code", CloseNoStatus, "why",
			"frame: close code 1005 (no status received) must not be sent (RFC 6455 §7.4)"},
		{"7.4.1/no-1005", "1005", CloseNoStatus, " ",
			"frame: close code 1005 (no status received) must not be sent (RFC 6455 §7.4)"},
		{"7.4.1/no-1006", "1006", CloseAbnormal, "",
			"frame: close code 1006 (abnormal closure) must not be sent (RFC 6455 §7.4)"},
		{"7.4.1/no-1015", "1015", CloseTLSHandshake, "",
			"frame: close code 1015 (TLS handshake failed) must not be sent (RFC 6455 §7.4)"},
		{"8.1/close-reason-utf8", "not UTF-8", CloseNormal, "\xff",
			"frame: close reason is not UTF-8 (RFC 6455 §5.5.1)"},
	}
	for _, tt := range tests {
		t.Run(tt.id+"/"+tt.name, func(t *testing.T) {
			rfc.Covers(t, tt.id)
			got, err := AppendClose([]byte("kept"), tt.code, tt.reason)
			if string(got) != "kept" {
				t.Errorf("returned %q, want what it was given", got)
			}
			if err == nil || ruleOf(err) != "" {
				t.Fatalf("error %v, want one that is no ProtocolError", err)
			}
			if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}
