package main

import (
	"os"
	"testing"
	"time"

	"rfc6455/bench/internal/peer"
)

func TestMain(m *testing.M) {
	peer.Main()
	m.Run()
}

// Every server that is measured must really echo, whatever the size.
func TestServersEcho(t *testing.T) {
	for _, list := range [][]peer.Server{peer.Libraries, peer.Variants} {
		for _, s := range list {
			t.Run(s.Name, func(t *testing.T) {
				p, err := peer.Spawn(t.Context(), s, os.Stderr)
				if err != nil {
					t.Fatal(err)
				}
				defer p.Stop()
				for _, size := range sizes {
					l := newLoad(size.bytes, 3)
					defer l.close()
					if err := l.open(t.Context(), p.Addr, 2); err != nil {
						t.Fatalf("%s: %v", size.name, err)
					}
					n, err := l.run(t.Context(), time.Millisecond)
					if err != nil {
						t.Fatalf("%s: %v", size.name, err)
					}
					if n < 2*3 {
						t.Errorf("%s: %d messages came back, want a batch of 3 on each of 2 connections", size.name, n)
					}
				}
			})
		}
	}
}

func TestLoadSeesWrongEchoes(t *testing.T) {
	s := find("rfc6455")[0]
	p, err := peer.Spawn(t.Context(), s, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Stop()
	l := newLoad(125, 1)
	l.size++ // as if the server had lost a byte
	if err := l.open(t.Context(), p.Addr, 1); err == nil {
		t.Error("an echo of another length was taken for an answer")
	}
}
