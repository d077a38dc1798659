package conn

import "unicode/utf8"

// next does what nextPlain does, faster: it leaves all whole characters to
// utf8.Valid, which takes ASCII eight bytes at a time.
func (s *utf8State) next(p []byte) int {
	// The rest of a character that an earlier piece began.
	start := 0
	for s.need > 0 && start < len(p) {
		if !s.nextByte(p[start]) {
			return start
		}
		start++
	}
	// A character that a later piece will end: at most three bytes.
	end := len(p)
	for i := end - 1; i >= max(start, end-3); i-- {
		if utf8.RuneStart(p[i]) {
			if !utf8.FullRune(p[i:]) {
				end = i
			}
			break
		}
	}
	if !utf8.Valid(p[start:end]) {
		end = start // walk, to find where
	}
	return end + s.nextPlain(p[end:])
}
