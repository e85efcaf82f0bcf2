// The transparency log: signed notes, checkpoints, cosignatures (C2SP) and the Merkle tree (RFC 6962).

import { ed25519 } from "@noble/curves/ed25519.js";

import { base64, concat, h, utf8 } from "../seal/encoding.js";
import { Malformed, unbase64 } from "./strict.js";

const ED25519 = 1;
const COSIGNATURE = 4;
const DASH = "\u2014 ";

export function equal(a, b) {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

/** Whether `signature` is this key's over `message`; a point that is none is no signature. */
export function ed25519Verifies(signature, message, publicKey) {
  try {
    return ed25519.verify(signature, message, publicKey, { zip215: false });
  } catch {
    return false;
  }
}

function keyId(name, algorithm, publicKey) {
  return h(concat(utf8(`${name}\n`), Uint8Array.of(algorithm), publicKey)).subarray(0, 4);
}

/** Read `name+hex id+base64(algorithm | key)`. Throws Malformed unless it is an Ed25519 key that belongs to its name. */
export function statementKey(vkey) {
  const [name, id, ...rest] = String(vkey).split("+");
  const material = unbase64(rest.join("+"));
  if (!name || /\s/.test(name) || material.length !== 33 || material[0] !== ED25519) throw new Malformed("vkey: not an Ed25519 key");
  const publicKey = material.subarray(1);
  if ([...keyId(name, ED25519, publicKey)].map((byte) => byte.toString(16).padStart(2, "0")).join("") !== id) {
    throw new Malformed("vkey: its id does not belong to its name and key");
  }
  return { name, algorithm: ED25519, publicKey };
}

/** The same key as a witness of the log uses it. */
export function witnessOf(key) {
  return { ...key, algorithm: COSIGNATURE };
}

/** Split a note into {text, signatures: [{name, id, body}]}. Throws Malformed. */
export function parseNote(note) {
  const cut = note.lastIndexOf("\n\n");
  // eslint-disable-next-line no-control-regex
  if (cut < 0 || !note.endsWith("\n") || /[\x00-\x09\x0b-\x1f]/.test(note)) throw new Malformed("not a signed note");
  const lines = note.slice(cut + 2, -1).split("\n");
  if (lines.length > 100) throw new Malformed("the note has too many signatures");
  const signatures = lines.map((line) => {
    const [name, encoded, ...rest] = line.startsWith(DASH) ? line.slice(DASH.length).split(" ") : [];
    const content = encoded && !rest.length ? unbase64(encoded) : new Uint8Array(0);
    if (!name || name.includes("+") || content.length < 5) throw new Malformed("not a signature line");
    return { name, id: content.subarray(0, 4), body: content.subarray(4) };
  });
  return { text: note.slice(0, cut + 1), signatures };
}

/** Read checkpoint text: {origin, size, root}. Throws Malformed. */
export function parseCheckpoint(text) {
  const [origin, size, root, ...rest] = text.slice(0, -1).split("\n");
  if (!text.endsWith("\n") || !origin || !/^(?:0|[1-9][0-9]{0,15})$/.test(size ?? "") || rest.some((line) => !line)) {
    throw new Malformed("not a checkpoint");
  }
  const hash = unbase64(root);
  if (hash.length !== 32 || !Number.isSafeInteger(Number(size))) throw new Malformed("not a checkpoint");
  return { origin, size: Number(size), root: hash };
}

/** What became of `key` on this note: null when it did not sign, else {valid, at}; `at` is seconds since the epoch. */
export function signedBy(note, key) {
  const id = keyId(key.name, key.algorithm, key.publicKey);
  const found = note.signatures.filter((one) => one.name === key.name && equal(one.id, id));
  if (!found.length) return null;
  let at = null;
  const valid = found.every(({ body }) => {
    if (key.algorithm === ED25519) return ed25519Verifies(body, utf8(note.text), key.publicKey);
    if (body.length !== 72) return false;
    const time = new DataView(body.buffer, body.byteOffset, 8).getBigUint64(0);
    if (time >= 1n << 63n) return false;
    at = Number(time);
    return ed25519Verifies(body.subarray(8), utf8(`cosignature/v1\ntime ${time}\n${note.text}`), key.publicKey);
  });
  return { valid, at };
}

export function leafHash(entry) {
  return h(concat(Uint8Array.of(0), entry));
}

export function nodeHash(left, right) {
  return h(concat(Uint8Array.of(1), left, right));
}

/** The root over leaf hashes, in order. */
export function rootOf(hashes) {
  if (!hashes.length) return h(new Uint8Array(0));
  if (hashes.length === 1) return hashes[0];
  let half = 1;
  while (half * 2 < hashes.length) half *= 2;
  return nodeHash(rootOf(hashes.slice(0, half)), rootOf(hashes.slice(half)));
}

/** Whether `path` leads from the leaf hash at `index` to `root` in a tree of `size` (RFC 9162, 2.1.3.2). */
export function verifyInclusion(leaf, index, size, path, root) {
  if (index >= size || path.some((hash) => hash.length !== 32)) return false;
  let node = BigInt(index);
  let last = BigInt(size) - 1n;
  let found = leaf;
  for (const sibling of path) {
    if (last === 0n) return false;
    if (node & 1n || node === last) {
      found = nodeHash(sibling, found);
      while (!(node & 1n) && node) [node, last] = [node >> 1n, last >> 1n];
    } else {
      found = nodeHash(found, sibling);
    }
    [node, last] = [node >> 1n, last >> 1n];
  }
  return last === 0n && base64(found) === base64(root);
}
