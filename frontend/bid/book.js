// Prices from a workbook: read in a worker of this browser, put into the fields, and every row that did not fit named.

import { yuan } from "../words.js";
import { droppable } from "./attachments.js";
import { readPrices } from "./prices.js";
import { say } from "./words.js";

const SHOWN_MOST = 200;

function wordsOf({ row, code, given, wanted }) {
  const asked = typeof wanted === "number" ? yuan(wanted) : wanted;
  return (row ? say("row", { row }) : "") + say(`row-${code}`, { given, wanted: asked });
}

/** `items` gives the lot's lines, `fill(prices)` puts what was found into the fields. */
export function wireBook(page, workerUrl, items, fill) {
  const input = page.querySelector("[data-book]");
  const said = page.querySelector("[data-book-said]");
  const list = page.querySelector("[data-book-faults]");

  async function read(file) {
    list.replaceChildren();
    said.textContent = say("phase-reading");
    let found;
    try {
      found = readPrices(await window.mingcai.seal.table(file, workerUrl), items());
    } catch (error) {
      const code = { "too-many": "too-large", password: "old-or-password" }[error.code] ?? error.code;
      said.textContent = say(`book-${code}`) || say("book-failed");
      said.focus();
      return;
    }
    fill(found.prices);
    said.textContent = say("imported", { count: Object.keys(found.prices).length, all: items().length, name: file.name });
    list.replaceChildren(...found.faults.slice(0, SHOWN_MOST).map((fault) => {
      const line = document.createElement("li");
      line.textContent = wordsOf(fault);
      return line;
    }));
    if (found.faults.length > SHOWN_MOST) list.append(Object.assign(document.createElement("li"), { textContent: "…" }));
    said.focus();
  }

  page.querySelector("[data-book-button]").addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    const [file] = input.files;
    if (file) read(file);
    input.value = "";
  });
  droppable(page.querySelector("[data-book-drop]"), ([file]) => file && read(file));
}
