package server

import (
	"context"
	"errors"
	"time"

	"rfc6455/handshake"
)

// decide takes the steps 2 to 5 of §4.2.2: it returns the answer that accepts r,
// with extra lines, and the context for serving the connection. In every error
// there is a [handshake.Error] to refuse r with. The scheme is the one that a
// page of this server has, http or https.
func (o *Options) decide(ctx context.Context, timeout time.Duration, r *handshake.Request, scheme string, extra handshake.Header) (context.Context, *handshake.Response, error) {
	// From cheap to dear: only a valid request of a welcome page reaches the
	// application's hook, which may ask a database.
	offer, err := handshake.CheckRequest(r)
	if err != nil {
		return nil, nil, err
	}
	if err := o.checkOrigin(offer, scheme); err != nil {
		return nil, nil, err
	}
	if ctx, err = o.authorize(ctx, timeout, r); err != nil {
		return nil, nil, err
	}
	resp, err := offer.Answer(o.subprotocol(offer.Subprotocols), nil, extra)
	return ctx, resp, err
}

// authorize asks the hook, if there is one.
func (o *Options) authorize(ctx context.Context, timeout time.Duration, r *handshake.Request) (context.Context, error) {
	if o.Authorize == nil {
		return ctx, nil
	}
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	authorized, err := o.Authorize(limited, r)
	switch {
	case err != nil:
		if _, ok := errors.AsType[*handshake.Error](err); ok {
			return nil, err
		}
		return nil, hookError{err}
	case authorized == nil || authorized == limited:
		// Nothing new: an idle connection need not keep the timer.
		return ctx, nil
	}
	return context.WithoutCancel(authorized), nil
}

// hookError is an error of Authorize that is no answer. It may hold what the
// peer must not know, a query or an address; so the peer gets a 403 without it,
// and the text goes to the log.
type hookError struct{ err error }

func (e hookError) Error() string { return "server: Options.Authorize: " + e.err.Error() }

func (e hookError) Unwrap() error { return e.err }

// As gives errors.As the answer.
func (e hookError) As(target any) bool {
	return handshake.Error{Status: 403, Detail: "this request is not authorized"}.As(target)
}
