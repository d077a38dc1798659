package conn

// utf8State is the place in a stream of UTF-8 (RFC 3629) between two bytes. The
// zero value is the start of a character.
//
// It fails at the first byte that no valid text could have at its place (§8.1),
// not at the end of the message: a peer that sends a broken character in a
// message of a gigabyte is refused at once.
type utf8State struct {
	need   byte // bytes that the character still lacks
	lo, hi byte // what the next of them may be
}

// complete reports whether the text may end here.
func (s utf8State) complete() bool { return s.need == 0 }

// nextByte moves over b and reports whether b may stand here.
//
//	first byte   then                                  characters
//	00..7F                                             U+0000   .. U+007F
//	C2..DF       80..BF                                U+0080   .. U+07FF
//	E0           A0..BF  80..BF                        U+0800   .. U+0FFF
//	E1..EC       80..BF  80..BF                        U+1000   .. U+CFFF
//	ED           80..9F  80..BF                        U+D000   .. U+D7FF
//	EE..EF       80..BF  80..BF                        U+E000   .. U+FFFF
//	F0           90..BF  80..BF  80..BF                U+10000  .. U+3FFFF
//	F1..F3       80..BF  80..BF  80..BF                U+40000  .. U+FFFFF
//	F4           80..8F  80..BF  80..BF                U+100000 .. U+10FFFF
//
// The narrow second bytes keep out what has a shorter form (after E0 and F0),
// the surrogates (after ED), and what lies beyond Unicode (after F4).
func (s *utf8State) nextByte(b byte) bool {
	if s.need > 0 {
		if b < s.lo || b > s.hi {
			return false
		}
		s.need--
		s.lo, s.hi = 0x80, 0xBF
		return true
	}
	s.lo, s.hi = 0x80, 0xBF
	switch {
	case b <= 0x7F:
	case b < 0xC2: // a continuation byte, or a longer form of ASCII
		return false
	case b <= 0xDF:
		s.need = 1
	case b <= 0xEF:
		s.need = 2
		if b == 0xE0 {
			s.lo = 0xA0
		} else if b == 0xED {
			s.hi = 0x9F
		}
	case b <= 0xF4:
		s.need = 3
		if b == 0xF0 {
			s.lo = 0x90
		} else if b == 0xF4 {
			s.hi = 0x8F
		}
	default: // F5..FF start nothing
		return false
	}
	return true
}

// nextPlain moves over p and returns how many bytes of it are valid; less than
// len(p) means that p[n] is the first impossible byte. It is the reference for
// next.
func (s *utf8State) nextPlain(p []byte) int {
	for i, b := range p {
		if !s.nextByte(b) {
			return i
		}
	}
	return len(p)
}
