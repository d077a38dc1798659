// The opening handshake: two HTTP heads, line by line, and how the server's
// answer follows from the client's key (§1.3, §4).

import { el, rove } from "./dom.js";
import { hex } from "./frame.js";

// GUID is the fixed string of §1.3.
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

// What the lines mean, by the lower-case name of the header: colour, section,
// and a sentence or two.
const LINES = {
  "get": ["opcode", "4.1", "An ordinary GET of HTTP/1.1. So a WebSocket comes in through the port and the proxies that are there for HTTP already."],
  "http/1.1": ["opcode", "4.2.2", "101: agreed. After the empty line below, this connection no longer speaks HTTP."],
  "host": ["rsv1", "4.1", "Which server is meant. The book answers to localhost only, so that a strange site cannot let its own name point here."],
  "upgrade": ["length", "4.1", "The protocol to go on with, on the same TCP connection."],
  "connection": ["length", "4.1", "Says that Upgrade is meant for the next station on the way. A proxy that does not know it will not pass it on."],
  "origin": ["code", "10.2", "The site that the page came from. A script cannot change it, so a server can turn the pages of strangers away."],
  "sec-websocket-version": ["fin", "4.1", "13 is the protocol of RFC 6455. The numbers before it were drafts."],
  "sec-websocket-key": ["key", "4.1", "16 random bytes in base64, new for each connection. It is no secret and protects nothing: the answer must fit it, that is all."],
  "sec-websocket-accept": ["payload", "4.2.2", "Made from the key. It proves that the server understood the request as a WebSocket handshake: see below."],
  "sec-websocket-extensions": ["mask", "9.1", "What the browser can do on top, here compression. An answer without this line declines it, so the payload stays readable."],
  "sec-websocket-protocol": ["mask", "1.9", "The application's own protocol that both sides agree to speak inside the frames."],
  "": ["rsv1", "4.1", "An empty line ends the head. The byte after it is the first of a frame."],
};
const OTHER = ["rsv1", "4.1", "HTTP carries this line along. The WebSocket handshake does not look at it."];

// parseHead cuts a head into lines: { id, name, value, start, end, … }.
export function parseHead(bytes) {
  const lines = [];
  for (let start = 0; start < bytes.length;) {
    const newline = bytes.indexOf(0x0a, start);
    const end = newline < 0 ? bytes.length : newline + 1;
    const words = latin1(bytes.subarray(start, end)).trimEnd();
    const [, name, value] = lines.length ? /^([^:]*):?\s*(.*)$/.exec(words) : /^(\S*)\s*(.*)$/.exec(words);
    const [style, section, about] = LINES[name.toLowerCase()] ?? OTHER;
    lines.push({ id: `line-${lines.length}`, name, value, words, start, end, style, section, about });
    start = end;
  }
  return lines;
}

// value returns the value of a header line, or "".
export function value(lines, name) {
  return lines.find((l) => l.name.toLowerCase() === name)?.value ?? "";
}

// headLines returns the lines of a record as they are read, with their ends.
export function headLines(record) {
  const list = el("div", { className: "head", role: "toolbar", ariaLabel: `The ${record.kind}, line by line` });
  for (const line of record.lines) {
    list.append(el("button", {
      type: "button", className: `line f-${line.style}`, tabIndex: list.firstChild ? -1 : 0, "data-f": line.id,
    }, el("span", {}, line.words), el("span", { className: "crlf", ariaHidden: "true" }, "\\r\\n")));
  }
  rove(list, ".line");
  return list;
}

// accept shows how the accept value comes from the key, step by step.
export function accept(handshake) {
  // The bytes of the SHA-1 are what the accept value spells in base64.
  const sum = Uint8Array.from(atob(handshake.accept), (c) => c.charCodeAt(0));
  const verdict = el("p", { className: "verdict" });
  check(handshake, verdict);
  return el("div", { className: "accept" },
    el("h3", {}, "From the key to the accept value"),
    el("dl", {},
      el("dt", {}, "the key, as it was sent"), el("dd", { className: "f-key" }, handshake.key),
      el("dt", {}, "and a fixed string behind it"), el("dd", { className: "f-rsv1" }, GUID),
      el("dt", {}, "SHA-1 of both"), el("dd", {}, hex(sum)),
      el("dt", {}, "in base64: the accept value"), el("dd", { className: "f-payload" }, handshake.accept)),
    verdict);
}

// check computes the SHA-1 once more, here in the page. Browsers offer it only
// to pages from localhost and https.
async function check(handshake, verdict) {
  if (!globalThis.crypto?.subtle) return;
  const sum = await crypto.subtle.digest("SHA-1", new TextEncoder().encode(handshake.key + GUID));
  const own = btoa(String.fromCharCode(...new Uint8Array(sum)));
  verdict.textContent = own === handshake.accept ?
    "This page has computed it too: the same. Had it differed, the browser would have closed the connection." :
    `This page has computed ${own}: not the same!`;
}

function latin1(bytes) {
  return String.fromCharCode(...bytes);
}
