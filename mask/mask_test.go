package mask

import (
	"bytes"
	"crypto/rand"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rfc6455/internal/rfc"
)

// plain returns n bytes in which no two neighbours, and no two bytes that are a
// word apart, are the same.
func plain(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i*7 + i/251)
	}
	return b
}

func TestXOR(t *testing.T) {
	t.Run("5.3/masking-xor", func(t *testing.T) {
		rfc.Covers(t, "5.3/masking-xor")
		key := Key{0x37, 0xfa, 0x21, 0x3d}
		// Every length that takes a way of its own down the ladder, each at
		// every place in a word. The bytes around must stay as they are.
		for n := range 300 {
			for offset := range 8 {
				got, want := plain(n+16), plain(n+16)
				gotKey := XOR(got[offset:offset+n], key)
				wantKey := xorBytes(want[offset:offset+n], key)
				if !bytes.Equal(got, want) || gotKey != wantKey {
					t.Fatalf("%d bytes at offset %d: key %x, want %x; bytes (-want +got):\n%s",
						n, offset, gotKey, wantKey, cmp.Diff(want, got))
				}
			}
		}
	})

	t.Run("pieces", func(t *testing.T) {
		key := Key{1, 2, 3, 4}
		want := plain(300)
		wantKey := xorBytes(want, key)
		for split := range len(want) + 1 {
			got := plain(300)
			middle := XOR(got[:split], key)
			end := XOR(got[split:], middle)
			if !bytes.Equal(got, want) || end != wantKey {
				t.Fatalf("split after %d bytes: key %x, want %x; bytes (-want +got):\n%s",
					split, end, wantKey, cmp.Diff(want, got))
			}
		}
	})

	t.Run("twice", func(t *testing.T) {
		key := NewKey()
		got := plain(1000)
		XOR(got, key)
		XOR(got, key)
		if diff := cmp.Diff(plain(1000), got); diff != "" {
			t.Errorf("masked and unmasked with key %x (-want +got):\n%s", key, diff)
		}
	})
}

// FuzzXOR holds the fast path to the reference: any bytes, in any two pieces,
// at any place in memory, under any key.
func FuzzXOR(f *testing.F) {
	f.Fuzz(func(t *testing.T, payload []byte, key uint32, split uint16, offset uint8) {
		k := Key{byte(key >> 24), byte(key >> 16), byte(key >> 8), byte(key)}
		guard := int(offset % 16)
		want := append(make([]byte, guard), payload...)
		want = append(want, make([]byte, 16)...)
		got := bytes.Clone(want)

		wantKey := xorBytes(want[guard:guard+len(payload)], k)

		n := int(split) % (len(payload) + 1)
		middle := XOR(got[guard:guard+n], k)
		gotKey := XOR(got[guard+n:guard+len(payload)], middle)

		if !bytes.Equal(got, want) || gotKey != wantKey {
			t.Errorf("%d bytes at offset %d, split after %d, key %x: next key %x, want %x; bytes (-want +got):\n%s",
				len(payload), guard, n, k, gotKey, wantKey, cmp.Diff(want, got))
		}
	})
}

func TestNewKey(t *testing.T) {
	t.Run("5.3/key-entropy", func(t *testing.T) {
		rfc.Covers(t, "5.3/key-entropy", "5.3/key-unpredictable", "10.3/key-unpredictable")
		// With a source that is known, every key has to be what the source
		// gives next, byte for byte: nothing else goes into it, and no byte
		// serves twice.
		source := bytes.NewReader(plain(64))
		swapReader(t, source)
		var got []byte
		for range 16 {
			key := NewKey()
			got = append(got, key[:]...)
		}
		if diff := cmp.Diff(plain(64), got); diff != "" {
			t.Errorf("16 keys from a known source (-source +keys):\n%s", diff)
		}
	})

	t.Run("5.3/fresh-key", func(t *testing.T) {
		rfc.Covers(t, "5.3/fresh-key")
		// Each of the 32 bits is 1 in half of the keys. The bounds are eleven
		// standard deviations away, so chance does not reach them.
		const keys = 4096
		var ones [32]int
		for range keys {
			key := NewKey()
			for bit := range ones {
				ones[bit] += int(key[bit/8] >> (bit % 8) & 1)
			}
		}
		for bit, n := range ones {
			if n < keys/2-11*32 || n > keys/2+11*32 {
				t.Errorf("bit %d of byte %d is 1 in %d of %d keys, want about half", bit%8, bit/8, n, keys)
			}
		}
	})
}

// swapReader makes crypto/rand draw from r until the test ends.
func swapReader(t *testing.T, r io.Reader) {
	original := rand.Reader
	rand.Reader = r
	t.Cleanup(func() { rand.Reader = original })
}
