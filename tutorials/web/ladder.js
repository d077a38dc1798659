// The time line: the browser on the left, the server on the right, and a rung
// for all that went from one to the other.

import { el, rove, stop } from "./dom.js";
import { closeCode, text } from "./frame.js";
import { bytes } from "./explain.js";

const MAX_RUNGS = 200; // older ones are let go

// ladder fills box and returns { add, note, choose }. chosen(record) is called
// when the reader picks a rung, by a click or with the arrow keys.
export function ladder(box, chosen) {
  const list = el("ol", { className: "rungs" });
  const gone = el("p", { className: "more", hidden: true });
  box.append(gone, list);
  const records = new WeakMap();
  let removed = 0;

  const pick = (event) => {
    const rung = event.target.closest(".rung");
    if (!rung || rung.ariaCurrent === "true") return;
    mark(rung);
    chosen(records.get(rung));
  };
  rove(list, ".rung");
  list.addEventListener("focusin", pick);
  list.addEventListener("click", pick); // a click does not give focus everywhere

  function mark(rung) {
    for (const other of list.querySelectorAll('[aria-current="true"]')) other.ariaCurrent = "false";
    rung.ariaCurrent = "true";
    stop(list, rung);
  }

  function append(item) {
    const follow = box.scrollHeight - box.scrollTop - box.clientHeight < 40;
    list.append(el("li", {}, item));
    while (list.children.length > MAX_RUNGS) {
      list.firstChild.remove();
      gone.hidden = false;
      gone.textContent = `${++removed} older lines are not kept`;
    }
    if (follow) box.scrollTop = box.scrollHeight;
  }

  return {
    add(record) {
      record.rung = rung(record);
      records.set(record.rung, record);
      append(record.rung);
    },
    note(words) { append(el("p", { className: "between" }, words)); },
    // choose opens the newest record in the place of the reader.
    choose(record) {
      mark(record.rung);
      box.scrollTop = box.scrollHeight;
    },
  };
}

function rung(record) {
  const [label, preview] = words(record);
  const way = record.from === "client" ? "browser to server" : "server to browser";
  return el("button", {
    type: "button", tabIndex: -1, className: `rung from-${record.from} is-${record.frame?.name ?? "head"}`,
    ariaLabel: `${way}: ${label} ${preview}, after ${time(record.after)}`,
  },
  el("span", { className: "arrow" }, el("span", { className: "words" }, el("b", {}, label), " ", preview)),
  el("span", { className: "time" }, time(record.after)));
}

// words are the name of a record and a few letters of what it carries.
export function words(record) {
  if (record.kind === "request") return ["request", "GET, Upgrade"];
  if (record.kind === "response") return ["response", "101"];
  const f = record.frame;
  switch (f.name) {
    case "close":
      return ["close", closeCode(f) ?? "no code"];
    case "ping": case "pong": case "binary":
      return [f.name, bytes(f.length)];
  }
  const letters = [...text(f.plain.subarray(0, 64))];
  const quote = letters.slice(0, 12).join("") + (letters.length > 12 ? "…" : "");
  return [f.name + (f.fin ? "" : ", FIN = 0"), quote ? `“${quote}”` : "empty"];
}

function time(ms) {
  return `${(ms / 1000).toFixed(4)} s`;
}
