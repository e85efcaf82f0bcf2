// A bidder's signature by certificate (FORMAT.md 3.10, scheme `cms`): detached CMS SignedData with one signer.

import { hex } from "../seal/encoding.js";
import { hashNamed, NotTrusted, readCertificate, verifies } from "./certificates.js";
import { context, INTEGER, NotDer, OCTETS, OID, only, same, SEQUENCE, sequence, SET, values } from "./der.js";
import { CONTENT_TYPE, DIGESTS, MESSAGE_DIGEST, parseSigner, SIGNED_DATA, signedBy } from "./token.js";

const DATA = "2a864886f70d010701";
const LONGEST = 12_000;

/**
 * Check that the signature is over `message` and made by the certificate in it: gives null, or why not. Who vouches for the
 * certificate is not asked: the command's `--bidder-ca` does that.
 */
export async function checkCms(bytes, message) {
  if (bytes.length > LONGEST) return "form";
  try {
    const [kind, wrapped] = sequence(only(bytes, SEQUENCE), OID, context(0));
    if (hex(kind.body) !== SIGNED_DATA) return "form";
    const signed = sequence(only(wrapped.body, SEQUENCE), INTEGER, SET, SEQUENCE);
    const content = sequence(signed[2].body, OID);
    const signers = signed.at(-1).tag === SET ? [...values(signed.at(-1).body)] : [];
    if (hex(content[0].body) !== DATA || content.length !== 1 || signers.length !== 1 || signers[0].tag !== SEQUENCE) return "form";
    const { who, hash, named, asSet, algorithm, signature } = parseSigner(signers[0].body);
    const announced = sequence(signed[1].body, SEQUENCE).map(({ tag, body }) => (tag === SEQUENCE ? hashNamed(body) : null));
    if (!hash || !announced.includes(hash)) return "algorithm";
    const [type, digest] = [named.get(CONTENT_TYPE), named.get(MESSAGE_DIGEST)];
    if (!type || !digest || hex(only(type, OID)) !== DATA) return "form";
    if (!same(only(digest, OCTETS), DIGESTS[hash](message))) return "challenge";
    const inside = signed.slice(3, -1).find(({ tag }) => tag === context(0));
    const certificates = inside ? [...values(inside.body)].filter(({ tag }) => tag === SEQUENCE).map(({ raw }) => readCertificate(raw)) : [];
    const signer = certificates.find((one) => signedBy(one, who));
    if (!signer) return "certificate";
    return (await verifies(signer.key, algorithm, hash, asSet, signature)) ? null : "signature";
  } catch (error) {
    if (error instanceof NotDer) return "form";
    if (error instanceof NotTrusted) return error.why;
    throw error;
  }
}
