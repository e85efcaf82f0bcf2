// A shared draft as one of its team sees it: keys, versions, what colleagues wrote (FORMAT.md 10).
//
// The server says who is named and holds ciphertext. Whose keys a section is under is believed only from inside its key's
// envelope; a key that this browser has not seen there is given nothing before a person has compared its fingerprint.

import { base64, unbase64 } from "../seal/encoding.js";
import { fingerprint, keyId, recipientFor } from "./draftkey.js";
import { DraftFault, makeFileKey, makeSection, openChunks, openPart, openSection, sealChunks, sealPart, sealedLength } from "./section.js";
import { pin, pinned } from "./store.js";

const TRIES = 4;
const MEDIA = "application/offset+octet-stream";

function token() {
  return window.mingcai?.csrf?.() ?? "";
}

/** Ask the server; gives its JSON. Throws an Error with `status`, `code` and `problem`. */
export async function ask(url, body) {
  const options = body === undefined ? {} : {
    method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json", "X-CSRFToken": token() },
  };
  const answer = await fetch(url, {
    credentials: "same-origin", cache: "no-store", ...options, headers: { Accept: "application/json", ...options.headers },
  });
  const value = await answer.json().catch(() => ({}));
  if (answer.ok) return value;
  throw Object.assign(new Error(value.detail ?? value.title ?? answer.statusText), { status: answer.status, code: value.code, problem: value });
}

/** One shared draft; `addresses` as embedded in the page, `seed` the person's own secret. */
export class Team {
  state = null;
  secrets = {};
  unproven = {};
  faults = {};
  parts = {};

  constructor(addresses, seed) {
    Object.assign(this, { addresses, seed });
  }

  /** The newest state; opens what is new. Gives the names of the parts that a colleague has written since. */
  async look() {
    this.state = await ask(this.addresses.state);
    const { draft, sections } = this.state;
    this.seen ??= (await pinned(draft, this.seed)) ?? { secrets: {}, versions: {} };
    for (const [name, section] of Object.entries(sections)) {
      if (section.generation) await this.openOne(name, section);
      else if (this.state.owner) await this.rekey(name, { [this.state.me]: await recipientFor(this.seed) });
    }
    for (const name of Object.keys(this.secrets)) if (this.outdated(name) && !this.unproven[name]?.length) await this.rekey(name);
    const fresh = [];
    for (const [name, { section, version }] of Object.entries(this.state.parts)) {
      if (!this.secrets[section] || (this.parts[name]?.version ?? 0) >= version) continue;
      await this.fetch(name, section);
      fresh.push(name);
    }
    await this.note();
    return fresh;
  }

  async openOne(name, { generation, envelope }) {
    if (this.secrets[name]?.generation === generation) return;
    delete this.faults[name];
    try {
      const known = this.secrets[name] ?? this.seen.secrets[name] ?? null;
      const given = { draft: this.state.draft, section: name, generation, envelope: unbase64(envelope), seed: this.seed, known };
      const { secret, unproven } = await openSection(given);
      this.unproven[name] = unproven;
      this.secrets[name] = secret;
    } catch (error) {
      if (!(error instanceof DraftFault)) throw error;
      delete this.secrets[name];
      this.faults[name] = error.code;
    }
  }

  async fetch(name, section) {
    const { version, content } = await ask(this.addresses.part.replace("PART", encodeURIComponent(name)));
    if (version < (this.seen.versions[name] ?? 0)) throw new DraftFault("rolled-back");
    const given = { draft: this.state.draft, part: name, version, secret: this.secrets[section], content: unbase64(content) };
    this.parts[name] = { version, section, values: await openPart(given) };
  }

  async note() {
    for (const [name, secret] of Object.entries(this.secrets)) if (!this.unproven[name]?.length) this.seen.secrets[name] = secret;
    for (const [name, { version }] of Object.entries(this.parts)) this.seen.versions[name] = version;
    await pin(this.state.draft, this.seed, this.seen).catch(() => {});
  }

  // --- who reads ---

  reads(person, section) {
    return section === "rest" || person.sees_price;
  }

  /** Those of a section's present readers who are still named and have the same key: {user: recipient}. */
  trusted(section) {
    const { readers } = this.secrets[section];
    const kept = this.state.people.filter((one) => one.recipient && this.reads(one, section) && readers[one.user] === keyId(one.user, one.recipient));
    return Object.fromEntries(kept.map((one) => [one.user, one.recipient]));
  }

  /** Whether somebody holds a section's key who no longer reads it. */
  outdated(section) {
    return Object.keys(this.secrets[section].readers).length !== Object.keys(this.trusted(section)).length;
  }

  /** People who are named and have a key that a section is not under yet: {user, name, fingerprint, changed}. */
  waiting() {
    const found = [];
    for (const person of this.state.people) {
      if (!person.recipient) continue;
      const id = keyId(person.user, person.recipient);
      const lacking = Object.keys(this.secrets).filter((section) => this.reads(person, section) && this.secrets[section].readers[person.user] !== id);
      const changed = Boolean(this.seenKey(person.user)) && this.seenKey(person.user) !== id;
      if (lacking.length) found.push({ ...person, lacking, changed, fingerprint: fingerprint(id) });
    }
    return found;
  }

