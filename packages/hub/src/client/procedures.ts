/**
 * Procedures that this client answers: registered in every session, until they are given up. Input and output are checked
 * by the contract; what a handler throws goes to the caller when it is a HubError, and otherwise as `internal`, without detail.
 */
import { type CallContract, validated } from '../hub/contract.ts';
import { HubError } from '../hub/errors.ts';
import type { Publisher } from '../hub/publication.ts';
import type { Link, Member } from './link.ts';
import { payloadOf, toPublisher, valueIn } from './shapes.ts';
import type { Callee, InvocationMessage, WampConnection } from './wamp-connection.ts';
import { errorUri } from './wamp-errors.ts';

/** What a handler is told beside its input. */
export interface Invocation {
  /** Aborted when the caller cancels, or the session ends. */
  readonly signal: AbortSignal;
  /** Tells the caller progress, if it asked for it; else nothing happens. */
  progress(value: unknown): void;
  /** The caller's session, user and role, where the hub discloses them. */
  readonly caller?: Publisher;
}

export interface Registration {
  /** Answers no more calls. */
  unregister(): void;
}

export type Handler = (input: any, invocation: Invocation) => unknown;

interface Procedure {
  readonly name: string;
  readonly contract: CallContract;
  readonly handler: Handler;
  /** Of the present session. */
  registration: number | undefined;
  /** Whoever waits for the first acceptance. */
  accepted: PromiseWithResolvers<Registration> | undefined;
}

/** Invocations that may be under way; more are refused as `unavailable`. */
const maxInvocations = 1_000;

export class Procedures implements Member, Callee {
  readonly #link: Link;
  readonly #procedures = new Map<string, Procedure>();
  readonly #running = new Map<number, AbortController>();
  #session: WampConnection | undefined;
  #closed: { readonly error: Error | undefined } | undefined;

  constructor(link: Link) {
    this.#link = link;
    link.add(this);
  }

  /** @throws Error when it is registered already */
  register(name: string, contract: CallContract, handler: Handler): Promise<Registration> {
    if (this.#procedures.has(name)) throw new Error(`This client answers ${name} already`);
    if (this.#closed !== undefined) return Promise.reject(this.#reason);
    const accepted = Promise.withResolvers<Registration>();
    const procedure: Procedure = { name, contract, handler, registration: undefined, accepted };
    this.#procedures.set(name, procedure);
    if (this.#session !== undefined) this.#register(this.#session, procedure);
    return accepted.promise;
  }

  connected(session: WampConnection): void {
    this.#session = session;
    session.callee = this;
    for (const procedure of this.#procedures.values()) this.#register(session, procedure);
  }

  disconnected(): void {
    this.#session = undefined;
    for (const procedure of this.#procedures.values()) procedure.registration = undefined;
    const running = [...this.#running.values()];
    this.#running.clear();
    for (const controller of running) controller.abort(new HubError('unavailable', 'The session is over'));
  }

  closed(error: Error | undefined): void {
    this.#closed = { error };
    const procedures = [...this.#procedures.values()];
    this.#procedures.clear();
    for (const { accepted } of procedures) accepted?.reject(this.#reason);
  }

  invoked(invocation: InvocationMessage): void {
    const procedure = this.#of(invocation.registration);
    if (procedure === undefined) return this.#refuse(invocation.request, new HubError('no-such-procedure'));
    if (this.#running.size >= maxInvocations) return this.#refuse(invocation.request, new HubError('unavailable'));
    const controller = new AbortController();
    this.#running.set(invocation.request, controller);
    void this.#run(procedure, invocation, controller);
  }

  interrupted(request: number): void {
    this.#running.get(request)?.abort(new HubError('canceled'));
  }

  revoked(registration: number): void {
    const procedure = this.#of(registration);
    if (procedure === undefined) return;
    this.#procedures.delete(procedure.name);
    this.#link.options.onError(new HubError('denied', `The hub ended the registration of ${procedure.name}`));
  }

  #register(session: WampConnection, procedure: Procedure): void {
    session.register(procedure.name, {
      done: ({ registration }) => {
        if (this.#procedures.get(procedure.name) !== procedure) return session.unregister(registration!);
        procedure.registration = registration;
        procedure.accepted?.resolve({ unregister: () => this.#unregister(procedure) });
        procedure.accepted = undefined;
      },
      failed: (error) => {
        // The next session tries again.
        if (this.#session !== session || !session.isJoined || this.#procedures.get(procedure.name) !== procedure)
          return;
        this.#procedures.delete(procedure.name);
        if (procedure.accepted === undefined) this.#link.options.onError(error);
        else procedure.accepted.reject(error);
      },
    });
  }

  #unregister(procedure: Procedure): void {
    if (this.#procedures.get(procedure.name) !== procedure) return;
    this.#procedures.delete(procedure.name);
    if (procedure.registration !== undefined) this.#session?.unregister(procedure.registration);
  }

  async #run(procedure: Procedure, message: InvocationMessage, controller: AbortController): Promise<void> {
    const { request, details } = message;
    const session = this.#session!;
    const isOpen = () => this.#running.get(request) === controller && this.#session === session;
    const { caller: callerSession, caller_authid: user, caller_authrole: role } = details;
    const caller = toPublisher({ session: callerSession, user, role });
    const progress = (value: unknown): void => {
      if (!details.receive_progress || !isOpen()) return;
      session.yield(request, payloadOf(value), { progress: true });
    };
    try {
      const { input, output } = procedure.contract;
      const invocation: Invocation = { signal: controller.signal, progress, ...(caller && { caller }) };
      const result = await procedure.handler(await validated(input, valueIn(message)), invocation);
      await validated(output, result).catch((cause) => {
        throw new Error(`${procedure.name} returned what its contract forbids`, { cause });
      });
      if (isOpen()) session.yield(request, payloadOf(result));
    } catch (error) {
      if (!(error instanceof HubError) && !controller.signal.aborted) this.#link.options.onError(error);
      const told = controller.signal.aborted ? controller.signal.reason : error;
      if (isOpen()) this.#refuse(request, told instanceof HubError ? told : new HubError('internal'));
    } finally {
      if (this.#running.get(request) === controller) this.#running.delete(request);
    }
  }

  #refuse(request: number, { code, message, temporary, data }: HubError): void {
    const kwargs = { code, temporary, ...(data !== undefined && { data }) };
    this.#session?.refuse(request, errorUri(code), { args: [message], kwargs });
  }

  #of(registration: number): Procedure | undefined {
    for (const procedure of this.#procedures.values()) if (procedure.registration === registration) return procedure;
    return undefined;
  }

  get #reason(): Error {
    return this.#closed?.error ?? new HubError('canceled', 'The client was closed');
  }
}
