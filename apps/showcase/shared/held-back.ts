/** Why something that is written waits though there is a connection, in words for people, by the code of the hub's refusal. */

/** @param code `heldBack` of a publication in the outbox */
export function heldBackWords(code: string): string {
  switch (code) {
    case 'rate-limited':
      return 'waits: so many a minute, no more';
    case 'too-many':
      return 'waits: there is too much of it now';
    case 'timeout':
      return 'waits: there was no answer yet';
    default:
      return 'waits: it is not possible at the moment';
  }
}
