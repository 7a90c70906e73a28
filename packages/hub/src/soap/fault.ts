/**
 * SOAP faults, SOAP 1.2 Part 1 §5.4: what went wrong as a value that can be thrown, sent and read again, and the faults that
 * SOAP itself knows. Those of WS-Addressing are in addressing.ts.
 *
 * Rule of this file: a fault says what the peer may know. What a handler threw that is no SoapFault never gets in here.
 */
import {
  attributeOf,
  childElements,
  childOf,
  element,
  isNamed,
  nameOf,
  namespaces,
  QName,
  qnameIn,
  textOf,
  type XmlElement,
  type XmlNode,
} from './xml.ts';

/** SOAP 1.2 Part 1 §5.4.6: `Sender` says that the message was wrong, `Receiver` that it may do better later. */
export type FaultCode = 'VersionMismatch' | 'MustUnderstand' | 'DataEncodingUnknown' | 'Sender' | 'Receiver';

const codes: readonly string[] = ['VersionMismatch', 'MustUnderstand', 'DataEncodingUnknown', 'Sender', 'Receiver'];

/** The action of faults that neither WS-Addressing nor an operation has its own for (WS-Addressing SOAP Binding §6). */
export const soapFaultAction = 'http://www.w3.org/2005/08/addressing/soap/fault';

export interface SoapFaultOptions {
  readonly code: FaultCode;
  /** What went wrong, for people. */
  readonly reason: string;
  /** From the general to the particular. @default none */
  readonly subcodes?: readonly QName[];
  /** The language of the reason. @default 'en' */
  readonly language?: string;
  /** What the peer's program may want to know: elements in `env:Detail`. @default none */
  readonly detail?: readonly XmlNode[];
  /** Header blocks that go with the fault. @default none */
  readonly header?: readonly XmlNode[];
  /** `wsa:Action` of the message that carries it. @default soapFaultAction */
  readonly action?: string;
}

/** A fault: thrown by a handler it is what the client gets, and a client's `call` rejects with it. */
export class SoapFault extends Error {
  override readonly name = 'SoapFault';
  readonly code: FaultCode;
  readonly reason: string;
  readonly subcodes: readonly QName[];
  readonly language: string;
  readonly detail: readonly XmlNode[];
  readonly header: readonly XmlNode[];
  readonly action: string;

  constructor(options: SoapFaultOptions) {
    super(options.reason);
    this.code = options.code;
    this.reason = options.reason;
    this.subcodes = options.subcodes ?? [];
    this.language = options.language ?? 'en';
    this.detail = options.detail ?? [];
    this.header = options.header ?? [];
    this.action = options.action ?? soapFaultAction;
  }

  /** Whether one of the subcodes is this. */
  is(subcode: QName): boolean {
    return this.subcodes.some((each) => each.equals(subcode));
  }
}

/** The message was wrong, and would be wrong again. */
export function senderFault(reason: string, subcodes: readonly QName[] = []): SoapFault {
  return new SoapFault({ code: 'Sender', reason, subcodes });
}

/** SOAP 1.2 Part 1 §5.4.8: names each header block that had to be understood and was not. */
export function mustUnderstandFault(names: readonly QName[]): SoapFault {
  return new SoapFault({
    code: 'MustUnderstand',
    reason: `Not understood: ${names.join(', ').slice(0, 500)}`,
    header: names.map((name) => env('NotUnderstood', [], [{ namespace: '', name: 'qname', value: name }])),
  });
}

/** SOAP 1.2 Part 1 §5.4.7: with the envelopes that are understood here. */
export function versionMismatchFault(): SoapFault {
  const value = new QName(namespaces.soap, 'Envelope');
  const supported = env('SupportedEnvelope', [], [{ namespace: '', name: 'qname', value }]);
  return new SoapFault({
    code: 'VersionMismatch',
    reason: 'Only SOAP 1.2 is spoken here',
    header: [env('Upgrade', [supported])],
  });
}

/** SOAP 1.2 Part 1 §5.4: the fault as the one child of the body. */
export function serializeFault(fault: SoapFault): XmlNode {
  const { code, subcodes, reason, language, detail } = fault;
  let subcode: XmlNode[] = [];
  for (const value of subcodes.toReversed()) subcode = [env('Subcode', [env('Value', [value]), ...subcode])];
  const text = env('Text', [reason], [{ namespace: namespaces.xml, name: 'lang', value: language }]);
  const parts = [env('Code', [env('Value', [new QName(namespaces.soap, code)]), ...subcode]), env('Reason', [text])];
  if (detail.length > 0) parts.push(env('Detail', detail));
  return env('Fault', parts);
}

/** Reads the one child of a body as a fault; `undefined` when it is none. A fault that is not as SOAP has it reads as `Receiver`. */
export function parseFault(node: XmlElement): SoapFault | undefined {
  if (!isNamed(node, namespaces.soap, 'Fault')) return undefined;
  const code = childOf(node, namespaces.soap, 'Code');
  const value = code && qnameOf(code);
  const reasons = childOf(node, namespaces.soap, 'Reason');
  const text = reasons && childOf(reasons, namespaces.soap, 'Text');
  const detail = childOf(node, namespaces.soap, 'Detail');
  const known = value?.namespace === namespaces.soap && codes.includes(value.name);
  return new SoapFault({
    code: known ? (value.name as FaultCode) : 'Receiver',
    reason: (text && textOf(text)) ?? '',
    language: (text && attributeOf(text, namespaces.xml, 'lang')) ?? 'en',
    subcodes: code === undefined ? [] : subcodesOf(code),
    detail: detail === undefined ? [] : childElements(detail),
  });
}

function subcodesOf(code: XmlElement): QName[] {
  const subcodes: QName[] = [];
  let next = childOf(code, namespaces.soap, 'Subcode');
  while (next !== undefined) {
    subcodes.push(qnameOf(next) ?? nameOf(next));
    next = childOf(next, namespaces.soap, 'Subcode');
  }
  return subcodes;
}

function qnameOf(code: XmlElement): QName | undefined {
  const value = childOf(code, namespaces.soap, 'Value');
  const text = value && textOf(value);
  return text === undefined ? undefined : qnameIn(value!, text);
}

function env(name: string, children: Parameters<typeof element>[2], attributes?: XmlNode['attributes']): XmlNode {
  return element(namespaces.soap, name, children, attributes);
}
