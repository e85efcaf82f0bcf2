// How much of a bid may lie in memory at once.

/** Bytes that are read, hashed and held in one piece; what is longer goes by parts. A browser that does not tell has little. */
export const WHOLE = (globalThis.navigator?.deviceMemory ?? 0) >= 8 ? 256 << 20 : 32 << 20;
