package conn

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"rfc6455/internal/rfc"
)

// Every way that a closing handshake can go, from its first step to the last
// that changes something.
func TestClosingPaths(t *testing.T) {
	tests := []struct {
		id, name string
		steps    []step
		want     []phase
	}{
		{"7.1.2/closed-after-both", "this end closes",
			[]step{stepSend, stepReceive}, []phase{phaseCloseSent, phaseClosed}},
		{"7.1.2/closed-after-both", "the peer closes",
			[]step{stepReceive, stepSend}, []phase{phaseCloseReceived, phaseClosed}},
		{"7.1.2/closed-after-both", "twice our own",
			[]step{stepSend, stepSend, stepReceive}, []phase{phaseCloseSent, phaseCloseSent, phaseClosed}},
		{"7.1.2/closed-after-both", "twice the peer's",
			[]step{stepReceive, stepReceive, stepSend}, []phase{phaseCloseReceived, phaseCloseReceived, phaseClosed}},

		// Two frames that cross are, at each end, one sent and one received.
		{"5.5.1/close-both-at-once", "ours first",
			[]step{stepSend, stepReceive, stepSend}, []phase{phaseCloseSent, phaseClosed, phaseClosed}},
		{"5.5.1/close-both-at-once", "the peer's first",
			[]step{stepReceive, stepSend, stepReceive}, []phase{phaseCloseReceived, phaseClosed, phaseClosed}},

		{"7.2.1/transport-lost", "while open", []step{stepLost}, []phase{phaseClosed}},
		{"7.2.1/transport-lost", "instead of the answer",
			[]step{stepSend, stepLost}, []phase{phaseCloseSent, phaseClosed}},
		{"7.2.1/transport-lost", "before the answer",
			[]step{stepReceive, stepLost}, []phase{phaseCloseReceived, phaseClosed}},
	}
	for _, tt := range tests {
		t.Run(tt.id+"/"+tt.name, func(t *testing.T) {
			rfc.Covers(t, tt.id)
			var got []phase
			p := phaseOpen
			for _, s := range tt.steps {
				p = phases[p][s]
				got = append(got, p)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// What must hold in the whole table, whatever the path.
func TestPhases(t *testing.T) {
	if len(phases) != 4 {
		t.Fatalf("%d phases, want 4", len(phases))
	}
	for from, row := range phases {
		for s, to := range row {
			from, s := phase(from), step(s)
			switch {
			case from == phaseClosed && to != phaseClosed:
				t.Errorf("step %d leads out of closed, to %v", s, to)
			case s == stepLost && to != phaseClosed:
				t.Errorf("without a transport %v becomes %v, want closed", from, to)
			case to == phaseOpen:
				t.Errorf("step %d leads from %v back to open", s, from)
			case row[s] != phases[to][s] && s != stepLost:
				t.Errorf("step %d, taken twice from %v, leads to %v and then to %v; want the same", s, from, to, phases[to][s])
			}
		}
	}
	for p, want := range []string{"open", "close sent", "close received", "closed"} {
		if got := phase(p).String(); got != want {
			t.Errorf("phase %d is called %q, want %q", p, got, want)
		}
	}
}
