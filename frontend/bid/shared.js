// The page of a bid as one of a team sees it: what one writes goes to the others, what they write arrives in its place.

import { partsOf, labelOf, putValues, setWritable, valuesOf } from "./places.js";
import { merge, sameValues } from "./merge.js";
import { DraftFault } from "./section.js";
import { Team } from "./team.js";
import { say, time } from "./words.js";

const WRITE_AFTER = 1500;
const LOOK_EVERY = 8000;
/** The parts that hold attachments: a page for one envelope has one of them. */
const FILES = { single: ["files", "price-files"], technical: ["files"], price: ["price-files"] };
const TRIES = 5;

const sectionOf = (part) => (part.startsWith("price") ? "price" : "rest");

/**
 * `page` is the page of the bid, `desk` what it lends: {attachments, proofs(criterion), chooseProofs(criterion, names),
 * shown()}; `bases` is what this browser kept of the versions it went on from.
 */
export class Shared {
  base = {};
  files = { files: {}, "price-files": {} };
  conflicts = new Map();
  waiting = new Map();
  turn = Promise.resolve();
  begun = false;
  broken = false;
  savedAt = new Date();
  pending = new Set();

  constructor(page, addresses, seed, desk) {
    Object.assign(this, { page, desk, team: new Team(addresses, seed) });
    this.said = page.querySelector("[data-team-said]");
    this.attached = FILES[page.dataset.envelope] ?? FILES.single;
    this.template = document.getElementById("team-conflict").content.firstElementChild;
  }

  /** Begin: `bases` {part: values} are what this browser's own draft went on from. */
  async begin(bases) {
    this.base = bases;
    await this.team.look();
    const readable = (part) => Boolean(this.team.secrets[sectionOf(part)]);
    const { attachments } = this.desk;
    attachments.may = (part) => this.team.writes(part) && readable(part);
    attachments.allow(this.attached.filter(attachments.may));
    for (const part of this.attached) {
      if (this.team.parts[part]) await this.takeFiles(part);
      await this.sendKept(part);
    }
    for (const part of this.parts()) {
      setWritable(this.page, part, this.team.writes(part) && readable(part));
      if (this.team.parts[part]) this.take(part);
      else if (this.team.writes(part) && readable(part)) this.queue(part);
    }
    this.begun = true;
    this.tell();
    this.looking = setInterval(() => document.visibilityState === "visible" && this.do(() => this.look()), LOOK_EVERY);
  }

  parts() {
    return partsOf(this.page).filter((part) => !(part in this.files));
  }

  mine(part) {
    return valuesOf(this.page, part, this.desk.proofs);
  }

  /** One thing after the other; what fails is told, and tried again with the next look. */
  do(work) {
    this.turn = this.turn.then(work).catch((error) => this.failed(error));
    return this.turn;
  }

  failed(error) {
    this.broken = true;
    if (error.status === 404) {
      this.gone = true;
      clearInterval(this.looking);
      this.said.textContent = say("team-removed");
    }
    else if (error instanceof DraftFault) this.said.textContent = say(`team-${error.code}`) || say("team-forged");
    else this.said.textContent = error.problem ? error.message : say("team-offline");
  }

  async look() {
    await this.takeAll(await this.team.look());
    for (const part of [...this.pending]) await this.send(part);
    this.tell();
  }

  /** Something was typed: find where, and send it when the hands rest. */
  typed(target) {
    const part = target.closest?.("[data-part]")?.dataset.part;
    if (!part || part in this.files || !this.team.state || !this.team.writes(part)) return;
    this.pending.add(part);
    this.tell();
    clearTimeout(this.waiting.get(part));
    this.waiting.set(part, setTimeout(() => this.queue(part), WRITE_AFTER));
  }

  queue(part) {
    this.pending.add(part);
    this.do(() => this.send(part));
  }

  /** Take and send everything; true when nothing is left over and every part of this page was read. */
  async settled() {
    if (!this.begun) return false;
    for (const timer of this.waiting.values()) clearTimeout(timer);
    this.broken = false;
    await this.do(() => this.look());
    const read = [...this.parts(), ...this.attached].every((part) => this.team.secrets[sectionOf(part)] || !this.team.state.sections[sectionOf(part)]);
    return !this.broken && read && this.pending.size === 0 && this.conflicts.size === 0;
  }

  async send(part) {
    for (let left = TRIES; left > 0; left--) {
      if (this.conflicts.has(part)) return;
      const files = part in this.files;
      const mine = files ? this.files[part] : this.mine(part);
      if (sameValues(this.base[part] ?? {}, mine)) break;
      try {
        const uploads = files ? Object.values(mine).map(({ upload }) => upload) : [];
        await this.team.write(part, sectionOf(part), mine, uploads);
        this.base[part] = mine;
        this.savedAt = new Date();
        if (!files && !sameValues(this.mine(part), mine)) continue; // typed on meanwhile
        break;
      } catch (error) {
        if (error.code !== "part-changed" && error.code !== "key-outdated") throw error;
        await this.takeAll(await this.team.look());
      }
    }
    this.pending.delete(part);
    this.tell();
    this.desk.shown();
  }

