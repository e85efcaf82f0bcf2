// Sections and parts of a shared draft as ciphertext (FORMAT.md 10.2 to 10.4). Pure: keys and bytes in, keys and bytes out.

import { canonical, concat, derive, hex, join, label, len4, mac, unhex } from "../seal/encoding.js";
import { paddedFrom } from "../seal/padding.js";
import { encryptBytes } from "../seal/recipients.js";
import { keyId, open } from "./draftkey.js";

const NONCE = 12;
const TAG = 16;
const LEAST = 512;
export const CHUNK = 1 << 20;

/** What is wrong with something the server gave; `code` is stable. */
export class DraftFault extends Error {
  constructor(code, message) {
    super(message ?? code);
    this.code = code;
  }
}

const random = (length) => crypto.getRandomValues(new Uint8Array(length));

function vouch(before, body) {
  return hex(mac(unhex(before.key), join(label("draft-section"), canonical(body))));
}

/**
 * A new key for a section, for `readers` {user: recipient}; `before` is the key that it follows, or null for the first.
 * Gives {secret, envelope}: `secret` is {generation, key, readers} as the readers will know it.
 */
export async function makeSection({ draft, section, readers, before }) {
  const body = {
    type: "mingcai/v1/draft-section", draft, section, generation: (before?.generation ?? 0) + 1, key: hex(random(32)),
    readers: Object.fromEntries(Object.entries(readers).map(([user, recipient]) => [user, keyId(user, recipient)])),
  };
  const plain = canonical({ ...body, vouched: before ? vouch(before, body) : "" });
  const envelope = await encryptBytes(plain, ...Object.values(readers));
  return { secret: { generation: body.generation, key: body.key, readers: body.readers }, envelope };
}

/**
 * Open the key of a section with one's own secret.
 *
 * `known` is the key of it that this browser knew before, or null. Gives {secret, unproven}: `unproven` are the users whose
 * keys nobody whom this browser knew has vouched for. Throws DraftFault: `not-mine`, `wrong-place`, `rolled-back`, `forged`.
 */
export async function openSection({ draft, section, generation, envelope, seed, known }) {
  let found;
  try {
    found = JSON.parse(new TextDecoder().decode(await open(envelope, seed)));
  } catch {
    throw new DraftFault("not-mine");
  }
  const { vouched, ...body } = found;
  if (body.type !== "mingcai/v1/draft-section" || body.draft !== draft || body.section !== section || body.generation !== generation) {
    throw new DraftFault("wrong-place");
  }
  if (known && generation < known.generation) throw new DraftFault("rolled-back");
  if (known && generation === known.generation && body.key !== known.key) throw new DraftFault("forged");
  if (known && generation === known.generation + 1 && vouched !== vouch(known, body)) throw new DraftFault("forged");
  const gap = known && generation > known.generation + 1;
  const unproven = gap ? Object.keys(body.readers).filter((user) => known.readers[user] !== body.readers[user]) : [];
  return { secret: { generation, key: body.key, readers: body.readers }, unproven };
}

function contentKey(secret) {
  return crypto.subtle.importKey("raw", derive(unhex(secret.key), "draft-part"), "AES-GCM", false, ["encrypt", "decrypt"]);
}

const place = ({ draft, part, generation, version }) => canonical({ draft, part, generation, version });

/** Encrypt the values of one version of a part; its length says little. */
export async function sealPart({ draft, part, version, secret, values }) {
  const text = canonical({ type: "mingcai/v1/draft-part", values });
  const whole = paddedFrom(LEAST, text.length + 4);
  const plain = concat(len4(text), text, new Uint8Array(whole - text.length - 4));
  const nonce = random(NONCE);
  const additionalData = place({ draft, part, generation: secret.generation, version });
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv: nonce, additionalData }, await contentKey(secret), plain);
  return concat(nonce, new Uint8Array(sealed));
}

/** The values of one version of a part. Throws DraftFault `forged` for anything but that very version of that part. */
export async function openPart({ draft, part, version, secret, content }) {
  const additionalData = place({ draft, part, generation: secret.generation, version });
  let plain;
  try {
    const algorithm = { name: "AES-GCM", iv: content.subarray(0, NONCE), additionalData };
    plain = new Uint8Array(await crypto.subtle.decrypt(algorithm, await contentKey(secret), content.subarray(NONCE)));
  } catch {
    throw new DraftFault("forged");
  }
  const length = new DataView(plain.buffer).getUint32(0);
  const found = JSON.parse(new TextDecoder().decode(plain.subarray(4, 4 + length)));
  if (found.type !== "mingcai/v1/draft-part") throw new DraftFault("forged");
  return found.values;
}

// --- files: a key of their own each, chunk by chunk ---

/** The bytes that a file of `size` bytes has when it is encrypted. */
export function sealedLength(size) {
  return size + TAG * Math.max(1, Math.ceil(size / CHUNK));
}

function fileKey(key) {
  return crypto.subtle.importKey("raw", unhex(key), "AES-GCM", false, ["encrypt", "decrypt"]);
}

/** A number that no other chunk under the key has: its place, and whether it is the last. */
function chunkNonce(index, last) {
  const nonce = new Uint8Array(NONCE);
  new DataView(nonce.buffer).setBigUint64(3, BigInt(index));
  nonce[NONCE - 1] = last ? 1 : 0;
  return nonce;
}

export const makeFileKey = () => hex(random(32));

/** The encrypted chunks of a Blob, one after the other; the same key and Blob always give the same bytes. */
export async function* sealChunks(key, blob) {
  const imported = await fileKey(key);
  const count = Math.max(1, Math.ceil(blob.size / CHUNK));
  for (let index = 0; index < count; index++) {
    const plain = await blob.slice(index * CHUNK, (index + 1) * CHUNK).arrayBuffer();
    const algorithm = { name: "AES-GCM", iv: chunkNonce(index, index === count - 1) };
    yield new Uint8Array(await crypto.subtle.encrypt(algorithm, imported, plain));
  }
}

/** The plain Blob of an encrypted one. Throws DraftFault `forged`. */
export async function openChunks(key, blob) {
  const imported = await fileKey(key);
  const each = CHUNK + TAG;
  const count = Math.max(1, Math.ceil(blob.size / each));
  const parts = [];
  for (let index = 0; index < count; index++) {
    const sealed = await blob.slice(index * each, (index + 1) * each).arrayBuffer();
    const algorithm = { name: "AES-GCM", iv: chunkNonce(index, index === count - 1) };
    try {
      parts.push(new Blob([await crypto.subtle.decrypt(algorithm, imported, sealed)]));
    } catch {
      throw new DraftFault("forged");
    }
  }
  return new Blob(parts);
}
