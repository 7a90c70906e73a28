/** Payloads for tests of compression, the same in each run. */
import { utf8 } from './bytes.ts';

/** Numbers that look random and are the same in each run. */
export function* numbers(seed: number): Generator<number, never> {
  let state = seed;
  for (;;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state / 2 ** 32;
  }
}

const words =
  'room message user typing presence cursor joined left {"id":"name": [null,true] 2026-11-23 héllo 東京'.split(' ');

/** Text as chats and feeds send it: much in it comes again, within a message and from one to the next. */
export function feed(size: number, random: Iterator<number, never> = numbers(1)): Uint8Array {
  let text = '';
  while (text.length < size)
    text += `${words[Math.floor(random.next().value * words.length)]}${Math.floor(random.next().value * 50)},`;
  return utf8(text).subarray(0, size);
}

/** Bytes that can't be compressed. */
export function noise(size: number, random: Iterator<number, never> = numbers(1)): Uint8Array {
  return Uint8Array.from({ length: size }, () => random.next().value * 256);
}
