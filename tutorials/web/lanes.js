// Masked and unmasked payload, one below the other (§5.3): the bytes of the
// wire, the lane of the key that each of them stands on, and what comes out.

import { el } from "./dom.js";
import { hex } from "./frame.js";

const COLUMNS = 8;     // two rounds of the four lanes
const MAX_BYTES = 64;

// lanes returns the tables for a frame record: eight bytes each.
export function lanes(record) {
  const f = record.frame;
  const shown = Math.min(f.payload.length, MAX_BYTES);
  const box = el("div", { className: "lanes" });
  for (let at = 0; at < shown; at += COLUMNS) box.append(table(f, at, Math.min(at + COLUMNS, shown)));
  if (f.length > shown) box.append(el("p", { className: "more" }, `… and ${(f.length - shown).toLocaleString("en")} more`));
  return box;
}

function table(f, from, to) {
  const row = (head, style, cell) => {
    const tr = el("tr", {}, el("th", { scope: "row" }, head));
    for (let i = from; i < to; i++) {
      tr.append(el("td", {
        className: style(i), "data-f": inCode(f, i) ? "code" : "payload",
        "data-b": f.headerLength + i,
        "data-k": f.masked ? f.headerLength - 4 + i % 4 : undefined,
      }, ...cell(i)));
    }
    return tr;
  };
  const payload = (i) => inCode(f, i) ? "f-code" : "f-payload";
  const t = el("table", {}, el("caption", { className: "unseen" }, `Payload bytes ${from} to ${to - 1}`));
  if (f.masked) {
    t.append(
      row("on the wire", (i) => `masked ${payload(i)}`, (i) => [hex([f.payload[i]])]),
      row("XOR key", (i) => `f-key lane-${i % 4}`, (i) => [hex([f.key[i % 4]]), el("sub", {}, `k${i % 4}`)]),
      row("gives", payload, (i) => [hex([f.plain[i]])]));
  } else {
    t.append(row("on the wire", payload, (i) => [hex([f.plain[i]])]));
  }
  t.append(row("as text", () => "char", (i) => [f.characters[i]]));
  return t;
}

function inCode(f, i) {
  return f.name === "close" && i < 2 && f.length >= 2;
}
