/**
 * A message as it comes from a socket, taken apart in the order that SOAP 1.2 Part 1 §2.6 wants: is it an envelope of ours,
 * is every header block understood that has to be, and only then what it says.
 *
 * Rule of this file: whatever came, what comes back says what to do about it.
 */
import {
  type Addressing,
  type AddressingSketch,
  isAddressingHeader,
  parseAddressing,
  sketchAddressing,
} from './addressing.ts';
import { notUnderstood, parseEnvelope } from './envelope.ts';
import { mustUnderstandFault, SoapFault, senderFault } from './fault.ts';
import { attributeOf, isNamed, namespaces, type QName, trimmed, type XmlElement } from './xml.ts';
import { isXmlRefusal, parseXml, type XmlLimits, xmlViolations } from './xml-parser.ts';

/** What is sent and received: text in a text frame, or its UTF-8 in a binary one. */
export type SoapData = string | Uint8Array;

/** Which frames a peer speaks in. */
export type FrameKind = 'text' | 'binary';

/** Says of header blocks beside those of WS-Addressing whether they are understood. */
export type Understands = (name: QName) => boolean;

/** A message that is as it should be. */
export interface SoapMessage {
  readonly addressing: Addressing;
  readonly header: readonly XmlElement[];
  /** The one child of the body, if it has one. */
  readonly content: XmlElement | undefined;
}

/** A message that is not. */
export interface UnusableMessage {
  /** What its sender gets to know. */
  readonly fault: SoapFault;
  /** What could be made out of where that goes. */
  readonly sketch: AddressingSketch;
  /** The message is itself a fault, and faults are not answered by faults. */
  readonly isFault: boolean;
  /** It is a SOAP 1.1 envelope, whose sender reads only those. */
  readonly isSoap11: boolean;
  /** It was not even XML: the close code that this earns. */
  readonly close: number | undefined;
}

export function readMessage(
  data: SoapData,
  limits: XmlLimits,
  understands: Understands,
): SoapMessage | UnusableMessage {
  const root = parseXml(data, limits);
  if (isXmlRefusal(root)) {
    const { says, close } = xmlViolations[root.violation];
    return unusable(senderFault(root.detail === '' ? says : `${says}: ${root.detail}`), { close });
  }
  const envelope = parseEnvelope(root);
  if (envelope instanceof SoapFault) {
    return unusable(envelope, { isSoap11: isNamed(root, namespaces.soap11, 'Envelope') });
  }
  const { header, body } = envelope;
  const isFault = body[0] !== undefined && isNamed(body[0], namespaces.soap, 'Fault');
  const told = { isFault, sketch: sketchAddressing(header) };
  const missing = notUnderstood(header, (name) => isAddressingHeader(name) || understands(name));
  if (missing instanceof SoapFault) return unusable(missing, told);
  if (missing.length > 0) return unusable(mustUnderstandFault(missing), told);
  const addressing = parseAddressing(header);
  if (addressing instanceof SoapFault) return unusable(addressing, told);
  if (body.length > 1) return unusable(senderFault('The Body has more than one child'), told);
  const encoding = body[0] && attributeOf(body[0], namespaces.soap, 'encodingStyle');
  if (encoding !== undefined && !literal.has(trimmed(encoding))) {
    const reason = 'Only literal XML is understood here, no encodingStyle';
    return unusable(new SoapFault({ code: 'DataEncodingUnknown', reason }), told);
  }
  return { addressing, header, content: body[0] };
}

/** SOAP 1.2 Part 1 §5.1.1: says that no encoding is claimed. */
const literal: ReadonlySet<string> = new Set(['', `${namespaces.soap}/encoding/none`]);

export function isUnusable(message: SoapMessage | UnusableMessage): message is UnusableMessage {
  return 'fault' in message;
}

function unusable(fault: SoapFault, told: Partial<UnusableMessage>): UnusableMessage {
  const sketch = { messageId: undefined, relatesTo: undefined, faultTo: undefined };
  return { fault, sketch, isFault: false, isSoap11: false, close: undefined, ...told };
}
