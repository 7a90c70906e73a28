/**
 * A small service, and messages to it written by hand: nothing of src/ makes what a session is given, and nothing but the
 * parser under test reads what it answers.
 */
import { defineSoapContract, type SoapContract, type SoapHandlers, type SoapPeer } from '../../src/soap/index.ts';
import type { SoapData } from '../../src/soap/message.ts';
import { childOf, type XmlElement } from '../../src/soap/xml.ts';
import { isXmlRefusal, parseXml } from '../../src/soap/xml-parser.ts';

const chatDefinition = {
  namespace: 'urn:example:chat',
  operations: {
    join: { input: { name: 'string', 'age?': 'int' }, output: { members: ['string'] } },
    add: { input: { a: 'int', b: 'int' }, output: { sum: 'int' } },
    say: { input: { text: 'string' } },
    wait: { input: {}, output: {} },
  },
  notifications: {
    said: { value: { name: 'string', text: 'string', note: 'string|null' } },
  },
} as const;

export const chat: SoapContract<typeof chatDefinition> = defineSoapContract(chatDefinition);
export type ChatDefinition = typeof chatDefinition;
export type ChatHandlers = SoapHandlers<ChatDefinition, string>;

/** The other end of a socket, on paper. */
export class PaperPeer implements SoapPeer {
  readonly sent: SoapData[] = [];
  closed: { code: number | undefined; reason: string | undefined } | undefined;
  /** What `send` returns. */
  hasRoom = true;
  #writable: (() => void) | undefined;

  send(data: SoapData): boolean {
    this.sent.push(data);
    return this.hasRoom;
  }

  close(code?: number, reason?: string): void {
    this.closed ??= { code, reason };
  }

  writable(): Promise<void> {
    return new Promise((resolve) => {
      this.#writable = resolve;
    });
  }

  drain(): void {
    this.hasRoom = true;
    this.#writable?.();
  }

  /** The messages that were sent, as text. */
  get texts(): string[] {
    return this.sent.map((data) => (typeof data === 'string' ? data : new TextDecoder().decode(data)));
  }

  get last(): Read {
    return read(this.texts.at(-1)!);
  }
}

const soap = 'http://www.w3.org/2003/05/soap-envelope';
const wsa = 'http://www.w3.org/2005/08/addressing';

export interface Written {
  readonly action?: string | null;
  readonly id?: string | null;
  /** More header blocks. */
  readonly header?: string;
  readonly body?: string;
}

/** A message, by a writer that is not ours: other prefixes, and a default namespace in the body. */
export function message({ action, id = 'urn:uuid:1', header = '', body = '' }: Written): string {
  const blocks = [
    action === null ? '' : `<a:Action>${action ?? `urn:example:chat:add`}</a:Action>`,
    id === null ? '' : `<a:MessageID>${id}</a:MessageID>`,
    header,
  ].join('');
  return `<?xml version="1.0" encoding="utf-8"?>
<s:Envelope xmlns:s="${soap}" xmlns:a="${wsa}"><s:Header>${blocks}</s:Header><s:Body>${body}</s:Body></s:Envelope>`;
}

export const addBody: string = `<add xmlns="urn:example:chat"><a>2</a><b>3</b></add>`;
export const addMessage = (id = 'urn:uuid:1', header = ''): string => message({ id, header, body: addBody });

/** What of a message tests ask about. */
export interface Read {
  readonly root: XmlElement;
  readonly action: string;
  readonly relatesTo: string | undefined;
  readonly header: readonly XmlElement[];
  readonly content: XmlElement | undefined;
  /** Code and subcodes of a fault, as they stand in the text. */
  readonly codes: readonly string[];
  readonly reason: string;
}

export function read(text: string): Read {
  const root = parseXml(text);
  if (isXmlRefusal(root)) throw new Error(`${root.violation}: ${text}`);
  const header = elementsOf(childOf(root, root.namespace, 'Header'));
  const content = elementsOf(childOf(root, root.namespace, 'Body'))[0];
  const block = (name: string) => header.find((each) => each.name === name && each.namespace === wsa);
  return {
    root,
    header,
    content,
    action: inner(block('Action')),
    relatesTo: block('RelatesTo') && inner(block('RelatesTo')),
    codes: [...text.matchAll(/<env:Value>([^<]*)</g)].map((match) => match[1]!),
    reason: /<env:Text[^>]*>([^<]*)</.exec(text)?.[1] ?? '',
  };
}

function elementsOf(parent: XmlElement | undefined): XmlElement[] {
  return parent === undefined ? [] : parent.children.filter((child) => typeof child !== 'string');
}

function inner(of: XmlElement | undefined): string {
  return of?.children.join('') ?? '';
}
