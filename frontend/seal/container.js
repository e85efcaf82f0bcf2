// The container of one part, encrypted as it is written (FORMAT.md 3.5).
//
// Its manifest stands first and names the hashes of the files behind it, yet every file is read once only: the manifest's
// length is known beforehand, so the chunks that hold it are kept open and encrypted last.

import { AgePayload, CHUNK, TAG } from "./age.js";
import { canonical, concat, hex, len4 } from "./encoding.js";
import { SealingFault } from "./faults.js";

const SLICE = 4 << 20;
const GATHER = 64 * (CHUNK + TAG);
const MAX_MANIFEST = 1 << 20;
const LEAST = 65536;
const WHOLE = 32 << 20;
const ZEROS = new Uint8Array(1 << 20);

/** The padded length of `length` bytes: Padmé, at least 65536. */
export function padded(length) {
  const base = Math.max(length, LEAST);
  let e = 0;
  for (let left = base; left >= 2; left = Math.floor(left / 2)) e++;
  let s = 1;
  for (let left = e; left >= 2; left = Math.floor(left / 2)) s++;
  const unit = 2 ** (e - s);
  return Math.ceil(base / unit) * unit;
}

/** The bytes of a file in slices; the next slice is on its way while the last is worked on. */
export async function* slices(file, size = SLICE) {
  const read = (at) => (at < file.size ? file.slice(at, Math.min(at + size, file.size)).arrayBuffer() : null);
  let coming = read(0);
  for (let at = 0; at < file.size; at += size) {
    const bytes = new Uint8Array(await coming);
    coming = read(at + size);
    yield bytes;
  }
}

class Container {
  constructor(payload, sink, headLength, plaintext) {
    Object.assign(this, { payload, sink, headLength, plaintext });
    this.chunks = Math.ceil(plaintext / CHUNK);
    this.front = new Uint8Array(Math.min(plaintext, Math.ceil(headLength / CHUNK) * CHUNK));
    this.frontChunks = Math.ceil(this.front.length / CHUNK);
    this.buffer = new Uint8Array(CHUNK);
    this.at = headLength;
    this.gathered = new Uint8Array(GATHER);
    this.used = 0;
    this.from = payload.position(this.frontChunks);
  }

  async put(bytes) {
    let done = 0;
    if (this.at < this.front.length) {
      done = Math.min(this.front.length - this.at, bytes.length);
      this.front.set(bytes.subarray(0, done), this.at);
      this.at += done;
    }
    while (done < bytes.length) {
      const index = Math.floor(this.at / CHUNK);
      const within = this.at % CHUNK;
      const size = Math.min(CHUNK, this.plaintext - index * CHUNK);
      const count = Math.min(size - within, bytes.length - done);
      if (count === size) {
        await this.encrypted(index, bytes.subarray(done, done + count));
      } else {
        this.buffer.set(bytes.subarray(done, done + count), within);
        if (within + count === size) await this.encrypted(index, this.buffer.subarray(0, size));
      }
      this.at += count;
      done += count;
    }
  }

  async encrypted(index, plain) {
    const bytes = this.payload.chunk(index, index === this.chunks - 1, plain);
    this.gathered.set(bytes, this.used);
    this.used += bytes.length;
    if (this.used + CHUNK + TAG > GATHER) await this.flush();
  }

  async flush() {
    if (!this.used) return;
    await this.sink.write(this.from, this.gathered.subarray(0, this.used));
    this.from += this.used;
    this.used = 0;
  }

  /** Pad, then write what was kept open: the header and the chunks with the manifest. */
  async finish(head) {
    while (this.at < this.plaintext) await this.put(ZEROS.subarray(0, Math.min(ZEROS.length, this.plaintext - this.at)));
    await this.flush();
    this.front.set(head, 0);
    const pieces = [this.payload.header];
    for (let index = 0; index < this.frontChunks; index++) {
      const plain = this.front.subarray(index * CHUNK, Math.min((index + 1) * CHUNK, this.front.length));
      pieces.push(this.payload.chunk(index, index === this.chunks - 1, plain));
    }
    await this.sink.write(0, concat(...pieces));
    this.payload.end();
    this.buffer.fill(0);
    this.front.fill(0);
  }
}

async function pass(file, container, createHash, tick) {
  let size = 0;
  if (file.size <= WHOLE) {
    const bytes = new Uint8Array(await file.arrayBuffer());
    const digest = crypto.subtle.digest("SHA-256", bytes);
    await container.put(bytes);
    tick(bytes.length);
    return { sha256: hex(new Uint8Array(await digest)), size: bytes.length };
  }
  const hash = await createHash();
  for await (const bytes of slices(file)) {
    await container.put(bytes);
    size += bytes.length;
    tick(bytes.length);
    // Last, for a hash on another thread takes the bytes away.
    await hash.update(bytes);
  }
  return { sha256: await hash.digest(), size };
}

/**
 * Write one part, encrypted to `recipient`, into `sink` (`write(position, bytes)`, `finish()` gives a Blob).
 *
 * `manifest(files)` gives the manifest object; `files` are Files with their names; `createHash` gives streaming SHA-256
 * with async `update` and `digest`. Gives {blob, padded}; throws SealingFault `changed` if a file shrank or grew.
 */
export async function writeContainer({ manifest, files, recipient, sink, random, createHash, tick }) {
  const draft = files.map(({ name, size }) => ({ name, sha256: "0".repeat(64), size }));
  const headLength = 4 + canonical(manifest(draft)).length;
  if (headLength - 4 > MAX_MANIFEST) throw new SealingFault("malformed", "the manifest is too long");
  const plaintext = padded(headLength + files.reduce((sum, file) => sum + file.size, 0));
  const payload = await AgePayload.begin(recipient, random);
  await sink.begin?.(payload.position(0) + plaintext + TAG * Math.ceil(plaintext / CHUNK));
  const container = new Container(payload, sink, headLength, plaintext);
  const described = [];
  for (const { name, size, file } of files) {
    const found = await pass(file, container, createHash, tick);
    if (found.size !== size) throw new SealingFault("changed", `${name} changed while it was sealed`);
    described.push({ name, ...found });
  }
  const encoded = canonical(manifest(described));
  await container.finish(concat(len4(encoded), encoded));
  return { blob: await sink.finish(), padded: plaintext };
}
