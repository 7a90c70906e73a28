/**
 * The envelope, SOAP 1.2 Part 1 §5.1 to §5.3, and who has to understand what of its header (§2.4, §5.2.3).
 *
 * Rule of this file: what is wrong with an envelope comes back as the fault that SOAP has for it.
 */
import { type SoapFault, senderFault, serializeFault, versionMismatchFault } from './fault.ts';
import {
  attributeOf,
  childElements,
  element,
  hasOwnText,
  isNamed,
  nameOf,
  namespaces,
  QName,
  trimmed,
  type XmlElement,
  type XmlNode,
} from './xml.ts';
import { serializeXml } from './xml-writer.ts';

export interface Envelope {
  readonly header: readonly XmlElement[];
  readonly body: readonly XmlElement[];
}

/** SOAP 1.2 Part 1 §2.2: the roles in which every receiver at the end of the path acts. */
const roles = {
  next: `${namespaces.soap}/role/next`,
  none: `${namespaces.soap}/role/none`,
  ultimateReceiver: `${namespaces.soap}/role/ultimateReceiver`,
} as const;

/** Finds header and body in a document, or the fault that its sender gets. */
export function parseEnvelope(root: XmlElement): Envelope | SoapFault {
  // SOAP 1.2 Part 1 §2.8: "If the SOAP node does not support the version … MUST discard the message" with VersionMismatch.
  if (!isNamed(root, namespaces.soap, 'Envelope')) return versionMismatchFault();
  const parts = childElements(root);
  const header = parts[0] !== undefined && isNamed(parts[0], namespaces.soap, 'Header') ? parts[0] : undefined;
  const body = parts[header === undefined ? 0 : 1];
  if (body === undefined || !isNamed(body, namespaces.soap, 'Body')) return senderFault('The envelope has no Body');
  if (parts.at(-1) !== body) return senderFault('Something follows the Body in the envelope');
  if ([root, body, header].some((part) => part !== undefined && hasOwnText(part))) {
    return senderFault('There is text between the elements of the envelope');
  }
  const blocks = header === undefined ? [] : childElements(header);
  if (blocks.some(({ namespace }) => namespace === '')) return senderFault('A header block has no namespace');
  return { header: blocks, body: childElements(body) };
}

/** Writes an envelope; without header blocks it has no Header. */
export function serializeEnvelope(header: readonly XmlNode[], body: readonly XmlNode[]): string {
  const parts = [element(namespaces.soap, 'Body', body)];
  if (header.length > 0) parts.unshift(element(namespaces.soap, 'Header', header));
  return serializeXml(element(namespaces.soap, 'Envelope', parts));
}

/**
 * The answer to an envelope of SOAP 1.1, in SOAP 1.1, so that its sender can read it. SOAP 1.2 Part 1 Appendix A wants
 * that of whoever does not speak SOAP 1.1, with the Upgrade block that names SOAP 1.2.
 */
export function serializeVersionMismatch11(): string {
  const fault = versionMismatchFault();
  const code = element('', 'faultcode', [new QName(namespaces.soap11, 'VersionMismatch')]);
  const body = element(namespaces.soap11, 'Fault', [code, element('', 'faultstring', [fault.reason])]);
  const parts = [element(namespaces.soap11, 'Header', fault.header), element(namespaces.soap11, 'Body', [body])];
  return serializeXml(element(namespaces.soap11, 'Envelope', parts));
}

/** Writes a message that carries a fault. The fault's own header blocks follow the given ones. */
export function serializeFaultEnvelope(header: readonly XmlNode[], fault: SoapFault): string {
  return serializeEnvelope([...header, ...fault.header], [serializeFault(fault)]);
}

/** Whether a header block is meant for the end of the path: for us. */
export function isTargeted(block: XmlElement): boolean {
  const role = trimmed(attributeOf(block, namespaces.soap, 'role') ?? '');
  return role === '' || role === roles.next || role === roles.ultimateReceiver;
}

/**
 * The names of header blocks that are meant for us, must be understood, and are not; a fault when `mustUnderstand` is not
 * the boolean that it has to be.
 */
export function notUnderstood(header: readonly XmlElement[], isKnown: (name: QName) => boolean): QName[] | SoapFault {
  const names: QName[] = [];
  for (const block of header) {
    if (!isTargeted(block)) continue;
    const must = trimmed(attributeOf(block, namespaces.soap, 'mustUnderstand') ?? 'false');
    if (!['true', '1', 'false', '0'].includes(must)) {
      return senderFault(`mustUnderstand of ${nameOf(block)} is not a boolean`.slice(0, 500));
    }
    if ((must === 'true' || must === '1') && !isKnown(nameOf(block))) names.push(nameOf(block));
  }
  return names;
}
