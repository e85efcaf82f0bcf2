// A sealed part that is uploaded while it is still being made: what tus-js-client reads from.

import { WHOLE } from "./memory.js";

const HELD_MOST = Math.max(WHOLE, 64 << 20);

/**
 * Bytes that arrive from the front, in Blobs, so that this page never touches them: a bounded number is held, the rest waits
 * until the whole is there as a Blob.
 */
export class Growing {
  static of(blob) {
    const whole = new Growing(blob.size);
    whole.end(blob);
    return whole;
  }

  constructor(length) {
    Object.assign(this, { size: length, pieces: [], arrived: 0, held: 0, blob: null, fault: null, waiting: false, wake: () => {} });
  }

  add(piece) {
    const from = this.arrived;
    this.arrived += piece.size;
    if (this.held + piece.size > HELD_MOST) return;
    this.pieces.push({ from, piece });
    this.held += piece.size;
    this.wake();
  }

  end(blob) {
    if (blob.size !== this.size) return this.fail(Object.assign(new Error("the sealed file is cut off"), { code: "cut-off" }));
    this.blob = blob;
    this.wake();
  }

  fail(fault) {
    this.fault = fault;
    this.wake();
  }

  /** The bytes [start, end) as a Blob, as soon as they are there. */
  async bytes(start, end) {
    this.release(start);
    for (;;) {
      if (this.fault) throw this.fault;
      const found = this.blob ? this.blob.slice(start, end) : this.fromPieces(start, end);
      this.waiting = !found;
      if (found) return found;
      await new Promise((resolve) => (this.wake = resolve));
    }
  }

  fromPieces(start, end) {
    const parts = [];
    let at = start;
    for (const { from, piece } of this.pieces) {
      if (from > at) return null;
      const till = Math.min(from + piece.size, end);
      if (till <= at) continue;
      parts.push(piece.slice(at - from, till - from));
      at = till;
      if (at === end) return new Blob(parts);
    }
    return null;
  }

  /** What the server has acknowledged is not asked for again. */
  release(start) {
    while (this.pieces.length && this.pieces[0].from + this.pieces[0].piece.size <= start) {
      this.held -= this.pieces.shift().piece.size;
    }
  }
}

/** Opens a Growing for tus-js-client. */
export const growingReader = {
  async openFile(growing) {
    return {
      size: growing.size,
      async slice(start, end) {
        const till = Math.min(end, growing.size);
        return { value: await growing.bytes(start, till), done: till >= growing.size };
      },
      close() {},
    };
  },
};
