// Strict reading (FORMAT.md 1.2): two readers of the same bytes must never see two different things.

export const MAX_BYTES = 1 << 30;
const DEEPEST = 64;
const SPACE = /[ \t\n\r]*/y;
const STRING = /"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
// TAB and LF are allowed in text; other control characters and half a character are not.
// eslint-disable-next-line no-control-regex
const CONTROL = /[\x00-\x08\x0b-\x1f\x7f-\x9f]|\p{Surrogate}/u;

/** An object breaks its shape; `message` names the member, in English, for people who read formats. */
export class Malformed extends Error {
  code = "malformed";
}

/** A number that is no safe integer: nothing of the format accepts it. */
class Fraction {}

/** One JSON value. Throws Malformed for what is no JSON, for a member named twice, and for great depth. */
export function parseJson(text) {
  let at = 0;
  const take = (pattern) => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found) at = pattern.lastIndex;
    return found;
  };
  const fail = () => {
    throw new Malformed(`not JSON at character ${at}`);
  };
  const string = () => JSON.parse((take(STRING) ?? fail())[0]);
  const value = (depth) => {
    if (depth > DEEPEST) throw new Malformed("nested too deeply");
    take(SPACE);
    const sign = text[at];
    if (sign === '"') return string();
    if (sign === "{") return object(depth);
    if (sign === "[") return list(depth);
    for (const [word, known] of [["true", true], ["false", false], ["null", null]]) {
      if (text.startsWith(word, at)) {
        at += word.length;
        return known;
      }
    }
    const number = take(NUMBER) ?? fail();
    const whole = Number(number[0]);
    return number[1] || number[2] || !Number.isSafeInteger(whole) ? new Fraction() : whole;
  };
  const next = (end) => {
    take(SPACE);
    if (text[at] === end) {
      at += 1;
      return false;
    }
    return true;
  };
  const list = (depth) => {
    at += 1;
    const items = [];
    for (let more = next("]"); more; ) {
      items.push(value(depth + 1));
      more = next("]");
      if (more && text[at++] !== ",") fail();
    }
    return items;
  };
  const object = (depth) => {
    at += 1;
    const members = {};
    for (let more = next("}"); more; ) {
      take(SPACE);
      const name = string();
      if (Object.hasOwn(members, name)) throw new Malformed(`an object names ${name} twice`);
      if (name === "__proto__") fail();
      take(SPACE);
      if (text[at++] !== ":") fail();
      members[name] = value(depth + 1);
      more = next("}");
      if (more && text[at++] !== ",") fail();
    }
    return members;
  };
  const found = value(0);
  take(SPACE);
  if (at !== text.length) fail();
  return found;
}

export function isObject(value) {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

const ID = /^[A-Za-z0-9][A-Za-z0-9._:#-]{0,127}$/;
const ORIGIN = /^(?!.*\+)[!-~]{1,255}$/;
const KEY = /^[A-Za-z0-9_-]{8,64}$/;
const HEX = /^(?:[0-9a-f]{2})*$/;
const INSTANT = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d{6})?Z$/;
const DECIMAL = /^(?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,6})?$/;

/** The members of one object, taken one by one; `done` refuses what was left over. */
export class Members {
  constructor(value, name, kind) {
    if (!isObject(value)) throw new Malformed(`${name} is not an object`);
    this.left = { ...value };
    this.name = name;
    if (kind && this.take("type") !== `mingcai/v1/${kind}`) throw new Malformed(`${name} is not a mingcai/v1/${kind}`);
  }

  has(member) {
    return Object.hasOwn(this.left, member);
  }

  take(member) {
    if (!this.has(member)) throw new Malformed(`${this.name} lacks ${member}`);
    const value = this.left[member];
    delete this.left[member];
    return value;
  }

  matched(member, pattern) {
    const value = this.take(member);
    if (typeof value !== "string" || !pattern.test(value)) throw new Malformed(`${this.name}.${member} has the wrong form`);
    return value;
  }

  id(member) {
    return this.matched(member, ID);
  }

  origin(member) {
    return this.matched(member, ORIGIN);
  }

  key(member) {
    return this.matched(member, KEY);
  }

  decimal(member) {
    return this.matched(member, DECIMAL);
  }

  hex(member, size = 32) {
    const value = this.take(member);
    if (typeof value !== "string" || !HEX.test(value)) throw new Malformed(`${this.name}.${member} is not lower-case hexadecimal`);
    if (size !== null && value.length !== 2 * size) throw new Malformed(`${this.name}.${member} is not ${size} bytes`);
    return value;
  }

  hexes(member, longest) {
    return this.items(member, longest, (item) => new Members({ item }, `${this.name}.${member}`).hex("item"));
  }

  text(member, longest, shortest = 0) {
    return plainText(this.take(member), `${this.name}.${member}`, longest, shortest);
  }

  choice(member, choices) {
    const value = this.take(member);
    if (!choices.includes(value)) throw new Malformed(`${this.name}.${member} is not one of ${choices.join(", ")}`);
    return value;
  }

  integer(member, least = 0, most = Number.MAX_SAFE_INTEGER) {
    const value = this.take(member);
    if (!Number.isSafeInteger(value) || value < least || value > most) {
      throw new Malformed(`${this.name}.${member} is not an integer from ${least} to ${most}`);
    }
    return value;
  }

  null(member) {
    if (!this.has(member) || this.left[member] !== null) return false;
    delete this.left[member];
    return true;
  }

  amount(member) {
    return this.null(member) ? null : this.integer(member);
  }

  instant(member) {
    const value = this.take(member);
    const found = typeof value === "string" ? INSTANT.exec(value) : null;
    const bad = () => new Malformed(`${this.name}.${member} is not a UTC instant`);
    if (!found || found[7] === ".000000") throw bad();
    const [year, month, day, hour, minute, second] = found.slice(1, 7).map(Number);
    const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
    // 30 February rolls over; the year 0 does not exist here.
    if (year < 1 || date.toISOString().slice(0, 19) !== value.slice(0, 19)) throw bad();
    return value;
  }

  items(member, longest, read) {
    const value = this.take(member);
    if (!Array.isArray(value) || value.length > longest) throw new Malformed(`${this.name}.${member} is not a list of at most ${longest}`);
    return value.map((item) => read(item));
  }

  done() {
    const left = Object.keys(this.left);
    if (left.length) throw new Malformed(`${this.name} has unknown members: ${left.sort().slice(0, 3).join(", ")}`);
  }
}

export function plainText(value, path, longest, shortest = 0) {
  const length = typeof value === "string" ? [...value].length : -1;
  if (length < shortest || length > longest || CONTROL.test(value)) {
    throw new Malformed(`${path} is not text of ${shortest} to ${longest} characters`);
  }
  return value;
}

/** Standard base64 with padding, in its one spelling. */
export function unbase64(text) {
  if (typeof text !== "string" || !/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) {
    throw new Malformed("not base64");
  }
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at);
  return bytes;
}

/** Orders instants as text with and without a fraction: both are UTC and well formed. */
export function instantOrder(text) {
  return text.length === 20 ? `${text.slice(0, 19)}.000000Z` : text;
}
