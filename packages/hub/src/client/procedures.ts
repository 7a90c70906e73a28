/**
 * Procedures that this client answers: registered in every session, until they are given up. Input and output are checked
 * by the contract; what a handler throws goes to the caller when it is a HubError, and otherwise as `internal`, without detail.
 */
import { type CallContract, validated } from '../contract/contract.ts';
import { HubError } from '../contract/errors.ts';
import type { Publisher } from '../contract/publication.ts';
import { errorParts } from '../wamp/outcome.ts';
import type { Link, Member } from './link.ts';
import { payloadOf, toPublisher, valueIn } from './shapes.ts';
import type { Callee, WampConnection } from './wamp-connection.ts';
import { type Dict, dictAt, idAt, type List, type Payload, payloadAt, withPayload } from './wamp-lists.ts';

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

interface InvocationMessage extends Payload {
  readonly request: number;
  readonly registration: number;
  readonly details: Dict;
}

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

  constructor(link: Link) {
    this.#link = link;
    link.add(this);
  }

  /** @throws Error when it is registered already */
  register(name: string, contract: CallContract, handler: Handler): Promise<Registration> {
    if (this.#procedures.has(name)) throw new Error(`This client answers ${name} already`);
    if (this.#link.isClosed) return Promise.reject(this.#link.whyClosed);
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

  closed(): void {
    const procedures = [...this.#procedures.values()];
    this.#procedures.clear();
    for (const { accepted } of procedures) accepted?.reject(this.#link.whyClosed);
  }

  took(list: List): boolean {
    switch (list[0]) {
      case 67: {
        this.#revoked(dictAt(list, 2)['registration']);
        return true;
      }
      case 68: {
        const [request, registration, details] = [idAt(list, 1), idAt(list, 2), dictAt(list, 3)];
        this.#invoked({ request, registration, details, ...payloadAt(list, 4) });
        return true;
      }
      case 69: {
        this.#running.get(idAt(list, 1))?.abort(new HubError('canceled'));
        return true;
      }
      default:
        return false;
    }
  }

  #invoked(invocation: InvocationMessage): void {
    const procedure = this.#of(invocation.registration);
    if (procedure === undefined) return this.#refuse(invocation.request, new HubError('no-such-procedure'));
    if (this.#running.size >= maxInvocations) return this.#refuse(invocation.request, new HubError('unavailable'));
    const controller = new AbortController();
    this.#running.set(invocation.request, controller);
    void this.#run(procedure, invocation, controller);
  }

  #revoked(registration: unknown): void {
    const procedure = this.#of(registration);
    if (procedure === undefined) return;
    this.#procedures.delete(procedure.name);
    this.#link.report(new HubError('denied', `The hub ended the registration of ${procedure.name}`));
  }

  #register(session: WampConnection, procedure: Procedure): void {
    session.ask(64, [{}, procedure.name], {
      done: ({ registration }) => {
        if (this.#procedures.get(procedure.name) !== procedure) return unregister(session, registration);
        procedure.registration = registration;
        procedure.accepted?.resolve({ unregister: () => this.#unregister(procedure) });
        procedure.accepted = undefined;
      },
      failed: (error) => {
        // The next session tries again.
        if (this.#session !== session || !session.isJoined || this.#procedures.get(procedure.name) !== procedure)
          return;
        this.#procedures.delete(procedure.name);
        if (procedure.accepted === undefined) this.#link.report(error);
        else procedure.accepted.reject(error);
      },
    });
  }

  #unregister(procedure: Procedure): void {
    if (this.#procedures.get(procedure.name) !== procedure) return;
    this.#procedures.delete(procedure.name);
    unregister(this.#session, procedure.registration);
  }

  async #run(procedure: Procedure, message: InvocationMessage, controller: AbortController): Promise<void> {
    const { request, details } = message;
    const session = this.#session!;
    const isOpen = () => this.#running.get(request) === controller && this.#session === session;
    const { caller: callerSession, caller_authid: user, caller_authrole: role } = details;
    const caller = toPublisher({ session: callerSession, user, role });
    const progress = (value: unknown): void => {
      if (!details.receive_progress || !isOpen()) return;
      session.send(withPayload([70, request, { progress: true }], payloadOf(value)));
    };
    try {
      const { input, output } = procedure.contract;
      const invocation: Invocation = { signal: controller.signal, progress, ...(caller && { caller }) };
      const result = await procedure.handler(await validated(input, valueIn(message)), invocation);
      await validated(output, result).catch((cause) => {
        throw new Error(`${procedure.name} returned what its contract forbids`, { cause });
      });
      if (isOpen()) session.send(withPayload([70, request, {}], payloadOf(result)));
    } catch (error) {
      if (!(error instanceof HubError) && !controller.signal.aborted) this.#link.report(error);
      const told = controller.signal.aborted ? controller.signal.reason : error;
      if (isOpen()) this.#refuse(request, told instanceof HubError ? told : new HubError('internal'));
    } finally {
      if (this.#running.get(request) === controller) this.#running.delete(request);
    }
  }

  #refuse(request: number, refusal: HubError): void {
    const { error, ...payload } = errorParts(refusal);
    this.#session?.send(withPayload([8, 68, request, {}, error], payload));
  }

  #of(registration: unknown): Procedure | undefined {
    for (const procedure of this.#procedures.values()) if (procedure.registration === registration) return procedure;
    return undefined;
  }
}

function unregister(session: WampConnection | undefined, registration: number | undefined): void {
  if (registration !== undefined) session?.ask(66, [registration]);
}
