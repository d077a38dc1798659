// Bytes in hex, the way a packet capture shows them.

import { el, rove } from "./dom.js";

const ROW = 16;

// hexview returns the bytes as rows. marks(i) says which fields byte i belongs
// to: { ids, style }, where style names the colour.
export function hexview(bytes, marks) {
  const box = el("div", { className: "hex", role: "group", ariaLabel: "The bytes on the wire, in hex", "data-scroll": "" });
  for (let at = 0; at < bytes.length; at += ROW) {
    const row = el("div", { className: "hexrow" }, el("span", { className: "offset", ariaHidden: "true" }, at.toString(16).padStart(4, "0")));
    for (let i = at; i < Math.min(at + ROW, bytes.length); i++) {
      const { ids, style } = marks(i);
      const digits = bytes[i].toString(16).padStart(2, "0");
      row.append(el("button", {
        type: "button", tabIndex: i ? -1 : 0, className: `byte f-${style}`,
        "data-f": ids, "data-b": i, ariaLabel: `byte ${i}: ${digits}, ${ids}`,
      }, digits));
    }
    box.append(row);
  }
  rove(box, ".byte");
  return box;
}
