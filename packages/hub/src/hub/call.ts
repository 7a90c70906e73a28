/**
 * One call, from its caller's side: a result that comes once, progress before it, a time limit, and three ways to cancel
 * (WAMP, "Call Canceling"):
 *
 * | mode | the caller is told | the callee is told |
 * |---|---|---|
 * | `skip` | at once | nothing |
 * | `killnowait` | at once | to stop |
 * | `kill` | when the callee has stopped | to stop |
 *
 * It is what its procedure gets of it, too: an object with getters of its own for each call would cost more than the call.
 */
import type { Clock } from 'tidewire';
import { HubError } from '../contract/errors.ts';
import type { Payload } from '../contract/publication.ts';
import type { CallContext, Procedure } from './procedures.ts';
import type { Session } from './session.ts';

export type CancelMode = 'skip' | 'kill' | 'killnowait';

export interface CallOptions {
  /** How long the caller waits, ms; 0 and absent: as long as it takes, up to the hub's `callTimeout`. */
  readonly timeout?: number;
  readonly disclose?: boolean;
  /** Is told of progress, in order, before the result. */
  progress?(payload: Payload): void;
}

export interface CallInit {
  readonly name: string;
  readonly caller: Session;
  readonly payload: Payload;
  readonly options: CallOptions;
  readonly procedure: Procedure;
  readonly clock: Clock;
  /** ms; `undefined` waits for ever. */
  readonly timeout: number | undefined;
}

export class Call implements CallContext {
  readonly name: string;
  readonly caller: Session;
  readonly disclose: boolean;
  readonly timeout: number | undefined;
  /** What came of it. Rejects with a HubError, or with what the callee threw. */
  readonly result: Promise<Payload>;
  /** Resolves when the procedure has settled, whether or not anybody still waits for that. */
  readonly finished: Promise<void>;
  /** Made for whoever asks for its signal: few procedures do, and it costs more than all else of a call. */
  #abort: AbortController | undefined;
  /** Why the procedure was told to stop; it may not have been told how to hear of that. */
  #reason: HubError | undefined;
  readonly #clock: Clock;
  #timer: unknown;
  #givenUp: CancelMode | undefined;
  readonly #options: CallOptions;
  #settle!: PromiseWithResolvers<Payload>;
  #settled = false;

  constructor(init: CallInit) {
    this.name = init.name;
    this.caller = init.caller;
    this.disclose = init.options.disclose ?? false;
    this.timeout = init.timeout;
    this.#settle = Promise.withResolvers<Payload>();
    this.result = this.#settle.promise;
    this.#clock = init.clock;
    this.#options = init.options;
    this.#waitAnew();
    this.finished = run(init.procedure, init.payload, this).then(
      (payload) => this.#end(() => this.#settle.resolve(payload)),
      (error) => this.#end(() => this.#settle.reject(this.#isGivingUp(error) ? this.#reason : error)),
    );
  }

  get wantsProgress(): boolean {
    return this.#options.progress !== undefined;
  }

  get givenUp(): CancelMode | undefined {
    return this.#givenUp;
  }

  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#reason !== undefined) this.#abort.abort(this.#reason);
    }
    return this.#abort.signal;
  }

  progress(payload: Payload): void {
    if (this.#settled || this.#options.progress === undefined) return;
    this.#waitAnew();
    this.#options.progress(payload);
  }

  cancel(mode: CancelMode): void {
    if (this.#settled) return;
    const canceled = new HubError('canceled');
    this.#givenUp = mode;
    if (mode !== 'skip') this.#stop(canceled);
    if (mode !== 'kill') this.#end(() => this.#settle.reject(canceled));
  }

  /** Work that was told to stop, and did: by the reason that it was given, or as what hears a signal does. */
  #isGivingUp(error: unknown): boolean {
    const reason = this.#reason;
    if (reason === undefined || error instanceof HubError || !(error instanceof Error)) return false;
    return error.name === 'AbortError' || error.cause === reason;
  }

  /** The time limit is for the first result, and for each one after another: progress is a result too. */
  #waitAnew(): void {
    const { timeout } = this;
    if (timeout === undefined) return;
    this.#clock.clearTimeout(this.#timer);
    this.#timer = this.#clock.setTimeout(() => this.#timedOut(timeout), timeout);
  }

  #timedOut(timeout: number): void {
    this.#givenUp = 'killnowait';
    const late = new HubError('timeout', `No result within ${timeout} ms`);
    this.#stop(late);
    this.#end(() => this.#settle.reject(late));
  }

  /** The first reason counts, as it does for an AbortController. */
  #stop(reason: HubError): void {
    this.#reason ??= reason;
    this.#abort?.abort(this.#reason);
  }

  #end(settle: () => void): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#clock.clearTimeout(this.#timer);
    settle();
  }
}

/**
 * What throws at once fails like any other. Apart from the constructor, whose closures would keep the payload for as long
 * as the call runs.
 */
async function run(procedure: Procedure, payload: Payload, context: CallContext): Promise<Payload> {
  return procedure(payload, context);
}
