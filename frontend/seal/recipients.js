// Small age files and who can open them, without the streams of large ones (age.js), which need WebAssembly.

import { Encrypter, identityToRecipient } from "age-encryption";
import { bech32 } from "@scure/base";

const IDENTITY = { "age-hybrid": "AGE-SECRET-KEY-PQ-", "age-x25519": "AGE-SECRET-KEY-" };

/** The recipient string of the identity whose seed is `seed` (32 bytes). */
export function recipientOf(suite, seed) {
  return identityToRecipient(identityOf(suite, seed));
}

/** The identity string of a seed: what opens age files to its recipient. */
export function identityOf(suite, seed) {
  return bech32.encodeFromBytes(IDENTITY[suite], seed).toUpperCase();
}

/** An encrypted small thing, all of it in memory, to one recipient or several. */
export function encryptBytes(plaintext, ...recipients) {
  const encrypter = new Encrypter();
  for (const recipient of recipients) encrypter.addRecipient(recipient);
  return encrypter.encrypt(plaintext);
}

/** The same under a passphrase. */
export function encryptWithPassphrase(plaintext, passphrase) {
  const encrypter = new Encrypter();
  encrypter.setPassphrase(passphrase);
  return encrypter.encrypt(plaintext);
}
