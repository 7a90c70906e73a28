/**
 * The works: what is measured, named as in the results. A work is one turn, played again and again: somebody speaks `depth`
 * messages in one segment, everyone who should hear them does, and only then is the next turn begun.
 */

export type Rival = 'ws' | 'socket.io' | 'tidewire';
export const rivals: readonly Rival[] = ['ws', 'socket.io', 'tidewire'];

export interface Work {
  readonly name: string;
  readonly says: string;
  /** What the server does with a message: back to its sender, or to everyone connected. */
  readonly kind: 'echo' | 'fanout';
  readonly connections: number;
  /** Bytes of text in each message. */
  readonly payload: number;
  /** Messages that a speaker puts into one segment. */
  readonly depth: number;
  /** How many times less CPU than `ws` Tidewire should need; none: shown without a bar. */
  readonly bar?: number;
}

export const works: readonly Work[] = [
  {
    name: 'echo',
    says: 'echo of 64 bytes of text, 100 connections, each sends when its last echo is back',
    kind: 'echo',
    connections: 100,
    payload: 64,
    depth: 1,
    bar: 1.05,
  },
  {
    name: 'deep',
    says: 'echo of 64 bytes of text, 100 connections, 32 frames in each segment',
    kind: 'echo',
    connections: 100,
    payload: 64,
    depth: 32,
    bar: 8,
  },
  {
    name: 'fanout',
    says: '128 bytes of text to 1,000 sockets, one publish at a time, per delivery',
    kind: 'fanout',
    connections: 1000,
    payload: 128,
    depth: 1,
  },
  {
    name: 'fanout-burst',
    says: '128 bytes of text to 1,000 sockets, 16 publishes in each segment, per delivery',
    kind: 'fanout',
    connections: 1000,
    payload: 128,
    depth: 16,
    bar: 10,
  },
];
