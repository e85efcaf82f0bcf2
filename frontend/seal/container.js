// The container of one part, encrypted as it is written (FORMAT.md 3.5).

import { createSHA256, createXXHash64 } from "hash-wasm";

import { AgePayload, CHUNK, TAG } from "./age.js";
import { canonical, concat, hex, len4 } from "./encoding.js";
import { SealingFault } from "./faults.js";
import { WHOLE } from "./memory.js";
import { padded } from "./padding.js";

export { padded };

const SLICE = 4 << 20;
const BATCH = 64;
const MAX_MANIFEST = 1 << 20;
const ZEROS = new Uint8Array(1 << 20);

/** The bytes of a file in slices, each good until the next is asked for, which is on its way meanwhile. */
async function* slices(file) {
  const reader = byteReader(file);
  if (!reader) return yield* copies(file);
  const read = (memory) => reader.read(new Uint8Array(memory));
  let spare = new ArrayBuffer(SLICE);
  let coming = read(new ArrayBuffer(SLICE));
  try {
    for (;;) {
      const { done, value } = await coming;
      if (done) return;
      coming = read(spare);
      yield value;
      spare = value.buffer;
    }
  } finally {
    coming.catch(() => {});
    await reader.cancel().catch(() => {});
  }
}

/** A reader that fills the memory it is given, instead of new memory for every slice; null where there is none. */
function byteReader(file) {
  try {
    return file.stream().getReader({ mode: "byob" });
  } catch {
    return null;
  }
}

async function* copies(file) {
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

/** SHA-256 of bytes in memory by the browser's own code, which is several times as fast; in hexadecimal. */
export async function hashWhole(bytes) {
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
}

/**
 * Read a file for its place in the manifest: {size, sha256, quick}. `quick` only tells, when the file is read again to be
 * sealed, that nobody has changed it in between.
 */
export async function describe(file, tick = () => {}) {
  const quick = await createXXHash64();
  if (file.size <= WHOLE) {
    const bytes = new Uint8Array(await file.arrayBuffer());
    const sha256 = hashWhole(bytes);
    quick.update(bytes);
    tick(bytes.length);
    return { size: bytes.length, sha256: await sha256, quick: quick.digest("hex") };
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

/** Encrypts what is put, and hands the age file on to `sink` in pieces of about 4 MiB. */
class Container {
  constructor(payload, plaintext, sink) {
    Object.assign(this, { payload, plaintext, sink, at: 0 });
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
    if (before) await pass(this.sink, ...(await before));
  }

  async finish() {
    while (this.at < this.plaintext) await this.put(ZEROS.subarray(0, Math.min(ZEROS.length, this.plaintext - this.at)));
    await this.flush();
    await this.flush();
    this.buffer.fill(0);
    this.payload.end();
  }
}

/** Put bytes together where the sink wants them. */
async function pass(sink, ...parts) {
  const room = sink.room(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    room.set(part, at);
    at += part.length;
  }
  await sink.write(room);
}

/**
 * Write one part, encrypted to `recipient`, into `sink`: `begin(length)`, then from front to back `room(count)`, which gives
 * memory for the next bytes, and `write(room)` once they are in it; `finish()` gives the SHA-256 of all in hexadecimal.
 *
 * `files` are {name, file, described}; `manifest(list)` gives the manifest object.
 * Gives {sha256, length, padded} of the age file. Throws SealingFault `changed` if a file is not what was described.
 */
export async function writeContainer({ manifest, files, recipient, sink, random, tick }) {
  const head = canonical(manifest(files.map(({ name, described: { sha256, size } }) => ({ name, sha256, size }))));
  if (head.length > MAX_MANIFEST) throw new SealingFault("malformed", "the manifest is too long");
  const plaintext = padded(4 + head.length + files.reduce((sum, { described }) => sum + described.size, 0));
  const payload = await AgePayload.begin(recipient, random);
  const length = payload.header.length + plaintext + TAG * Math.ceil(plaintext / CHUNK);
  await sink.begin(length);
  await pass(sink, payload.header);
  const container = new Container(payload, plaintext, sink);
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
  return { sha256: await sink.finish(), length, padded: plaintext };
}
