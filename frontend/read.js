// Bids read beside the work: a PDF page at a time, jumps to the pages that bidders cite, two bids side by side, one's own notes.
//
// <section data-reader>: controls by data-reader-… names, a <canvas> and a .textLayer. <button data-read="FILE" data-page="3"
// data-find="words"> anywhere on the page opens that file; files and their addresses stand as options of each reader.
// The file is parsed in a worker that reaches nothing; nothing in it is run, its links and forms are not drawn.

import { getDocument, PDFWorker, TextLayer } from "pdfjs-dist/legacy/build/pdf.mjs";

const { announce, csrf } = window.mingcai;
const LARGEST = 200 * 1024 * 1024;
const SHARPEST = 2;
const SAVE_AFTER_MS = 700;
const ZOOMS = [0.5, 0.67, 0.8, 1, 1.25, 1.5, 2, 3];
const MAX_PIXELS = 64e6;

const plain = (text) => text.normalize("NFKC").replace(/\s+/g, "").toLowerCase();
const room = document.querySelector("[data-room]");
let worker = null;
const documents = new Map();

/** Fetch and parse a file, once. */
function opened(option) {
  const { value: id } = option;
  if (!documents.has(id)) {
    documents.set(id, load(option).catch((error) => {
      documents.delete(id);
      throw error;
    }));
  }
  return documents.get(id);
}

async function load({ dataset }) {
  if (Number(dataset.size) > LARGEST) throw new RangeError("large");
  const response = await fetch(dataset.url, { credentials: "same-origin" });
  if (!response.ok) throw new Error(String(response.status));
  worker ??= new PDFWorker({ port: new Worker(room.dataset.worker) });
  const parts = room.dataset.pdfjs;
  return getDocument({
    data: new Uint8Array(await response.arrayBuffer()), worker, isEvalSupported: false, useWorkerFetch: false, enableXfa: false,
    cMapUrl: `${parts}/cmaps/`, cMapPacked: true, standardFontDataUrl: `${parts}/standard_fonts/`,
    wasmUrl: `${parts}/wasm/`, iccUrl: `${parts}/iccs/`, maxImageSize: MAX_PIXELS,
  }).promise;
}

class Reader {
  constructor(place) {
    this.place = place;
    this.part = (name) => place.querySelector(`[data-reader-${name}]`);
    this.zoom = ZOOMS.indexOf(1);
    this.page = 1;
    this.find = "";
    this.turn = 0;
    this.notes = this.part("note") && new Notes(this);
    this.bind();
  }

  get option() {
    return this.part("file").selectedOptions[0];
  }

  get file() {
    return this.option?.value ?? "";
  }

  get bid() {
    return this.option?.dataset.bid ?? "";
  }

  bind() {
    this.part("file").addEventListener("change", () => this.show(this.file, 1));
    this.part("page").addEventListener("change", (event) => this.go(Number(event.target.value)));
    const steps = { previous: () => this.go(this.page - 1), next: () => this.go(this.page + 1), smaller: () => this.scale(-1), larger: () => this.scale(1), close: () => close(this) };
    for (const [name, act] of Object.entries(steps)) this.part(name)?.addEventListener("click", act);
    this.part("sheet").addEventListener("keydown", (event) => {
      const turned = { PageDown: 1, PageUp: -1, n: 1, p: -1 }[event.key];
      if (!turned || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      this.go(this.page + turned);
    });
  }

  /** Show a page of a file; words to find on it are marked. */
  async show(file, page = 1, find = "") {
    this.place.hidden = false;
    arrange();
    this.notes?.flush();
    this.part("file").value = file;
    this.find = plain(find);
    this.say(this.place.dataset.wordsLoading);
    const turn = ++this.turn;
    try {
      const found = await opened(this.option);
      if (turn !== this.turn) return;
      this.document = found;
      this.part("count").textContent = String(found.numPages);
      this.part("page").max = String(found.numPages);
      await this.go(page);
    } catch (error) {
      if (turn !== this.turn) return;
      this.document = null;
      this.say(error instanceof RangeError ? this.place.dataset.wordsLarge : this.place.dataset.wordsFailed);
      this.part("canvas").hidden = true;
      this.part("text").replaceChildren();
    }
  }

  async go(page) {
    if (!this.document) return;
    this.notes?.flush();
    this.page = Math.min(Math.max(1, Math.trunc(page) || 1), this.document.numPages);
    this.part("page").value = String(this.page);
    this.notes?.show();
    await this.draw();
    const sheet = this.part("sheet");
    const found = this.part("text").querySelector(".found");
    sheet.scrollTop = 0;
    if (found) sheet.scrollTop = from(found, sheet) - sheet.clientHeight / 2;
  }

  scale(step) {
    this.zoom = Math.min(Math.max(0, this.zoom + step), ZOOMS.length - 1);
    return this.draw();
  }

  async draw() {
    const turn = ++this.turn;
    const page = await this.document.getPage(this.page);
    if (turn !== this.turn) return;
    const wide = page.getViewport({ scale: 1 }).width;
    const within = this.part("sheet").clientWidth - 2;
    const viewport = page.getViewport({ scale: Math.max(0.1, (within / wide) * ZOOMS[this.zoom]) });
    const sharp = Math.min(window.devicePixelRatio || 1, SHARPEST, Math.sqrt(MAX_PIXELS / 4 / (viewport.width * viewport.height)));
    const canvas = this.part("canvas");
    this.painting?.cancel();
    canvas.hidden = false;
    canvas.width = Math.floor(viewport.width * sharp);
    canvas.height = Math.floor(viewport.height * sharp);
    for (const [name, length] of [["width", viewport.width], ["height", viewport.height]]) {
      canvas.style[name] = this.part("paper").style[name] = `${Math.floor(length)}px`;
    }
    this.painting = page.render({ canvas, viewport, transform: sharp === 1 ? null : [sharp, 0, 0, sharp, 0, 0] });
    try {
      await this.painting.promise;
    } catch (error) {
      if (error.name === "RenderingCancelledException") return;
      throw error;
    }
    await this.write(page, viewport, turn);
    if (turn === this.turn) this.say("", `${this.option.textContent.trim()} · ${this.page} / ${this.document.numPages}`);
  }

  /** The page's words over its picture: to be selected, read aloud, and marked where they were searched. */
  async write(page, viewport, turn) {
    const place = this.part("text");
    const fresh = Object.assign(document.createElement("div"), { className: "textLayer" });
    fresh.dataset.readerText = "";
    fresh.style.setProperty("--total-scale-factor", String(viewport.scale));
    const layer = new TextLayer({ textContentSource: page.streamTextContent(), container: fresh, viewport });
    await layer.render();
    if (turn !== this.turn) return;
    place.replaceWith(fresh);
    if (this.find) mark(layer.textDivs, this.find);
  }

  say(text, heard = text) {
    this.part("said").textContent = text;
    if (heard) announce(heard);
  }
}

const from = (inner, outer) => inner.getBoundingClientRect().top - outer.getBoundingClientRect().top;

/** Bring a reader into sight: within its pane where panes scroll by themselves, else by the page. */
function reveal({ place, part }) {
  const pane = place.closest(".pane");
  if (window.innerWidth >= 900) pane.scrollTop += from(place, pane);
  else place.scrollIntoView();
  part("sheet").focus({ preventScroll: true });
}

/** Mark the pieces of text in which the words stand, wherever one piece ends and the next begins. */
function mark(pieces, words) {
  const texts = pieces.map((piece) => plain(piece.textContent));
  const all = texts.join("");
  for (let at = all.indexOf(words); at >= 0; at = all.indexOf(words, at + words.length)) {
    let from = 0;
    texts.forEach((text, n) => {
      if (from < at + words.length && from + text.length > at) pieces[n].classList.add("found");
      from += text.length;
    });
  }
}

/** A member's own note on the page shown. What is saved stands in the list below, from which it is shown again. */
class Notes {
  constructor(reader) {
    this.reader = reader;
    this.text = reader.part("note");
    this.box = reader.part("mark");
    this.said = reader.part("note-said");
    this.text.addEventListener("input", () => this.soon());
    this.text.addEventListener("blur", () => this.flush());
    this.box.addEventListener("change", () => this.save());
  }

