// The directory of a ZIP archive, and one entry of it inflated under a limit. Sizes that the archive states are not believed.

import { SealingFault } from "./faults.js";

const END = 0x06054b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const END_LENGTH = 22;
const LONGEST_COMMENT = 0xffff;
const MAX_DIRECTORY = 16 << 20;

const latin = new TextDecoder("latin1");
const utf8 = new TextDecoder("utf-8");

async function view(blob, start, end) {
  return new DataView(await blob.slice(start, end).arrayBuffer());
}

/**
 * The entries of a ZIP archive: {name, encrypted, method, packed, offset}, or throws SealingFault `cut-off`.
 *
 * `most` bounds the entries read (`too-many` beyond it). An archive so large that it needs ZIP64 gives only its number of
 * entries, as an empty list: what is inside is not looked at.
 */
export async function directory(blob, most = 20000) {
  const from = Math.max(0, blob.size - END_LENGTH - LONGEST_COMMENT);
  const tail = await view(blob, from, blob.size);
  let at = tail.byteLength - END_LENGTH;
  while (at >= 0 && tail.getUint32(at, true) !== END) at -= 1;
  if (at < 0) throw new SealingFault("cut-off", "the archive has no directory");
  const count = tail.getUint16(at + 10, true);
  const length = tail.getUint32(at + 12, true);
  const offset = tail.getUint32(at + 16, true);
  if (count === 0xffff || length === 0xffffffff || offset === 0xffffffff) return [];
  if (count > most) throw new SealingFault("too-many", `the archive has ${count} entries`);
  if (offset + length > blob.size || length > MAX_DIRECTORY) throw new SealingFault("cut-off", "the archive's directory is not there");
  const found = await view(blob, offset, offset + length);
  const entries = [];
  let place = 0;
  for (let index = 0; index < count; index++) {
    if (place + 46 > found.byteLength || found.getUint32(place, true) !== CENTRAL) {
      throw new SealingFault("cut-off", "the archive's directory is damaged");
    }
    const flags = found.getUint16(place + 8, true);
    const names = found.getUint16(place + 28, true);
    const bytes = new Uint8Array(found.buffer, place + 46, Math.min(names, found.byteLength - place - 46));
    entries.push({
      name: (flags & 0x800 ? utf8 : latin).decode(bytes),
      encrypted: Boolean(flags & 1),
      method: found.getUint16(place + 10, true),
      packed: found.getUint32(place + 20, true),
      offset: found.getUint32(place + 42, true),
    });
    place += 46 + names + found.getUint16(place + 30, true) + found.getUint16(place + 32, true);
  }
  return entries;
}

/** The bytes of one entry; stops with `too-large` as soon as more than `most` come out of it. */
export async function inflate(blob, entry, most) {
  if (entry.encrypted) throw new SealingFault("password", `${entry.name} is encrypted`);
  const head = await view(blob, entry.offset, entry.offset + 30);
  if (head.byteLength < 30 || head.getUint32(0, true) !== LOCAL) throw new SealingFault("cut-off", `${entry.name} is not there`);
  const start = entry.offset + 30 + head.getUint16(26, true) + head.getUint16(28, true);
  const packed = blob.slice(start, start + entry.packed);
  if (packed.size !== entry.packed) throw new SealingFault("cut-off", `${entry.name} is cut off`);
  if (entry.method !== 0 && entry.method !== 8) throw new SealingFault("damaged", `${entry.name} is packed in an unknown way`);
  const stream = entry.method === 0 ? packed.stream() : packed.stream().pipeThrough(new DecompressionStream("deflate-raw"));
  const reader = stream.getReader();
  const parts = [];
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      size += value.length;
      if (size > most) {
        await reader.cancel().catch(() => {});
        throw new SealingFault("too-large", `${entry.name} is larger than ${most} bytes`);
      }
      parts.push(value);
    }
  } catch (error) {
    throw error instanceof SealingFault ? error : new SealingFault("damaged", `${entry.name}: ${error.message}`);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
