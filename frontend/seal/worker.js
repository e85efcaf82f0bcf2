// The sealing worker: served under its own address with its own policy, it holds the secrets of a bid and nothing else
// does. It reads the chosen files in slices, and hands ciphertext to the page for upload. It keeps it in the browser's private
// file system (OPFS) for the case that the upload is cut; where that is missing, in Blobs.
//
// In                          out
// {ask: {id, verb, file}}     {reading: {id, count}}…, {answer: {id, value}}; describe (hashes), inspect (can it be opened),
//                             table (the cells of a workbook)
// {seal: {params, sheet, files: [{file, described}], passphrase}}
//                             {began: {part, length}}, {piece: {part, blob}}…, {progress}…, {sealed}, {ended: {part, blob}},
//                             {kept}: whether an interrupted upload can go on after a restart of the browser
// anything                    {fault}
// The same script is its own helper, which hashes on another core: in {update: bytes} and {digest: true}, out {taken} and
// {digest}.

import { base64 } from "./encoding.js";
import { describe, hashHere, hashWhole } from "./container.js";
import { inspect } from "./inspect.js";
import { WHOLE } from "./memory.js";
import { sealBid } from "./seal.js";
import { readTable } from "./xlsx.js";

const IN_FLIGHT = 4;

/** Ciphertext in a private file, which survives a restart of the browser. */
class PrivateFile {
  static async open(folder, name) {
    const file = await folder.getFileHandle(name, { create: true });
    return new PrivateFile(file, await file.createSyncAccessHandle());
  }

  constructor(file, access) {
    Object.assign(this, { file, access, at: 0 });
  }

  /** Take the room at once: growing the file with every write is slow. */
  begin(length) {
    this.access.truncate(length);
  }

  /** All of the bytes, or QuotaExceededError and none of them counted. */
  write(bytes) {
    for (let done = 0; done < bytes.length; ) {
      const count = this.access.write(bytes.subarray(done), { at: this.at + done });
      // Chromium gives its negative error as a number beyond 4 billion when the disk or the quota is full.
      if (count === 0 || count > bytes.length - done) throw new DOMException("no room", "QuotaExceededError");
      done += count;
    }
    this.at += bytes.length;
  }

  /** What was written, when there is no room for more. */
  async begun() {
    this.access.close();
    return (await this.file.getFile()).slice(0, this.at);
  }

  /** Not forced to the disk: after a power cut the server's check of the hash asks for a new seal. */
  finish() {
    this.access.close();
    return this.file.getFile();
  }
}

/** Ciphertext in Blobs, which the browser moves out of memory as it sees fit; gone when the page closes. */
class BlobParts {
  constructor(...blobs) {
    this.blobs = blobs;
  }

  begin() {}

  write(bytes) {
    this.blobs.push(new Blob([bytes]));
  }

  async finish() {
    return new Blob(this.blobs, { type: "application/octet-stream" });
  }
}

/** Where a part goes: the page is told about every piece of it, it is hashed, and it is kept in this browser. */
class Part {
  /** `kept` keeps it; `full` is called when that has no room. */
  constructor(name, kept, full) {
    Object.assign(this, { name, kept, full, length: 0, at: 0 });
  }

  async begin(length) {
    this.length = length;
    this.how = length <= WHOLE ? new AtOnce(length) : new AsItComes(await hashElsewhere(), (work) => this.keep(work));
    if (length > WHOLE) await this.keep((kept) => kept.begin(length));
    postMessage({ began: { part: this.name, length } });
  }

  room(count) {
    return this.how.room(count, this.at);
  }

  async write(bytes) {
    this.at += bytes.length;
    await this.how.write(bytes);
    postMessage({ piece: { part: this.name, blob: new Blob([bytes]) } });
  }

  finish() {
    return this.how.digest();
  }

  /** Have all of it kept, and tell the page where it lies from now on. */
  async settle() {
    const { whole } = this.how;
    if (whole) await this.keep((kept) => (kept.begin(this.length), kept.write(whole)));
    postMessage({ ended: { part: this.name, blob: await this.kept.finish() } });
  }

  /** Do something with what keeps the part; without room for it, with Blobs from there on. */
  async keep(work) {
    try {
      work(this.kept);
    } catch (error) {
      if (error.name !== "QuotaExceededError") throw error;
      this.kept = new BlobParts(await this.kept.begun());
      this.full();
      work(this.kept);
    }
  }
}

/** All of a part in memory. It is kept only once it is sealed: what is sealed in part is of no use, and the upload need not wait. */
class AtOnce {
  constructor(length) {
    this.whole = new Uint8Array(length);
  }

  room(count, at) {
    return this.whole.subarray(at, at + count);
  }

  write() {}

  digest() {
    return hashWhole(this.whole);
  }
}

