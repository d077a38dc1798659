// Things to find. The texts stand in the page; this file knows when one is
// found. A quest has parts: the elements of the page with data-part.

const isHello = (record) => record.from === "client" && record.frame?.name === "text" &&
  new TextDecoder().decode(record.frame.plain) === "Hello";

// POINTED lists the parts that are found by pointing at a field or a line:
// quest, part, and whether { record, id } is it.
const POINTED = [
  ["handshake", "key", ({ record, line }) => record.kind === "request" && line === "sec-websocket-key"],
  ["handshake", "accept", ({ record, line }) => record.kind === "response" && line === "sec-websocket-accept"],
  ["hello", "fin", ({ record, id }) => isHello(record) && id === "fin"],
  ["hello", "opcode", ({ record, id }) => isHello(record) && id === "opcode"],
  ["hello", "mask", ({ record, id }) => isHello(record) && id === "mask"],
  ["echo", "mask", ({ record, id }) => record.from === "server" && record.frame?.name === "text" && id === "mask"],
  ["length", "xlength", ({ id }) => id === "xlength"],
  ["close", "code", ({ id }) => id === "code"],
];

// CHOSEN lists the parts that are found by choosing a frame.
const CHOSEN = [
  ["ping", "ping", (f) => f.name === "ping"],
  ["ping", "pong", (f) => f.name === "pong"],
  ["fragments", "first", (f) => f.fin === 0 && f.opcode !== 0],
  ["fragments", "last", (f) => f.fin === 1 && f.opcode === 0],
];

// quests marks what is found in box and returns { pointed, chosen }. say tells
// it to a screen reader.
export function quests(box, say) {
  const all = [...box.querySelectorAll("[data-quest]")];

  function find(quest, part) {
    const item = all.find((q) => q.dataset.quest === quest);
    const words = item.querySelector(`[data-part="${part}"]`);
    if (words.classList.contains("found")) return;
    words.classList.add("found");
    say(`Found: ${words.textContent}`);
    if (item.querySelector("[data-part]:not(.found)")) return;
    item.classList.add("found");
    const n = all.filter((q) => q.classList.contains("found")).length;
    box.querySelector("#found").textContent = `${n} of ${all.length} found`;
  }

  return {
    // pointed is for { record, ids }: fields or lines that the reader points at.
    pointed(record, ids) {
      // A byte that holds several fields points at none of them.
      if (ids.length !== 1) return;
      const [id] = ids;
      const line = record.lines?.find((l) => l.id === id).name.toLowerCase();
      for (const [quest, part, is] of POINTED) if (is({ record, id, line })) find(quest, part);
    },
    chosen(record) {
      for (const [quest, part, is] of CHOSEN) if (record.frame && is(record.frame)) find(quest, part);
    },
  };
}
