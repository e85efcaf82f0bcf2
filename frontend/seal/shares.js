// Shamir's secret sharing over GF(2^8), x^8+x^4+x^3+x+1 (FORMAT.md 3.4): a share is the y bytes, then x = 1 … n.

const POWER = new Uint8Array(512);
const LOG = new Uint8Array(256);
for (let exponent = 0, value = 1; exponent < 255; exponent++) {
  POWER[exponent] = POWER[exponent + 255] = value;
  LOG[value] = exponent;
  // Times the generator 3: twice the value, reduced, plus the value.
  value ^= (value << 1) ^ (value & 0x80 ? 0x11b : 0);
}

function multiply(a, b) {
  return a && b ? POWER[LOG[a] + LOG[b]] : 0;
}

function divide(a, b) {
  return a ? POWER[LOG[a] + 255 - LOG[b]] : 0;
}

/** n shares of `secret`, any k of which give it back; `coefficients` are k-1 random strings, lowest power first. */
export function split(secret, n, k, coefficients) {
  if (!secret.length) throw new Error("the secret is empty");
  if (!(k >= 2 && k <= n && n <= 255)) throw new Error("2 <= k <= n <= 255 does not hold");
  if (coefficients.length !== k - 1 || coefficients.some((term) => term.length !== secret.length)) {
    throw new Error("there are k-1 coefficients, each as long as the secret");
  }
  const terms = [secret, ...coefficients];
  return Array.from({ length: n }, (_, index) => {
    const x = index + 1;
    const share = new Uint8Array(secret.length + 1);
    for (let at = 0; at < secret.length; at++) {
      let y = 0;
      for (let power = terms.length - 1; power >= 0; power--) y = multiply(y, x) ^ terms[power][at];
      share[at] = y;
    }
    share[secret.length] = x;
    return share;
  });
}

function at(shares, x) {
  const value = new Uint8Array(shares[0].length - 1);
  for (const share of shares) {
    let weight = 1;
    for (const other of shares) {
      if (other !== share) weight = multiply(weight, divide(x ^ other.at(-1), share.at(-1) ^ other.at(-1)));
    }
    for (let byte = 0; byte < value.length; byte++) value[byte] ^= multiply(weight, share[byte]);
  }
  return value;
}

/** The secret of k or more shares; refuses x = 0, doubles, unequal lengths, too few, and shares of another secret. */
export function combine(shares, k) {
  if (!(k >= 2 && k <= 255)) throw new Error("2 <= k <= 255 does not hold");
  if (shares.some((share) => share.length < 2)) throw new Error("a share is empty");
  if (new Set(shares.map((share) => share.length)).size > 1) throw new Error("the shares have unequal lengths");
  const points = shares.map((share) => share.at(-1));
  if (points.includes(0)) throw new Error("a share has x = 0");
  if (new Set(points).size !== points.length) throw new Error("two shares have the same x");
  if (shares.length < k) throw new Error(`too few shares: ${shares.length} of ${k}`);
  const used = shares.slice(0, k);
  for (const share of shares.slice(k)) {
    if (at(used, share.at(-1)).some((byte, index) => byte !== share[index])) {
      throw new Error("the shares are not of one secret");
    }
  }
  return at(used, 0);
}
