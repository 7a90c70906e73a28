/**
 * WS-Addressing 1.0 (Core and SOAP Binding): which message this is, which it answers, and where its answer goes, read from
 * and written to header blocks; and the faults of its binding's §6.4.
 *
 * Rule of this file: an answer goes back over the socket on which the request came, or nowhere. An address that would make
 * us open a connection of a peer's choice (request forgery) is refused, with the fault that is made for it.
 */
import { isTargeted } from './envelope.ts';
import { SoapFault } from './fault.ts';
import {
  attributeOf,
  childElements,
  childOf,
  element,
  namespaces,
  QName,
  textOf,
  trimmed,
  type XmlElement,
  type XmlNode,
} from './xml.ts';

export const addresses = {
  /** Back over this socket. */
  anonymous: 'http://www.w3.org/2005/08/addressing/anonymous',
  /** Nowhere: what is sent there is thrown away. */
  none: 'http://www.w3.org/2005/08/addressing/none',
} as const;

export const replyRelationship = 'http://www.w3.org/2005/08/addressing/reply';
/** The action of the faults of this file (SOAP Binding §6). */
export const addressingFaultAction = 'http://www.w3.org/2005/08/addressing/fault';

/** WS-Addressing Core §2: where a message can be sent. */
export interface EndpointReference {
  readonly address: string;
  /** Go back as header blocks with whatever is sent there. */
  readonly referenceParameters: readonly XmlElement[];
}

/** WS-Addressing Core §3: the message addressing properties. */
export interface Addressing {
  readonly action: string;
  readonly to: string;
  readonly messageId: string | undefined;
  /** Which messages this is related to, and how; most often one, as `replyRelationship`. */
  readonly relatesTo: readonly { readonly messageId: string; readonly type: string }[];
  readonly from: EndpointReference | undefined;
  readonly replyTo: EndpointReference;
  readonly faultTo: EndpointReference;
}

/** What can be said of a message before it is known to be right; its faults are related by it. */
export interface AddressingSketch {
  readonly messageId: string | undefined;
  readonly relatesTo: string | undefined;
  readonly faultTo: EndpointReference | undefined;
}

const single = ['Action', 'To', 'MessageID', 'From', 'ReplyTo', 'FaultTo'] as const;
type Single = (typeof single)[number];
const toAnonymous: EndpointReference = { address: addresses.anonymous, referenceParameters: [] };

/** Whether this is a header block that is read here. */
export function isAddressingHeader(name: QName): boolean {
  return (
    name.namespace === namespaces.addressing && (name.name === 'RelatesTo' || single.includes(name.name as Single))
  );
}

/** Reads the addressing properties of a message; a fault when they are not as WS-Addressing has them. */
export function parseAddressing(header: readonly XmlElement[]): Addressing | SoapFault {
  const found = blocksOf(header);
  if (found instanceof SoapFault) return found;
  for (const [name, block] of found) {
    const text = name === 'From' || name === 'ReplyTo' || name === 'FaultTo' ? addressIn(block) : iriOf(block);
    if (text === undefined) return invalidHeader('MissingAddressInEPR', name);
    if (text === '') return invalidHeader('InvalidAddress', name);
  }
  const action = found.get('Action');
  if (action === undefined) return headerRequired('Action');
  const replyTo = referenceIn(found.get('ReplyTo')) ?? toAnonymous;
  return {
    action: iriOf(action),
    to: optionalIri(found.get('To')) ?? addresses.anonymous,
    messageId: optionalIri(found.get('MessageID')),
    relatesTo: relationsIn(header),
    from: referenceIn(found.get('From')),
    replyTo,
    faultTo: referenceIn(found.get('FaultTo')) ?? replyTo,
  };
}

/** What of a message's addressing can be made out, however wrong the rest is. */
export function sketchAddressing(header: readonly XmlElement[]): AddressingSketch {
  const first = (name: string) => header.find((block) => isHeader(block, name) && isTargeted(block));
  const messageId = optionalIri(first('MessageID'));
  return {
    messageId: messageId === '' ? undefined : messageId,
    relatesTo: relationsIn(header).find(({ type }) => type === replyRelationship)?.messageId,
    faultTo: referenceIn(first('FaultTo') ?? first('ReplyTo')),
  };
}

/** Refuses an endpoint that is not at the other end of this very socket; see the top of this file. */
export function refuseForeignAddress(name: 'ReplyTo' | 'FaultTo', to: EndpointReference): SoapFault | undefined {
  if (to.address === addresses.anonymous || to.address === addresses.none) return undefined;
  return invalidHeader('OnlyAnonymousAddressSupported', name);
}

