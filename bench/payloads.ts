/**
 * What the works send. Each message carries its connection and its place, so that one that is lost, doubled, reordered or sent
 * to the wrong socket is noticed by plain comparison; and each is the same in every run.
 */
import { constants, deflateRawSync } from 'node:zlib';

/** ASCII without quotes or backslashes, so that it is the same in JSON. */
export function message(client: number, place: number, length: number): string {
  return `client ${client} message ${place} `.padEnd(length, 'abcdefghijklmnopqrstuvwxyz 0123456789');
}

/** Bytes of all values, different for each client. */
export function noise(client: number, length: number): Uint8Array {
  const next = randomNumbers(client + 1);
  return Uint8Array.from({ length }, () => next() & 0xff);
}

const places = ['Hamburg', 'Rotterdam', 'Antwerpen', 'Le Havre', 'Bremerhaven', 'Valencia', 'Gdansk', 'Piraeus'];

/**
 * 1,024 bytes of JSON as a program sends it again and again: where a client's seven ships are now. Keys, names and destinations
 * recur from message to message, numbers do not.
 */
export function json(client: number, turn: number): string {
  const fleet = randomNumbers(client + 1);
  const now = randomNumbers(client * 64 + turn + 1);
  const ships = Array.from({ length: 7 }, (_, ship) => ({
    id: fleet() % 1e5,
    at: new Date(1_760_000_000_000 + turn * 1000 + ship * 50).toISOString(),
    latitude: ((fleet() % 9e6) + (now() % 1e4)) / 1e5,
    longitude: ((fleet() % 18e6) + (now() % 1e4)) / 1e5,
    speed: (now() % 250) / 10,
    course: now() % 360,
    to: places[fleet() % places.length],
  }));
  const whole = (note: string): string => JSON.stringify({ type: 'positions', client, turn, ships, note });
  return whole(message(client, turn, 1024).slice(0, 1024 - whole('').length));
}

/** Marsaglia's xorshift, 32 bits. */
function randomNumbers(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b1) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

/**
 * Each payload as RFC 7692 §7.2.1 compresses it; with takeover in the context of those before it in the cycle, so that the first
 * refers to nothing and the cycle can begin anew.
 */
export function compressedCycle(payloads: readonly string[], windowBits: number, takeover: boolean): Uint8Array[] {
  let before = Buffer.alloc(0);
  return payloads.map((payload) => {
    const options = { windowBits, finishFlush: constants.Z_SYNC_FLUSH };
    // zlib takes an empty dictionary for an error.
    const compressed = deflateRawSync(payload, before.length === 0 ? options : { ...options, dictionary: before });
    if (takeover) before = Buffer.concat([before, Buffer.from(payload)]).subarray(-(1 << windowBits));
    return compressed.subarray(0, -4); // without 00 00 ff ff
  });
}
