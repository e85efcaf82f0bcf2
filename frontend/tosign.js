// What was saved to be signed with a certificate, until its signature comes back, also across a restart of the browser.

const PREFIX = "mingcai-to-sign-";

export function kept(name) {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + name));
  } catch {
    return null;
  }
}

export const keep = (name, offer) => localStorage.setItem(PREFIX + name, JSON.stringify(offer));

export const drop = (name) => localStorage.removeItem(PREFIX + name);

/** Forget all of them. */
export function forgetToSign() {
  for (const name of Object.keys(localStorage)) if (name.startsWith(PREFIX)) localStorage.removeItem(name);
}