  /** Take what is new, attachments first: responses name them. */
  async takeAll(parts) {
    for (const part of parts) if (this.attached.includes(part)) await this.takeFiles(part);
    for (const part of parts) if (this.parts().includes(part)) this.take(part);
  }

  /** Put what a colleague wrote beside what stands on the page. */
  take(part) {
    const theirs = this.team.parts[part].values;
    const { values, conflicts } = merge(this.base[part] ?? {}, this.mine(part), theirs);
    this.base[part] = theirs;
    putValues(this.page, part, values, this.desk.chooseProofs);
    if (conflicts.length && this.team.writes(part)) this.dispute(part, conflicts, theirs, values);
    else if (!sameValues(values, theirs) && this.team.writes(part)) this.pending.add(part);
    this.desk.shown();
  }

  // --- both wrote the same field ---

  dispute(part, names, theirs, mine) {
    this.conflicts.get(part)?.remove();
    const box = this.template.cloneNode(true);
    const { by, at } = this.team.state.parts[part];
    box.querySelector("[data-who]").textContent = say("team-conflict", { name: by, time: time(new Date(at)) });
    const list = box.querySelector("[data-both]");
    for (const name of names) {
      const show = (value) => (Array.isArray(value) ? value.join("、") : say(String(value)) || String(value ?? ""));
      const rows = [["team-theirs", theirs[name]], ["team-mine", mine[name]]];
      list.append(Object.assign(document.createElement("dt"), { textContent: labelOf(this.page, name) }));
      for (const [word, value] of rows) {
        list.append(Object.assign(document.createElement("dd"), { textContent: `${say(word)} ${show(value ?? "")}` }));
      }
    }
    const settle = (chosen) => () => {
      const now = { ...this.mine(part), ...Object.fromEntries(names.map((name) => [name, chosen(name)])) };
      for (const name of names) if (now[name] === undefined) delete now[name];
      putValues(this.page, part, now, this.desk.chooseProofs);
      box.remove();
      this.conflicts.delete(part);
      this.queue(part);
      this.desk.shown();
    };
    const texts = names.every((name) => name.startsWith("text/response-"));
    box.querySelector("[data-take]").addEventListener("click", settle((name) => theirs[name]));
    box.querySelector("[data-mine]").addEventListener("click", settle((name) => this.mine(part)[name]));
    const join = box.querySelector("[data-join]");
    join.hidden = !texts;
    join.addEventListener("click", settle((name) => [theirs[name], this.mine(part)[name]].filter(Boolean).join("\n")));
    this.conflicts.set(part, box);
    [...this.page.querySelectorAll("[data-part]")].find((one) => one.dataset.part === part).prepend(box);
    window.mingcai.announce?.(box.querySelector("[data-who]").textContent);
  }

  // --- attachments ---

  async takeFiles(part) {
    const theirs = this.team.parts[part].values;
    const { values } = merge(this.base[part] ?? {}, this.files[part], theirs);
    this.base[part] = theirs;
    this.files[part] = values;
    const here = new Map(this.desk.attachments.entries.map((entry) => [entry.id, entry]));
    for (const [id, entry] of here) if (entry.part === part && entry.shared && !(id in values)) {
      this.desk.attachments.drop(entry);
      this.desk.forgetFile(id);
    }
    for (const [id, facts] of Object.entries(values)) {
      if (here.has(id)) Object.assign(here.get(id), { part, shared: true });
      else {
        this.desk.attachments.add([await this.team.download(facts)], [id], part);
        this.desk.attachments.entries.at(-1).shared = true;
      }
    }
    if (!sameValues(values, theirs)) this.pending.add(part);
    this.desk.shown();
  }

  /** What was attached before the draft was shared, or while nobody could be reached. */
  async sendKept(part) {
    for (const entry of this.desk.attachments.entries) if (entry.part === part && !entry.shared) await this.sendFile(entry);
  }

  async sendFile(entry) {
    if (!this.team.writes(entry.part) || !this.team.secrets[sectionOf(entry.part)]) return;
    this.said.textContent = say("team-sending", { name: entry.file.name });
    this.files[entry.part] = { ...this.files[entry.part], [entry.id]: await this.team.upload(entry.file) };
    entry.shared = true;
    await this.send(entry.part);
  }

  added(entry) {
    this.do(() => this.sendFile(entry));
  }

  removed(entry) {
    this.do(async () => {
      const { [entry.id]: gone, ...rest } = this.files[entry.part];
      this.files[entry.part] = rest;
      if (gone) await this.send(entry.part);
    });
  }

  tell() {
    const codes = Object.values(this.team.faults);
    if (codes.length) this.said.textContent = say(`team-${codes[0]}`) || say("team-forged");
    else if (Object.values(this.team.unproven).some((users) => users.length)) this.said.textContent = say("team-unproven");
    else if (this.conflicts.size) this.said.textContent = say("team-both");
    else if (this.team.waiting().length) this.said.textContent = say("team-waiting");
    else this.said.textContent = this.pending.size ? say("team-unsaved") : say("team-saved", { time: time(this.savedAt) });
  }
}
