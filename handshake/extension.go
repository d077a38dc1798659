package handshake

import "strings"

// The grammar of §9.1 and §4.3, in the list notation of RFC 2616 §2.1:
//
//	Sec-WebSocket-Extensions = 1#extension          one or more, with commas
//	extension                = token *( ";" param )
//	param                    = token [ "=" ( token | quoted-string ) ]
//
// So this value is a list of three offers, of which the last two are the same:
//
//	deflate-stream, mux; max-channels=4; flow-control, mux;max-channels="4" ; flow-control

// Extension is one element of Sec-WebSocket-Extensions (§9.1): in a request an
// offer, in a response an agreement.
type Extension struct {
	Name   string
	Params []Param
}

// Param is one parameter of an extension. Value is "" for a parameter that has
// none: a value is a token, and so never empty.
type Param struct{ Name, Value string }

// ParseExtensions reads one Sec-WebSocket-Extensions value (§9.1, §4.3). Names
// and values must be tokens; a value may be written as a quoted string, and is
// returned without quotes. What the parameters mean, and whether one may stand
// twice, is up to the extension. The error is an [*Error].
func ParseExtensions(value string) ([]Extension, error) {
	return parseExtensions(Header{{fieldExtensions, value}})
}

// AppendExtensions appends list to dst as one Sec-WebSocket-Extensions value
// (§9.1). Names and values must be tokens.
func AppendExtensions(dst []byte, list []Extension) []byte {
	for i, e := range list {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = append(dst, e.Name...)
		for _, p := range e.Params {
			dst = append(dst, "; "...)
			dst = append(dst, p.Name...)
			if p.Value != "" {
				dst = append(dst, '=')
				dst = append(dst, p.Value...)
			}
		}
	}
	return dst
}

// parseExtensions reads all the Sec-WebSocket-Extensions lines of h. Several
// lines are the same as one that holds all their elements (§9.1).
func parseExtensions(h Header) ([]Extension, error) {
	var p extensionParser
	lines := 0
	for value := range h.Values(fieldExtensions) {
		lines++
		p.scanner = scanner{s: value}
		if err := p.parseLine(); err != nil {
			return nil, err
		}
	}
	// §4.3: the list has at least one element, if it is there at all.
	if lines > 0 && len(p.list) == 0 {
		return nil, fault("9.1", "extension-grammar", "Sec-WebSocket-Extensions is empty; name an extension or leave the line out")
	}
	return p.list, nil
}

// extensionParser reads one value after the other into one list.
type extensionParser struct {
	scanner
	list  []Extension
	items int // extensions and parameters so far
}

// parseLine reads the elements of one value.
func (p *extensionParser) parseLine() error {
	for {
		// RFC 2616 §2.1: elements may be empty, and are not counted then.
		// They come from software that joins lists without looking.
		for p.take(',') {
		}
		if p.atEnd() {
			return nil
		}
		e, err := p.parseExtension()
		if err != nil {
			return err
		}
		p.list = append(p.list, e)
		if !p.atEnd() && !p.take(',') {
			return p.unexpected("a comma, a semicolon or the end of the line")
		}
	}
}

// parseExtension reads a name and the parameters behind it.
func (p *extensionParser) parseExtension() (Extension, error) {
	var e Extension
	var err error
	if e.Name, err = p.parseName("the name of an extension"); err != nil {
		return Extension{}, err
	}
	for p.take(';') {
		var param Param
		if param.Name, err = p.parseName("the name of a parameter"); err != nil {
			return Extension{}, err
		}
		if p.take('=') {
			if param.Value, err = p.parseValue(); err != nil {
				return Extension{}, err
			}
		}
		e.Params = append(e.Params, param)
	}
	return e, nil
}

// parseName reads the token that every extension and every parameter begins
// with, and counts it.
func (p *extensionParser) parseName(what string) (string, error) {
	// The count comes first: a peer that lists thousands gets no memory for
	// them.
	if p.items++; p.items > MaxItems {
		return "", fault("9.1", "extension-limit",
			"Sec-WebSocket-Extensions has more than %d extensions and parameters; offer fewer", MaxItems)
	}
	name := p.token()
	if name == "" {
		return "", p.unexpected(what + ", which is a token")
	}
	return name, nil
}

// parseValue reads what stands behind an equals sign.
func (p *extensionParser) parseValue() (string, error) {
	if p.take('"') {
		value, closed := p.quoted()
		switch {
		case !closed:
			return "", fault("9.1", "extension-grammar", "a quoted string in Sec-WebSocket-Extensions has no closing quote")
		case !isToken(value):
			// §4.3: quotes are only another way to write a token. So a
			// value keeps its meaning when it is written without them.
			return "", fault("4.3", "quoted-token",
				"the quoted value %s in Sec-WebSocket-Extensions is no token; take out white space and separators, also between quotes", quote(value))
		}
		return value, nil
	}
	value := p.token()
	if value == "" {
		return "", p.unexpected("a value, which is a token or a token in quotes")
	}
	return value, nil
}

// unexpected says what the grammar wants at the place that p has come to.
func (p *extensionParser) unexpected(want string) error {
	seen := "the line ends"
	if !p.atEnd() {
		seen = "there is " + quote(p.s)
	}
	return fault("9.1", "extension-grammar", "%s where Sec-WebSocket-Extensions needs %s", seen, want)
}

// scanner takes a header value apart from left to right. s is what is left of
// it. White space may stand between any two elements (§4.3, "implied LWS").
type scanner struct{ s string }

func (sc *scanner) space() { sc.s = strings.TrimLeft(sc.s, " \t") }

func (sc *scanner) atEnd() bool {
	sc.space()
	return sc.s == ""
}

// take reports whether c comes next, and passes over it.
func (sc *scanner) take(c byte) bool {
	sc.space()
	if sc.s == "" || sc.s[0] != c {
		return false
	}
	sc.s = sc.s[1:]
	return true
}

// token returns the token that comes next, or "".
func (sc *scanner) token() string {
	sc.space()
	n := 0
	for n < len(sc.s) && isTokenByte(sc.s[n]) {
		n++
	}
	token := sc.s[:n]
	sc.s = sc.s[n:]
	return token
}

// quoted returns the rest of a quoted string whose opening quote was taken,
// without its backslashes (RFC 2616 §2.2), and whether it was closed.
func (sc *scanner) quoted() (value string, closed bool) {
	var unescaped []byte // in use from the first backslash on
	for start, i := 0, 0; i < len(sc.s); i++ {
		switch sc.s[i] {
		case '"':
			value = sc.s[start:i]
			if unescaped != nil {
				value = string(append(unescaped, value...))
			}
			sc.s = sc.s[i+1:]
			return value, true
		case '\\':
			unescaped = append(unescaped, sc.s[start:i]...)
			i++ // the next character stands for itself, a quote too
			start = i
		}
	}
	return "", false
}
