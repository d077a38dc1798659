package main

import (
	"fmt"
	"net"
	"net/http"
)

// guard answers only requests that were meant for this server.
//
// Listening on localhost keeps other machines out, but not the pages of other
// sites that run in the reader's own browser. Such a page can let its name
// point to 127.0.0.1 (DNS rebinding) and is then of the same origin as the
// book; only the Host of its requests still tells the name.
func guard(hosts map[string]bool, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if _, _, err := net.SplitHostPort(host); err != nil {
			host += ":80" // a browser leaves http's own port out
		}
		if !hosts[host] {
			http.Error(w, fmt.Sprintf("This server is not %q. Open the address that go run ./tutorials has printed.", r.Host), http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// allowedHosts are the values of Host that mean this server: the names of the
// loopback and the host that -addr asks for, with the port.
func allowedHosts(addr string, listening net.Addr) map[string]bool {
	asked, _, _ := net.SplitHostPort(addr)
	hosts := make(map[string]bool)
	for _, host := range []string{"localhost", "127.0.0.1", "::1", asked} {
		hosts[net.JoinHostPort(host, port(listening))] = true
	}
	return hosts
}

// confine tells the browser to load nothing for a page but what this server
// has, and to keep other sites from using it.
func confine(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		// Some browsers do not take ws: for 'self', so it is spelled out.
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "+
			"connect-src 'self' ws://"+r.Host+"; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-cache")
		next.ServeHTTP(w, r)
	})
}
