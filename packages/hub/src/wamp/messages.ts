/**
 * Every message of WAMP v2, Basic and Advanced Profile: one table, and what follows from it.
 *
 * On the wire a message is a list, `[16, 239714735, {}, "com.myapp.mytopic1", ["Hello"]]`; here it is an object with the
 * specification's own names, `{ type: 'PUBLISH', request, options, topic, args }`. `parseMessage` takes the list that a
 * serializer read and checks every element; `toList` goes back. Neither looks into args and kwargs.
 *
 * Rule of this file: types, lengths and ids are checked here. Whether a URI is well-formed depends on its use and is
 * answered with `wamp.error.invalid_uri`, so here a `uri` is any string (see uri.ts).
 */
import { isId } from './ids.ts';
import { type Dict, isDict, type OptionsOf, optionFault, type WithOptions } from './options.ts';
import { Violation } from './violation.ts';

/** The value of each type of element. */
interface Elements {
  id: number;
  /** An id, or 0 where the router revokes a subscription or registration without being asked. */
  'id-or-0': number;
  /** The code of a message that ERROR may answer. */
  'request-type': number;
  uri: string;
  string: string;
  dict: Dict;
  /** Options or Details, checked by the table in options.ts. */
  options: Dict;
}

/** A type of element; with a question mark it may be missing at the end of the list. */
type ElementType = keyof Elements | 'options?';

interface MessageRow {
  readonly code: number;
  /** In the order of the list. */
  readonly elements: { readonly [name: string]: ElementType };
  /** Whether `Arguments|list` and `ArgumentsKw|dict` may follow. */
  readonly payload?: true;
}

/** Basic Profile "Message Definitions" and Advanced Profile "Messages": codes, elements, payload. */
export const messageTypes = {
  HELLO: { code: 1, elements: { realm: 'uri', details: 'options' } },
  WELCOME: { code: 2, elements: { session: 'id', details: 'options' } },
  ABORT: { code: 3, elements: { details: 'options', reason: 'uri' }, payload: true },
  CHALLENGE: { code: 4, elements: { method: 'string', extra: 'dict' } },
  AUTHENTICATE: { code: 5, elements: { signature: 'string', extra: 'dict' } },
  GOODBYE: { code: 6, elements: { details: 'options', reason: 'uri' } },
  ERROR: {
    code: 8,
    elements: { requestType: 'request-type', request: 'id', details: 'options', error: 'uri' },
    payload: true,
  },
  PUBLISH: { code: 16, elements: { request: 'id', options: 'options', topic: 'uri' }, payload: true },
  PUBLISHED: { code: 17, elements: { request: 'id', publication: 'id' } },
  SUBSCRIBE: { code: 32, elements: { request: 'id', options: 'options', topic: 'uri' } },
  SUBSCRIBED: { code: 33, elements: { request: 'id', subscription: 'id' } },
  UNSUBSCRIBE: { code: 34, elements: { request: 'id', subscription: 'id' } },
  UNSUBSCRIBED: { code: 35, elements: { request: 'id-or-0', details: 'options?' } },
  EVENT: { code: 36, elements: { subscription: 'id', publication: 'id', details: 'options' }, payload: true },
  CALL: { code: 48, elements: { request: 'id', options: 'options', procedure: 'uri' }, payload: true },
  CANCEL: { code: 49, elements: { request: 'id', options: 'options' } },
  RESULT: { code: 50, elements: { request: 'id', details: 'options' }, payload: true },
  REGISTER: { code: 64, elements: { request: 'id', options: 'options', procedure: 'uri' } },
  REGISTERED: { code: 65, elements: { request: 'id', registration: 'id' } },
  UNREGISTER: { code: 66, elements: { request: 'id', registration: 'id' } },
  UNREGISTERED: { code: 67, elements: { request: 'id-or-0', details: 'options?' } },
  INVOCATION: { code: 68, elements: { request: 'id', registration: 'id', details: 'options' }, payload: true },
  INTERRUPT: { code: 69, elements: { request: 'id', options: 'options' } },
  YIELD: { code: 70, elements: { request: 'id', options: 'options' }, payload: true },
} as const;

export type MessageType = keyof typeof messageTypes;

/** What a publication, call, result or error carries; both are left out when they are empty. */
export interface Payload {
  readonly args?: readonly unknown[] | undefined;
  readonly kwargs?: Dict | undefined;
}

type OptionsFor<N> = N extends WithOptions ? OptionsOf<N> : Dict;
type ElementValue<N, T> = T extends 'options' | 'options?'
  ? OptionsFor<N>
  : T extends keyof Elements
    ? Elements[T]
    : never;
type Needed<E> = { readonly [K in keyof E as E[K] extends 'options?' ? never : K]: E[K] };
type Optional<E> = { readonly [K in keyof E as E[K] extends 'options?' ? K : never]: E[K] };
type Row<N extends MessageType> = (typeof messageTypes)[N];

/** One type of message, by its name: `MessageOf<'PUBLISH'>`. */
export type MessageOf<N extends MessageType> = { readonly type: N } & {
  readonly [K in keyof Needed<Row<N>['elements']>]: ElementValue<N, Row<N>['elements'][K]>;
} & {
  readonly [K in keyof Optional<Row<N>['elements']>]?: ElementValue<N, Row<N>['elements'][K]> | undefined;
} & (Row<N> extends { payload: true } ? Payload : unknown);

