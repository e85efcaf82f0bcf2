// Three versions of a part become one: the version both began with, mine, and a colleague's. Pure.
//
// Values are flat: {name: anything JSON}. A value that is missing and one that is empty are the same.

const EMPTY = "";

function same(one, other) {
  return JSON.stringify(one ?? EMPTY) === JSON.stringify(other ?? EMPTY);
}

/** Whether two sets of values say the same. */
export function sameValues(one, other) {
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].every((name) => same(one[name], other[name]));
}

/**
 * What both have changed, put together; where both changed the same value differently it stays mine for now and its name
 * is among the `conflicts`.
 */
export function merge(base, mine, theirs) {
  const values = {};
  const conflicts = [];
  for (const name of new Set([...Object.keys(base), ...Object.keys(mine), ...Object.keys(theirs)])) {
    const kept = same(mine[name], base[name]) ? theirs[name] : mine[name];
    if (kept !== undefined) values[name] = kept;
    if (!same(mine[name], base[name]) && !same(theirs[name], base[name]) && !same(mine[name], theirs[name])) conflicts.push(name);
  }
  return { values, conflicts };
}
