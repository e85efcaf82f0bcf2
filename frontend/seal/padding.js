// Lengths that say little (FORMAT.md 3.5).

const LEAST = 65536;

/** The padded length of `length` bytes of a sealed bid: Padmé, at least 65536. */
export const padded = (length) => paddedFrom(LEAST, length);

/** The padded length of `length` bytes: Padmé, at least `least`. */
export function paddedFrom(least, length) {
  const base = Math.max(length, least);
  let e = 0;
  for (let left = base; left >= 2; left = Math.floor(left / 2)) e++;
  let s = 1;
  for (let left = e; left >= 2; left = Math.floor(left / 2)) s++;
  const unit = 2 ** (e - s);
  return Math.ceil(base / unit) * unit;
}
