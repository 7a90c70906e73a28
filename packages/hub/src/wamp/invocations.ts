/**
 * The INVOCATIONs of one callee that are not answered, and those that were given up: whoever answered one of these at the
 * same moment did nothing wrong (Advanced Profile, "Call Canceling": "Ignoring Results after Cancel").
 */
import { HubError } from '../contract/errors.ts';
import type { Payload } from '../contract/publication.ts';
import type { CallContext } from '../hub/procedures.ts';
import { nextRequestId } from './ids.ts';
import type { OpenSession } from './open-session.ts';
import type { Dict } from './options.ts';
import { argumentsOf } from './payloads.ts';

export interface Invocation {
  readonly context: CallContext;
  readonly answer: PromiseWithResolvers<Payload>;
  /** Ends the watch over the call's being given up. */
  forget(): void;
}

export class Invocations {
  readonly #open: OpenSession;
  readonly #pending = new Map<number, Invocation>();
  /** Request ids; the oldest first. */
  readonly #givenUp = new Set<number>();
  /** Of those up to here it is not known any more how they ended. */
  #forgotten = 0;
  #last = 0;

  constructor(open: OpenSession) {
    this.#open = open;
  }

  get(request: number): Invocation | undefined {
    return this.#pending.get(request);
  }

  take(request: number): Invocation | undefined {
    const invocation = this.#pending.get(request);
    this.#pending.delete(request);
    invocation?.forget();
    return invocation;
  }

  /** Whether an answer to this one may come, to be ignored. */
  wasGivenUp(request: number): boolean {
    return this.#givenUp.has(request) || request <= this.#forgotten;
  }

  /** Sends an INVOCATION. Resolves with the callee's answer; rejects when the call is given up before that. */
  send(registration: number, details: Dict, payload: Payload, context: CallContext): Promise<Payload> {
    const { signal } = context;
    if (signal.aborted) return Promise.reject(signal.reason);
    if (this.#pending.size >= this.#open.realm.maxInvocations) {
      return Promise.reject(new HubError('too-many', 'The callee has too much to do'));
    }
    // Or whoever calls faster than the callee reads would cost it its connection.
    if (!this.#open.outlet.hasRoom) return Promise.reject(new HubError('too-many', 'The callee has too much to read'));
    const request = nextRequestId(this.#last);
    const message = { type: 'INVOCATION', request, registration, details, ...argumentsOf(payload) } as const;
    try {
      this.#open.send(message);
    } catch (error) {
      return Promise.reject(error);
    }
    this.#last = request;
    const answer = Promise.withResolvers<Payload>();
    const interrupt = (): void => this.#interrupt(request);
    signal.addEventListener('abort', interrupt, { once: true });
    this.#pending.set(request, { context, answer, forget: () => signal.removeEventListener('abort', interrupt) });
    return answer.promise;
  }

  close(): void {
    for (const { forget } of this.#pending.values()) forget();
    this.#pending.clear();
  }

  #interrupt(request: number): void {
    const { context, answer } = this.#pending.get(request)!;
    const { signal, givenUp = 'killnowait' } = context;
    const stops = this.#open.can('callee', 'call_canceling');
    if (stops) this.#open.send({ type: 'INTERRUPT', request, options: { mode: givenUp } });
    // "If the callee does not support call canceling, then behavior is skip": nobody waits for its answer.
    if (stops && givenUp === 'kill') return;
    this.#pending.delete(request);
    this.#remember(request);
    answer.reject(signal.reason);
  }

  #remember(request: number): void {
    this.#givenUp.add(request);
    if (this.#givenUp.size <= this.#open.realm.maxInvocations) return;
    const [oldest] = this.#givenUp as Set<number>;
    this.#givenUp.delete(oldest!);
    this.#forgotten = Math.max(this.#forgotten, oldest!);
  }
}
