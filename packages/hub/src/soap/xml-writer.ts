/**
 * XML to a peer. Every namespace gets its prefix at the root, in the order in which it first appears: `env`, `wsa` and `xsi`
 * for those of SOAP, `n1`, `n2`… for the others. There is never a default namespace, so that a QName in text means the
 * same wherever it stands, and the same tree is always the same text.
 *
 * Rule of this file: what it writes is well-formed, whatever is in the values. A name that XML can't hold is our caller's
 * mistake and throws. A *character* that XML 1.0 can't hold (U+0000 to U+001F without tab and line ends, U+FFFE, U+FFFF, half
 * a surrogate pair) becomes U+FFFD: texts come from users of other subprotocols, and an error would let one of them keep a
 * message from everybody who speaks SOAP.
 */
import { namespaces, QName, type XmlNode } from './xml.ts';

const knownPrefixes: Readonly<Record<string, string>> = {
  [namespaces.soap]: 'env',
  [namespaces.soap11]: 'env11',
  [namespaces.addressing]: 'wsa',
  [namespaces.instance]: 'xsi',
};

/** Writes a document without an XML declaration. @throws TypeError on a name that is none in XML. */
export function serializeXml(root: XmlNode): string {
  const prefixes = new Map<string, string>([
    ['', ''],
    [namespaces.xml, 'xml'],
  ]);
  collectNamespaces(root, prefixes);
  let declarations = '';
  for (const [namespace, prefix] of prefixes) {
    if (namespace === '' || prefix === 'xml') continue;
    declarations += ` xmlns:${prefix}="${escapeAttribute(namespace)}"`;
  }
  return written(root, prefixes, declarations);
}

function collectNamespaces(node: XmlNode, prefixes: Map<string, string>): void {
  const see = (namespace: string) => {
    if (prefixes.has(namespace)) return;
    const numbered = [...prefixes.values()].filter((prefix) => /^n\d+$/.test(prefix)).length + 1;
    prefixes.set(namespace, knownPrefixes[namespace] ?? `n${numbered}`);
  };
  see(node.namespace);
  for (const { namespace, value } of node.attributes ?? []) {
    see(namespace);
    if (value instanceof QName) see(value.namespace);
  }
  for (const child of node.children ?? []) {
    if (child instanceof QName) see(child.namespace);
    else if (typeof child !== 'string') collectNamespaces(child, prefixes);
  }
}

function written(node: XmlNode, prefixes: ReadonlyMap<string, string>, declarations = ''): string {
  const name = prefixed(node, prefixes);
  let attributes = declarations;
  for (const attribute of node.attributes ?? []) {
    const { value } = attribute;
    const text = typeof value === 'string' ? escapeAttribute(value) : prefixed(value, prefixes);
    attributes += ` ${prefixed(attribute, prefixes)}="${text}"`;
  }
  let content = '';
  for (const child of node.children ?? []) {
    if (typeof child === 'string') content += escapeText(child);
    else if (child instanceof QName) content += prefixed(child, prefixes);
    else content += written(child, prefixes);
  }
  return content === '' ? `<${name}${attributes}/>` : `<${name}${attributes}>${content}</${name}>`;
}

function prefixed(node: { namespace: string; name: string }, prefixes: ReadonlyMap<string, string>): string {
  if (!isNcName(node.name)) throw new TypeError(`${JSON.stringify(node.name)} can't be a name in XML`);
  const prefix = prefixes.get(node.namespace)!;
  return prefix === '' ? node.name : `${prefix}:${node.name}`;
}

/** Namespaces in XML 1.0 §3: a name without a colon. */
export function isNcName(name: string): boolean {
  return ncName.test(name);
}

const nameStart =
  'A-Z_a-z\\xC0-\\xD6\\xD8-\\xF6\\xF8-\\u02FF\\u0370-\\u037D\\u037F-\\u1FFF\\u200C\\u200D\\u2070-\\u218F'.concat(
    '\\u2C00-\\u2FEF\\u3001-\\uD7FF\\uF900-\\uFDCF\\uFDF0-\\uFFFD\\u{10000}-\\u{EFFFF}',
  );
const ncName = new RegExp(`^[${nameStart}][${nameStart}\\-.0-9\\xB7\\u0300-\\u036F\\u203F\\u2040]*$`, 'u');

const impossible = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;
const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#13;',
  '\n': '&#10;',
  '\t': '&#9;',
};

/** XML 1.0 §2.11: a carriage return would be read as a line feed. */
function escapeText(text: string): string {
  return text.replace(impossible, '\uFFFD').replace(/[&<>\r]/g, (character) => escapes[character]!);
}

/** XML 1.0 §3.3.3: in an attribute, tabs and line ends would be read as spaces. */
function escapeAttribute(text: string): string {
  return text.replace(impossible, '\uFFFD').replace(/[&<>"\r\n\t]/g, (character) => escapes[character]!);
}
