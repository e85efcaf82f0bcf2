// The sealing worker: served under its own address with its own policy, it holds the secrets of a bid and nothing else
// does. It reads the chosen files in slices and writes ciphertext to the browser's private file system (OPFS); where that
// is missing, to Blobs. Messages in: {seal: {params, sheet, files, passphrase}}; out: {progress}, {sealed} or {fault}.

import { base64 } from "./encoding.js";
import { sealBid } from "./seal.js";

const GATHER = 8 << 20;

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
    this.buffer = new Uint8Array(GATHER);
    this.used = 0;
    this.at = 0;
  }

  write(bytes) {
    if (this.used + bytes.length > GATHER) this.flush();
    if (bytes.length > GATHER) {
      this.at += this.access.write(bytes, { at: this.at });
      return;
    }
    this.buffer.set(bytes, this.used);
    this.used += bytes.length;
  }

  flush() {
    this.at += this.access.write(this.buffer.subarray(0, this.used), { at: this.at });
    this.used = 0;
  }

  async end() {
    this.flush();
    this.access.flush();
    this.access.close();
    return this.file.getFile();
  }
}

/** Ciphertext in Blobs, which the browser moves out of memory as it sees fit; gone when the page closes. */
class BlobParts {
  constructor() {
    this.blobs = [];
    this.pieces = [];
    this.size = 0;
  }

  write(bytes) {
    this.pieces.push(bytes);
    this.size += bytes.length;
    if (this.size >= GATHER) this.flush();
  }

  flush() {
    this.blobs.push(new Blob(this.pieces));
    this.pieces = [];
    this.size = 0;
  }

  async end() {
    this.flush();
    return new Blob(this.blobs, { type: "application/octet-stream" });
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

async function seal({ params, sheet, files, passphrase }) {
  const into = await targets(params.idempotency_key);
  let last = 0;
  const sealed = await sealBid({
    params, sheet, files, passphrase,
    sinks: { sheet: async (bytes) => into.sheet.write(bytes), files: async (bytes) => into.files.write(bytes) },
    onProgress(progress) {
      const now = performance.now();
      if (now - last < 100 && progress.done < progress.total) return;
      last = now;
      postMessage({ progress });
    },
  });
  const parts = { sheet: await into.sheet.end(), files: await into.files.end() };
  const state = { record: sealed.record, recordHash: sealed.recordHash, envelopes: sealed.envelopes.map(base64) };
  await remember(into.folder, state);
  postMessage({ sealed: { ...state, parts, kit: sealed.kit && new Blob([sealed.kit]), kept: Boolean(into.folder) } });
}

onmessage = async ({ data }) => {
  try {
    await seal(data.seal);
  } catch (error) {
    postMessage({ fault: { code: error.code ?? error.name ?? "failed", path: error.path, message: error.message } });
  }
};
