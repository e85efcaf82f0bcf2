// What was saved to be signed with a certificate, until its signature comes back, also across a restart of the browser; where
// nothing can be kept, as long as the page is open.

const PREFIX = "mingcai-to-sign-";
const unkept = new Map();

export function kept(name) {
  try {
    return unkept.get(name) ?? JSON.parse(localStorage.getItem(PREFIX + name));
  } catch {
    return null;
  }
}

export function keep(name, offer) {
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(offer));
  } catch {
    unkept.set(name, offer);
  }
}

export function drop(name) {
  unkept.delete(name);
  localStorage.removeItem(PREFIX + name);
}

/** Forget all of them. */
export function forgetToSign() {
  for (const name of Object.keys(localStorage)) if (name.startsWith(PREFIX)) localStorage.removeItem(name);
}
