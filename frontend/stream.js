// Follow live streams: <div data-stream="kind.uuid" data-after="41" data-refresh-url="…" data-refresh-on="a.b c.d">.
//
// Every frame {seq, type, at, data} becomes a DOM event `stream:event` on the element. With `data-refresh-url` the
// element is fetched again from the server (one renderer), all frames within a quarter of a second together. A lost
// connection is tried again with growing pauses, from the last frame seen: nothing is lost and nothing comes twice.

const { announce, sayConnection, words } = window.mingcai;
const GATHER_MS = 250;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15000;
const SAY_AFTER_MS = 3000;

class Stream {
  constructor(id, after) {
    this.id = id;
    this.after = after;
    this.elements = new Set();
    this.pause = FIRST_PAUSE_MS;
    this.lostAt = null;
    this.ended = false;
    this.connect();
  }

  connect() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    this.socket = new WebSocket(`${scheme}://${location.host}/ws/streams/${encodeURIComponent(this.id)}?after=${this.after}`);
    this.socket.addEventListener("open", () => this.opened());
    this.socket.addEventListener("message", (event) => this.received(JSON.parse(event.data)));
    this.socket.addEventListener("close", (event) => this.closed(event));
  }

  opened() {
    this.pause = FIRST_PAUSE_MS;
    if (this.said) sayConnection("");
    if (this.said) announce(words("online"));
    this.said = false;
    this.lostAt = null;
    this.mark("live");
  }

  received(frame) {
    if (frame.type === "error") {
      sayConnection(frame.problem?.detail || frame.problem?.title || words("failed"));
      return;
    }
    if (typeof frame.seq === "number") {
      if (frame.seq <= this.after) return;
      this.after = frame.seq;
    }
    for (const element of this.present()) {
      element.dataset.after = this.after;
      element.dispatchEvent(new CustomEvent("stream:event", { detail: frame, bubbles: true }));
      const only = element.dataset.refreshOn?.split(" ");
      if (element.dataset.refreshUrl && (!only || only.includes(frame.type))) refreshSoon(element);
    }
  }

  closed(event) {
    if (this.ended) return;
    // 4000 + an HTTP status of refusal: trying again would be refused again.
    if (event.code >= 4400 && event.code < 4500 && event.code !== 4408 && event.code !== 4429) {
      this.mark("refused");
      return;
    }
    this.mark("lost");
    this.lostAt ??= Date.now();
    if (!this.said && Date.now() - this.lostAt >= SAY_AFTER_MS) {
      this.said = true;
      sayConnection(words("offline"));
    }
    setTimeout(() => this.again(), this.pause * (0.75 + Math.random() / 2));
    this.pause = Math.min(this.pause * 2, LONGEST_PAUSE_MS);
  }

  again() {
    if (this.present().length === 0) {
      this.end();
    } else {
      this.connect();
    }
  }

  present() {
    for (const element of this.elements) if (!element.isConnected) this.elements.delete(element);
    return [...this.elements];
  }

  mark(state) {
    for (const element of this.present()) element.dataset.streamState = state;
  }

  end() {
    this.ended = true;
    this.socket.close();
    streams.delete(this.id);
  }
}

const streams = new Map();
const waiting = new Map();

function refreshSoon(element) {
  if (waiting.has(element)) return;
  waiting.set(element, setTimeout(() => refresh(element), GATHER_MS));
}

async function refresh(element) {
  // An element being typed in is not replaced under the hands; it is refreshed when the focus leaves it.
  if (element.contains(document.activeElement) && document.activeElement.matches("input, textarea, select")) {
    document.activeElement.addEventListener("blur", () => refresh(element), { once: true });
    return;
  }
  waiting.delete(element);
  if (!element.isConnected) return;
  await window.htmx.ajax("GET", element.dataset.refreshUrl, {
    source: element, target: element, swap: element.dataset.refreshSwap || "innerHTML",
  });
  const shown = element.isConnected ? element : document.getElementById(element.id);
  if (!shown) return;
  shown.classList.remove("just-changed");
  requestAnimationFrame(() => shown.classList.add("just-changed"));
}

function follow(part) {
  const found = [...part.querySelectorAll("[data-stream]")];
  if (part.matches?.("[data-stream]")) found.push(part);
  for (const element of found) {
    const { stream: id, after = "0" } = element.dataset;
    if (!streams.has(id)) streams.set(id, new Stream(id, Number(after)));
    streams.get(id).elements.add(element);
  }
  for (const stream of streams.values()) if (stream.present().length === 0) stream.end();
}

follow(document.body);
document.addEventListener("htmx:load", (event) => follow(event.detail.elt));
window.addEventListener("online", () => {
  for (const stream of streams.values()) stream.pause = FIRST_PAUSE_MS;
});
