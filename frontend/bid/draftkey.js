// A person's draft key (FORMAT.md 10.1): made here, wrapped here, opened here. The server keeps it and cannot use it.

import { Decrypter, Encrypter, webauthn } from "age-encryption";

import { base64, hex, labelled, unbase64, utf8 } from "../seal/encoding.js";
import { encryptWithPassphrase, identityOf, recipientOf } from "../seal/recipients.js";

export const SUITE = "age-hybrid";
export const PASSPHRASE_LEAST = 12;

/** A new secret: 32 bytes. */
export function makeSeed() {
  return crypto.getRandomValues(new Uint8Array(32));
}

export const recipientFor = (seed) => recipientOf(SUITE, seed);

/** What binds a recipient to a person; its beginning is what people compare. */
export function keyId(user, recipient) {
  return hex(labelled("draft-person", utf8(user), utf8(recipient)));
}

/** The first 128 bits of a key id in groups of four. */
export function fingerprint(id) {
  return id.slice(0, 32).match(/.{4}/g).join(" ");
}

/** Wrap a secret under a passphrase, or with a passkey's PRF (`rpId`, with one touch); gives what the server keeps. */
export async function wrap(seed, { passphrase, rpId }) {
  if (passphrase !== undefined) return { by: "passphrase", age: base64(await encryptWithPassphrase(seed, passphrase)) };
  const encrypter = new Encrypter();
  encrypter.addRecipient(new webauthn.WebAuthnRecipient({ rpId }));
  return { by: "passkey", age: base64(await encrypter.encrypt(seed)) };
}

/** Open what `wrap` gave; throws when the passphrase is wrong, the touch is declined, or it is another key. */
export async function unwrap({ by, age }, recipient, { passphrase, rpId }) {
  const decrypter = new Decrypter();
  if (by === "passphrase") decrypter.addPassphrase(passphrase);
  else decrypter.addIdentity(new webauthn.WebAuthnIdentity({ rpId }));
  const seed = await decrypter.decrypt(unbase64(age));
  if (seed.length !== 32 || (await recipientFor(seed)) !== recipient) throw new Error("another key");
  return seed;
}

/** Open an age file to the secret's recipient. */
export function open(file, seed) {
  const decrypter = new Decrypter();
  decrypter.addIdentity(identityOf(SUITE, seed));
  return decrypter.decrypt(file);
}
