/**
 * What a service can be asked and what it tells, as one value for both sides: operations, which the client calls, and
 * notifications, which the server sends.
 *
 *   const definition = {
 *     namespace: 'urn:example:chat',
 *     operations: {
 *       join: { input: { name: 'string' }, output: { members: ['string'] } },
 *       say: { input: { text: 'string' } },                      // no output: one-way, never answered
 *     },
 *     notifications: { said: { value: { name: 'string', text: 'string' } } },
 *   } as const;
 *   export const chat: SoapContract<typeof definition> = defineSoapContract(definition);
 *
 * Messages are document/literal wrapped: the body has one element, and its children are the fields. What is not said is
 * named as WSDL's binding of WS-Addressing (§4.4.4) and WCF do it: element `join` and `joinResponse`, action
 * `urn:example:chat:join` and `…:joinResponse` (with `/` where the namespace is no URN).
 */
import { serializeAddressing } from './addressing.ts';
import { serializeEnvelope } from './envelope.ts';
import { checkRecordType, type RecordType, serializeRecord, type ValueOf } from './value.ts';
import { QName } from './xml.ts';
import { isNcName } from './xml-writer.ts';

export interface SoapOperationDefinition {
  /** `wsa:Action` of the request. @default the namespace and the operation's name */
  readonly action?: string;
  /** Local name of the request's element. @default the operation's name */
  readonly element?: string;
  readonly input: RecordType;
  /** `wsa:Action` of the reply. @default the action and `Response` */
  readonly replyAction?: string;
  /** Local name of the reply's element. @default the element and `Response` */
  readonly replyElement?: string;
  /** Without it the operation is one-way; `{}` is a reply that says only that it is done. */
  readonly output?: RecordType;
}

export interface SoapNotificationDefinition {
  /** @default the namespace and the notification's name */
  readonly action?: string;
  /** @default the notification's name */
  readonly element?: string;
  readonly value: RecordType;
}

export interface SoapContractDefinition {
  /** Of all elements in its messages. */
  readonly namespace: string;
  readonly operations: { readonly [name: string]: SoapOperationDefinition };
  readonly notifications?: { readonly [name: string]: SoapNotificationDefinition };
}

/** An operation with everything that its definition left out. */
export interface SoapOperation {
  readonly name: string;
  readonly action: string;
  readonly element: QName;
  readonly input: RecordType;
  /** `undefined`: one-way. */
  readonly reply: { readonly action: string; readonly element: QName; readonly output: RecordType } | undefined;
}

export interface SoapNotificationType {
  readonly name: string;
  readonly action: string;
  readonly element: QName;
  readonly value: RecordType;
}

type Operations<D extends SoapContractDefinition> = D['operations'];
type Notifications<D extends SoapContractDefinition> = NonNullable<D['notifications']>;

export type OperationName<D extends SoapContractDefinition> = keyof Operations<D> & string;
export type NotificationName<D extends SoapContractDefinition> = keyof Notifications<D> & string;
export type InputOf<D extends SoapContractDefinition, N extends OperationName<D>> = ValueOf<Operations<D>[N]['input']>;
export type OutputOf<D extends SoapContractDefinition, N extends OperationName<D>> = Operations<D>[N] extends {
  readonly output: infer O;
}
  ? ValueOf<O>
  : void;
export type NotificationValue<D extends SoapContractDefinition, N extends NotificationName<D>> = ValueOf<
  Notifications<D>[N]['value']
>;

/**
 * A notification, written once for whoever gets it. Its two forms are the same string and the same bytes every time, so
 * that a group can frame each once and keep the frame by them.
 */
export class SoapNotification {
  readonly name: string;
  /** The envelope, for peers that speak in text frames. */
  readonly text: string;
  #bytes: Uint8Array | undefined;

  constructor(name: string, text: string) {
    this.name = name;
    this.text = text;
  }

  /** The envelope in UTF-8, for peers that speak in binary frames, as WCF does. */
  get bytes(): Uint8Array {
    this.#bytes ??= new TextEncoder().encode(this.text);
    return this.#bytes;
  }
}

export class SoapContract<D extends SoapContractDefinition = SoapContractDefinition> {
  readonly namespace: string;
  readonly operations: ReadonlyMap<string, SoapOperation>;
  readonly notifications: ReadonlyMap<string, SoapNotificationType>;
  readonly operationsByAction: ReadonlyMap<string, SoapOperation>;
  readonly notificationsByAction: ReadonlyMap<string, SoapNotificationType>;

  constructor(definition: D) {
    const { namespace } = definition;
    if (typeof namespace !== 'string' || namespace === '') throw new TypeError('A contract needs a namespace');
    this.namespace = namespace;
    const operations = Object.entries(definition.operations);
    const notifications = Object.entries(definition.notifications ?? {});
    this.operations = new Map(operations.map(([name, each]) => [name, operationOf(namespace, name, each)]));
    this.notifications = new Map(notifications.map(([name, each]) => [name, notificationOf(namespace, name, each)]));
    this.operationsByAction = byAction(this.operations.values());
    this.notificationsByAction = byAction(this.notifications.values());
  }

  /** Writes a notification. @throws TypeError on a name or value that the contract does not have. */
  notification<N extends NotificationName<D>>(name: N, value: NotificationValue<D, N>): SoapNotification {
    const type = this.notifications.get(name);
    if (type === undefined) throw new TypeError(`The contract has no notification ${JSON.stringify(name)}`);
    const body = serializeRecord(type.value, value, this.namespace, type.element.name);
    return new SoapNotification(name, serializeEnvelope(serializeAddressing({ action: type.action }), [body]));
  }
}

/** Makes a contract. @throws TypeError on names that XML does not have, types that are none, or an action that is there twice. */
export function defineSoapContract<const D extends SoapContractDefinition>(definition: D): SoapContract<D> {
  return new SoapContract(definition);
}

function operationOf(namespace: string, name: string, definition: SoapOperationDefinition): SoapOperation {
  const { element = name, action = defaultAction(namespace, name), input, output } = definition;
  checkRecordType(input, `${name}.input`);
  if (output === undefined) return { name, action, element: elementName(namespace, element), input, reply: undefined };
  checkRecordType(output, `${name}.output`);
  const { replyElement = `${element}Response`, replyAction = `${action}Response` } = definition;
  const reply = { action: replyAction, element: elementName(namespace, replyElement), output };
  return { name, action, element: elementName(namespace, element), input, reply };
}

function notificationOf(namespace: string, name: string, definition: SoapNotificationDefinition): SoapNotificationType {
  const { element = name, action = defaultAction(namespace, name), value } = definition;
  checkRecordType(value, `${name}.value`);
  return { name, action, element: elementName(namespace, element), value };
}

function defaultAction(namespace: string, name: string): string {
  const separator = /[/:]$/.test(namespace) ? '' : namespace.startsWith('urn:') ? ':' : '/';
  return namespace + separator + name;
}

function elementName(namespace: string, name: string): QName {
  if (!isNcName(name)) throw new TypeError(`${JSON.stringify(name)} can't be the name of an element`);
  return new QName(namespace, name);
}

function byAction<T extends { readonly action: string }>(all: Iterable<T>): Map<string, T> {
  const map = new Map<string, T>();
  for (const each of all) {
    if (each.action === '') throw new TypeError('An action is an IRI, and not empty');
    if (map.has(each.action)) throw new TypeError(`Two things have the action ${each.action}`);
    map.set(each.action, each);
  }
  return map;
}
