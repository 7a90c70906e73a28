/**
 * The hub as its user has it: topics with policies, handlers, publishing, and who is connected, all typed by the contract. It
 * speaks no protocol by itself: adapters open sessions on its `core`.
 */
import { atEndOfTurn, type Clock, type OnError, systemClock } from 'tidewire';
import {
  type CallOf,
  type Contract,
  type DataIn,
  type DataOf,
  type InputOf,
  type OutputIn,
  type ProgressOf,
  type TopicOf,
  type TopicParams,
  validated,
} from '../contract/contract.ts';
import { HubError } from '../contract/errors.ts';
import { type Payload, type Position, type Publication, positionOf } from '../contract/publication.ts';
import { topicName } from '../contract/topic-pattern.ts';
import type { Engine } from '../engine/engine.ts';
import { memoryEngine } from '../engine/memory.ts';
import type { Rule } from './access.ts';
import { sizeOf } from './data.ts';
import { type Duration, duration } from './duration.ts';
import { HubCore, type HubFigures } from './hub-core.ts';
import { type HubLimits, resolveHubLimits } from './limits.ts';
import { positive, resolvePolicy, type TopicPolicy } from './policy.ts';
import type { PresenceChange } from './presence.ts';
import type { CallContext, ProcedurePolicy } from './procedures.ts';
import { randomId } from './random-id.ts';
import type { Session } from './session.ts';
import type { Authenticator, User } from './user.ts';
import { defaultWindow, type WindowLimits } from './window.ts';

export interface HubOptions {
  /** Where topics live. @default memoryEngine() */
  readonly engine?: Engine;
  /** Says who somebody is by what they show. @default nobody can sign in */
  readonly authenticate?: Authenticator;
  /** Lets in those who show nothing. @default true where there is no way to sign in: no `authenticate`, and no `ticket` or `wampcra` on any route */
  readonly anonymous?: boolean;
  /** What may be under way to one session unacknowledged. @default 256 publications, 64 KiB, 16 of `latest` topics */
  readonly window?: Partial<WindowLimits>;
  /** How far whatever peers can grow may grow, and what the hub keeps for them. */
  readonly limits?: Partial<HubLimits>;
  /** The longest that a call may take; `null`: as long as it takes. @default 30 s */
  readonly callTimeout?: Duration | null;
  /** How long a topic that nobody is subscribed to any more is kept in memory for those who come back. @default 1 minute */
  readonly topicIdle?: Duration;
  /** How often the newest positions of live topics are compared with the engine's. @default 5 s */
  readonly compareInterval?: Duration;
  /** What goes wrong behind everybody's back. @default to stderr */
  readonly onError?: OnError;

  // For tests
  /** @default systemClock */
  readonly clock?: Clock;
  /** The date, ms since 1970. @default Date.now */
  readonly date?: () => number;
  /** From 0 to below 1. @default Math.random */
  readonly random?: () => number;
  /** A random id from 1 to 2^53. @default from the system's source of randomness */
  readonly newId?: () => number;
  /** Calls back when a turn of the event loop ends: subscribers are told then. @default of the sockets, before they write */
  readonly atEndOfTurn?: (work: () => void) => void;
}

/** What a handler gets. */
export interface HandlerContext<Input, Progress> {
  readonly input: Input;
  /** Who calls; `undefined` when nobody is signed in. */
  readonly user: User | undefined;
  readonly session: Session;
  readonly name: string;
  /** Aborted when the caller cancels, goes away, or has waited too long. */
  readonly signal: AbortSignal;
  /** Tells the caller of progress; nothing happens when it did not ask for that. Rejects what is not as the contract says. */
  progress(value: Progress): Promise<void>;
}

export interface HandleOptions {
  /** Who may call it; absent denies. */
  readonly allow?: Rule<any>;
}

/** What was published, as the server reads it. */
export interface Receipt {
  readonly position: Position;
  /** The key had been used before: `position` is the first one's. */
  readonly duplicate: boolean;
}

/** How many sessions and topics there are now, and what was done since the hub was made. */
export interface HubStatus extends Readonly<HubFigures> {
  readonly sessions: number;
  readonly liveTopics: number;
  readonly tailBytes: number;
}

