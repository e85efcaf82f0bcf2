// age v1 files: headers by typage, payloads in 64 KiB chunks by libsodium, which is ten times faster here.

import { Encrypter, identityToRecipient } from "age-encryption";
import { expand, extract } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bech32 } from "@scure/base";
import sodium from "libsodium-wrappers";

import { concat, utf8 } from "./encoding.js";

const CHUNK = 64 * 1024;
const TAG = 16;
const NONCE = 16;
const IDENTITY = { "age-hybrid": "AGE-SECRET-KEY-PQ-", "age-x25519": "AGE-SECRET-KEY-" };

/** The recipient string of the identity whose seed is `seed` (32 bytes). */
export function recipientOf(suite, seed) {
  return identityToRecipient(bech32.encodeFromBytes(IDENTITY[suite], seed).toUpperCase());
}

/** An encrypted small thing: one recipient, all of it in memory. */
export function encryptBytes(plaintext, recipient) {
  const encrypter = new Encrypter();
  encrypter.addRecipient(recipient);
  return encrypter.encrypt(plaintext);
}

/** The same under a passphrase. */
export function encryptWithPassphrase(plaintext, passphrase) {
  const encrypter = new Encrypter();
  encrypter.setPassphrase(passphrase);
  return encrypter.encrypt(plaintext);
}

/** The length of the age file's payload for so many bytes of plaintext. */
export function payloadLength(plaintext) {
  return NONCE + plaintext + TAG * Math.max(1, Math.ceil(plaintext / CHUNK));
}

/**
 * Writes one age file as its plaintext comes: `write` takes any pieces, `end` the last chunk; both give bytes to `out`.
 */
export class AgeWriter {
  static async begin(recipient, out, randomBytes) {
    await sodium.ready;
    let fileKey;
    const encrypter = new Encrypter();
    encrypter.addRecipient(recipient);
    // A second recipient that adds no stanza: it only lets us see the file key.
    encrypter.addRecipient({
      wrapFileKey(key) {
        fileKey = key.slice();
        return [];
      },
    });
    const empty = await encrypter.encrypt(new Uint8Array(0));
    const header = empty.subarray(0, empty.length - NONCE - TAG);
    const nonce = randomBytes(NONCE);
    const key = expand(sha256, extract(sha256, fileKey, nonce), utf8("payload"), 32);
    fileKey.fill(0);
    const writer = new AgeWriter(key, out);
    await out(concat(header, nonce));
    return writer;
  }

  constructor(key, out) {
    this.key = key;
    this.out = out;
    this.buffer = new Uint8Array(CHUNK);
    this.used = 0;
    this.counter = new Uint8Array(12);
  }

  async write(bytes) {
    for (let at = 0; at < bytes.length; ) {
      // A full chunk is written only when more follows: the last chunk carries the flag.
      if (this.used === CHUNK) await this.flush(false);
      const count = Math.min(CHUNK - this.used, bytes.length - at);
      this.buffer.set(bytes.subarray(at, at + count), this.used);
      this.used += count;
      at += count;
    }
  }

  async end() {
    await this.flush(true);
    this.key.fill(0);
    this.buffer.fill(0);
  }

  async flush(last) {
    if (last) this.counter[11] = 1;
    const plain = this.buffer.subarray(0, this.used);
    await this.out(sodium.crypto_aead_chacha20poly1305_ietf_encrypt(plain, null, null, this.counter, this.key));
    this.used = 0;
    for (let at = 10; at >= 0; at--) if ((this.counter[at] = (this.counter[at] + 1) & 0xff)) break;
  }
}