  show() {
    const kept = document.querySelector(`[data-note="${this.reader.file}.${this.reader.page}"]`);
    this.text.value = kept?.querySelector("[data-note-text]").textContent ?? "";
    this.box.checked = kept?.dataset.marked === "1";
    this.said.textContent = "";
  }

  soon() {
    clearTimeout(this.timer);
    this.said.textContent = "";
    this.waiting = this.body();
    this.timer = setTimeout(() => this.flush(), SAVE_AFTER_MS);
  }

  body() {
    const { bid, file, page } = this.reader;
    return new URLSearchParams({ bid, file, page, text: this.text.value, marked: this.box.checked ? "1" : "0" });
  }

  flush() {
    clearTimeout(this.timer);
    if (this.waiting) this.save(this.waiting);
  }

  async save(body = this.body()) {
    this.waiting = null;
    const list = document.getElementById("notes");
    const response = await fetch(list.dataset.url, {
      method: "POST", body, credentials: "same-origin", headers: { "X-CSRFToken": csrf(), "HX-Request": "true" },
    }).catch(() => null);
    if (response?.ok) {
      list.innerHTML = await response.text();
      this.said.textContent = list.dataset.wordsSaved;
    } else {
      this.waiting ??= body;
      this.said.textContent = list.dataset.wordsFailed;
    }
  }
}

const readers = [...document.querySelectorAll("[data-reader]")].map((place) => new Reader(place));

function arrange() {
  const open = readers.filter(({ place }) => !place.hidden).length;
  room.classList.toggle("room--reading", open > 0);
  room.classList.toggle("room--beside", open > 1);
}

function close(reader) {
  reader.notes?.flush();
  reader.place.hidden = true;
  arrange();
  for (const other of readers) if (!other.place.hidden && other.document) other.draw();
}

/** The reader that has this bid before it, else the first. */
function readerFor(file) {
  const bid = readers[0].place.querySelector(`option[value="${CSS.escape(file)}"]`)?.dataset.bid;
  return readers.find((reader) => !reader.place.hidden && reader.bid === bid) ?? readers[0];
}

document.addEventListener("click", async (event) => {
  const asked = event.target.closest?.("[data-read], [data-beside]");
  if (!asked || !readers.length) return;
  event.preventDefault();
  if (asked.matches("[data-beside]")) {
    const [first, second] = readers;
    const other = [...second.part("file").options].find(({ dataset }) => dataset.bid !== first.bid) ?? second.option;
    await second.show(other.value, first.page);
    if (first.document) first.draw();
  } else {
    const reader = readerFor(asked.dataset.read);
    await reader.show(asked.dataset.read, Number(asked.dataset.page || 1), asked.dataset.find ?? "");
    reveal(reader);
  }
});
window.addEventListener("resize", () => {
  for (const reader of readers) if (!reader.place.hidden && reader.document) reader.draw();
});
window.addEventListener("beforeunload", (event) => {
  if (readers.some((reader) => reader.notes?.waiting)) event.preventDefault();
});
