/**
 * A call with progressive results that stands as long as somebody wants it: made in every session, and again after a delay
 * where it was refused for now. What is still answered to an earlier one is not taken for an answer to the present one.
 */
import { Backoff } from 'tidewire/browser';
import type { Link, Member } from './link.ts';
import type { Reply, WampConnection } from './wamp-connection.ts';
import type { Dict } from './wamp-lists.ts';

export interface StandingCallEvents {
  /** The keywords of a call that is to be made; undefined: not now. */
  ask(): Dict | undefined;
  progress(kwargs: Dict, session: WampConnection): void;
  done(kwargs: Dict): void;
  /** The session is over, or it was refused for now, with or without progress before. */
  lost?(): void;
  /** It was refused for good, or the client is closed: then without an error if that was asked for. */
  ended(error: Error | undefined): void;
  /** Progress of an earlier call. */
  late?(kwargs: Dict, session: WampConnection): void;
}

export class StandingCall implements Member {
  session: WampConnection | undefined;
  /** Grows from call to call, until somebody resets it. */
  readonly backoff: Backoff;
  readonly #link: Link;
  readonly #procedure: string;
  readonly #events: StandingCallEvents;
  readonly #leave: (() => void) | undefined;
  #present: Reply | undefined;
  #request: number | undefined;
  #timer: unknown;
  #stopped = false;

  constructor(link: Link, procedure: string, events: StandingCallEvents) {
    this.#link = link;
    this.#procedure = procedure;
    this.#events = events;
    this.backoff = new Backoff({}, link.options.random);
    this.#leave = link.add(this);
  }

  connected(session: WampConnection): void {
    this.session = session;
    this.start();
  }

  disconnected(): void {
    this.session = undefined;
    this.reset();
    this.#events.lost?.();
  }

  closed(error: Error | undefined): void {
    this.#events.ended(error);
  }

  /** Makes the call, unless it stands, waits for its time, or is not wanted now. */
  start(): void {
    const { session } = this;
    if (session === undefined || this.#stopped || this.#present !== undefined || this.#timer !== undefined) return;
    const kwargs = this.#events.ask();
    if (kwargs === undefined) return;
    const reply: Reply = {
      progress: ({ kwargs = {} }) => this.#events[reply === this.#present ? 'progress' : 'late']?.(kwargs, session),
      done: ({ kwargs = {} }) => reply === this.#present && this.#events.done(kwargs),
      failed: (error) => {
        if (reply !== this.#present) return;
        if (!error.temporary) return this.#events.ended(error);
        this.#events.lost?.();
        this.again(this.backoff.next());
      },
    };
    this.#present = reply;
    this.#request = session.call(this.#procedure, { kwargs }, { receive_progress: true }, reply);
  }

  /** Makes another call in place of the present one, after so many ms. */
  again(delay: number): void {
    this.reset();
    this.#timer = this.#link.clock.setTimeout(() => {
      this.#timer = undefined;
      this.start();
    }, delay);
  }

  /** Forgets the present call. */
  reset(): void {
    this.#link.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#present = undefined;
  }

  /** For good. `cancel`: and tells the hub. */
  stop(cancel = false): void {
    if (cancel && this.#request !== undefined) this.session?.cancel(this.#request);
    this.#stopped = true;
    this.reset();
    this.#leave?.();
  }
}