export class Hub<C extends Contract = Contract> {
  readonly contract: C;
  /** For adapters. */
  readonly core: HubCore;
  readonly #defined = new Set<string>();

  /** Made by `createHub`. @throws RangeError, TypeError on options that make no sense */
  constructor(contract: C, options: HubOptions = {}) {
    const { onError = toStderr, random = Math.random, callTimeout } = options;
    this.contract = contract;
    this.core = new HubCore({
      engine: options.engine ?? memoryEngine(),
      authenticate: options.authenticate,
      anonymous: options.anonymous,
      window: resolveWindow(options.window),
      limits: resolveHubLimits(options.limits),
      callTimeout: callTimeout === null ? undefined : duration(callTimeout ?? '30s'),
      topicIdle: duration(options.topicIdle ?? '1m'),
      compareInterval: duration(options.compareInterval ?? '5s'),
      onError,
      clock: options.clock ?? systemClock,
      date: options.date ?? Date.now,
      random,
      newId: options.newId ?? randomId,
      atEndOfTurn: options.atEndOfTurn ?? atEndOfTurn,
    });
  }

  /** Resolves once the engine has started. @throws HubError `unavailable` when it could not */
  async ready(): Promise<void> {
    await this.core.ready();
  }

  /** Says how the topics of a pattern behave, and who may do what. Until then there are none. @throws TypeError, RangeError */
  topic<T extends TopicOf<C>>(pattern: T, policy: TopicPolicy<TopicParams<T>, DataIn<C, T>, DataOf<C, T>> = {}): void {
    const schema = this.contract.topics[pattern];
    if (schema === undefined) throw new TypeError(`The contract has no topic ${pattern}`);
    this.core.topics.define(pattern, resolvePolicy(pattern, policy, schema));
    this.#defined.add(pattern);
  }

