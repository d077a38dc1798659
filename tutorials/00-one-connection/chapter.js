// Chapter 0: what the buttons do, and what is shown when frames arrive.

import { inspector } from "/web/inspector.js";
import { ladder, words } from "/web/ladder.js";
import { watch } from "/web/live.js";
import { quests } from "./quests.js";

const $ = (id) => document.getElementById(id);

const found = quests(document.querySelector(".quests"), say);
const open = inspector($("inspector"), (record, ids) => found.pointed(record, ids));
const rungs = ladder($("ladder"), (record) => {
  open(record);
  found.chosen(record);
});

// wanted tells which of the coming records is opened by itself: the next one
// that fits. What the reader has chosen stays open otherwise.
let wanted = () => true;
let wire = start();

function start() {
  return watch({
    ready() { wire.connect(); },
    record(record) {
      rungs.add(record);
      say(`${record.from === "client" ? "The browser" : "The server"} sent: ${words(record).join(" ")}`);
      if (!wanted(record)) return;
      wanted = () => false;
      rungs.choose(record);
      open(record);
    },
    note: rungs.note,
    opened() { state("on", "connected"); },
    closed(code) { state("off", `closed with code ${code}`); },
    gone() {
      state("off", "The book is closed. Open it again with go run ./tutorials, then connect.");
      wire = null;
    },
  });
}

// state shows how the subject is: lamp "on", "off" or "wait", and a sentence.
function state(lamp, text) {
  $("lamp").dataset.is = lamp;
  $("state").textContent = text;
  $("again").hidden = lamp !== "off";
  for (const control of document.querySelectorAll("[data-live]")) control.disabled = lamp !== "on";
}

// say tells a screen reader what the ladder shows to the eye.
function say(text) {
  $("say-aloud").textContent = text;
}

function send(data) {
  wanted = (record) => record.from === "client" && record.frame?.opcode <= 2;
  wire.send(data);
}

$("say").addEventListener("submit", (event) => {
  event.preventDefault();
  send($("words").value);
  $("words").select();
});
$("binary").addEventListener("click", () => send(new TextEncoder().encode($("words").value)));
$("long").addEventListener("click", () => send("x".repeat(126)));
$("longer").addEventListener("click", () => send("x".repeat(65536)));
$("close").addEventListener("click", () => wire.close(1000, "bye"));

$("ping").addEventListener("click", () => wire.ask({ do: "ping" }));
$("fragments").addEventListener("click", () => wire.ask({ do: "fragments" }));
$("server-close").addEventListener("click", () => wire.ask({ do: "close", code: Number($("code").value) }));

$("again").addEventListener("click", () => {
  wanted = (record) => record.kind === "request";
  state("wait", "connecting");
  if (wire) wire.connect();
  else wire = start();
  $("words").focus();
});

$("live").hidden = false;
state("wait", "connecting");
