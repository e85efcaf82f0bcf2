// The bidder's signature over H(record). The scheme's name stands in the signature; the rest of the page does not know it.

import { base64url, join, label, unbase64url, unhex } from "./encoding.js";

const SCHEMES = {
  /** A passkey of the organisation; `options` are the public-key request options, whose challenge becomes H(record). */
  async webauthn(recordHash, options) {
    const publicKey = {
      ...options,
      challenge: recordHash,
      allowCredentials: (options.allowCredentials ?? []).map((one) => ({ ...one, id: unbase64url(one.id) })),
    };
    const credential = await navigator.credentials.get({ publicKey });
    const { authenticatorData, clientDataJSON, signature } = credential.response;
    return {
      scheme: "webauthn",
      credential_id: base64url(credential.rawId),
      authenticator_data: base64url(authenticatorData),
      client_data_json: base64url(clientDataJSON),
      signature: base64url(signature),
    };
  },

  /** The organisation's certificate, used elsewhere: `file` is the detached CMS signature of `signedBytes`, or its base64. */
  async cms(recordHash, { file }) {
    return { scheme: "cms", signed_data: base64url(binary(new Uint8Array(await file.arrayBuffer()))) };
  },
};

const SEQUENCE = 0x30;

/** The bytes of a file that may be base64 text with or without the lines that PEM has around it. */
function binary(bytes) {
  if (bytes[0] === SEQUENCE) return bytes;
  const text = new TextDecoder().decode(bytes).replace(/^\uFEFF/, "").replace(/-----[A-Z0-9 ]+-----/g, "").replace(/\s/g, "");
  try {
    return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  } catch {
    return bytes;
  }
}

/** What a certificate signs for H(record), 64 hexadecimal digits (FORMAT.md 3.10). */
export const signedBytes = (recordHash) => join(label("bidder-signature"), unhex(recordHash));

/**
 * Sign H(record), 64 hexadecimal digits. `options` come from the server: `scheme` (default `webauthn`) and what it needs.
 * Throws the browser's NotAllowedError when the person declines or time runs out.
 */
export async function signRecord(recordHash, { scheme = "webauthn", ...options }) {
  if (!(scheme in SCHEMES)) throw new Error(`signature scheme ${scheme} is not available in this browser`);
  return SCHEMES[scheme](unhex(recordHash), options.publicKey ?? options);
}
