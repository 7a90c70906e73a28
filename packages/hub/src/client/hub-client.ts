/**
 * The front of the client: what an application sees, typed by its contract. Behind it names are strings and payloads are
 * `unknown`; what comes in and goes out is checked by the contract's schemas.
 *
 * Rule of this file: types and wiring. What few pages need (history, answering calls) is imported when it is asked for. What a topic, a call or the outbox does stands in files of their own.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { type Opener, steadyClock } from 'tidewire/browser';
import {
  type CallContract,
  type CallOf,
  type Contract,
  type DataIn,
  type DataOf,
  type InputIn,
  type InputOf,
  type OutputIn,
  type OutputOf,
  type ProgressOf,
  type TopicOf,
  type TopicParams,
  validatedNow,
} from '../contract/contract.ts';
import { topicName } from '../contract/topic-pattern.ts';
import { type CallOptions, Calls } from './call.ts';
import type { ClientOptions } from './client-options.ts';
import type { History, HistoryOptions } from './history.ts';
import { type HubClosed, type HubState, type HubStatus, Link } from './link.ts';
import { Outbox, type OutboxChange, type PendingPublication, type Published, type PublishOptions } from './outbox.ts';
import { pageJson } from './page-json.ts';
import { type Presence, PresenceWatch } from './presence.ts';
import type { Invocation, Procedures, Registration } from './procedures.ts';
import { payloadOf } from './shapes.ts';
import { type SubscribeOptions, Subscription, type TopicItem } from './subscription.ts';

/** A client of one hub. It comes back by itself when its connection is lost, and ends for good only as `closed` says. */
export interface HubClient<C extends Contract> {
  /** `connecting` until the hub has said welcome; `waiting` before the next attempt. */
  readonly state: HubState;
  /** The state with what belongs to it: the delay of `waiting`, the session and user of `connected`, the error of `closed`. */
  readonly status: HubStatus;
  /** How it ended for good. Never rejects. */
  readonly closed: Promise<HubClosed>;
  /** Publications that wait for their acknowledgement, oldest first, those of an earlier life of the page included. */
  readonly outbox: readonly PendingPublication[];
  /** Calls `listener` now, and whenever `status` changes. Returns what ends it. */
  watch(listener: (status: HubStatus) => void): () => void;
  /**
   * Calls `listener` now with every publication that waits, and whenever one is added, held back, published, refused for good
   * or given up. Returns what ends it. It tells a page what became of what an earlier life of the page has written.
   */
  watchOutbox(listener: (change: OutboxChange) => void): () => void;
  /** Resolves when there is a session, at once if there is one. Rejects when the client is closed for good. */
  connected(): Promise<void>;
  /** The hub's clock, ms since 1970, as far as it is known; the machine's own before the first session. */
  now(): number;
  /** One topic. @throws TypeError on a pattern that the contract lacks, and on parameters that can't stand in a name */
  topic<T extends TopicOf<C>>(pattern: T, ...params: ParamsArgument<T>): Topic<DataIn<C, T>, DataOf<C, T>>;
  /**
   * Calls a procedure. Waits for a connection within its timeout, but is never repeated: when the connection breaks before
   * the answer, it may have happened or not, and rejects with `unavailable`.
   */
  call<N extends CallOf<C>>(
    name: N,
    input: InputIn<C, N>,
    options?: CallOptions<ProgressOf<C, N>>,
  ): Promise<OutputOf<C, N>>;
  /**
   * Answers a call of the contract's, in this and every later session, until `unregister()`. Resolves when the hub has
   * accepted it for the first time; rejects when it refuses, such as with `denied` or `procedure-exists`.
   */
  register<N extends CallOf<C>>(
    name: N,
    handler: (input: InputOf<C, N>, invocation: Invocation) => OutputIn<C, N> | Promise<OutputIn<C, N>>,
  ): Promise<Registration>;
  /** Connects at once, without the rest of a delay; replaces a connection that is open. */
  reconnect(): void;
  /**
   * Ends it for good: iterators end, pending calls and publications reject with `canceled`. What a stored outbox holds stays
   * stored. Resolves as `closed`.
   */
  close(): Promise<HubClosed>;
}

/** Parameters of a topic's pattern, where it has some. */
export type ParamsArgument<T extends string> =
  unknown extends TopicParams<T>
    ? [params?: Readonly<Record<string, never>>]
    : [params: Readonly<Record<keyof TopicParams<T>, string | number>>];

