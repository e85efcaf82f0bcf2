// Exact numbers: fractions of BigInt. Nothing here is ever a float.

const gcd = (a, b) => {
  while (b) [a, b] = [b, a % b];
  return a < 0n ? -a : a;
};

export class Rational {
  constructor(n, d = 1n) {
    if (d === 0n) throw new RangeError("division by zero");
    const sign = d < 0n ? -1n : 1n;
    const common = gcd(n, d) || 1n;
    this.n = (sign * n) / common;
    this.d = (sign * d) / common;
  }

  /** Read "12", "-0.50" or "1/3", or a whole number. Throws SyntaxError for anything else, floats too. */
  static of(value) {
    if (value instanceof Rational) return value;
    if (typeof value === "bigint" || Number.isSafeInteger(value)) return new Rational(BigInt(value));
    const found = /^(-?)(\d{1,40})(?:\.(\d{1,40})|\/([1-9]\d{0,39}))?$/.exec(typeof value === "string" ? value.trim() : "");
    if (!found) throw new SyntaxError(`${JSON.stringify(value)} is no exact number`);
    const [, minus, whole, part = "", below] = found;
    const n = BigInt(whole + part);
    return new Rational(minus ? -n : n, below ? BigInt(below) : 10n ** BigInt(part.length));
  }

  plus(other) {
    const o = Rational.of(other);
    return new Rational(this.n * o.d + o.n * this.d, this.d * o.d);
  }

  minus(other) {
    const o = Rational.of(other);
    return new Rational(this.n * o.d - o.n * this.d, this.d * o.d);
  }

  times(other) {
    const o = Rational.of(other);
    return new Rational(this.n * o.n, this.d * o.d);
  }

  over(other) {
    const o = Rational.of(other);
    return new Rational(this.n * o.d, this.d * o.n);
  }

  /** -1, 0 or 1. */
  compare(other) {
    const o = Rational.of(other);
    const left = this.n * o.d;
    const right = o.n * this.d;
    return left < right ? -1 : left > right ? 1 : 0;
  }

  /** Rounded to so many places, a half away from zero. */
  rounded(places = 2) {
    const scale = 10n ** BigInt(places);
    const doubled = (this.n < 0n ? -this.n : this.n) * scale * 2n;
    const units = (doubled / this.d + 1n) / 2n;
    return new Rational(this.n < 0n ? -units : units, scale);
  }

  /** The smallest whole number that is not below. */
  ceiling() {
    const whole = this.n / this.d;
    return this.n > 0n && this.n % this.d ? whole + 1n : whole;
  }

  /** With exactly so many places, which the number must have. */
  text(places = 2) {
    const scaled = (this.n * 10n ** BigInt(places)) / this.d;
    const digits = (scaled < 0n ? -scaled : scaled).toString().padStart(places + 1, "0");
    return (scaled < 0n ? "-" : "") + (places ? `${digits.slice(0, -places)}.${digits.slice(-places)}` : digits);
  }

  /** As people write it: without zeros at the end, a fraction where decimals do not end. */
  plain() {
    for (let places = 0; places <= 12; places += 1) if ((10n ** BigInt(places)) % this.d === 0n) return this.text(places);
    return `${this.n}/${this.d}`;
  }
}

export const ZERO = new Rational(0n);
export const sum = (values) => values.reduce((total, value) => total.plus(value), ZERO);