  /** Answers the calls of a name. What the handler throws is told to the caller if it is a HubError. @throws TypeError */
  handle<N extends CallOf<C>>(
    name: N,
    options: HandleOptions,
    handler: (context: HandlerContext<InputOf<C, N>, ProgressOf<C, N>>) => OutputIn<C, N> | Promise<OutputIn<C, N>>,
  ): void {
    const call = this.contract.calls[name];
    if (call === undefined) throw new TypeError(`The contract has no call ${name}`);
    this.core.procedures.handle(name, options.allow, async (payload, context) => {
      const input = await validated(call.input, payload.data);
      const progress = async (value: unknown): Promise<void> => {
        if (call.progress === undefined) throw new TypeError(`The contract has no progress of ${name}`);
        if (context.wantsProgress) context.progress({ data: await validated(call.progress, value) });
      };
      const output = await handler(new Handling(context, input as InputOf<C, N>, progress));
      return { data: await this.#output(name, output) };
    });
  }

  /** Who may call and register procedures whose names match: those of peers, which the contract does not know. */
  procedures(pattern: string, policy: ProcedurePolicy): void {
    this.core.procedures.policy(pattern, policy);
  }

  /** Publishes. Resolves when the engine has it. @throws HubError `invalid`, `too-large`; what the engine throws */
  async publish<T extends TopicOf<C>>(
    pattern: T,
    params: NoInfer<TopicParams<T>>,
    data: DataIn<C, T>,
    options: { readonly once?: string } = {},
  ): Promise<Receipt> {
    const { core } = this;
    const name = this.#topicName(pattern, params);
    const { value: policy } = core.topics.find(name);
    const payload: Payload = { data: await validated(policy.schema, data) };
    await core.ready();
    const once = options.once === undefined ? {} : { once: { scope: 'hub', key: options.once } };
    return await core.append(name, policy, { payload, ...once });
  }

  /** The newest publications of a topic, oldest first. */
  async latest<T extends TopicOf<C>>(
    pattern: T,
    params: NoInfer<TopicParams<T>>,
    count: number,
  ): Promise<readonly { readonly data: DataOf<C, T>; readonly position: Position; readonly time: number }[]> {
    await this.core.ready();
    const { publications } = await this.core.engine.readLatest(this.#topicName(pattern, params), count);
    return publications.map(asRead<DataOf<C, T>>);
  }

  /** The newest publication of each key of a topic that retains. */
  async retained<T extends TopicOf<C>>(
    pattern: T,
    params: NoInfer<TopicParams<T>>,
  ): Promise<readonly { readonly data: DataOf<C, T>; readonly position: Position; readonly time: number }[]> {
    await this.core.ready();
    const { publications } = await this.core.engine.readRetained(this.#topicName(pattern, params));
    return publications.map(asRead<DataOf<C, T>>);
  }

  /** Who is on a topic now. Nobody where the policy has no presence. */
  presence<T extends TopicOf<C>>(pattern: T, params: NoInfer<TopicParams<T>>): PresenceChange {
    return this.core.topics.get(this.#topicName(pattern, params))?.presence?.now() ?? { count: 0 };
  }

  /** The sessions that are open now. */
  get sessions(): Iterable<Session> {
    return this.core.sessions.values();
  }

  get status(): HubStatus {
    const { sessions, topics, figures } = this.core;
    return { ...figures, sessions: sessions.size, liveTopics: topics.size, tailBytes: topics.tailBytes };
  }

  /** Ends all sessions of a user at once, and refuses credentials that were made until now. Returns how many ended. */
  revoke(userId: string): number {
    const { principals, date } = this.core;
    principals.revoke(userId, date());
    const sessions = principals.sessionsOf(userId);
    for (const session of sessions) session.end('revoked');
    return sessions.length;
  }

  /** Asks the rules of all subscriptions (of one user) again, and ends those that they do not allow any more. */
  async recheck(userId?: string): Promise<void> {
    const { principals, sessions } = this.core;
    const concerned = userId === undefined ? [...sessions.values()] : principals.sessionsOf(userId);
    await Promise.all(concerned.map((session) => session.recheck()));
  }

  /** Ends every session, lets nobody in any more, and stops the engine. */
  close(): Promise<void> {
    return this.core.close();
  }

  #topicName(pattern: string, params: unknown): string {
    // A topic of a pattern for all names is named as it is.
    return this.#defined.has(pattern) ? topicName(pattern, params as Record<string, unknown>) : pattern;
  }

  /** A handler that does not keep the contract is a mistake of ours, not of its caller. */
  async #output(name: string, output: unknown): Promise<unknown> {
    try {
      const data = await validated(this.contract.calls[name]!.output, output);
      if (data !== undefined) sizeOf(data, Number.MAX_SAFE_INTEGER);
      return data;
    } catch (cause) {
      throw new Error(`What the handler of ${name} returned is not what the contract says, or can't be sent`, {
        cause,
      });
    }
  }
}

/** A class for its getter: the signal is not made before a handler wants it. */
class Handling<Input, Progress> implements HandlerContext<Input, Progress> {
  readonly input: Input;
  readonly user: User | undefined;
  readonly session: Session;
  readonly name: string;
  readonly progress: (value: Progress) => Promise<void>;
  readonly #context: CallContext;

  constructor(context: CallContext, input: Input, progress: (value: Progress) => Promise<void>) {
    this.input = input;
    this.user = context.caller.user;
    this.session = context.caller;
    this.name = context.name;
    this.progress = progress;
    this.#context = context;
  }

  get signal(): AbortSignal {
    return this.#context.signal;
  }
}

function asRead<Data>(publication: Publication): { data: Data; position: Position; time: number } {
  return { data: publication.data as Data, position: positionOf(publication), time: publication.time };
}

function resolveWindow(window: Partial<WindowLimits> = {}): WindowLimits {
  const { messages, bytes, latest } = defaultWindow;
  return {
    messages: positive('window.messages', window.messages, messages),
    bytes: positive('window.bytes', window.bytes, bytes),
    latest: positive('window.latest', window.latest, latest),
  };
}

const toStderr: OnError = (error, { stage }) => {
  console.error(`tidewire hub: ${stage}:`, error instanceof HubError ? error.message : error);
};
