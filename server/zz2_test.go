package server
import ("net/netip";"testing";"net";"syscall";"fmt")
func BenchmarkFloor(b *testing.B) {
	const conns = 8000
	ln := listen(b)
	go func() { for { nc, err := ln.Accept(); if err != nil { return }; go park(nc.(*net.TCPConn)) } }()
	ap := netip.MustParseAddrPort(ln.Addr().String())
	dial := func() {
		fd, _ := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
		syscall.Connect(fd, &syscall.SockaddrInet4{Port: int(ap.Port()), Addr: ap.Addr().As4()})
		exchange(b, bareSocket(fd), "x", 1)
	}
	for range 100 { dial() }
	before := resident(b)
	for b.Loop() { for range conns { dial() } }
	fmt.Println("floor", (resident(b)-before)/conns/b.N)
}
func park(nc *net.TCPConn) { var p [1]byte; for { if _, err := nc.Read(p[:]); err != nil { return }; nc.Write(p[:]) } }