/** Any message; `type` tells them apart. */
export type Message = { [N in MessageType]: MessageOf<N> }[MessageType];

/** What ERROR may answer: the requests, and INVOCATION, which a callee answers. */
export type RequestType = 'PUBLISH' | 'SUBSCRIBE' | 'UNSUBSCRIBE' | 'CALL' | 'REGISTER' | 'UNREGISTER' | 'INVOCATION';

const requestTypes: readonly RequestType[] = [
  'PUBLISH',
  'SUBSCRIBE',
  'UNSUBSCRIBE',
  'CALL',
  'REGISTER',
  'UNREGISTER',
  'INVOCATION',
];
const requestCodes: ReadonlySet<unknown> = new Set(requestTypes.map((type) => messageTypes[type].code));

/** A row of the table, laid out for reading and writing lists. */
interface Layout {
  readonly type: MessageType;
  readonly code: number;
  readonly names: readonly string[];
  readonly elements: readonly ElementType[];
  /** Elements that must be there. */
  readonly needed: number;
  readonly payload: boolean;
}

const layouts = new Map<MessageType, Layout>();
const layoutsByCode = new Map<unknown, Layout>();
const rows: { readonly [type in MessageType]: MessageRow } = messageTypes;
for (const [type, row] of Object.entries(rows) as [MessageType, MessageRow][]) {
  const elements = Object.values(row.elements);
  const needed = elements.filter((element) => !element.endsWith('?')).length;
  const { code, payload = false } = row;
  const layout: Layout = { type, code, names: Object.keys(row.elements), elements, needed, payload };
  layouts.set(type, layout);
  layoutsByCode.set(code, layout);
}

/**
 * Reads a message from the list that a serializer returned. A `Violation` that is put in comes out, so that the result of
 * `Serializer.parse` can be passed on as it is. Never throws; Options and Details are handed on with unknown keys in them.
 */
export function parseMessage(list: unknown): Message | Violation {
  if (list instanceof Violation) return list;
  if (!Array.isArray(list)) return new Violation('a message must be a list');
  const layout = layoutsByCode.get(list[0]);
  if (layout === undefined) return new Violation('the first element of a message must be the code of a message type');
  const { type, names, elements, needed, payload } = layout;
  const most = elements.length + (payload ? 2 : 0);
  if (list.length <= needed || list.length > most + 1) {
    const range = needed === most ? `${needed}` : `${needed} to ${most}`;
    return new Violation(`${type} must have ${range} elements after its code`);
  }
  const message: Record<string, unknown> = { type };
  for (let i = 0; i < elements.length && i + 1 < list.length; i++) {
    const value: unknown = list[i + 1];
    const fault = elementFault(type, elements[i]!, value);
    if (fault !== undefined) return new Violation(`${type}.${capital(names[i]!)}${fault}`);
    message[names[i]!] = value;
  }
  const fault = payload ? readPayload(message, list, elements.length + 1) : undefined;
  return fault === undefined ? (message as unknown as Message) : new Violation(`${type}.${fault}`);
}

/** The list of a message, ready for a serializer; empty args and kwargs are left out, and args are `[]` before kwargs. */
export function toList(message: Message): unknown[] {
  const { code, names, payload } = layouts.get(message.type)!;
  const values = message as unknown as Dict;
  const list: unknown[] = [code];
  for (const name of names) {
    const value = values[name];
    if (value !== undefined) list.push(value);
  }
  if (payload) {
    const { args = [], kwargs } = message as Payload;
    // "Implementations SHOULD avoid sending empty `Arguments` lists [...] empty `ArgumentsKw` dictionaries."
    const withKwargs = kwargs !== undefined && Object.keys(kwargs).length > 0;
    if (args.length > 0 || withKwargs) list.push(args);
    if (withKwargs) list.push(kwargs);
  }
  return list;
}

/** The rest of the sentence `TYPE.Element …` when an element is wrong. */
function elementFault(type: MessageType, element: ElementType, value: unknown): string | undefined {
  switch (element) {
    case 'id':
      return isId(value) ? undefined : ' must be an id from 1 to 2^53';
    case 'id-or-0':
      return value === 0 || isId(value) ? undefined : ' must be an id from 1 to 2^53, or 0';
    case 'request-type':
      return requestCodes.has(value) ? undefined : ' must be the code of a request';
    case 'uri':
    case 'string':
      return typeof value === 'string' ? undefined : ' must be a string';
    default: {
      if (!isDict(value)) return ' must be a dictionary';
      const fault = element === 'dict' ? undefined : optionFault(type, value);
      return fault === undefined ? undefined : `.${fault}`;
    }
  }
}

function readPayload(message: Record<string, unknown>, list: readonly unknown[], at: number): string | undefined {
  if (list.length > at) {
    if (!Array.isArray(list[at])) return 'Arguments must be a list';
    message['args'] = list[at];
  }
  if (list.length > at + 1) {
    if (!isDict(list[at + 1])) return 'ArgumentsKw must be a dictionary';
    message['kwargs'] = list[at + 1];
  }
  return undefined;
}

const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);
