/**
 * The dealer's part of one session: CALL, CANCEL and what comes of them for its caller; REGISTER, INVOCATION and their answers
 * for its callee (Basic Profile, "Remote Procedure Calls"), with of the Advanced Profile progressive call results, call
 * canceling, call timeout, caller identification, pattern-based and shared registration.
 *
 * Rule of this file: every CALL ends in one RESULT or ERROR, and every INVOCATION is answered, given up or its callee gone.
 */

import { HubError } from '../contract/errors.ts';
import type { Payload } from '../contract/publication.ts';
import { roleOf } from '../hub/audience.ts';
import type { CallContext, Procedure, Registration } from '../hub/procedures.ts';
import type { Broker } from './broker.ts';
import { errorUris } from './error-uris.ts';
import { Invocations } from './invocations.ts';
import type { MessageOf } from './messages.ts';
import type { OpenSession } from './open-session.ts';
import type { Dict } from './options.ts';
import { CalleeError, WampError } from './outcome.ts';
import { argumentsOf, callPayloadOf } from './payloads.ts';
import { type PendingCall, TopicCalls } from './topic-calls.ts';
import { isReservedUri, isUri } from './uri.ts';

const invocationCode = 68;

export class Dealer {
  readonly #open: OpenSession;
  readonly #topicCalls: TopicCalls;
  readonly #calls = new Map<number, PendingCall>();
  readonly #invocations: Invocations;
  /** REGISTERs that wait. */
  #registering = 0;

  constructor(open: OpenSession, broker: Broker) {
    this.#open = open;
    this.#topicCalls = new TopicCalls(open, broker, this.#calls);
    this.#invocations = new Invocations(open);
  }

  call(message: MessageOf<'CALL'>): void {
    const { request, options, procedure } = message;
    if (procedure.startsWith('tidewire.')) return this.#topicCalls.call(message);
    const { session, realm } = this.#open;
    const disclose = options.disclose_me ?? false;
    try {
      if (!isUri(procedure, { strict: realm.strictUris })) throw new WampError(errorUris.invalidUri, 'This is no URI');
      if (isReservedUri(procedure)) throw new HubError('no-such-procedure');
      if (disclose && !realm.allowDisclosure) {
        throw new WampError(errorUris.discloseMeDisallowed, 'Callers are not disclosed here');
      }
      const progress = (payload: Payload): void => this.#progress(request, payload);
      const call = session.call(procedure, callPayloadOf(message), {
        timeout: options.timeout,
        disclose,
        ...(options.receive_progress && { progress }),
      });
      this.#calls.set(request, call);
      call.result.then(
        (payload) => this.#result(request, payload),
        (error) => this.#failed(request, error),
      );
    } catch (error) {
      this.#open.refuse('CALL', request, error);
    }
  }

  /** One that has its result already is not canceled any more: the two have crossed. */
  cancel({ request, options }: MessageOf<'CANCEL'>): void {
    this.#calls.get(request)?.cancel(options.mode ?? 'killnowait');
  }

  async register({ request, options, procedure: uri }: MessageOf<'REGISTER'>): Promise<void> {
    const { session, realm } = this.#open;
    const { match = 'exact', invoke = 'single', disclose_caller = false } = options;
    const registered = Promise.withResolvers<Registration>();
    let registration: Registration | undefined;
    const procedure: Procedure = (payload, context) => {
      const disclose = context.disclose || disclose_caller;
      // A call that comes in the moment between the registration and REGISTERED.
      if (registration === undefined)
        return registered.promise.then((known) => this.#invoke(known, disclose, payload, context));
      return this.#invoke(registration, disclose, payload, context);
    };
    try {
      const objection = this.#open.objectionTo(uri, match);
      if (objection !== undefined) throw objection;
      if (disclose_caller && !realm.allowDisclosure) {
        throw new WampError(errorUris.optionNotAllowed, 'Callers are not disclosed here');
      }
      if (this.#registering >= realm.core.limits.maxRegistrations) throw new HubError('too-many');
      this.#registering++;
      registration = await session.register(uri, match, invoke, procedure).finally(() => this.#registering--);
    } catch (error) {
      return this.#open.refuse('REGISTER', request, error);
    }
    this.#open.send({ type: 'REGISTERED', request, registration: registration.id });
    registered.resolve(registration);
  }

  unregister({ request, registration }: MessageOf<'UNREGISTER'>): void {
    try {
      this.#open.session.unregister(registration);
    } catch (error) {
      return this.#open.refuse('UNREGISTER', request, error);
    }
    this.#open.send({ type: 'UNREGISTERED', request });
  }

  yield(message: MessageOf<'YIELD'>): void {
    const { request, options } = message;
    const invocation = options.progress ? this.#invocations.get(request) : this.#invocations.take(request);
    if (invocation === undefined) return this.#judgeLate('YIELD', request);
    if (options.progress) invocation.context.progress(callPayloadOf(message));
    else invocation.answer.resolve(callPayloadOf(message));
  }

  error(message: MessageOf<'ERROR'>): void {
    const { request, requestType, error } = message;
    if (requestType !== invocationCode)
      return this.#open.violated('ERROR.REQUEST.Type must be INVOCATION, from a client');
    const invocation = this.#invocations.take(request);
    if (invocation === undefined) return this.#judgeLate('ERROR', request);
    const uri = isUri(error) ? error : errorUris.invalidUri;
    invocation.answer.reject(new CalleeError({ error: uri, args: message.args, kwargs: message.kwargs }));
  }

  close(): void {
    for (const call of [...this.#calls.values()]) call.cancel('killnowait');
    this.#calls.clear();
    this.#invocations.close();
  }

  #progress(request: number, payload: Payload): void {
    this.#open.send({ type: 'RESULT', request, details: { progress: true }, ...argumentsOf(payload) });
  }

  #result(request: number, payload: Payload): void {
    if (!this.#calls.delete(request)) return;
    try {
      this.#open.send({ type: 'RESULT', request, details: {}, ...argumentsOf(payload) });
    } catch (error) {
      // A handler of ours returned what can't be sent.
      this.#open.refuse('CALL', request, error);
    }
  }

  #failed(request: number, error: unknown): void {
    if (this.#calls.delete(request)) this.#open.refuse('CALL', request, error);
  }

  #invoke(registration: Registration, disclose: boolean, payload: Payload, context: CallContext): Promise<Payload> {
    const details: Dict = {
      ...(registration.match !== 'exact' && { procedure: context.name }),
      ...(disclose && callerDetails(context)),
      ...(context.wantsProgress && this.#canProgress && { receive_progress: true }),
    };
    return this.#invocations.send(registration.id, details, payload, context);
  }

  /** "If a Callee supports Progressive Call Results, but not Call Canceling, then the Dealer disregards the Callees … feature." */
  get #canProgress(): boolean {
    return this.#open.can('callee', 'progressive_call_results') && this.#open.can('callee', 'call_canceling');
  }

  #judgeLate(type: string, request: number): void {
    if (!this.#invocations.wasGivenUp(request)) this.#open.violated(`${type} answers no INVOCATION`);
  }
}

function callerDetails({ caller }: CallContext): Dict {
  const { id, user } = caller;
  return { caller: id, ...(user !== undefined && { caller_authid: user.id }), caller_authrole: roleOf(caller) };
}
