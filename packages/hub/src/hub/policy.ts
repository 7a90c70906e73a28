/**
 * What a topic is told: one policy for each pattern, worked out and judged once, before anybody comes.
 *
 * Rule of this file: nothing is kept, retained, told or allowed unless the policy says so.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { Once, Retention } from '../engine/engine.ts';
import { type Access, checkParamNames, type Rule } from './access.ts';
import { type Duration, duration } from './duration.ts';
import type { Rate } from './rate-limit.ts';

/**
 * What becomes of a reader that is slower than what is published, once its window is full:
 * `wait` keeps a bounded queue and then disconnects it with a code that says so; `drop-oldest` keeps the newest, and tells how many
 * were dropped; `latest` keeps each key's newest value; `disconnect` keeps nothing.
 */
export type SlowReader = 'wait' | 'drop-oldest' | 'latest' | 'disconnect';

export interface TopicPolicy<Params = Record<string, string>, In = unknown, Out = In> {
  // What is kept
  /** What those who were away can get. `{}` for the defaults: 1,000 publications, 1 day, 1 MiB. @default none */
  readonly history?: { readonly count?: number; readonly age?: Duration; readonly bytes?: number };
  /**
   * The newest publication (of each key) is given to newcomers, whatever history has let go. False with `latest`: newcomers wait
   * for the next one, and nothing of the topic is stored. @default false, true with `latest`
   */
  readonly retain?: boolean;
  /** Tells apart the values that the topic has at once, for `latest` and `retain`. @default the topic is one value */
  key?(data: Out): string;
  /** How many keys are kept; the one that was longest without a publication goes first. @default 10_000 */
  readonly maxKeys?: number;
  /** How long, and how many, keys of idempotency are remembered. @default 10 minutes, 10_000 */
  readonly once?: { readonly age?: Duration; readonly count?: number };

  // Who is told what
  /** Whether subscribers can see each other: how many they are, or who. @default nobody is told */
  readonly presence?: 'count' | 'members';
  /** Subscribers are told who published. @default false */
  readonly disclose?: boolean;
  /** @default 'wait' */
  readonly slowReader?: SlowReader;
  /** What may wait behind a subscriber's window. @default 1_000 publications (with `latest` all keys), 1 MiB */
  readonly queue?: { readonly count?: number; readonly bytes?: number };

  // Who may do what
  /** A rule that is absent denies. */
  readonly allow?: {
    /** Getting what is published from now on, and what was missed since a position. */
    readonly subscribe?: Rule<Params>;
    readonly publish?: Rule<Params>;
    /** Getting what was published before one came. */
    readonly history?: Rule<Params>;
    readonly presence?: Rule<Params>;
  };
  /** How often one user, in all of their sessions, may publish. @default no bound */
  readonly rate?: { readonly count: number; readonly per: Duration };
  /** The largest publication, in bytes as text. @default 64 KiB */
  readonly maxBytes?: number;
  /**
   * Has the last word on what a client publishes: what it returns is published. Throw a HubError to refuse.
   * @default as the schema left it
   */
  accept?(data: Out, access: Access<Params>): In | Promise<In>;
}

export interface ResolvedPolicy {
  readonly schema: StandardSchemaV1;
  readonly retention: Retention;
  readonly once: Pick<Once, 'age' | 'count'>;
  readonly key: ((data: any) => string) | undefined;
  readonly presence: 'count' | 'members' | undefined;
  readonly disclose: boolean;
  readonly slowReader: SlowReader;
  readonly queue: { readonly count: number; readonly bytes: number };
  readonly allow: Readonly<Partial<Record<'subscribe' | 'publish' | 'history' | 'presence', Rule<any>>>>;
  readonly rate: Rate | undefined;
  readonly maxBytes: number;
  readonly accept: ((data: any, access: any) => unknown) | undefined;
}

/** @throws TypeError, RangeError on a policy that makes no sense */
export function resolvePolicy(
  pattern: string,
  policy: TopicPolicy<any, any, any>,
  schema: StandardSchemaV1,
): ResolvedPolicy {
  checkParamNames(pattern);
  const { history, once, queue, rate, slowReader = 'wait', retain = slowReader === 'latest' } = policy;
  const say = (option: string): string => `${pattern}: ${option}`;
  const retainedKeys = retain ? (policy.key ? positive(say('maxKeys'), policy.maxKeys, 10_000) : 1) : 0;
  return {
    schema,
    retention: {
      history: history
        ? {
            count: positive(say('history.count'), history.count, 1_000),
            age: duration(history.age ?? '1d'),
            bytes: positive(say('history.bytes'), history.bytes, 1 << 20),
          }
        : null,
      retainedKeys,
    },
    once: { age: duration(once?.age ?? '10m'), count: positive(say('once.count'), once?.count, 10_000) },
    key: policy.key,
    presence: policy.presence,
    disclose: policy.disclose ?? false,
    slowReader,
    queue: {
      count: positive(say('queue.count'), queue?.count, Math.max(1_000, slowReader === 'latest' ? retainedKeys : 0)),
      bytes: positive(say('queue.bytes'), queue?.bytes, 1 << 20),
    },
    allow: policy.allow ?? {},
    rate: rate && { count: positive(say('rate.count'), rate.count, 1), per: duration(rate.per) },
    maxBytes: positive(say('maxBytes'), policy.maxBytes, 64 * 1024),
    accept: policy.accept,
  };
}

export function positive(name: string, value: number | undefined, byDefault: number): number {
  if (value === undefined) return byDefault;
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new RangeError(`${name} must be a whole number above 0, not ${value}`);
}
