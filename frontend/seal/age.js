// age v1 files: headers by typage, payloads in 64 KiB chunks by libsodium, which is ten times faster here.

import { Encrypter } from "age-encryption";
import { expand, extract } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import sodium from "libsodium-wrappers";

import { concat, utf8 } from "./encoding.js";

export { encryptBytes, encryptWithPassphrase, recipientOf } from "./recipients.js";

export const CHUNK = 64 * 1024;
export const TAG = 16;
const NONCE = 16;

/** The payload of one age file: `header` is everything before the first chunk, `chunk` gives one encrypted chunk. */
export class AgePayload {
  static async begin(recipient, randomBytes) {
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
    return new AgePayload(concat(header, nonce), key);
  }

  constructor(header, key) {
    this.header = header;
    this.key = key;
    this.next = 0;
  }

  /** Encrypt chunk `index`, in order and each once only, since its nonce is its number. */
  chunk(index, last, plain) {
    if (index !== this.next) throw new Error("chunks are written in order");
    this.next += 1;
    const nonce = new Uint8Array(12);
    new DataView(nonce.buffer).setBigUint64(3, BigInt(index));
    nonce[11] = last ? 1 : 0;
    return sodium.crypto_aead_chacha20poly1305_ietf_encrypt(plain, null, null, nonce, this.key);
  }

  end() {
    this.key.fill(0);
  }
}
