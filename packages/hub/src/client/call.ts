/**
 * Calls: each waits for a session, is sent once, and settles once: by its answer, its timeout, its signal, or the end of the
 * session, after which nobody knows whether it happened.
 *
 * Bounded in number; over the bound a call rejects at once.
 */
import { type CallContract, validated } from '../contract/contract.ts';
import { HubError } from '../contract/errors.ts';
import type { Clock } from './client-options.ts';
import type { Link, Member } from './link.ts';
import { payloadOf, valueIn } from './shapes.ts';
import type { WampConnection } from './wamp-connection.ts';
import type { Payload } from './wamp-lists.ts';

export interface CallOptions<P = unknown> {
  /** From the call to its answer, the wait for a connection included, ms; anew from each progress. @default 30_000 */
  readonly timeout?: number;
  /** Cancels the call; it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Is told progress, in order, before the call resolves. */
  readonly onProgress?: (progress: P) => void;
}

/** Calls that may wait for a session or an answer. */
const maxCalls = 1_000;

export class Calls implements Member {
  readonly #link: Link;
  readonly #waiting = new Set<PendingCall>();
  #count = 0;

  constructor(link: Link) {
    this.#link = link;
    link.add(this);
  }

  connected(session: WampConnection): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const call of waiting) call.start(session);
  }

  disconnected(): void {}

  closed(): void {
    for (const call of [...this.#waiting]) call.settle(this.#link.whyClosed);
  }

  /** A call of the contract's: both directions are checked. */
  async call(name: string, contract: CallContract, input: unknown, options: CallOptions = {}): Promise<unknown> {
    const { onProgress, ...rest } = options;
    rest.signal?.throwIfAborted();
    await validated(contract.input, input);
    let told: Promise<void> = Promise.resolve();
    const tell = async (payload: Payload) => {
      try {
        const progress = valueIn(payload);
        onProgress!(contract.progress === undefined ? progress : await validated(contract.progress, progress));
      } catch (error) {
        this.#link.report(error);
      }
    };
    const progressed = (payload: Payload) => {
      told = told.then(() => tell(payload));
    };
    const answer = await this.ask(name, payloadOf(input), rest, onProgress && progressed);
    await told;
    return validated(contract.output, valueIn(answer));
  }

  /** A call as it stands on the wire. */
  async ask(
    procedure: string,
    payload: Payload,
    { timeout = 30_000, signal }: Omit<CallOptions, 'onProgress'> = {},
    progress?: (payload: Payload) => void,
  ): Promise<Payload> {
    if (!(timeout > 0 && timeout < 2 ** 31)) throw new RangeError(`timeout must be positive, not ${timeout}`);
    signal?.throwIfAborted();
    if (this.#link.isClosed) throw this.#link.whyClosed;
    if (this.#count >= maxCalls) throw new HubError('too-many');
    this.#count++;
    return new Promise((resolve, reject) => {
      const call = new PendingCall(
        { procedure, payload, timeout, signal, progress },
        this.#link.clock,
        (error, answer) => {
          this.#count--;
          this.#waiting.delete(call);
          if (answer === undefined) reject(error);
          else resolve(answer);
        },
      );
      if (this.#link.session === undefined) this.#waiting.add(call);
      else call.start(this.#link.session);
    });
  }
}

interface CallRequest extends Omit<CallOptions, 'onProgress'> {
  readonly procedure: string;
  readonly payload: Payload;
  readonly timeout: number;
  readonly progress: ((payload: Payload) => void) | undefined;
}

/** One call, from its making to the one time that it settles. */
class PendingCall {
  readonly #call: CallRequest;
  readonly #clock: Clock;
  readonly #settled: (error: unknown, answer?: Payload) => void;
  #timer: unknown;
  readonly #abort = (): void => this.#giveUp(this.#call.signal!.reason);
  #session: WampConnection | undefined;
  #request: number | undefined;
  #open = true;

  constructor(call: CallRequest, clock: Clock, settled: (error: unknown, answer?: Payload) => void) {
    this.#call = call;
    this.#clock = clock;
    this.#settled = settled;
    this.#wait();
    call.signal?.addEventListener('abort', this.#abort);
  }

  start(session: WampConnection): void {
    const { procedure, payload, timeout, progress } = this.#call;
    const options = { timeout, ...(progress && { receive_progress: true }) };
    this.#session = session;
    this.#request = session.call(procedure, payload, options, {
      done: (answer) => this.settle(undefined, answer),
      failed: (error) => this.settle(error),
      ...(progress && {
        progress: (payload) => {
          this.#wait();
          progress(payload);
        },
      }),
    });
  }

  settle(error: unknown, answer?: Payload): void {
    if (!this.#open) return;
    this.#open = false;
    this.#clock.clearTimeout(this.#timer);
    this.#call.signal?.removeEventListener('abort', this.#abort);
    this.#settled(error, answer);
  }

  /** The time limit is for the first result, and for each one after another, as in the hub. */
  #wait(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = this.#clock.setTimeout(() => this.#giveUp(new HubError('timeout')), this.#call.timeout);
  }

  /** Tells the hub that nobody waits any more. */
  #giveUp(reason: unknown): void {
    if (this.#request !== undefined) {
      this.#session!.cancel(this.#request);
      this.#session!.forget(this.#request);
    }
    this.settle(reason);
  }
}
