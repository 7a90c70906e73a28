/**
 * The clock of a reconnecting client, the same in Node and in a browser. Unlike `systemClock`, its timers keep a Node
 * process alive: between two connections a timer is all there is, and a client that waits has not finished.
 */
import type { Clock } from '../socket/clock.ts';

export const steadyClock: Clock = {
  now: () => performance.now(),
  setTimeout: (callback, ms) => setTimeout(callback, ms),
  clearTimeout: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout> | undefined),
};
