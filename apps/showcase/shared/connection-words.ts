/** What a page says of its connection, in words that fit a badge. */

/** How a connection is. `delay` is in ms, `count` in publications. */
export type ConnectionStatus =
  | { readonly state: 'connecting' }
  | { readonly state: 'connected' }
  /** There is none; the next attempt comes after `delay`. */
  | { readonly state: 'reconnecting'; readonly delay: number }
  /** The machine has no network, so an attempt makes no sense. */
  | { readonly state: 'offline' }
  /** Connected again, and everything that was missed is here: so many. */
  | { readonly state: 'caught-up'; readonly count: number }
  /** Connected again, and some of what was missed can't be had any more. */
  | { readonly state: 'missed' }
  /** It does not come back by itself. */
  | { readonly state: 'closed'; readonly reason: string };

/** What the badge shows. `left` is what is left of a delay, in ms. */
export function wordsFor(status: ConnectionStatus, left = 0): string {
  switch (status.state) {
    case 'connecting':
      return 'connecting …';
    case 'reconnecting':
      return left > 0 ? `reconnecting in ${Math.ceil(left / 1000)} s …` : 'reconnecting …';
    case 'caught-up':
      return status.count > 0 ? `caught up: ${status.count}` : 'connected';
    case 'missed':
      return 'missed some';
    case 'closed':
      return `closed: ${status.reason}`;
    default:
      return status.state;
  }
}

/** What is read out, once for each change of the state: nobody wants to hear a countdown. */
export function spokenFor(status: ConnectionStatus): string {
  return status.state === 'reconnecting' ? 'Connection lost, reconnecting' : wordsFor(status);
}
