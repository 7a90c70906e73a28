/**
 * What can be called: the hub's own handlers, and procedures that sessions have registered, by exact name or by pattern, alone or
 * shared. A handler of the hub and a callee behind a connection look the same from here.
 *
 * Which registration answers a call: the exact one; else the longest matching prefix; else the wildcard whose parts are literal
 * for longest from the left (WAMP, "Pattern-based Registrations").
 */

import { HubError } from '../contract/errors.ts';
import type { Payload } from '../contract/publication.ts';
import { TopicPatterns } from '../contract/topic-pattern.ts';
import { checkParamNames, type Rule } from './access.ts';
import type { CancelMode } from './call.ts';
import { PatternIndex } from './pattern-index.ts';
import type { Session } from './session.ts';
import type { Match } from './uri-match.ts';

/** What is done with a call. What it rejects with is told to the caller if it is a HubError, and to `onError` otherwise. */
export type Procedure = (payload: Payload, context: CallContext) => Promise<Payload>;

export interface CallContext {
  /** The name that was called, which a pattern does not tell. */
  readonly name: string;
  readonly caller: Session;
  /** Aborted when the caller cancels, goes away or has waited too long. */
  readonly signal: AbortSignal;
  /** The caller wants to be told of progress. */
  readonly wantsProgress: boolean;
  /** The caller wants the callee to know who calls. */
  readonly disclose: boolean;
  /** How long the caller waits, ms; anew after each progress. */
  readonly timeout: number | undefined;
  /** How `signal` came to be aborted; time limits and callers that leave are `killnowait`. */
  readonly givenUp: CancelMode | undefined;
  progress(payload: Payload): void;
}

/** Which of several callees is called: WAMP's `invoke`. */
export type Invoke = 'single' | 'roundrobin' | 'random' | 'first' | 'last';

export interface Callee {
  readonly session: Session;
  readonly procedure: Procedure;
}

export interface ProcedurePolicy {
  /** Who may answer to these names, and who may call them; a rule that is absent denies. */
  readonly allow?: { readonly register?: Rule<any>; readonly call?: Rule<any> };
}

export interface Right {
  /** Absent: nobody may. */
  readonly rule: Rule<any> | undefined;
  readonly params: Readonly<Record<string, string>>;
}

/** A pattern that something is registered for. Its id is the same for all who share it. */
export class Registration {
  readonly id: number;
  readonly uri: string;
  readonly match: Match;
  readonly invoke: Invoke;
  readonly callees: Callee[] = [];
  #next = 0;

  constructor(id: number, uri: string, match: Match, invoke: Invoke) {
    this.id = id;
    this.uri = uri;
    this.match = match;
    this.invoke = invoke;
  }

  /** Whose turn it is. */
  choose(random: () => number): Callee | undefined {
    const { callees } = this;
    switch (this.invoke) {
      case 'roundrobin':
        return callees[this.#next++ % callees.length];
      case 'random':
        return callees[Math.floor(random() * callees.length)];
      case 'last':
        return callees.at(-1);
      default:
        return callees[0];
    }
  }
}

export class Procedures {
  readonly #own = new Map<string, { readonly procedure: Procedure; readonly rule: Rule<any> | undefined }>();
  readonly #policies = new TopicPatterns<ProcedurePolicy>();
  readonly #registrations = new PatternIndex<Registration>();
  readonly #byId = new Map<number, Registration>();
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** A handler of the hub's own. @throws TypeError when there is one of this name */
  handle(name: string, rule: Rule<any> | undefined, procedure: Procedure): void {
    if (this.#own.has(name)) throw new TypeError(`${name} has a handler already`);
    this.#own.set(name, { procedure, rule });
  }

  /** @throws TypeError on a pattern that stands for nothing, or for what another one does */
  policy(pattern: string, policy: ProcedurePolicy): void {
    checkParamNames(pattern);
    this.#policies.set(pattern, policy);
  }

  /** The rule for calling, or registering, under a name, and what the name's parameters are for it. */
  right(name: string, toDo: 'call' | 'register'): Right {
    const own = this.#own.get(name);
    if (own !== undefined) return { rule: toDo === 'call' ? own.rule : undefined, params: {} };
    const found = this.#policies.match(name);
    return { rule: found?.value.allow?.[toDo], params: found?.params ?? {} };
  }

  /** Whether something answers to this name. */
  has(name: string): boolean {
    return this.#own.has(name) || this.match(name) !== undefined;
  }

  /** What answers a call of this name; `undefined`: nothing does. */
  find(name: string): { readonly registration: Registration; readonly callee: Callee } | Procedure | undefined {
    const own = this.#own.get(name);
    if (own !== undefined) return own.procedure;
    const registration = this.match(name);
    const callee = registration?.choose(this.#random);
    return registration && callee && { registration, callee };
  }

  match(name: string): Registration | undefined {
    return this.#registrations.get(name, 'exact') ?? this.#registrations.matching(name)[0];
  }

  /** @throws HubError `procedure-exists` when it is taken, or shared in another way */
  register(callee: Callee, uri: string, match: Match, invoke: Invoke, newId: () => number): Registration {
    if (match === 'exact' && this.#own.has(uri)) throw new HubError('procedure-exists');
    const found = this.#registrations.get(uri, match);
    if (found !== undefined) {
      const same = found.invoke === invoke && invoke !== 'single';
      if (!same)
        throw new HubError('procedure-exists', `${uri} is registered already, to be invoked as ${found.invoke}`);
      if (found.callees.some(({ session }) => session === callee.session)) {
        throw new HubError('procedure-exists', `${uri} is registered already by this session`);
      }
      found.callees.push(callee);
      return found;
    }
    const registration = new Registration(newId(), uri, match, invoke);
    registration.callees.push(callee);
    this.#byId.set(registration.id, registration);
    this.#registrations.set(uri, match, registration);
    return registration;
  }

  /** @throws HubError `no-such-registration` when this session has none of this id */
  unregister(session: Session, id: number): void {
    const registration = this.#byId.get(id);
    const at = registration?.callees.findIndex((callee) => callee.session === session) ?? -1;
    if (registration === undefined || at < 0) throw new HubError('no-such-registration');
    registration.callees.splice(at, 1);
    if (registration.callees.length > 0) return;
    this.#byId.delete(id);
    this.#registrations.delete(registration.uri, registration.match);
  }
}
