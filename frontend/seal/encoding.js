// Bytes and canonical JSON of the sealed-bid format (bidding/sealing/FORMAT.md, section 1).

import { expand, extract } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";

const text = new TextEncoder();

export const PREFIX = "mingcai/v1/";

export function utf8(string) {
  return text.encode(string);
}

export function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function unhex(string) {
  if (!/^(?:[0-9a-f]{2})*$/.test(string)) throw new Error("not lower-case hexadecimal");
  return Uint8Array.from(string.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

export function base64(bytes) {
  let binary = "";
  for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(binary);
}

export function unbase64(string) {
  return Uint8Array.from(atob(string), (char) => char.charCodeAt(0));
}

export function base64url(bytes) {
  return base64(new Uint8Array(bytes)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

export function unbase64url(string) {
  return unbase64(string.replaceAll("-", "+").replaceAll("_", "/"));
}

export function concat(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The length of `bytes` as 4 bytes, big-endian. */
export function len4(bytes) {
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, bytes.length);
  return length;
}

/** `a | b | …`: every part with its length in front. */
export function join(...parts) {
  return concat(...parts.flatMap((part) => [len4(part), part]));
}

export function label(word) {
  return utf8(PREFIX + word);
}

/** SHA-256 of bytes that are already in memory; files are hashed as they stream. */
export function h(bytes) {
  return sha256(bytes);
}

/** H of the join of a label and `parts`. */
export function labelled(word, ...parts) {
  return h(join(label(word), ...parts));
}

/** HKDF-SHA256 with an empty salt, 32 bytes. */
export function derive(secret, word) {
  return expand(sha256, extract(sha256, secret), label(word), 32);
}

export function mac(key, message) {
  return hmac(sha256, key, message);
}

/** The RFC 8785 bytes of a value; throws for what the format does not have: fractions, big numbers, lone surrogates. */
export function canonical(value) {
  return utf8(write(value));
}

function write(value) {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "string") {
    if (/\p{Surrogate}/u.test(value)) throw new Error("text with half a character");
    return JSON.stringify(value);
  }
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value)) throw new Error("a number that is not a safe integer");
    return String(value === 0 ? 0 : value);
  }
  if (Array.isArray(value)) return `[${value.map(write).join(",")}]`;
  if (typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype) {
    // Object keys compare by UTF-16 code units, which is what sort() does.
    const members = Object.keys(value).sort().map((name) => `${write(name)}:${write(value[name])}`);
    return `{${members.join(",")}}`;
  }
  throw new Error(`a value of type ${typeof value} has no canonical form`);
}
