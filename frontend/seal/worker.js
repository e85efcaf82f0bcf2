// The sealing worker: served under its own address with its own policy, it holds the secrets of a bid and nothing else
// does. It reads the chosen files in slices, and hands ciphertext to the page for upload while it keeps it in the browser's
// private file system (OPFS) for the case that the upload is cut; where that is missing, in Blobs.
//
// In                          out
// {ask: {id, verb, file}}     {reading: {id, count}}…, {answer: {id, value}}; describe (hashes), inspect (can it be opened),
//                             table (the cells of a workbook)
// {seal: {params, sheet, files: [{file, described}], passphrase}}
//                             {began: {part, length}}, {piece: {part, blob}}…, {ended: {part, blob}}, {progress}…, {sealed}
// anything                    {fault}
// The same script is its own helper, which hashes on another core: in {update: bytes} and {digest: true}, out {taken} and
// {digest}.

import { base64 } from "./encoding.js";
import { describe, hashHere, hashWhole, WHOLE } from "./container.js";
import { inspect } from "./inspect.js";
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

/** Keeps a part, and tells the page about every piece of it. `full` is called when the private file system has no room. */
class Shared {
  constructor(part, kept, full) {
    Object.assign(this, { part, kept, full });
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

  async begin(length) {
    await this.keep((kept) => kept.begin(length));
    postMessage({ began: { part: this.part, length } });
  }

  async write(bytes) {
    await this.keep((kept) => kept.write(bytes));
    postMessage({ piece: { part: this.part, blob: new Blob([bytes]) } });
  }

  async finish() {
    postMessage({ ended: { part: this.part, blob: await this.kept.finish() } });
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

/** SHA-256 at once where memory holds all of it, else streaming in a worker of this worker; here where there are none. */
async function hashElsewhere(length) {
  if (length <= WHOLE) return hashWhole(length);
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
  const sealed = await sealBid({
    params, sheet, files, passphrase,
    sinks: { sheet: new Shared("sheet", into.sheet, full), files: new Shared("files", into.files, full) },
    createHash: hashElsewhere,
    onProgress: (progress) => tell(progress, progress.done === progress.total),
  });
  const state = { record: sealed.record, recordHash: sealed.recordHash, envelopes: sealed.envelopes.map(base64) };
  const kept = await remember(into.folder, state);
  postMessage({ sealed: { ...state, kit: sealed.kit && new Blob([sealed.kit]), kept } });
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