  seenKey(user) {
    return Object.values(this.seen.secrets).map(({ readers }) => readers[user]).find(Boolean);
  }

  /** Give a person the sections they are named for: somebody has compared the fingerprint. */
  async admit({ user, recipient, lacking }) {
    for (const section of lacking) await this.rekey(section, { [user]: recipient });
    await this.note();
  }

  /** Accept the people of a key that nobody known has vouched for: somebody has compared their fingerprints. */
  async accept() {
    this.unproven = {};
    await this.note();
  }

  /** Put a section and all its parts under a new key, for its present readers and those who are `admitted` {user: recipient}. */
  async rekey(section, admitted = {}) {
    for (let left = TRIES; ; left--) {
      const before = this.secrets[section] ?? null;
      const named = Object.entries(admitted).filter(([user, recipient]) => (
        this.state.people.some((one) => one.user === user && one.recipient === recipient && this.reads(one, section))
      ));
      const readers = { ...(before && this.trusted(section)), ...Object.fromEntries(named) };
      const { secret, envelope } = await makeSection({ draft: this.state.draft, section, readers, before });
      const parts = {};
      for (const [name, facts] of Object.entries(this.state.parts)) {
        if (facts.section !== section) continue;
        await this.fetch(name, section);
        const { version, values } = this.parts[name];
        const content = await sealPart({ draft: this.state.draft, part: name, version: version + 1, secret, values });
        parts[name] = { base: version, content: base64(content) };
      }
      try {
        const url = this.addresses.section.replace("PART", section);
        await ask(url, { generation: secret.generation, envelope: base64(envelope), readers: secret.readers, parts });
        this.secrets[section] = secret;
        for (const name of Object.keys(parts)) this.parts[name].version += 1;
        return;
      } catch (error) {
        if (error.status !== 409 || left === 0) throw error;
        this.state = await ask(this.addresses.state);
        await this.openOne(section, this.state.sections[section]);
        if (!this.secrets[section]) throw error;
        const { readers: now } = this.secrets[section];
        if (!this.outdated(section) && Object.keys(admitted).every((user) => user in now)) return; // a colleague did it
      }
    }
  }

  // --- what is written ---

  /** Whether this person may write a part now. */
  writes(name) {
    return this.state.writes.includes(name);
  }

  /** Keep the next version of a part. Throws with `code` `part-changed` when a colleague was faster: look, then merge. */
  async write(name, section, values, uploads = []) {
    const base = this.parts[name]?.version ?? 0;
    const secret = this.secrets[section];
    if (!secret || this.unproven[section]?.length) throw new DraftFault("unproven");
    const content = await sealPart({ draft: this.state.draft, part: name, version: base + 1, secret, values });
    const url = this.addresses.part.replace("PART", encodeURIComponent(name));
    const { version } = await ask(url, { base, generation: secret.generation, content: base64(content), uploads });
    this.parts[name] = { version, section, values };
    await this.note();
  }

  /** Encrypt a file and upload it chunk by chunk, going on where a lost line stopped it; gives what its part keeps of it. */
  async upload(file) {
    const key = makeFileKey();
    const length = sealedLength(file.size);
    const headers = { "Tus-Resumable": "1.0.0", "X-CSRFToken": token() };
    const began = await fetch(this.addresses.uploads, {
      method: "POST", credentials: "same-origin",
      headers: { ...headers, "Upload-Length": String(length), "Upload-Metadata": `draft ${btoa(this.state.draft)}` },
    });
    if (!began.ok) throw Object.assign(new Error(began.statusText), { status: began.status });
    const where = began.headers.get("Location");
    let at = 0;
    for await (const chunk of sealChunks(key, file)) {
      await this.send(where, headers, at, chunk);
      at += chunk.length;
    }
    const upload = where.replace(/\/+$/, "").split("/").at(-1);
    return { name: file.name, size: file.size, type: file.type, modified: file.lastModified, upload, key };
  }

  async send(where, headers, at, chunk) {
    let offset = at;
    for (let left = TRIES; ; left--) {
      const sent = await fetch(where, {
        method: "PATCH", credentials: "same-origin", body: chunk.subarray(offset - at),
        headers: { ...headers, "Content-Type": MEDIA, "Upload-Offset": String(offset) },
      }).catch(() => null);
      if (sent?.ok) return;
      if (left === 0) throw Object.assign(new Error("the file was not uploaded"), { status: sent?.status ?? 0 });
      await new Promise((resolve) => setTimeout(resolve, 1000));
      const stands = await fetch(where, { method: "HEAD", credentials: "same-origin", headers }).catch(() => null);
      if (stands?.ok) offset = Number(stands.headers.get("Upload-Offset"));
      if (offset >= at + chunk.length) return;
    }
  }

  /** A colleague's file in the clear. */
  async download({ upload, key, name, type, modified }) {
    const answer = await fetch(this.addresses.file.replace("UPLOAD", upload), { credentials: "same-origin" });
    if (!answer.ok) throw Object.assign(new Error(answer.statusText), { status: answer.status });
    return new File([await openChunks(key, await answer.blob())], name, { type, lastModified: modified });
  }
}
