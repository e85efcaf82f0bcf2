// age v1 files: headers by typage, payloads in 64 KiB chunks by the browser's own ChaCha20-Poly1305 where it has one, else by
// libsodium, which is several times as fast as typage.

import { Encrypter } from "age-encryption";
import { expand, extract } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import sodium from "libsodium-wrappers";

import { concat, utf8 } from "./encoding.js";

export { encryptBytes, encryptWithPassphrase, recipientOf } from "./recipients.js";

export const CHUNK = 64 * 1024;
export const TAG = 16;
const NONCE = 16;
const CIPHER = "ChaCha20-Poly1305";

/** The browser's own cipher with this key; null where it has none (libsodium is ready then). */
async function own(key) {
  try {
    return await crypto.subtle.importKey("raw-secret", key, CIPHER, false, ["encrypt"]);
  } catch {
    await sodium.ready;
    return null;
  }
}

/** The payload of one age file: `header` is everything before the first chunk, `chunk` gives one encrypted chunk. */
export class AgePayload {
  static async begin(recipient, randomBytes) {
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
    return new AgePayload(concat(header, nonce), key, await own(key));
  }

  constructor(header, key, cipher) {
    Object.assign(this, { header, key, cipher, next: 0 });
  }

  /** Encrypt chunk `index`, in order and each once only, since its nonce is its number: its bytes, or a promise of them. */
  chunk(index, last, plain) {
    if (index !== this.next) throw new Error("chunks are written in order");
    this.next += 1;
    const nonce = new Uint8Array(12);
    new DataView(nonce.buffer).setBigUint64(3, BigInt(index));
    nonce[11] = last ? 1 : 0;
    if (this.cipher) return crypto.subtle.encrypt({ name: CIPHER, iv: nonce }, this.cipher, plain).then((made) => new Uint8Array(made));
    return sodium.crypto_aead_chacha20poly1305_ietf_encrypt(plain, null, null, nonce, this.key);
  }

  end() {
    this.key.fill(0);
  }
}
