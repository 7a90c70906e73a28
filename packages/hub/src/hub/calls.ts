/**
 * What one session calls, and what it can be called for.
 *
 * A call counts against its caller until nothing runs for it any more here; one that a callee behind a connection was given
 * counts until the caller has let go of it, since how much a callee does at a time is its adapter's to bound.
 */

import { HubError } from '../contract/errors.ts';
import type { Payload } from '../contract/publication.ts';
import { accessOf, demand } from './access.ts';
import { Call, type CallOptions } from './call.ts';
import type { HubCore } from './hub-core.ts';
import { longestTimer } from './limits.ts';
import type { CallContext, Invoke, Procedure, Registration } from './procedures.ts';
import type { Session } from './session.ts';
import type { Match } from './uri-match.ts';

export class Calls {
  readonly #session: Session;
  readonly #hub: HubCore;
  readonly #calls = new Set<Call>();
  readonly #registrations = new Set<number>();
  #registering = 0;
  /** To be told when the session ends: those who wait for its answers. */
  readonly #waiting = new Set<() => void>();

  constructor(session: Session, hub: HubCore) {
    this.#session = session;
    this.#hub = hub;
  }

  call(name: string, payload: Payload, options: CallOptions): Call {
    const { limits, clock, callTimeout = longestTimer, figures } = this.#hub;
    if (this.#calls.size >= limits.maxCalls) throw new HubError('too-many', 'Too many calls wait for their results');
    const timeout = options.timeout ? Math.min(options.timeout, callTimeout) : this.#hub.callTimeout;
    const run: { callee?: Session } = {};
    const procedure: Procedure = (input, context) => this.#run(name, input, context, run);
    figures.calls++;
    // Before anybody hears of an outcome: what was published until then is told first, as it happened first.
    const tell = (): void => this.#hub.topics.tell();
    const telling = options.progress === undefined ? options : { ...options, progress: tellingFirst(tell, options) };
    const call = new Call({ name, caller: this.#session, payload, options: telling, procedure, clock, timeout });
    this.#calls.add(call);
    const forget = (): boolean => this.#calls.delete(call);
    void call.finished.then(forget);
    call.result.then(tell, () => {
      tell();
      if (run.callee !== undefined) forget();
    });
    return call;
  }

  async register(uri: string, match: Match, invoke: Invoke, procedure: Procedure): Promise<Registration> {
    const { procedures, limits, newId } = this.#hub;
    if (this.#registrations.size + this.#registering >= limits.maxRegistrations) {
      throw new HubError('too-many', 'Too many registrations');
    }
    this.#registering++;
    try {
      await this.#demand(uri, 'register', this.#session);
      this.#session.mustBeOpen();
      const registration = procedures.register({ session: this.#session, procedure }, uri, match, invoke, newId);
      this.#registrations.add(registration.id);
      return registration;
    } finally {
      this.#registering--;
    }
  }

  unregister(id: number): void {
    this.#hub.procedures.unregister(this.#session, id);
    this.#registrations.delete(id);
  }

  /** Ends all of it. */
  end(): void {
    for (const id of this.#registrations) this.#hub.procedures.unregister(this.#session, id);
    this.#registrations.clear();
    for (const call of [...this.#calls]) call.cancel('killnowait');
    for (const gone of [...this.#waiting]) gone();
  }

  /** Settles as a result of this session's does, unless the session ends before: then it is `canceled`. */
  whileHere<T>(result: Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const left = new HubError('canceled', 'The callee has gone', { temporary: true });
    // A result that came just before its callee left still counts.
    const gone = (): void => queueMicrotask(() => reject(left));
    if (this.#session.ended) gone();
    else this.#waiting.add(gone);
    const settled = (): boolean => this.#waiting.delete(gone);
    result.then(resolve, reject).finally(settled);
    return promise;
  }

  async #run(name: string, input: Payload, context: CallContext, run: { callee?: Session }): Promise<Payload> {
    const { procedures } = this.#hub;
    if (!procedures.has(name)) throw new HubError('no-such-procedure');
    await this.#demand(name, 'call', this.#session);
    const found = procedures.find(name);
    if (found === undefined) throw new HubError('no-such-procedure');
    // Not awaited here, where the input would be kept for as long as the callee takes.
    if (typeof found === 'function') return found(input, context);
    const { registration, callee } = found;
    // The right to register a pattern is not yet the right to answer to each name that it stands for.
    if (registration.match !== 'exact') await this.#mayAnswer(name, callee.session);
    context.signal.throwIfAborted();
    if (callee.session.ended) throw new HubError('canceled', 'The callee has gone', { temporary: true });
    run.callee = callee.session;
    return callee.session.calls.whileHere(callee.procedure(input, context));
  }

  async #mayAnswer(name: string, callee: Session): Promise<void> {
    try {
      await this.#demand(name, 'register', callee);
    } catch (error) {
      if (!(error instanceof HubError)) this.#session.report(error, 'call');
      throw new HubError('no-such-procedure');
    }
  }

  async #demand(name: string, toDo: 'call' | 'register', session: Session): Promise<void> {
    const { rule, params } = this.#hub.procedures.right(name, toDo);
    await demand(rule, accessOf(session, name, params), toDo);
  }
}

function tellingFirst(tell: () => void, options: CallOptions): (payload: Payload) => void {
  return (payload) => {
    tell();
    options.progress?.(payload);
  };
}
