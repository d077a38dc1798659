package peer

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"slices"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
)

func serveGobwas(ln net.Listener) error {
	return serveHTTP(ln, func(w http.ResponseWriter, r *http.Request) {
		c, _, _, err := ws.UpgradeHTTP(r, w)
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			for {
				p, op, err := wsutil.ReadClientData(c)
				if err != nil {
					return
				}
				if wsutil.WriteServerMessage(c, op, p) != nil {
					return
				}
			}
		}()
	})
}

// serveGobwasTuned is what somebody who counts system calls and allocations can
// make of the low-level package: upgrade without net/http, a buffered reader, a
// buffer that is used again, header and payload in one write. It echoes frames,
// and has none of the checks that a server needs.
func serveGobwasTuned(ln net.Listener) error {
	return serveTCP(ln, func(c net.Conn) {
		if _, err := ws.Upgrade(c); err != nil {
			return
		}
		var (
			br   = bufio.NewReader(c)
			head bytes.Buffer
			buf  []byte
		)
		for {
			h, err := ws.ReadHeader(br)
			if err != nil {
				return
			}
			answer := ws.Header{Fin: h.Fin, OpCode: h.OpCode, Length: h.Length}
			head.Reset()
			if err := ws.WriteHeader(&head, answer); err != nil {
				return
			}
			size := head.Len() + int(h.Length)
			buf = slices.Grow(buf[:0], size)[:size]
			payload := buf[copy(buf, head.Bytes()):]
			if _, err := io.ReadFull(br, payload); err != nil {
				return
			}
			ws.Cipher(payload, h.Mask, 0)
			if _, err := c.Write(buf); err != nil {
				return
			}
		}
	})
}
