/**
 * The Options and Details of every message, Basic and Advanced Profile: one table of the keys that we know and their types.
 *
 * Rule of this file: a known key of the wrong type is a violation; a key that is not in the table is left alone, as
 * "Extensibility" wants: "Attributes unknown to an implementation MUST be ignored." So a checked dictionary is handed on as
 * it came, and typed by this table. `forward_for`, `transaction_hash` and `x_acknowledged_delivery` are typed and not used.
 */
import { isId } from './ids.ts';
import type { MatchPolicy } from './uri.ts';

/** WAMP's `dict`. */
export interface Dict {
  readonly [key: string]: unknown;
}

/** What HELLO and WELCOME say of a role: which features the peer has in it. */
export interface RoleDetails extends Dict {
  readonly features?: Dict;
}

/** Which callee of a shared registration is called (Advanced Profile, "Shared Registration"). */
export type InvokePolicy = 'single' | 'roundrobin' | 'random' | 'first' | 'last';

/** How a call is given up (Advanced Profile, "Call Canceling"). */
export type CancelMode = 'skip' | 'kill' | 'killnowait';

/** The value of each kind of option. */
interface Kinds {
  bool: boolean;
  id: number;
  /** Not negative, as WAMP's `integer` is. */
  integer: number;
  string: string;
  dict: Dict;
  ids: readonly number[];
  strings: readonly string[];
  dicts: readonly Dict[];
  roles: { readonly [role: string]: RoleDetails };
  match: MatchPolicy;
  invoke: InvokePolicy;
  mode: CancelMode;
}

type KindTable = { readonly [key: string]: keyof Kinds };

/** The known keys, by message and by the name of the element that holds them. */
export const optionKinds = {
  HELLO: {
    roles: 'roles',
    authmethods: 'strings',
    authid: 'string',
    authrole: 'string',
    authextra: 'dict',
    agent: 'string',
  },
  WELCOME: {
    roles: 'roles',
    realm: 'string',
    authid: 'string',
    authrole: 'string',
    authmethod: 'string',
    authprovider: 'string',
    authextra: 'dict',
    agent: 'string',
  },
  ABORT: { message: 'string' },
  GOODBYE: { message: 'string' },
  ERROR: { forward_for: 'dicts' },
  PUBLISH: {
    acknowledge: 'bool',
    exclude_me: 'bool',
    exclude: 'ids',
    exclude_authid: 'strings',
    exclude_authrole: 'strings',
    eligible: 'ids',
    eligible_authid: 'strings',
    eligible_authrole: 'strings',
    disclose_me: 'bool',
    retain: 'bool',
    forward_for: 'dicts',
    transaction_hash: 'string',
  },
  SUBSCRIBE: { match: 'match', get_retained: 'bool', forward_for: 'dicts' },
  UNSUBSCRIBED: { subscription: 'id', reason: 'string' },
  EVENT: {
    publisher: 'id',
    publisher_authid: 'string',
    publisher_authrole: 'string',
    topic: 'string',
    trustlevel: 'integer',
    retained: 'bool',
    x_acknowledged_delivery: 'bool',
    forward_for: 'dicts',
    transaction_hash: 'string',
  },
  CALL: {
    receive_progress: 'bool',
    progress: 'bool',
    timeout: 'integer',
    disclose_me: 'bool',
    forward_for: 'dicts',
    transaction_hash: 'string',
  },
  CANCEL: { mode: 'mode', forward_for: 'dicts' },
  RESULT: { progress: 'bool', forward_for: 'dicts' },
  REGISTER: {
    match: 'match',
    invoke: 'invoke',
    disclose_caller: 'bool',
    concurrency: 'integer',
    force_reregister: 'bool',
    forward_for: 'dicts',
  },
  UNREGISTERED: { registration: 'id', reason: 'string' },
  INVOCATION: {
    caller: 'id',
    caller_authid: 'string',
    caller_authrole: 'string',
    procedure: 'string',
    trustlevel: 'integer',
    timeout: 'integer',
    receive_progress: 'bool',
    progress: 'bool',
    forward_for: 'dicts',
    transaction_hash: 'string',
  },
  INTERRUPT: { mode: 'mode', reason: 'string', forward_for: 'dicts' },
  YIELD: { progress: 'bool', forward_for: 'dicts' },
} as const;

/** The messages whose Options or Details have known keys. */
export type WithOptions = keyof typeof optionKinds;

/** The Options or Details of a message, checked: known keys typed, others `unknown`. */
export type OptionsOf<N extends WithOptions> = Dict & {
  readonly [K in keyof (typeof optionKinds)[N]]?: (typeof optionKinds)[N][K] extends infer Kind extends keyof Kinds
    ? Kinds[Kind]
    : never;
};

/** Whether a value that came from a peer is a `dict`: a plain object, no list, no bytes, no Map. */
export function isDict(value: unknown): value is Dict {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Checks the known keys of a message's Options or Details; a string says which one is wrong and what it must be. */
export function optionFault(message: string, options: Dict): string | undefined {
  const kinds: KindTable | undefined = Object.hasOwn(optionKinds, message)
    ? optionKinds[message as WithOptions]
    : undefined;
  if (kinds === undefined) return undefined;
  for (const key of Object.keys(options)) {
    // MessagePack and CBOR of JavaScript clients can say `undefined` where an option is absent.
    if (!Object.hasOwn(kinds, key) || options[key] === undefined) continue;
    const [is, must] = checks[kinds[key]!];
    if (!is(options[key])) return `${key} must be ${must}`;
  }
  return undefined;
}

/** Whether the Details of HELLO or WELCOME announce a feature of a role. */
export function hasFeature(details: OptionsOf<'HELLO' | 'WELCOME'>, role: string, feature: string): boolean {
  const { roles } = details;
  if (roles === undefined || !Object.hasOwn(roles, role)) return false;
  const features = roles[role]!.features;
  return features !== undefined && Object.hasOwn(features, feature) && features[feature] === true;
}

const isInteger = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const isString = (value: unknown): boolean => typeof value === 'string';
const listOf = (value: unknown, is: (item: unknown) => boolean): boolean => Array.isArray(value) && value.every(is);
const dictOf = (value: unknown, is: (item: unknown) => boolean): boolean =>
  isDict(value) && Object.values(value).every(is);
const isRole = (value: unknown): boolean =>
  isDict(value) && (value['features'] === undefined || isDict(value['features']));

/** A kind whose values are a few strings. */
const oneOf = (...allowed: readonly string[]): readonly [(value: unknown) => boolean, string] => [
  (value) => allowed.includes(value as string),
  `one of ${allowed.join(', ')}`,
];

const checks: { readonly [K in keyof Kinds]: readonly [is: (value: unknown) => boolean, must: string] } = {
  bool: [(value) => typeof value === 'boolean', 'true or false'],
  id: [isId, 'an id from 1 to 2^53'],
  integer: [isInteger, 'an integer that is not negative'],
  string: [isString, 'a string'],
  dict: [isDict, 'a dictionary'],
  ids: [(value) => listOf(value, isId), 'a list of ids'],
  strings: [(value) => listOf(value, isString), 'a list of strings'],
  dicts: [(value) => listOf(value, isDict), 'a list of dictionaries'],
  roles: [(value) => dictOf(value, isRole), 'a dictionary of roles, each a dictionary, features included'],
  match: oneOf('exact', 'prefix', 'wildcard'),
  invoke: oneOf('single', 'roundrobin', 'random', 'first', 'last'),
  mode: oneOf('skip', 'kill', 'killnowait'),
};
