// The two connections of this page (see package live): the wire feed, which
// tells what crosses the wire, and the subject, which is told about.

import { fromHex, parseFrame } from "./frame.js";
import { parseHead, value } from "./heads.js";

// watch opens the feed. on has these functions:
//
//	ready()                  the feed is there: connect() may be called
//	record(record)           a head or a frame crossed the wire
//	note(words)              something between the frames is worth a line
//	opened(), closed(code)   the subject was, with the code of its close
//	gone()                   the feed is over
//
// It returns { connect, send, close, ask }.
export function watch(on) {
  let session = "";
  let subject = null;
  let connections = 0;
  let began = 0; // when the newest subject did, in the server's time

  const feed = new WebSocket(socketURL("/feed"));
  feed.onmessage = (message) => {
    const event = JSON.parse(message.data);
    if (event.dropped) on.note(`${event.dropped} events are missing here: the page could not keep up`);
    take(event);
  };
  feed.onclose = () => on.gone();

  function take(event) {
    switch (event.type) {
      case "session":
        session = event.session;
        return on.ready();
      case "handshake":
        return handshake(event);
      case "frame":
        return on.record(frameRecord(event));
      case "end":
        return on.note(`TCP closed. The server’s Read returned: ${event.text}`);
      case "trouble":
        return on.note(event.text);
    }
  }

  function handshake(event) {
    began = event.at;
    if (++connections > 1) on.note(`connection ${connections}`);
    const request = headRecord("request", "client", event.request);
    const response = headRecord("response", "server", event.response);
    request.handshake = response.handshake = {
      key: value(request.lines, "sec-websocket-key"),
      accept: value(response.lines, "sec-websocket-accept"),
    };
    on.record(request);
    on.record(response);
  }

  function headRecord(kind, from, digits) {
    const bytes = fromHex(digits);
    return { kind, from, bytes, after: 0, lines: parseHead(bytes) };
  }

  function frameRecord(event) {
    const header = fromHex(event.header);
    const bytes = new Uint8Array([...header, ...fromHex(event.payload)]);
    return {
      kind: "frame", from: event.from, bytes, frame: parseFrame(bytes),
      leftOut: event.leftOut ?? 0, after: event.at - began,
    };
  }

  return {
    connect() {
      subject = new WebSocket(socketURL(`/echo/${session}`));
      subject.onopen = () => on.opened();
      subject.onclose = (event) => on.closed(event.code);
    },
    send(data) { subject.send(data); },
    close(code, reason) { subject.close(code, reason); },
    ask(command) { feed.send(JSON.stringify(command)); },
  };
}

function socketURL(path) {
  const url = new URL(path, location.href);
  url.protocol = url.protocol.replace("http", "ws");
  return url;
}