/** A part that is too long for memory: hashed and kept piece by piece. */
class AsItComes {
  constructor(hash, keep) {
    Object.assign(this, { hash, keep, memory: new Uint8Array(0) });
  }

  room(count) {
    if (this.memory.length < count) this.memory = new Uint8Array(count);
    return this.memory.subarray(0, count);
  }

  async write(bytes) {
    await this.hash.update(bytes);
    await this.keep((kept) => kept.write(bytes));
  }

  digest() {
    return this.hash.digest();
  }
}

async function targets(key) {
  try {
    const root = await navigator.storage.getDirectory();
    const folder = await (await root.getDirectoryHandle("sealed", { create: true })).getDirectoryHandle(key, { create: true });
    return { folder, sheet: await PrivateFile.open(folder, "sheet.age"), files: await PrivateFile.open(folder, "files.age") };
  } catch {
    return { folder: null, sheet: new BlobParts(), files: new BlobParts() };
  }
}

/**
 * Keep what an interrupted upload needs: all of it is ciphertext or public to the bidder. Where there is no room for it nothing
 * is kept, and the bid goes on without.
 */
async function remember(folder, state) {
  if (!folder) return false;
  try {
    const access = await (await folder.getFileHandle("state.json", { create: true })).createSyncAccessHandle();
    access.truncate(0);
    access.write(new TextEncoder().encode(JSON.stringify(state)));
    access.flush();
    access.close();
    return true;
  } catch (error) {
    if (error.name === "QuotaExceededError") return false;
    throw error;
  }
}

/** Streaming SHA-256 in a worker of this worker; here where there are none. */
async function hashElsewhere() {
  if (typeof Worker === "undefined") return hashHere();
  const helper = new Worker(self.location.href, { name: "seal-hash" });
  let flying = 0;
  let failed = null;
  let found = null;
  let wake = () => {};
  helper.onmessage = ({ data }) => {
    if (data.taken) flying -= 1;
    if (data.digest) found = data.digest;
    if (data.fault) failed = new Error(data.fault.message);
    wake();
  };
  helper.onerror = (event) => {
    failed = new Error(event.message || "the hashing worker did not start");
    wake();
  };
  const until = async (condition) => {
    while (!condition() && !failed) await new Promise((resolve) => (wake = resolve));
    if (failed) throw failed;
  };
  return {
    async update(bytes) {
      await until(() => flying < IN_FLIGHT);
      flying += 1;
      const copy = bytes.slice();
      helper.postMessage({ update: copy }, [copy.buffer]);
    },
    async digest() {
      helper.postMessage({ digest: true });
      await until(() => found);
      helper.terminate();
      return found;
    },
  };
}

/** At most ten messages a second, and the last one. */
function sparingly(tell) {
  let last = 0;
  return (done, whole) => {
    const now = performance.now();
    if (now - last < 100 && !whole) return;
    last = now;
    tell(done);
  };
}

async function seal({ params, sheet, files, passphrase }) {
  const into = await targets(params.idempotency_key);
  const full = () => (into.folder = null);
  const tell = sparingly((progress) => postMessage({ progress }));
  const sinks = { sheet: new Part("sheet", into.sheet, full), files: new Part("files", into.files, full) };
  const sealed = await sealBid({
    params, sheet, files, passphrase, sinks,
    onProgress: (progress) => tell(progress, progress.done === progress.total),
  });
  const state = { record: sealed.record, recordHash: sealed.recordHash, envelopes: sealed.envelopes.map(base64) };
  postMessage({ sealed: { ...state, kit: sealed.kit && new Blob([sealed.kit]) } });
  for (const part of Object.values(sinks)) await part.settle();
  postMessage({ kept: await remember(into.folder, state) });
}

const VERBS = { describe, inspect, table: readTable };

async function read({ id, verb, file }) {
  let count = 0;
  const tell = sparingly(() => postMessage({ reading: { id, count } }));
  const value = await VERBS[verb](file, (more) => {
    count += more;
    tell(count, count === file.size);
  });
  postMessage({ answer: { id, value } });
}

let hash = null;

async function help({ update, digest }) {
  hash ??= await hashHere();
  if (update) {
    await hash.update(update);
    postMessage({ taken: true });
  } else if (digest) {
    postMessage({ digest: await hash.digest() });
    hash = null;
  }
}

// Ready before the first message: loading is what takes longest for a small bid.
hashHere().catch(() => {});

let turn = Promise.resolve();
onmessage = ({ data }) => {
  const work = () => (data.seal ? seal(data.seal) : data.ask ? read(data.ask) : help(data));
  turn = turn.then(work).catch((error) => {
    // The browser itself refuses to read a file that was changed after it was chosen.
    const code = error.name === "NotReadableError" ? "changed" : typeof error.code === "string" ? error.code : error.name;
    postMessage({ fault: { code: code ?? "failed", path: error.path, message: error.message, id: data.ask?.id } });
  });
};
