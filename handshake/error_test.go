package handshake_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rfc6455/handshake"
)

func TestErrorAs(t *testing.T) {
	want := handshake.Error{Status: 403, Detail: "this page may not connect"}
	for _, err := range []error{want, &want} {
		err = fmt.Errorf("upgrade: %w", err)
		var value handshake.Error
		if !errors.As(err, &value) || value.Status != 403 {
			t.Errorf("as a value: %+v", value)
		}
		var pointer *handshake.Error
		if !errors.As(err, &pointer) || pointer.Status != 403 {
			t.Errorf("as a pointer: %+v", pointer)
		}
		var other *testError
		if errors.As(err, &other) {
			t.Error("found as a type that it is not")
		}
	}
}

type testError struct{}

func (*testError) Error() string { return "" }

func TestErrorText(t *testing.T) {
	tests := []struct {
		err  handshake.Error
		want string
	}{
		{handshake.Error{Section: "4.2.1", Rule: "host", Detail: "there is no Host line"}, "handshake: there is no Host line (RFC 6455 §4.2.1)"},
		{handshake.Error{Detail: "this page may not connect"}, "handshake: this page may not connect"},
	}
	for _, tt := range tests {
		if got := tt.err.Error(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

// An error repeats little of what the peer sent, and nothing unprintable.
func TestErrorQuotes(t *testing.T) {
	_, err := read("GET /" + strings.Repeat("\x1b[31m", 1000) + " HTTP/1.1\r\n\r\n")
	if err == nil {
		t.Fatal("accepted")
	}
	if text := err.Error(); len(text) > 600 || strings.Contains(text, "\x1b") {
		t.Errorf("an error of %d bytes: %.100q…", len(text), text)
	}
}

func TestErrorResponse(t *testing.T) {
	tests := []struct {
		name string
		err  handshake.Error
		want string
	}{
		{"of the application", handshake.Error{Status: 401, Detail: "log in first", Header: handshake.Header{{"WWW-Authenticate", "Basic"}}},
			"HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\nX-Content-Type-Options: nosniff\r\nWWW-Authenticate: Basic\r\nContent-Length: 13\r\n\r\nlog in first\n"},
		{"without a status", handshake.Error{Detail: "no"},
			"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\nX-Content-Type-Options: nosniff\r\nContent-Length: 3\r\n\r\nno\n"},
		{"with a status of its own", handshake.Error{Status: 418, Detail: "no"},
			"HTTP/1.1 418 \r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\nX-Content-Type-Options: nosniff\r\nContent-Length: 3\r\n\r\nno\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, string(handshake.AppendResponse(nil, tt.err.Response()))); diff != "" {
				t.Errorf("wire (-want +got):\n%s", diff)
			}
		})
	}
}

// Each status that this package refuses with has its phrase.
func TestReasons(t *testing.T) {
	for _, status := range []int{400, 401, 403, 404, 405, 408, 426, 429, 431, 500, 503, 505} {
		err := handshake.Error{Status: status}
		if err.Response().Reason == "" {
			t.Errorf("%d has no phrase", status)
		}
	}
}
