package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"rfc6455/conn"
	"rfc6455/frame"
	"rfc6455/handshake"
	"rfc6455/internal/rfc"
)

type userKey struct{}

// authorize answers in the ways in which a hook can.
func authorize(ctx context.Context, r *handshake.Request) (context.Context, error) {
	switch credentials := r.Header.Get("Authorization"); {
	case credentials == "":
		return nil, &handshake.Error{Status: 401, Detail: "log in first",
			Header: handshake.Header{{Name: "WWW-Authenticate", Value: `Basic realm="chat"`}}}
	case credentials == "wrapped":
		return nil, fmt.Errorf("wrapped: %w", handshake.Error{Status: 403, Detail: "not for you"})
	case credentials == "fault":
		return nil, errors.New("database secret.example does not answer")
	case credentials == "moved":
		return nil, &handshake.Error{Status: 302, Detail: "moved",
			Header: handshake.Header{{Name: "Location", Value: "/other"}}}
	case r.Target != "/chat":
		return nil, &handshake.Error{Status: 404, Detail: "there is only /chat"}
	case credentials == "nobody":
		return nil, nil
	default:
		return context.WithValue(ctx, userKey{}, credentials), nil
	}
}

func TestAuthorizeRefuses(t *testing.T) {
	tests := []struct {
		id      string
		request string
		status  int
		header  http.Header
		body    string
	}{
		{"4.2.2/refusal-status", opening(), 401, http.Header{"Www-Authenticate": {`Basic realm="chat"`}}, "log in first\n"},
		{"4.2.2/refusal-status", opening("Authorization: wrapped"), 403, nil, "not for you\n"},
		{"4.2.2/refusal-status", opening("Authorization: fault"), 403, nil, "this request is not authorized\n"},
		{"4.2.2/redirect", opening("Authorization: moved"), 302, http.Header{"Location": {"/other"}}, "moved\n"},
		{"4.2.2/service-missing", strings.Replace(opening("Authorization: Ann"), "/chat", "/other", 1), 404, nil, "there is only /chat\n"},
	}
	for _, way := range ways {
		logger, lines := logLines()
		addr := start(t, way, &Server{Options: &Options{Authorize: authorize}, ErrorLog: logger})
		for _, tt := range tests {
			t.Run(way+"/"+tt.id, func(t *testing.T) {
				rfc.Covers(t, tt.id)
				resp, body := dial(t, addr, tt.request).answer()
				if resp.StatusCode != tt.status || body != tt.body {
					t.Errorf("%s: %q, want %d: %q", resp.Status, body, tt.status, tt.body)
				}
				for name, values := range tt.header {
					if diff := cmp.Diff(values, resp.Header.Values(name)); diff != "" {
						t.Errorf("%s (-want +got):\n%s", name, diff)
					}
				}
			})
		}
		// What the peer must not know is in the log, and nothing else is.
		if line := receive(t, lines); !strings.Contains(line, "database secret.example") || len(lines) > 0 {
			t.Errorf("%s: the log says %q and %d lines more", way, line, len(lines))
		}
	}
}

// The hook's values reach the one who serves, and the end of its context does
// not.
func TestAuthorizeContext(t *testing.T) {
	for _, way := range ways {
		for _, user := range []string{"Ann", "nobody"} {
			t.Run(way+"/"+user, func(t *testing.T) {
				type result struct {
					user any
					err  error
				}
				results := make(chan result, 1)
				read := make(chan struct{})
				addr := start(t, way, &Server{
					Options: &Options{Authorize: authorize},
					Handler: func(ctx context.Context, c *conn.Conn) {
						<-read
						c.Read(ctx) // the handshake is long over
						results <- result{ctx.Value(userKey{}), ctx.Err()}
					},
				})
				p := dial(t, addr, opening("Authorization: "+user), text("Hello")).open()
				close(read)
				want := result{user: user}
				if user == "nobody" {
					want.user = nil
				}
				if got := receive(t, results); got != want {
					t.Errorf("got %+v, want %+v", got, want)
				}
				p.wantClose(frame.CloseNormal)
			})
		}
	}
}

// A hook that stands still is told to stop when the handshake's time is over.
func TestAuthorizeTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ln := newPipes()
		run(t, "tcp", &Server{Options: &Options{
			Authorize: func(ctx context.Context, _ *handshake.Request) (context.Context, error) {
				<-ctx.Done()
				return nil, &handshake.Error{Status: 503, Detail: "nobody answers"}
			},
		}}, ln)
		if resp, body := newPeer(t, ln.dial(), opening()).answer(); resp.StatusCode != 503 {
			t.Errorf("%s: %s, want 503", resp.Status, body)
		}
	})
}

// Upgrade has nobody to give the hook's context to, but its error, with what the
// peer must not know.
func TestUpgradeAuthorizeError(t *testing.T) {
	r := httptest.NewRequest("GET", "/chat", nil)
	for name, value := range map[string]string{
		"Upgrade": "websocket", "Connection": "Upgrade",
		"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version": "13",
	} {
		r.Header.Set(name, value)
	}
	errSecret := errors.New("database secret.example does not answer")
	_, err := Upgrade(httptest.NewRecorder(), r, &Options{
		Authorize: func(context.Context, *handshake.Request) (context.Context, error) { return nil, errSecret },
	})
	if statusOf(err) != 403 || !errors.Is(err, errSecret) || !strings.Contains(err.Error(), errSecret.Error()) {
		t.Errorf("Upgrade returned %v with the status %d, want 403 and the hook's error", err, statusOf(err))
	}
}

func panicking(context.Context, *handshake.Request) (context.Context, error) { panic("out of tea") }
