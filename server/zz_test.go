package server
import ("net/netip";"testing";"runtime";"fmt";"os";"runtime/pprof")
func BenchmarkXDetail(b *testing.B) {
	const conns = 8000
	for _, way := range ways {
		b.Run(way, func(b *testing.B) {
			s := &Server{Options: &Options{MaxConnsPerAddr: -1}}
			ap := netip.MustParseAddrPort(start(b, way, s))
			for range 100 { connectBare(b, ap) }
			before := resident(b)
			var m0, m1 runtime.MemStats
			runtime.ReadMemStats(&m0)
			for b.Loop() { for range conns {connectBare(b, ap)} }
			after := resident(b)
			runtime.ReadMemStats(&m1)
			n := float64(conns*b.N)
			d := func(a, b uint64) float64 { return (float64(b)-float64(a))/n }
			fmt.Printf("rss %.0f heapinuse %.0f heapalloc %.0f objs %.1f stackinuse %.0f sys %.0f othersys %.0f gcsys %.0f mspan %.0f idle-rel %.0f goroutines %d\n", float64(after-before)/n, d(m0.HeapInuse,m1.HeapInuse), d(m0.HeapAlloc,m1.HeapAlloc), d(m0.HeapObjects,m1.HeapObjects), d(m0.StackInuse,m1.StackInuse), d(m0.Sys,m1.Sys), d(m0.OtherSys,m1.OtherSys),d(m0.GCSys,m1.GCSys), d(m0.MSpanInuse,m1.MSpanInuse), d(m0.HeapIdle-m0.HeapReleased,m1.HeapIdle-m1.HeapReleased), runtime.NumGoroutine())
			f,_ := os.Create("/tmp/heap-"+way[len(way)-3:]+".out"); pprof.Lookup("heap").WriteTo(f, 0); f.Close()
		})
	}
}
