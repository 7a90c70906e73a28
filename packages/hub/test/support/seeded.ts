/** Choices that can be made again: the seed is printed, and TIDEWIRE_SEED repeats it. What the machine's timing adds it can't. */

export function seedOfRun(): number {
  return Number(process.env['TIDEWIRE_SEED'] ?? Math.floor(Math.random() * 2 ** 32));
}

/** Numbers from 0 to below 1 (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
