// What each field of a frame means, in one or two sentences for the value that
// it has. Every text names the section that it rests on.

import { closeCode, hex } from "./frame.js";

const OPCODE_TEXTS = {
  continuation: "This frame goes on with the message that an earlier frame began.",
  text: "A message of text begins. All of its payload together is UTF-8.",
  binary: "A message of bytes begins. What they mean is for the application to know.",
  close: "The closing handshake. Each side sends one close frame, and no more data after it.",
  ping: "Are you there? The other side owes a pong with the same payload.",
  pong: "Yes. It carries the payload of the ping that it answers.",
};

const CLOSE_TEXTS = {
  1000: "normal: the purpose of the connection is fulfilled",
  1001: "going away: a server shuts down, or a page is left",
  1002: "a rule of the protocol was broken",
  1003: "data of a kind that the receiver cannot take",
  1007: "text that is not UTF-8, or the like",
  1008: "against a rule of the receiver",
  1009: "a message too big for the receiver",
  1011: "something unexpected stopped the server",
};

const who = (record) => record.from === "client" ? "browser" : "server";

// explain returns { title, text, section } for a field of a frame record.
// For the payload it is about one byte, whose index in record.bytes is byte.
export function explain(record, id, byte) {
  const f = record.frame;
  switch (id) {
    case "fin":
      if (f.opcode & 0b1000) {
        return { title: `FIN = ${f.fin}`, section: "5.5", text: "A control frame is never sent in pieces, so FIN is always 1." };
      }
      return {
        title: `FIN = ${f.fin}`, section: "5.4",
        text: f.fin ?
          "This is the last frame of its message. " +
            (f.opcode ? "Here it is also the first: the message came in one piece." : "The fragments before it had FIN = 0.") :
          "The message is not complete: more frames follow. They have opcode 0, and the last of them has FIN = 1.",
      };
    case "rsv1": case "rsv2": case "rsv3":
      return {
        title: `${id.toUpperCase()} = ${f[id]}`, section: "5.2",
        text: "Reserved for extensions, such as compression. None was agreed on in this handshake, so the bit must be 0.",
      };
    case "opcode":
      return {
        title: `opcode = ${f.opcode.toString(16).toUpperCase()}, ${f.name}`,
        section: { continuation: "5.4", close: "5.5.1", ping: "5.5.2", pong: "5.5.3" }[f.name] ?? "5.6",
        text: OPCODE_TEXTS[f.name] ?? "This opcode has no meaning yet.",
      };
    case "mask":
      return {
        title: `MASK = ${f.masked}`, section: "5.1",
        text: f.masked ?
          "The payload is masked, and the key stands before it. Every frame from a client must be." :
          "The payload is as it is, and there is no key. A frame from a server must not be masked.",
      };
    case "length":
      return {
        title: `length = ${f.length7}`, section: "5.2",
        text: f.lengthBits === 7 ?
          `Up to 125 these seven bits are the length of the payload itself: ${bytes(f.length)}.` :
          `${f.length7} is not a length. It says that the length follows in the next ${f.lengthBits / 8} bytes.`,
      };
    case "xlength":
      return {
        title: `extended length = ${f.length}`, section: "5.2",
        text: f.lengthBits === 16 ?
          "126 to 65,535 bytes take this form: 16 bits, the high byte first. A shorter length must not use it." :
          "65,536 bytes and more take this form: 64 bits, of which the first is always 0. A shorter length must not use it.",
      };
    case "key":
      return {
        title: `masking key = ${hex(f.key)}`, section: "5.3",
        text: "The browser draws four random bytes for each frame. Nobody who writes the text can know what bytes will be on the wire.",
      };
    case "code":
      return {
        title: `close code = ${closeCode(f)}`, section: "7.4.1",
        text: `The ${who(record)} says why: ${CLOSE_TEXTS[closeCode(f)] ?? "a code of the application's own"}. ` +
          `As bytes it is ${hex(f.plain.subarray(0, 2)).replace(" ", "\u00a0")}, the high one first.`,
      };
    case "payload": {
      const i = byte - f.headerLength;
      return { title: `payload byte ${i}`, section: f.masked ? "5.3" : "5.2", text: oneByte(f, i) };
    }
  }
}

// oneByte tells about byte i of the payload.
function oneByte(f, i) {
  const h = (b) => "0x" + hex([b]);
  if (!f.masked) return `${h(f.plain[i])} is ${meaning(f, i)}. Nothing to undo: the server does not mask.`;
  return `${h(f.payload[i])} on the wire, XOR k${i % 4} ${h(f.key[i % 4])}, gives ${h(f.plain[i])}: ${meaning(f, i)}.`;
}

function meaning(f, i) {
  const b = f.plain[i];
  const c = String.fromCharCode(b);
  if (/[a-z]/i.test(c)) return `the letter “${c}”`;
  if (b === 0x20) return "a space";
  if (b > 0x20 && b < 0x7f) return `the sign “${c}”`;
  if (b >= 0x80 && f.name === "text") return "a part of a character that takes several bytes";
  return `the number ${b}`;
}

// summary tells about a frame as a whole.
export function summary(record) {
  const f = record.frame;
  return {
    title: "", section: "5.2",
    text: `A header of ${bytes(f.headerLength)} and a payload of ${bytes(f.length)}. Point at a field, or go through them with the arrow keys.`,
  };
}

export function bytes(n) {
  return n === 1 ? "1 byte" : `${n.toLocaleString("en")} bytes`;
}
