// The picture of §5.2, drawn from a real frame: 32 bits wide, one cell for each
// field of the header and for each byte of the key and the payload.

import { el, rove } from "./dom.js";
import { bytes } from "./explain.js";
import { fields, hex } from "./frame.js";

const WIDTH = 32; // bits in a row, as the RFC draws it
const MAX_PAYLOAD = 16; // bytes that are drawn; the hex shows the others

// grid returns the picture of a frame record. Its cells carry data-f and, where
// they show whole bytes, data-b.
export function grid(record) {
  const cells = el("div", { className: "cells", role: "toolbar", ariaLabel: "Fields of the frame, 32 bits in a row" });
  for (const field of fields(record.frame)) {
    for (const piece of pieces(field, record.frame)) cells.append(cell(record, field, piece));
  }
  cells.firstChild.tabIndex = 0;
  rove(cells, ".cell");
  const hidden = record.frame.payload.length - MAX_PAYLOAD;
  return el("div", { className: "grid" }, ruler(), cells,
    hidden > 0 ? el("p", { className: "more" }, `… and ${bytes(hidden + record.leftOut)} more of payload`) : "");
}

// ruler is the RFC's: tens above, units below.
function ruler() {
  const row = el("div", { className: "ruler", ariaHidden: "true" });
  for (let i = 0; i < WIDTH; i++) {
    row.append(el("span", { "data-ten": i % 10 ? undefined : String(i / 10) }, String(i % 10)));
  }
  return row;
}

// pieces cuts a field where a row ends, and the key and the payload into bytes.
// Each piece is { bit, width }, and byte where it shows one.
function pieces(field, frame) {
  const list = [];
  const end = field.bit + field.width;
  if (["key", "payload", "code"].includes(field.id)) {
    const last = (frame.headerLength + MAX_PAYLOAD) * 8;
    for (let bit = field.bit; bit < Math.min(end, last); bit += 8) list.push({ bit, width: 8, byte: bit / 8 });
    return list;
  }
  for (let bit = field.bit; bit < end;) {
    const width = Math.min(end - bit, WIDTH - bit % WIDTH);
    list.push({ bit, width });
    bit += width;
  }
  return list;
}

function cell(record, field, piece) {
  const bits = bitsOf(record.bytes, piece.bit, piece.width);
  const { value, name, label } = piece.byte === undefined ?
    headerWords(field, piece) : byteWords(record, field, piece);
  const i = piece.byte - record.frame.headerLength; // index in the payload
  return el("button", {
    type: "button", tabIndex: -1,
    className: `cell f-${field.id} w-${piece.width}`,
    "data-f": field.id,
    "data-b": piece.byte,
    "data-k": i >= 0 && record.frame.masked ? record.frame.headerLength - 4 + i % 4 : undefined,
    ariaLabel: label,
  },
  el("span", { className: "bits" }, ...[...bits].map((b) => el("i", {}, b))),
  el("span", { className: "value" }, value),
  el("span", { className: "name" }, name));
}

// headerWords are the words in a cell of the header.
function headerWords(field, piece) {
  const first = piece.bit === field.bit;
  return {
    value: first ? field.value : "",
    name: first ? field.means ?? field.name : "continued",
    label: `${field.name}, ${field.width} ${field.width === 1 ? "bit" : "bits"}: ${field.value}`,
  };
}

// byteWords are the words in a cell that shows one byte.
function byteWords(record, field, piece) {
  const digits = hex([record.bytes[piece.byte]]);
  const i = piece.byte - record.frame.headerLength;
  if (field.id === "key") {
    const k = i + 4;
    return { value: digits, name: `key k${k}`, label: `masking key, byte ${k}: ${digits}` };
  }
  if (field.id === "code") {
    return { value: digits, name: "close code", label: `close code, byte ${i}: ${digits}` };
  }
  const c = record.frame.characters[i];
  return { value: digits, name: `payload ${i}` + (/[^·]/.test(c) ? ` → ${c}` : ""), label: `payload, byte ${i}: ${digits} ${c}` };
}

function bitsOf(bytes, bit, width) {
  let s = "";
  for (let i = bit; i < bit + width; i++) s += bytes[i >> 3] >> (7 - i % 8) & 1;
  return s;
}
