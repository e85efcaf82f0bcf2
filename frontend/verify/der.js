// DER as certificates and time stamps use it: nothing but definite, shortest lengths; whatever does not fit is refused.

import { hex } from "../seal/encoding.js";

export const [BOOLEAN, INTEGER, BITS, OCTETS, NULL, OID, UTC_TIME, TIME, SEQUENCE, SET] = [0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x17, 0x18, 0x30, 0x31];
/** The context tag [n] of a constructed value. */
export const context = (n) => 0xa0 | n;

export class NotDer extends Error {}

/** The values inside DER bytes, one after the other: {tag, body, raw}. */
export function* values(bytes) {
  for (let at = 0; at < bytes.length; ) {
    const tag = bytes[at];
    let length = bytes[at + 1];
    let head = 2;
    if (length === undefined || length === 0x80 || (tag & 0x1f) === 0x1f) throw new NotDer();
    if (length > 0x80) {
      const more = length & 0x7f;
      head += more;
      if (more > 4 || at + head > bytes.length || bytes[at + 2] === 0) throw new NotDer();
      length = bytes.subarray(at + 2, at + head).reduce((sum, byte) => sum * 256 + byte, 0);
      if (length < 128) throw new NotDer();
    }
    const end = at + head + length;
    if (end > bytes.length) throw new NotDer();
    yield { tag, body: bytes.subarray(at + head, end), raw: bytes.subarray(at, end) };
    at = end;
  }
}

/** The body of the one value that `bytes` are. */
export function only(bytes, tag) {
  const [one, ...more] = values(bytes);
  if (one?.tag !== tag || more.length) throw new NotDer();
  return one.body;
}

/** The values inside `bytes`, of which the first have these tags. */
export function sequence(bytes, ...tags) {
  const found = [...values(bytes)];
  if (found.length < tags.length || tags.some((tag, at) => found[at].tag !== tag)) throw new NotDer();
  return found;
}

/** The object identifier that an AlgorithmIdentifier begins with, as hexadecimal of its body. */
export function algorithmOf(body) {
  return hex(sequence(body, OID)[0].body);
}

/** The bytes of a BIT STRING whose bits fill whole bytes. */
export function wholeBits(body) {
  if (body[0] !== 0) throw new NotDer();
  return body.subarray(1);
}

/** Milliseconds since 1970 of a UTCTime or GeneralizedTime in UTC with seconds. */
export function instantOf({ tag, body }) {
  const digits = new TextDecoder().decode(body);
  const said = (tag === UTC_TIME ? /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)()Z$/ : /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\.\d+)?Z$/).exec(digits);
  if (!said || (tag !== UTC_TIME && tag !== TIME)) throw new NotDer();
  const year = tag === UTC_TIME ? Number(said[1]) + (Number(said[1]) < 50 ? 2000 : 1900) : Number(said[1]);
  const at = Date.UTC(year, Number(said[2]) - 1, Number(said[3]), Number(said[4]), Number(said[5]), Number(said[6]));
  if (new Date(at).getUTCDate() !== Number(said[3])) throw new NotDer();
  return at + Math.floor(Number(`0${said[7] || ".0"}`) * 1000);
}

export function same(a, b) {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
