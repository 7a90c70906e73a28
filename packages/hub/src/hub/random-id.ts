/** Ids of sessions and publications: random, so that nobody guesses one, and a log that was put back has others. */

// Random numbers are drawn 128 ids at a time: a call of getRandomValues costs more than most of a publication's other work.
const poolSize = 256;
const pool: Uint32Array<ArrayBuffer> = /* @__PURE__ */ new Uint32Array(poolSize);
let drawn = poolSize;

/** A random id, drawn uniformly from 1 to 2^53 by a cryptographic generator. */
export function randomId(): number {
  if (drawn === poolSize) {
    globalThis.crypto.getRandomValues(pool);
    drawn = 0;
  }
  const high = pool[drawn++]! & 0x1f_ffff;
  const low = pool[drawn++]!;
  return high * 2 ** 32 + low + 1;
}
