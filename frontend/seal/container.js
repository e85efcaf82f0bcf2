// The container of one part, encrypted as it is written (FORMAT.md 3.5).

import { createSHA256, createXXHash64 } from "hash-wasm";

import { AgePayload, CHUNK, TAG } from "./age.js";
import { canonical, concat, hex, len4 } from "./encoding.js";
import { SealingFault } from "./faults.js";
import { padded } from "./padding.js";

export { padded };

const SLICE = 4 << 20;
const BATCH = 64;
const MAX_MANIFEST = 1 << 20;
/** What is hashed whole, in memory, by the browser's own SHA-256, which is several times as fast; longer bytes as a stream. */
export const WHOLE = (globalThis.navigator?.deviceMemory ?? 0) >= 8 ? 256 << 20 : 32 << 20;
const ZEROS = new Uint8Array(1 << 20);

/** The bytes of a file in slices; the next slice is on its way while the last is worked on. */
async function* slices(file) {
  const read = (at) => (at < file.size ? file.slice(at, Math.min(at + SLICE, file.size)).arrayBuffer() : null);
  let coming = read(0);
  for (let at = 0; at < file.size; at += SLICE) {
    const bytes = new Uint8Array(await coming);
    coming = read(at + SLICE);
    yield bytes;
  }
}

/** Streaming SHA-256 on this thread. */
export async function hashHere() {
  const hash = await createSHA256();
  return { update: async (bytes) => void hash.update(bytes), digest: async () => hash.digest("hex") };
}

/** SHA-256 of bytes that are gathered first, at most `length` of them. */
export function hashWhole(length) {
  const whole = new Uint8Array(length);
  let at = 0;
  return {
    async update(bytes) {
      whole.set(bytes, at);
      at += bytes.length;
    },
    digest: async () => hex(new Uint8Array(await crypto.subtle.digest("SHA-256", whole.subarray(0, at)))),
  };
}

/**
 * Read a file for its place in the manifest: {size, sha256, quick}. `quick` only tells, when the file is read again to be
 * sealed, that nobody has changed it in between.
 */
export async function describe(file, tick = () => {}) {
  const quick = await createXXHash64();
  if (file.size <= WHOLE) {
    const bytes = new Uint8Array(await file.arrayBuffer());
    const digest = crypto.subtle.digest("SHA-256", bytes);
    quick.update(bytes);
    tick(bytes.length);
    return { size: bytes.length, sha256: hex(new Uint8Array(await digest)), quick: quick.digest("hex") };
  }
  const hash = await createSHA256();
  let size = 0;
  for await (const bytes of slices(file)) {
    hash.update(bytes);
    quick.update(bytes);
    size += bytes.length;
    tick(bytes.length);
  }
  return { size, sha256: hash.digest("hex"), quick: quick.digest("hex") };
}

/** Encrypts what is put, and hands the age file on in pieces of about 4 MiB. */
class Container {
  constructor(payload, plaintext, out) {
    Object.assign(this, { payload, plaintext, out, at: 0 });
    this.chunks = Math.ceil(plaintext / CHUNK);
    this.buffer = new Uint8Array(CHUNK);
    this.batch = [];
    this.made = null;
  }

  async put(bytes) {
    for (let done = 0; done < bytes.length; ) {
      const index = Math.floor(this.at / CHUNK);
      const within = this.at % CHUNK;
      const size = Math.min(CHUNK, this.plaintext - index * CHUNK);
      const count = Math.min(size - within, bytes.length - done);
      if (count === size) {
        await this.encrypt(index, bytes.subarray(done, done + count));
      } else {
        this.buffer.set(bytes.subarray(done, done + count), within);
        if (within + count === size) await this.encrypt(index, this.buffer.subarray(0, size));
      }
      this.at += count;
      done += count;
    }
  }

  async encrypt(index, plain) {
    this.batch.push(this.payload.chunk(index, index === this.chunks - 1, plain));
    if (this.batch.length === BATCH) await this.flush();
  }

  /** Hand on what was encrypted before, while the newest batch is being encrypted. */
  async flush() {
    const before = this.made;
    this.made = this.batch.length ? Promise.all(this.batch) : null;
    this.made?.catch(() => {}); // it is told when it is waited for
    this.batch = [];
    if (before) await this.out(concat(...(await before)));
  }

  async finish() {
    while (this.at < this.plaintext) await this.put(ZEROS.subarray(0, Math.min(ZEROS.length, this.plaintext - this.at)));
    await this.flush();
    await this.flush();
    this.buffer.fill(0);
    this.payload.end();
  }
}

/**
 * Write one part, encrypted to `recipient`, into `sink`: `begin(length)`, `write(bytes)` from front to back, `finish()`.
 *
 * `files` are {name, file, described}; `manifest(list)` gives the manifest object; `createHash` gives streaming SHA-256.
 * Gives {sha256, length, padded} of the age file. Throws SealingFault `changed` if a file is not what was described.
 */
export async function writeContainer({ manifest, files, recipient, sink, random, createHash, tick }) {
  const head = canonical(manifest(files.map(({ name, described: { sha256, size } }) => ({ name, sha256, size }))));
  if (head.length > MAX_MANIFEST) throw new SealingFault("malformed", "the manifest is too long");
  const plaintext = padded(4 + head.length + files.reduce((sum, { described }) => sum + described.size, 0));
  const payload = await AgePayload.begin(recipient, random);
  const length = payload.header.length + plaintext + TAG * Math.ceil(plaintext / CHUNK);
  await sink.begin(length);
  const hash = await createHash(length);
  const out = async (bytes) => {
    await hash.update(bytes);
    await sink.write(bytes);
  };
  await out(payload.header);
  const container = new Container(payload, plaintext, out);
  await container.put(concat(len4(head), head));
  for (const { name, file, described } of files) {
    const quick = await createXXHash64();
    let size = 0;
    for await (const bytes of slices(file)) {
      size += bytes.length;
      if (size > described.size) break;
      quick.update(bytes);
      await container.put(bytes);
      tick(bytes.length);
    }
    if (size !== described.size || quick.digest("hex") !== described.quick) {
      throw new SealingFault("changed", `${name} changed while it was sealed`);
    }
  }
  await container.finish();
  await sink.finish();
  return { sha256: await hash.digest(), length, padded: plaintext };
}