/** One topic, as a client sees it. `In` is what is written, `Out` what is read. */
export interface Topic<In = any, Out = any> {
  /** Its whole name: `support.42`. */
  readonly name: string;
  /**
   * Joins the topic, and joins again with the last position after every loss, until its `for await` is left (or `return()`,
   * `signal`, or the client's end). Joins at once, not with the first `next()`.
   *
   * Whoever iterates slowly is a slow reader: the hub then does what the topic's policy says. A client has one subscription
   * to a topic at a time.
   * @throws Error when this client is subscribed to the topic already
   */
  subscribe(options?: SubscribeOptions): AsyncIterableIterator<TopicItem<Out>, undefined>;
  /**
   * Publishes, once: waits in the outbox while there is no connection, and is repeated with the same key until the hub has
   * answered. Publications of one topic go out in the order of the calls, each after the answer to the one before.
   *
   * Rejects on what the hub refuses for good, on `signal`, when the client is closed, and with `too-many` at once when the
   * outbox is full.
   */
  publish(data: In, options?: PublishOptions): Promise<Published>;
  /**
   * Publishes if there is a session now, and asks for no answer: for what is worthless later, such as "is typing", or where
   * a cursor is. At most once. False: it was not sent.
   * @throws HubError `invalid` on data against the contract
   */
  send(data: In): boolean;
  /** Who is there, now and at every change, until its `for await` is left. A slow reader gets the newest state, in one step. */
  presence(): AsyncIterableIterator<Presence, undefined>;
  /** Publications that the topic keeps, oldest first. Needs the right to read history. */
  history(options?: HistoryOptions): Promise<History<Out>>;
}

/** A client over connections of `opener`'s. */
export function openHub<C extends Contract>(contract: C, opener: Opener, options: ClientOptions): HubClient<C> {
  const { serializer = pageJson, clock = steadyClock } = options;
  const link = new Link(opener, { ...options, serializer, clock });
  const outbox = new Outbox(link);
  const calls = new Calls(link);
  let procedures: Promise<Procedures> | undefined;
  const subscriptions = new Map<string, Subscription>();
  const contractOf = (name: string): CallContract => {
    if (Object.hasOwn(contract.calls, name)) return contract.calls[name]!;
    throw new TypeError(`The contract has no call ${JSON.stringify(name)}`);
  };
  const client: HubClient<any> = {
    get state() {
      return link.status.state;
    },
    get status() {
      return link.status;
    },
    get outbox() {
      return outbox.pending;
    },
    closed: link.closed,
    watch: (listener) => link.watch(listener),
    watchOutbox: (listener) => outbox.watch(listener),
    connected: () => connected(link),
    now: () => link.now(),
    topic: (pattern: string, params?: Readonly<Record<string, string | number>>) => {
      if (!Object.hasOwn(contract.topics, pattern)) throw new TypeError(`The contract has no topic ${pattern}`);
      const name = topicName(pattern, params);
      return topicOf(name, contract.topics[pattern]!, { link, outbox, calls, subscriptions });
    },
    call: (name, input, callOptions) => calls.call(name, contractOf(name), input, callOptions),
    register: async (name, handler) => {
      const contract = contractOf(name);
      procedures ??= import('./procedures.ts').then(({ Procedures }) => new Procedures(link));
      return (await procedures).register(name, contract, handler);
    },
    reconnect: () => link.reconnect(),
    close: () => link.close(),
  };
  return client;
}

interface Parts {
  readonly link: Link;
  readonly outbox: Outbox;
  readonly calls: Calls;
  readonly subscriptions: Map<string, Subscription>;
}

function topicOf(name: string, schema: StandardSchemaV1, { link, outbox, calls, subscriptions }: Parts): Topic {
  return {
    name,
    subscribe: (options = {}) => {
      if (subscriptions.has(name)) throw new Error(`This client is subscribed to ${name} already`);
      return new Subscription(link, name, schema, options, subscriptions).feed;
    },
    publish: (data, options) => outbox.publish(name, schema, data, options),
    send: (data) => {
      if (validatedNow(schema, data) === undefined)
        throw new TypeError(`The schema of ${name} does not answer at once`);
      return link.session?.publish(name, payloadOf(data)) ?? false;
    },
    presence: () => new PresenceWatch(link, name).feed,
    history: async (options = {}) => (await import('./history.ts')).readHistory(calls, name, schema, options),
  };
}

function connected(link: Link): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = link.watch(({ state }) => {
      if (state === 'connected') resolve();
      else if (state === 'closed') reject(link.whyClosed);
      else return;
      // It may be called before `watch` has returned.
      queueMicrotask(() => leave());
    });
  });
}
