// One rung of the ladder, opened: what it says, as a picture, as hex, and with
// the mask taken off.

import { el, sectionLink } from "./dom.js";
import { bytes, explain, summary } from "./explain.js";
import { fields } from "./frame.js";
import { grid } from "./grid.js";
import { accept, headLines } from "./heads.js";
import { hexview } from "./hexview.js";
import { lanes } from "./lanes.js";
import { light } from "./light.js";

// inspector fills box and returns open(record). pointed(record, ids) is called
// when the reader points at something in it.
export function inspector(box, pointed) {
  let record = null;
  const note = el("p", { className: "note", ariaLive: "polite" });
  const out = light(box, (at) => {
    if (!record) return;
    tell(note, at ? about(record, at) : overview(record));
    if (at) pointed(record, at.ids);
  });
  return function open(next) {
    record = next;
    box.replaceChildren(title(record), ...(record.frame ? frameParts(record, note) : headParts(record, note)));
    out();
  };
}

function title(record) {
  const way = record.from === "client" ? "browser → server" : "server → browser";
  const words = record.frame ?
    `${record.frame.name}, ${bytes(record.frame.length)}, ${record.frame.masked ? "masked" : "not masked"}` :
    `the opening handshake, ${record.kind}, ${bytes(record.bytes.length)}`;
  return el("h2", {}, el("span", { className: "way" }, way), " ", words);
}

function frameParts(record, note) {
  const f = record.frame;
  const list = fields(f);
  const inByte = (i) => list.filter((x) => x.bit < 8 * i + 8 && x.bit + x.width > 8 * i);
  const marks = (i) => {
    const ids = inByte(i).map((x) => x.id);
    // The first two bytes hold several fields: they have a colour each.
    return { ids: ids.join(" "), style: ids.length > 1 ? `byte${i}` : ids[0] };
  };
  return [
    note, grid(record),
    el("div", { className: "two" },
      el("section", {}, el("h3", {}, "On the wire"), hexview(record.bytes, marks), leftOut(record)),
      el("section", {}, el("h3", {}, f.masked ? "Masked and unmasked" : "The payload"),
        f.length ? lanes(record) : el("p", { className: "more" }, f.opcode ? "This frame has none." :
          "This frame has none. It only says that the message is over: whoever wrote the fragments could not know which was the last."))),
  ];
}

function headParts(record, note) {
  const marks = (i) => {
    const line = record.lines.find((l) => i < l.end);
    return { ids: line.id, style: line.style };
  };
  return [
    note, headLines(record),
    el("div", { className: "two" },
      el("section", {}, el("h3", {}, "On the wire"), hexview(record.bytes, marks)),
      el("section", {}, accept(record.handshake))),
  ];
}

// leftOut tells of the bytes that are not shown, and why.
function leftOut(record) {
  const missing = record.frame.length - record.frame.payload.length - record.leftOut;
  if (missing > 0) return el("p", { className: "more" }, `${bytes(missing)} that the header announces never came.`);
  if (record.leftOut > 0) return el("p", { className: "more" }, `${bytes(record.leftOut)} more crossed the wire and are left out here.`);
  return "";
}

// overview is what the note says while the reader points at nothing.
function overview(record) {
  if (record.frame) return summary(record);
  return { title: "", section: "4", text: "HTTP, for the last time on this connection. Point at a line, or go through them with the arrow keys." };
}

// about is what the note says about a field, a line, or a byte.
function about(record, at) {
  if (!record.frame) {
    const line = record.lines.find((l) => l.id === at.ids[0]);
    return { title: line.name || "the empty line", section: line.section, text: line.about };
  }
  if (at.ids.length === 1) return explain(record, at.ids[0], at.byte);
  const list = fields(record.frame).filter((f) => at.ids.includes(f.id));
  const bits = record.bytes[at.byte].toString(2).padStart(8, "0");
  return {
    title: `byte ${at.byte} = ${bits}`, section: "5.2",
    text: list.map((f) => `${f.name} ${f.value}`).join(", ") + ".",
  };
}

function tell(note, { title, section, text }) {
  note.replaceChildren(title ? el("b", {}, title) : "", " ", text, " ", sectionLink(section));
}
