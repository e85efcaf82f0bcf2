// The attachments: chosen or dropped, looked into one after the other, listed with what was found, removed again.

import { say, size } from "./words.js";

const seal = () => window.mingcai.seal;

/** Keeps the list in the page. `changed(what, entry)` is told "added", "removed" or "looked". */
export class Attachments {
  entries = [];

  constructor(page, workerUrl, changed) {
    Object.assign(this, { workerUrl, changed, looking: Promise.resolve() });
    this.list = page.querySelector("[data-files]");
    this.total = page.querySelector("[data-files-total]");
    this.row = document.getElementById("file-row").content.firstElementChild;
    const input = page.querySelector("#attachments");
    const choose = page.querySelector("[data-choose]");
    this.own = page.dataset.envelope === "price" ? "price-files" : "files";
    const chosenFor = (part) => () => {
      this.part = part;
      input.click();
    };
    choose.addEventListener("click", chosenFor(this.own));
    this.priced = page.querySelector("[data-choose-priced]");
    this.priced.addEventListener("click", chosenFor("price-files"));
    input.addEventListener("change", () => {
      this.add([...input.files], [], this.part);
      input.value = ""; // the same file may be chosen again
    });
    droppable(page.querySelector("[data-drop]"), (files) => this.choose.disabled || this.add(files));
    this.choose = choose;
  }

  /** Whether files of a part may be removed here. */
  may = () => true;

  /** Offer to attach to these parts only. */
  allow(parts) {
    this.choose.disabled = !parts.includes(this.own);
    this.priced.hidden = this.own === "price-files" || !parts.includes("price-files");
  }

  get files() {
    return this.entries.map(({ file }) => file);
  }

  /** Add files; `ids` names those that a draft brings back, `part` the part of a shared draft they belong to. */
  add(files, ids = [], part = this.own) {
    for (const [index, file] of files.entries()) {
      const entry = { id: ids[index] ?? crypto.randomUUID(), file, part, facts: null, faults: null };
      this.entries.push(entry);
      this.show(entry);
      this.looking = this.looking.then(() => this.look(entry));
      if (!ids[index]) this.changed("added", entry);
    }
    this.sum();
  }

  show(entry) {
    const row = this.row.cloneNode(true);
    row.querySelector("[data-name]").textContent = entry.file.name;
    row.querySelector("[data-size]").textContent = size(entry.file.size);
    row.querySelector("[data-state]").textContent = say("looking");
    const remove = row.querySelector("[data-remove]");
    remove.hidden = !this.may(entry.part);
    row.querySelector("[data-priced]").hidden = entry.part !== "price-files";
    remove.setAttribute("aria-label", say("remove", { name: entry.file.name }));
    remove.addEventListener("click", () => this.remove(entry));
    entry.element = row;
    this.list.append(row);
  }

  remove(entry) {
    const next = (entry.element.nextElementSibling ?? entry.element.previousElementSibling)?.querySelector("[data-remove]");
    this.drop(entry);
    (next ?? this.choose).focus();
    window.mingcai.announce?.(say("removed", { name: entry.file.name }));
    this.changed("removed", entry);
  }

  /** Take an entry off the list, as a colleague did. */
  drop(entry) {
    this.entries = this.entries.filter((one) => one !== entry);
    entry.element.remove();
    this.sum();
  }

  async look(entry) {
    if (!this.entries.includes(entry)) return;
    try {
      entry.faults = await seal().inspect(entry.file, this.workerUrl);
      entry.facts = await seal().describe(entry.file, this.workerUrl);
    } catch {
      entry.faults = [{ code: "unreadable", block: true }];
    }
    const place = entry.element.querySelector("[data-state]");
    const said = entry.faults.map(({ code, ...facts }) => say(`file-${code}`, { name: entry.file.name, ...facts }));
    place.textContent = said.join(" ") || say("in-order");
    entry.element.classList.toggle("file-row--wrong", entry.faults.some(({ block }) => block));
    entry.element.classList.toggle("file-row--doubt", entry.faults.some(({ block }) => !block));
    this.changed("looked", entry);
  }

  /** All files have been looked into. */
  async settled() {
    for (let seen = null; seen !== this.looking; ) {
      seen = this.looking;
      await seen;
    }
  }

  sum() {
    const bytes = this.files.reduce((all, file) => all + file.size, 0);
    this.total.textContent = this.files.length ? `${this.files.length} · ${size(bytes)}` : "";
  }
}

/** Let files be dropped on a part of the page; folders are left out. */
export function droppable(place, take) {
  const over = (on) => place.classList.toggle("drop--over", on);
  place.addEventListener("dragover", (event) => {
    if (![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    over(true);
  });
  place.addEventListener("dragleave", () => over(false));
  place.addEventListener("drop", (event) => {
    event.preventDefault();
    over(false);
    const items = [...event.dataTransfer.items].filter((item) => item.kind === "file");
    const plain = items.filter((item) => item.webkitGetAsEntry?.()?.isDirectory !== true).map((item) => item.getAsFile());
    take((items.length ? plain : [...event.dataTransfer.files]).filter(Boolean));
  });
}
