// Package bench sets rfc6455 beside the Go libraries that people use. Nothing
// here is imported by anything else; the libraries are dependencies of this
// module alone.
//
//	go test .           strictness: who accepts what the RFC forbids
//	go run ./mask       speed of masking, a ratio for each size
//	go run ./echo       CPU, allocations and idle memory of echo servers
//
// The first checks STRICT.md, and writes it with -update. The other two print
// Markdown. Each server is in internal/peer, written as its library's README
// shows it.
package bench
