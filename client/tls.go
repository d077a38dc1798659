package client

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
)

// tlsConfig returns the configuration for a TLS connection to the server host.
func (o *Options) tlsConfig(host string) *tls.Config {
	c := o.TLSConfig.Clone()
	if c == nil {
		c = &tls.Config{}
	}
	// §4.1, step 5: the client names the server (SNI). crypto/tls does so with
	// ServerName, and checks the certificate against it.
	if c.ServerName == "" {
		c.ServerName = host
	}
	// HTTP/2 has no Upgrade: a server that chose it could not answer.
	c.NextProtos = []string{"http/1.1"}
	return c
}

// startTLS does the TLS handshake over nc. The caller closes nc if it fails.
func startTLS(ctx context.Context, nc net.Conn, c *tls.Config) (net.Conn, error) {
	tc := tls.Client(nc, c)
	err := tc.HandshakeContext(ctx)
	if errors.As(err, new(tls.RecordHeaderError)) {
		err = fmt.Errorf("the peer does not speak TLS on this port; is it ws and not wss, or http and not https? %w", err)
	}
	if err != nil {
		return nil, err
	}
	return tc, nil
}
