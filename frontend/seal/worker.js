// The sealing worker: served under its own address with its own policy, it holds the secrets of a bid and nothing else
// does. It reads the chosen files in slices and writes ciphertext to the browser's private file system (OPFS); where that
// is missing, to Blobs.
//
// In: {seal: {params, sheet, files, passphrase}}. Out: {progress}…, {encrypted: {sheet, files}} when the upload may begin,
// then {sealed} or {fault}. The same script is its own helper, which hashes large files on another core:
// in {update: bytes} and {digest: true}, out {taken} and {digest}.

import { base64 } from "./encoding.js";
import { hashHere, sealBid } from "./seal.js";

const IN_FLIGHT = 6;

/** Ciphertext in a private file, which survives a restart of the browser. */
class PrivateFile {
  static async open(folder, name) {
    const file = await folder.getFileHandle(name, { create: true });
    const access = await file.createSyncAccessHandle();
    access.truncate(0);
    return new PrivateFile(file, access);
  }

  constructor(file, access) {
    this.file = file;
    this.access = access;
  }

  /** Take the room at once: growing the file with every write is slow. */
  async begin(length) {
    this.access.truncate(length);
  }

  async write(position, bytes) {
    for (let done = 0; done < bytes.length; ) done += this.access.write(bytes.subarray(done), { at: position + done });
  }

  async finish() {
    this.access.flush();
    this.access.close();
    return this.file.getFile();
  }
}

/** Ciphertext in Blobs, which the browser moves out of memory as it sees fit; gone when the page closes. */
class BlobParts {
  constructor() {
    this.pieces = [];
  }

  async write(position, bytes) {
    this.pieces.push({ position, blob: new Blob([bytes]) });
  }

  async finish() {
    this.pieces.sort((a, b) => a.position - b.position);
    return new Blob(this.pieces.map(({ blob }) => blob), { type: "application/octet-stream" });
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

/** Keep what an interrupted upload needs: all of it is ciphertext or public to the bidder. */
async function remember(folder, state) {
  if (!folder) return;
  const access = await (await folder.getFileHandle("state.json", { create: true })).createSyncAccessHandle();
  access.truncate(0);
  access.write(new TextEncoder().encode(JSON.stringify(state)));
  access.flush();
  access.close();
}

/** Streaming SHA-256 in a worker of this worker; on this thread where there are none. */
async function hashElsewhere() {
  if (typeof Worker === "undefined") return hashHere();
  const helper = new Worker(self.location.href, { name: "seal-hash" });
  let flying = 0;
  let failed = null;
  let wake = () => {};
  let finish = null;
  helper.onmessage = ({ data }) => {
    if (data.taken) flying -= 1;
    if (data.digest) finish(data.digest);
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
      helper.postMessage({ update: bytes }, [bytes.buffer]);
    },
    async digest() {
      let found = null;
      finish = (digest) => (found = digest);
      helper.postMessage({ digest: true });
      await until(() => found);
      helper.terminate();
      return found;
    },
  };
}

async function seal({ params, sheet, files, passphrase }) {
  const into = await targets(params.idempotency_key);
  let last = 0;
  const sealed = await sealBid({
    params, sheet, files, passphrase,
    sinks: { sheet: into.sheet, files: into.files },
    createHash: hashElsewhere,
    onEncrypted: (encrypted) => postMessage({ encrypted }),
    onProgress(progress) {
      const now = performance.now();
      if (now - last < 100 && progress.done < progress.total) return;
      last = now;
      postMessage({ progress });
    },
  });
  const state = { record: sealed.record, recordHash: sealed.recordHash, envelopes: sealed.envelopes.map(base64) };
  await remember(into.folder, state);
  postMessage({ sealed: { ...state, kit: sealed.kit && new Blob([sealed.kit]), kept: Boolean(into.folder) } });
}

let hash = null;

async function help(data) {
  hash ??= await hashHere();
  if (data.update) {
    await hash.update(data.update);
    postMessage({ taken: true });
  } else {
    postMessage({ digest: await hash.digest() });
    hash = null;
  }
}

let turn = Promise.resolve();
onmessage = ({ data }) => {
  turn = turn.then(() => (data.seal ? seal(data.seal) : help(data))).catch((error) => {
    postMessage({ fault: { code: error.code ?? error.name ?? "failed", path: error.path, message: error.message } });
  });
};
