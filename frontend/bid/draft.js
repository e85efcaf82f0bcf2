// A bid's draft in this browser: what was typed, and copies of the chosen files, encrypted (store.js).

import { change, read, reveal, shut } from "./store.js";
import { makeFileKey, openChunks, sealChunks } from "./section.js";

/** One draft; `key` names whose and for what it is. Every call may reject where the browser keeps nothing. */
export class Draft {
  constructor(key) {
    this.key = key;
    this.range = IDBKeyRange.bound([key, ""], [key, "\uffff"]);
  }

  /** What was kept: {at, fields, files: Map of id -> File}, or null. */
  async read() {
    const [kept, keys, values] = await read(["drafts", "files"], (drafts, files) => [
      drafts.get(this.key), files.getAllKeys(this.range), files.getAll(this.range),
    ]);
    if (!kept) return null;
    const files = await Promise.all(values.map(async ({ facts, blob }) => {
      const { key, name, type, modified } = await reveal(facts);
      return new File([await openChunks(key, blob)], name, { type, lastModified: modified });
    }));
    return { at: kept.at, fields: await reveal(kept.fields), files: new Map(keys.map(([, id], index) => [id, files[index]])) };
  }

  async write(fields) {
    const kept = { at: Date.now(), fields: await shut(fields) };
    await change(["drafts"], (drafts) => drafts.put(kept, this.key));
    return kept.at;
  }

  async keepFile(id, file) {
    const key = makeFileKey();
    const sealed = [];
    for await (const chunk of sealChunks(key, file)) sealed.push(new Blob([chunk]));
    const facts = await shut({ key, name: file.name, type: file.type, modified: file.lastModified });
    await change(["files"], (files) => files.put({ facts, blob: new Blob(sealed) }, [this.key, id]));
  }

  dropFile(id) {
    return change(["files"], (files) => files.delete([this.key, id]));
  }

  forget() {
    return change(["drafts", "files"], (drafts, files) => {
      drafts.delete(this.key);
      files.delete(this.range);
    });
  }
}
