/**
 * XML from a peer, made a tree within bounds. saxes does the parsing: of the well-kept parsers it is the one that is both
 * strict (duplicate attributes, unbound prefixes, characters that XML does not have, all refused) and an event at a time,
 * so that a bomb is refused while it is read and never built. It knows no DTD, so that there is no entity to expand.
 *
 * What SOAP 1.2 Part 1 §5 does not allow in a message, document type declarations and processing instructions, is refused
 * here too.
 *
 * Rule of this file: whatever the peer sends, a value comes back.
 */
import { SaxesParser, type SaxesTagNS } from 'saxes';
import { namespaces, type XmlElement } from './xml.ts';

/** Every way in which a text can be none that we read: the close code that it earns, and what is said of it. */
export const xmlViolations = {
  'xml-not-utf8': { close: 1007, says: 'the message is not UTF-8' },
  'xml-encoding': { close: 1007, says: 'the XML declaration names another encoding than UTF-8' },
  'xml-version': { close: 1007, says: 'the message is not XML 1.0' },
  'xml-malformed': { close: 1007, says: 'the message is not well-formed XML' },
  'xml-doctype': { close: 1008, says: 'a SOAP message has no document type declaration (SOAP 1.2 Part 1 §5)' },
  'xml-instruction': { close: 1008, says: 'a SOAP message has no processing instructions (SOAP 1.2 Part 1 §5)' },
  'xml-too-large': { close: 1009, says: 'the message is too large' },
  'xml-too-deep': { close: 1008, says: 'the elements are nested too deeply' },
  'xml-too-many-elements': { close: 1008, says: 'the message has too many elements' },
  'xml-too-many-attributes': { close: 1008, says: 'an element has too many attributes' },
  'xml-too-many-namespaces': { close: 1008, says: 'the message has too many namespace declarations' },
} as const;

export type XmlViolation = keyof typeof xmlViolations;

/** Why there is no tree. */
export interface XmlRefusal {
  readonly violation: XmlViolation;
  /** Where, and what the parser said, for people; at most 200 characters. */
  readonly detail: string;
}

/** What a message may grow to. Each bound is refused while reading: nothing beyond it is kept. */
export interface XmlLimits {
  /** Bytes, or UTF-16 code units where the message came as a string. @default 1 MiB */
  readonly maxBytes: number;
  /** Elements inside each other. @default 32 */
  readonly maxDepth: number;
  /** Elements in all; each takes some 200 bytes of memory for 4 of the message. @default 10_000 */
  readonly maxElements: number;
  /** Attributes of one element, declarations of namespaces included. @default 32 */
  readonly maxAttributes: number;
  /** Declarations of namespaces in all; .NET repeats some at every element that needs them. @default 256 */
  readonly maxNamespaces: number;
}

export const defaultXmlLimits: XmlLimits = {
  maxBytes: 1 << 20,
  maxDepth: 32,
  maxElements: 10_000,
  maxAttributes: 32,
  maxNamespaces: 256,
};

/** Reads a whole document. A byte order mark in front of UTF-8 is skipped; other encodings are refused. Never throws. */
export function parseXml(input: string | Uint8Array, limits: XmlLimits = defaultXmlLimits): XmlElement | XmlRefusal {
  if (input.length > limits.maxBytes) return { violation: 'xml-too-large', detail: `over ${limits.maxBytes} bytes` };
  const text = typeof input === 'string' ? input : decodeUtf8(input);
  if (text === undefined) return { violation: 'xml-not-utf8', detail: '' };
  try {
    return new TreeBuilder(limits).read(text);
  } catch (error) {
    if (error instanceof Refused) return { violation: error.violation, detail: '' };
    return { violation: 'xml-malformed', detail: String((error as Error)?.message ?? error).slice(0, 200) };
  }
}

export function isXmlRefusal(result: XmlElement | XmlRefusal): result is XmlRefusal {
  return 'violation' in result;
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Leaves the parser from within its events; it is not used again. */
class Refused extends Error {
  readonly violation: XmlViolation;

  constructor(violation: XmlViolation) {
    super(violation);
    this.violation = violation;
  }
}

interface Open {
  readonly element: XmlElement;
  readonly children: (XmlElement | string)[];
}

const everywhere: ReadonlyMap<string, string> = new Map([['xml', namespaces.xml]]);

class TreeBuilder {
  readonly #limits: XmlLimits;
  readonly #parser = new SaxesParser({ xmlns: true, defaultXMLVersion: '1.0', forceXMLVersion: true });
  readonly #open: Open[] = [];
  #root: XmlElement | undefined;
  #elements = 0;
  #attributes = 0;
  #namespaces = 0;

  constructor(limits: XmlLimits) {
    this.#limits = limits;
    const parser = this.#parser;
    parser.on('xmldecl', ({ version, encoding }) => {
      if (version !== undefined && version !== '1.0') throw new Refused('xml-version');
      if (encoding !== undefined && !/^utf-?8$/i.test(encoding)) throw new Refused('xml-encoding');
    });
    parser.on('doctype', () => {
      throw new Refused('xml-doctype');
    });
    parser.on('processinginstruction', () => {
      throw new Refused('xml-instruction');
    });
    parser.on('opentagstart', () => this.#startElement());
    parser.on('attribute', ({ name }) => this.#addAttribute(name));
    parser.on('opentag', (tag) => this.#openElement(tag as SaxesTagNS));
    parser.on('closetag', () => void this.#open.pop());
    parser.on('text', (text) => this.#addText(text));
    parser.on('cdata', (text) => this.#addText(text));
  }

  read(text: string): XmlElement {
    this.#parser.write(text).close();
    return this.#root!;
  }

  #startElement(): void {
    if (++this.#elements > this.#limits.maxElements) throw new Refused('xml-too-many-elements');
    if (this.#open.length >= this.#limits.maxDepth) throw new Refused('xml-too-deep');
    this.#attributes = 0;
  }

  #addAttribute(name: string): void {
    if (++this.#attributes > this.#limits.maxAttributes) throw new Refused('xml-too-many-attributes');
    if (!isDeclaration(name)) return;
    if (++this.#namespaces > this.#limits.maxNamespaces) throw new Refused('xml-too-many-namespaces');
  }

  #openElement(tag: SaxesTagNS): void {
    const parent = this.#open.at(-1);
    const children: (XmlElement | string)[] = [];
    const attributes = Object.values(tag.attributes)
      .filter(({ name }) => !isDeclaration(name))
      .map(({ uri, local, value }) => ({ namespace: uri, name: local, value }));
    const prefixes = bound(parent?.element.prefixes ?? everywhere, tag.ns);
    const element: XmlElement = { namespace: tag.uri, name: tag.local, attributes, children, prefixes };
    if (parent === undefined) this.#root = element;
    else parent.children.push(element);
    this.#open.push({ element, children });
  }

  #addText(text: string): void {
    const children = this.#open.at(-1)?.children;
    if (children === undefined || text === '') return;
    const last = children.length - 1;
    if (typeof children[last] === 'string') children[last] += text;
    else children.push(text);
  }
}

function isDeclaration(name: string): boolean {
  return name === 'xmlns' || name.startsWith('xmlns:');
}

/** Most elements declare nothing, and share their parent's map. */
function bound(outer: ReadonlyMap<string, string>, declared: Record<string, string>): ReadonlyMap<string, string> {
  const own = Object.entries(declared);
  return own.length === 0 ? outer : new Map([...outer, ...own]);
}
