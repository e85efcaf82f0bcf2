// RFC 3161 time stamps: what a token says, and whether it is over the given text. Its authority's signature is checked by
// the offline command with the authority's certificate.

import { sha256, sha384, sha512 } from "@noble/hashes/sha2.js";

import { hex, utf8 } from "../seal/encoding.js";

const SIGNED_DATA = "2a864886f70d010702";
const TST_INFO = "2a864886f70d0109100104";
const DIGESTS = { "608648016503040201": sha256, "608648016503040202": sha384, "608648016503040203": sha512 };
const [INTEGER, OCTETS, OID, TIME, SEQUENCE, SET, FIRST] = [0x02, 0x04, 0x06, 0x18, 0x30, 0x31, 0xa0];

class NotDer extends Error {}

/** The values inside DER bytes, one after the other: {tag, body}. */
function* values(bytes) {
  for (let at = 0; at < bytes.length; ) {
    const tag = bytes[at];
    let length = bytes[at + 1];
    let head = 2;
    if (length === undefined || length === 0x80) throw new NotDer();
    if (length > 0x80) {
      const more = length & 0x7f;
      head += more;
      if (more > 4 || at + head > bytes.length || bytes[at + 2] === 0) throw new NotDer();
      length = bytes.subarray(at + 2, at + head).reduce((sum, byte) => sum * 256 + byte, 0);
      if (length < 128) throw new NotDer();
    }
    const end = at + head + length;
    if (end > bytes.length) throw new NotDer();
    yield { tag, body: bytes.subarray(at + head, end) };
    at = end;
  }
}

function only(bytes, tag) {
  const [one, ...more] = values(bytes);
  if (one?.tag !== tag || more.length) throw new NotDer();
  return one.body;
}

function sequence(bytes, ...tags) {
  const found = [...values(bytes)];
  if (found.length < tags.length || tags.some((tag, at) => found[at].tag !== tag)) throw new NotDer();
  return found;
}

/** {at: ISO instant} of a token over `text`, or null when it is no token or over something else. */
export function readToken(token, text) {
  try {
    const [kind, wrapped] = sequence(only(token, SEQUENCE), OID, FIRST);
    if (hex(kind.body) !== SIGNED_DATA) return null;
    const signed = sequence(only(wrapped.body, SEQUENCE), INTEGER, SET, SEQUENCE);
    if (signed.at(-1).tag !== SET) return null;
    sequence(signed.at(-1).body, SEQUENCE);
    const [type, content] = sequence(signed[2].body, OID, FIRST);
    if (hex(type.body) !== TST_INFO) return null;
    const info = sequence(only(only(content.body, OCTETS), SEQUENCE), INTEGER, OID, SEQUENCE, INTEGER, TIME);
    const [algorithm, hashed] = sequence(info[2].body, SEQUENCE, OCTETS);
    const digest = DIGESTS[hex(sequence(algorithm.body, OID)[0].body)];
    if (!digest || hex(hashed.body) !== hex(digest(utf8(text)))) return null;
    const said = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\.\d+)?Z$/.exec(new TextDecoder().decode(info[4].body));
    return said ? { at: `${said[1]}-${said[2]}-${said[3]}T${said[4]}:${said[5]}:${said[6]}${said[7] ?? ""}Z` } : null;
  } catch (error) {
    if (error instanceof NotDer) return null;
    throw error;
  }
}
