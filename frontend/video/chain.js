// The hash chain of a recording, as `evaluation/video/chain.py` has it.

const hex = (bytes) => [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** The SHA-256 of bytes or of ASCII text, in hexadecimal digits. */
export async function sha256(content) {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  return hex(await crypto.subtle.digest("SHA-256", bytes));
}

/** The head after a piece. */
export function link(previous, n, part, begins, hash) {
  return sha256(`${previous}\n${n}\n${part}\n${begins}\n${hash}\n`);
}
