/**
 * The small tree in which SOAP messages are held: elements with expanded names, attributes and text. Comments are gone,
 * CDATA is text, and text that they interrupted is one piece.
 *
 * Rule of this file: names are compared by namespace and local part, never by prefix; prefixes only matter where a QName
 * stands in text (Namespaces in XML 1.0 §4, SOAP 1.2 Part 1 §5.4.1).
 */

export const namespaces = {
  soap: 'http://www.w3.org/2003/05/soap-envelope',
  soap11: 'http://schemas.xmlsoap.org/soap/envelope/',
  addressing: 'http://www.w3.org/2005/08/addressing',
  instance: 'http://www.w3.org/2001/XMLSchema-instance',
  xml: 'http://www.w3.org/XML/1998/namespace',
} as const;

/** An expanded name: a namespace, `''` for none, and the local part. */
export class QName {
  readonly namespace: string;
  readonly name: string;

  constructor(namespace: string, name: string) {
    this.namespace = namespace;
    this.name = name;
  }

  equals(other: QName): boolean {
    return this.name === other.name && this.namespace === other.namespace;
  }

  /** `{namespace}name`, as James Clark wrote it: for messages to people and as a key. */
  toString(): string {
    return `{${this.namespace}}${this.name}`;
  }
}

/** An attribute to write. A QName becomes a prefixed name. */
export interface XmlAttribute {
  readonly namespace: string;
  readonly name: string;
  readonly value: string | QName;
}

/** An element to write. A QName among its children becomes a prefixed name in its text. */
export interface XmlNode {
  readonly namespace: string;
  readonly name: string;
  readonly attributes?: readonly XmlAttribute[];
  readonly children?: readonly (XmlNode | string | QName)[];
}

/** An element that was read. It can be written again, but QNames in its text are then only text. */
export interface XmlElement {
  readonly namespace: string;
  readonly name: string;
  readonly attributes: readonly { readonly namespace: string; readonly name: string; readonly value: string }[];
  readonly children: readonly (XmlElement | string)[];
  /** The prefixes that are bound here, `''` for the default namespace. */
  readonly prefixes: ReadonlyMap<string, string>;
}

/** Makes an element to write. */
export function element(
  namespace: string,
  name: string,
  children: readonly (XmlNode | string | QName)[] = [],
  attributes: readonly XmlAttribute[] = [],
): XmlNode {
  return { namespace, name, attributes, children };
}

/** The elements among an element's children, in order. */
export function childElements(parent: XmlElement): XmlElement[] {
  return parent.children.filter((child) => typeof child !== 'string');
}

/** The first child of this name. */
export function childOf(parent: XmlElement, namespace: string, name: string): XmlElement | undefined {
  return childElements(parent).find((child) => isNamed(child, namespace, name));
}

export function isNamed(element: XmlElement, namespace: string, name: string): boolean {
  return element.name === name && element.namespace === namespace;
}

export function nameOf(element: XmlElement): QName {
  return new QName(element.namespace, element.name);
}

/** The value of an attribute. */
export function attributeOf(element: XmlElement, namespace: string, name: string): string | undefined {
  return element.attributes.find((each) => each.name === name && each.namespace === namespace)?.value;
}

/** The text of an element; `undefined` when it has elements inside. */
export function textOf(element: XmlElement): string | undefined {
  let text = '';
  for (const child of element.children) {
    if (typeof child !== 'string') return undefined;
    text += child;
  }
  return text;
}

/** Whether there is text between an element's children that is not white space. */
export function hasOwnText(element: XmlElement): boolean {
  return element.children.some((child) => typeof child === 'string' && trimmed(child) !== '');
}

/**
 * Without the white space of XML at both ends, which is less than what `trim` takes away. By hand: a regular expression
 * would try the end anew at each of a million spaces.
 */
export function trimmed(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

/** Reads a QName that stands in the text of an element; `undefined` when its prefix is not bound. */
export function qnameIn(element: XmlElement, text: string): QName | undefined {
  const [prefix, name] = splitName(trimmed(text));
  if (name === '') return undefined;
  const namespace = element.prefixes.get(prefix);
  if (namespace === undefined && prefix !== '') return undefined;
  return new QName(namespace ?? '', name);
}

function splitName(text: string): [prefix: string, name: string] {
  const colon = text.indexOf(':');
  return colon < 0 ? ['', text] : [text.slice(0, colon), text.slice(colon + 1)];
}
