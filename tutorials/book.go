package main

import (
	"embed"
	"mime"
	"net"
	"net/http"

	"rfc6455/tutorials/internal/live"
)

// assets is all that a browser ever loads: nothing comes from the network.
//
//go:embed web 00-one-connection/*.html 00-one-connection/*.js
var assets embed.FS

// newBook returns the handler of the whole book.
func newBook(hub *live.Hub, addr string, listening net.Addr) http.Handler {
	// A module script needs its type, and some systems map .js to another.
	mime.AddExtensionType(".js", "text/javascript; charset=utf-8")

	files := confine(http.FileServerFS(assets))
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", http.RedirectHandler("/00-one-connection/", http.StatusFound))
	mux.Handle("GET /00-one-connection/", files)
	mux.Handle("GET /web/{file}", files)
	mux.HandleFunc("GET /feed", hub.ServeFeed)
	mux.HandleFunc("GET /echo/{session}", hub.ServeSubject)
	return guard(allowedHosts(addr, listening), mux)
}