/** Each block that may be there once (Core §3.2, SOAP Binding §6.4.1.3), or the fault for one that is there twice. */
function blocksOf(header: readonly XmlElement[]): Map<Single, XmlElement> | SoapFault {
  const found = new Map<Single, XmlElement>();
  for (const block of header) {
    const name = single.find((each) => isHeader(block, each));
    if (name === undefined || !isTargeted(block)) continue;
    if (found.has(name)) return invalidHeader('InvalidCardinality', name);
    found.set(name, block);
  }
  return found;
}

function relationsIn(header: readonly XmlElement[]): Addressing['relatesTo'] {
  return header
    .filter((block) => isHeader(block, 'RelatesTo') && isTargeted(block))
    .map((block) => ({
      messageId: iriOf(block),
      type: attributeOf(block, '', 'RelationshipType') ?? replyRelationship,
    }));
}

function referenceIn(block: XmlElement | undefined): EndpointReference | undefined {
  const address = block && addressIn(block);
  if (!address) return undefined;
  const parameters = childOf(block!, namespaces.addressing, 'ReferenceParameters');
  return { address, referenceParameters: parameters === undefined ? [] : childElements(parameters) };
}

function addressIn(block: XmlElement): string | undefined {
  return optionalIri(childOf(block, namespaces.addressing, 'Address'));
}

function optionalIri(block: XmlElement | undefined): string | undefined {
  return block && iriOf(block);
}

function iriOf(block: XmlElement): string {
  return trimmed(textOf(block) ?? '');
}

function isHeader(block: XmlElement, name: string): boolean {
  return block.name === name && block.namespace === namespaces.addressing;
}

export interface AddressingHeader {
  readonly action: string;
  readonly to?: string;
  readonly messageId?: string | undefined;
  /** The message that this one answers. */
  readonly relatesTo?: string | undefined;
  /** True: an answer is expected, over this socket. */
  readonly expectsReply?: boolean;
  /** Where it goes, if its parameters have to go with it. */
  readonly destination?: EndpointReference | undefined;
}

/** Writes the header blocks of a message. Without `to` it goes to the other end of the socket, which needs no saying. */
export function serializeAddressing(header: AddressingHeader): XmlNode[] {
  const { action, to, messageId, relatesTo, expectsReply, destination } = header;
  const blocks = [wsa('Action', [action])];
  if (to !== undefined) blocks.push(wsa('To', [to]));
  if (messageId !== undefined) blocks.push(wsa('MessageID', [messageId]));
  if (relatesTo !== undefined) blocks.push(wsa('RelatesTo', [relatesTo]));
  if (expectsReply) blocks.push(wsa('ReplyTo', [wsa('Address', [addresses.anonymous])]));
  // SOAP Binding §3.3 (WS-Addressing Core): each parameter becomes a header block that says what it is.
  const isParameter = { namespace: namespaces.addressing, name: 'IsReferenceParameter', value: 'true' };
  for (const each of destination?.referenceParameters ?? []) {
    const others = each.attributes.filter(
      ({ namespace, name }) => !(namespace === isParameter.namespace && name === isParameter.name),
    );
    blocks.push({ ...each, attributes: [...others, isParameter] });
  }
  return blocks;
}

/** SOAP Binding §6.4.1: a header block that can't be used, and why. */
export function invalidHeader(
  why:
    | 'InvalidAddress'
    | 'InvalidCardinality'
    | 'MissingAddressInEPR'
    | 'DuplicateMessageID'
    | 'OnlyAnonymousAddressSupported',
  name: string,
): SoapFault {
  return new SoapFault({
    code: 'Sender',
    subcodes: [addressingName('InvalidAddressingHeader'), addressingName(why)],
    reason: `The header block ${name} is not valid: ${why}`,
    detail: [problemHeader(name)],
    action: addressingFaultAction,
  });
}

/** SOAP Binding §6.4.2. */
export function headerRequired(name: string): SoapFault {
  return new SoapFault({
    code: 'Sender',
    subcodes: [addressingName('MessageAddressingHeaderRequired')],
    reason: `The header block ${name} is required`,
    detail: [problemHeader(name)],
    action: addressingFaultAction,
  });
}

/** SOAP Binding §6.4.4. */
export function actionNotSupported(action: string): SoapFault {
  return new SoapFault({
    code: 'Sender',
    subcodes: [addressingName('ActionNotSupported')],
    reason: `The action ${JSON.stringify(action.slice(0, 500))} is not supported here`,
    detail: [wsa('ProblemAction', [wsa('Action', [action])])],
    action: addressingFaultAction,
  });
}

/** A name in the namespace of WS-Addressing: subcodes of faults, above all. */
export function addressingName(name: string): QName {
  return new QName(namespaces.addressing, name);
}

function problemHeader(name: string): XmlNode {
  return wsa('ProblemHeaderQName', [addressingName(name)]);
}

function wsa(name: string, children: Parameters<typeof element>[2]): XmlNode {
  return element(namespaces.addressing, name, children);
}
