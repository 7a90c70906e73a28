/**
 * Messages on their way to whoever consumes a socket: handlers, called one at a time, or `for await`.
 *
 * Messages that come before there is a consumer are kept. What waits is bounded in number and in bytes; at the bound
 * `full` is true, the socket stops reading, and `room` says when it may go on.
 */

import { Fifo } from './fifo.ts';

export type Message = string | Uint8Array;

export interface InboxLimits {
  readonly maxQueuedMessages: number;
  readonly maxQueuedBytes: number;
}

export interface InboxEvents {
  /** There is room again after `full`. */
  room(): void;
  /** A handler threw, or its promise rejected. */
  handlerFailed(error: unknown): void;
}

/** Called on the inbox's events: what they do is one function for all sockets, where a bound one would stay with each. */
type Step<T = void> = (this: any, given: T) => unknown;

interface Queued {
  readonly message: Message;
  readonly size: number;
}

type Next = IteratorResult<Message, undefined>;

export class Inbox {
  readonly #limits: InboxLimits;
  readonly #events: InboxEvents;
  /** Made for the first message that has to wait. */
  #queue: Fifo<Queued> | undefined;
  /** How many wait, here where every message asks for it, and in bytes. */
  #count = 0;
  #bytes = 0;
  #wasFull = false;
  #handle: Step<Message> | undefined;
  /** Takes over when nobody else has by the time that the first step is done. */
  #fallback: Step<Message> | undefined;
  #readers: ((next: Next) => void)[] | undefined;
  /** A handler is running, or its promise is pending. */
  #busy = false;
  #goingOn = false;
  #ended = false;
  #last: Step | undefined;

  constructor(limits: InboxLimits, events: InboxEvents) {
    this.#limits = limits;
    this.#events = events;
  }

  get full(): boolean {
    return this.#count >= this.#limits.maxQueuedMessages || this.#bytes >= this.#limits.maxQueuedBytes;
  }

  /** Twice as full as that: what still comes finds no place. */
  get overfull(): boolean {
    const { maxQueuedMessages, maxQueuedBytes } = this.#limits;
    return this.#count >= 2 * maxQueuedMessages || this.#bytes >= 2 * maxQueuedBytes;
  }

  /** A message came; `size` is what it takes in bytes. True when it has to wait. */
  put(message: Message, size: number): boolean {
    if (this.#ended) return false;
    if (this.#handle !== undefined && !this.#busy && this.#count === 0) {
      this.#run(this.#handle, message);
      return false;
    }
    const reader = this.#readers?.shift();
    if (reader !== undefined) {
      reader({ done: false, value: message });
      return false;
    }
    this.#queue ??= new Fifo();
    this.#queue.push({ message, size });
    this.#count++;
    this.#bytes += size;
    this.#wasFull ||= this.full;
    return true;
  }

  /**
   * Calls `first`, then `handle` with each message, one at a time: a promise that they return is waited for. Without
   * `handle`, messages are for the reader that `first` has attached; when it has attached none, they are ignored. After
   * `end()`, when all that came before has been handled, `last` is called.
   */
  handle(first: Step | undefined, handle: Step<Message> | undefined, last: Step | undefined): void {
    if (this.#fallback !== undefined || this.#readers !== undefined)
      throw new Error('This socket has a consumer already');
    this.#handle = handle;
    this.#fallback = ignore;
    this.#last = last;
    if (first !== undefined) this.#run(first, undefined);
    this.#goOn();
  }

  /** The next message, or the end. */
  next(): Promise<Next> {
    if (this.#handle !== undefined) throw new Error('This socket has handlers, and its messages go to them');
    this.#readers ??= [];
    const queued = this.#take();
    this.#tellRoom();
    if (queued !== undefined) return Promise.resolve({ done: false, value: queued });
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => this.#readers!.push(resolve));
  }

  /** No message will follow; what waits is still delivered. */
  end(): void {
    this.#ended = true;
    for (const reader of this.#readers?.splice(0) ?? []) reader({ done: true, value: undefined });
    this.#goOn();
  }

  #run<T>(step: Step<T>, message: T): void {
    this.#busy = true;
    let result: unknown;
    try {
      result = step.call(this.#events, message);
    } catch (error) {
      this.#handlerFailed(error);
      return;
    }
    if (isThenable(result)) {
      result.then(
        () => this.#settled(),
        (error) => this.#handlerFailed(error),
      );
      return;
    }
    this.#busy = false;
    if (this.#count > 0 || this.#ended) this.#goOn();
  }

  #settled(): void {
    this.#busy = false;
    this.#goOn();
  }

  /** What one handler left in an unknown state, the next must not build on. */
  #handlerFailed(error: unknown): void {
    this.#queue?.clear();
    this.#count = 0;
    this.#bytes = 0;
    this.#handle &&= ignore;
    this.#events.handlerFailed(error);
    this.#settled();
  }

  #goOn(): void {
    if (this.#goingOn) return;
    this.#goingOn = true;
    if (!this.#busy && this.#readers === undefined) this.#handle ??= this.#fallback;
    while (!this.#busy && this.#handle !== undefined) {
      const message = this.#take();
      if (message === undefined) break;
      this.#run(this.#handle, message);
    }
    this.#goingOn = false;
    this.#tellRoom();
    this.#finish();
  }

  #finish(): void {
    const last = this.#last;
    if (!this.#ended || this.#busy || last === undefined) return;
    this.#last = undefined;
    this.#run(last, undefined);
  }

  #take(): Message | undefined {
    const queued = this.#queue?.shift();
    if (queued === undefined) return undefined;
    this.#count--;
    this.#bytes -= queued.size;
    return queued.message;
  }

  /** Says once that there is room again, at half of the bound, so that reading does not stop and go with every message. */
  #tellRoom(): void {
    if (!this.#wasFull) return;
    const { maxQueuedMessages, maxQueuedBytes } = this.#limits;
    if (this.#count * 2 > maxQueuedMessages || this.#bytes * 2 > maxQueuedBytes) return;
    this.#wasFull = false;
    this.#events.room();
  }
}

function ignore(): void {}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as PromiseLike<unknown>).then === 'function';
}
