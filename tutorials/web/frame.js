// A frame, read bit by bit (§5.2). This is the parser of package frame once
// more, in the page's language: it works on the bytes that the feed brings and
// knows nothing else about them. A test holds the two against each other.

const OPCODES = {
  0x0: "continuation", 0x1: "text", 0x2: "binary",
  0x8: "close", 0x9: "ping", 0xa: "pong",
};

// parseFrame returns what the bytes of a frame say. bytes may end before the
// payload does, but not before the header.
export function parseFrame(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const f = {
    fin: bytes[0] >> 7,
    rsv1: bytes[0] >> 6 & 1,
    rsv2: bytes[0] >> 5 & 1,
    rsv3: bytes[0] >> 4 & 1,
    opcode: bytes[0] & 0b1111,
    masked: bytes[1] >> 7,
    length7: bytes[1] & 0b0111_1111,
    lengthBits: 7,
    key: null,
  };
  let at = 2;
  f.length = f.length7;
  if (f.length7 === 126) {
    f.length = view.getUint16(at);
    f.lengthBits = 16;
    at += 2;
  } else if (f.length7 === 127) {
    // The page never gets near 2^53, where a JavaScript number loses digits.
    f.length = Number(view.getBigUint64(at));
    f.lengthBits = 64;
    at += 8;
  }
  if (f.masked) {
    f.key = bytes.subarray(at, at + 4);
    at += 4;
  }
  f.name = OPCODES[f.opcode] ?? "reserved";
  f.headerLength = at;
  f.payload = bytes.subarray(at);
  // §5.3: byte i of the payload is combined with byte i mod 4 of the key.
  f.plain = f.payload.map((b, i) => f.masked ? b ^ f.key[i % 4] : b);
  // §5.5.1: in a close frame text begins behind the code.
  const code = f.name === "close" ? f.plain.slice(0, 2) : [];
  f.characters = [...Array.from(code, () => "·"), ...characters(f.plain.subarray(code.length))];
  return f;
}

// fields lists the fields of a frame in the order of the wire. Each has the bit
// at which it begins and its width in bits.
export function fields(f) {
  const list = [
    { id: "fin", name: "FIN", bit: 0, width: 1, value: String(f.fin) },
    { id: "rsv1", name: "RSV1", bit: 1, width: 1, value: String(f.rsv1) },
    { id: "rsv2", name: "RSV2", bit: 2, width: 1, value: String(f.rsv2) },
    { id: "rsv3", name: "RSV3", bit: 3, width: 1, value: String(f.rsv3) },
    { id: "opcode", name: "opcode", bit: 4, width: 4, value: f.opcode.toString(16).toUpperCase(), means: f.name },
    { id: "mask", name: "MASK", bit: 8, width: 1, value: String(f.masked) },
    { id: "length", name: "length", bit: 9, width: 7, value: String(f.length7) },
  ];
  let bit = 16;
  const add = (field) => {
    if (field.width > 0) list.push({ ...field, bit });
    bit += field.width;
  };
  add({ id: "xlength", name: "extended length", width: f.lengthBits > 7 ? f.lengthBits : 0, value: String(f.length) });
  add({ id: "key", name: "masking key", width: f.masked * 32, value: f.masked ? hex(f.key) : "" });
  if (f.name === "close" && f.payload.length >= 2) {
    add({ id: "code", name: "close code", width: 16, value: String(closeCode(f)) });
    add({ id: "payload", name: "reason", width: 8 * (f.payload.length - 2), value: text(f.plain.subarray(2)) });
  } else {
    add({ id: "payload", name: "payload", width: 8 * f.payload.length, value: `${f.length} bytes` });
  }
  return list;
}

// closeCode returns the code of a close frame, or null if it has none (§5.5.1).
export function closeCode(f) {
  return f.name === "close" && f.plain.length >= 2 ? f.plain[0] << 8 | f.plain[1] : null;
}

// text reads bytes as UTF-8. A fragment may end inside a character, so what is
// not UTF-8 is shown as such.
export function text(bytes) {
  return new TextDecoder().decode(bytes);
}

// characters returns, for each byte, the character that begins there, or "" for
// the later bytes of a character. A byte that is no visible text gives "·".
function characters(bytes) {
  const out = [];
  for (let i = 0; i < bytes.length;) {
    const b = bytes[i];
    const n = b < 0x80 ? 1 : b >= 0xf0 ? 4 : b >= 0xe0 ? 3 : b >= 0xc0 ? 2 : 1;
    const c = text(bytes.subarray(i, i + n));
    const shown = [...c].length === 1 && c !== "\ufffd" && !/\p{C}/u.test(c);
    out.push(shown ? (c === " " ? "␣" : c) : "·");
    for (let k = 1; k < n && i + k < bytes.length; k++) out.push(shown ? "" : "·");
    i += n;
  }
  return out;
}

// hex writes bytes as pairs of hex digits with spaces between them.
export function hex(bytes) {
  return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join(" ");
}

// fromHex reads the hex digits of an event. An absent field is an empty one.
export function fromHex(digits = "") {
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}
