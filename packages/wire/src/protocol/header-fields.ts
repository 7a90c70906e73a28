/**
 * Header fields and the grammars in them that the handshake needs: comma lists (RFC 9110 §5.6.1, once RFC 7230 §7), tokens,
 * and the extension list of RFC 6455 §9.1.
 *
 * Rule of this file: every function takes time in proportion to its input, whatever is in it. A grammar that is broken is
 * `undefined`, never an exception: who sent it decides what that means. Names are compared and never keys of an object, so
 * that `constructor` and `__proto__` are names like any other.
 */
import { LocalProtocolError } from './errors.ts';

/**
 * Header fields in the order in which they came. Names compare without regard to ASCII case. A handshake looks up a dozen names
 * among few fields, so they are looked through each time, and no index is made.
 */
export class HeaderFields {
  readonly #flat: readonly string[];

  /** @param flat `[name, value, name, value, …]`, as Node's `rawHeaders` has them; white space around a value is dropped. */
  constructor(flat: readonly string[]) {
    if (flat.length % 2 !== 0) throw new RangeError('Header fields come in pairs of a name and a value');
    this.#flat = flat;
  }

  /** How many field lines there are. */
  get count(): number {
    return this.#flat.length / 2;
  }

  /** The values of all field lines of this name, in order. */
  all(name: string): string[] {
    const values: string[] = [];
    for (let at = this.#find(name, 0); at !== -1; at = this.#find(name, at + 2)) values.push(this.#valueAt(at));
    return values;
  }

  /** The value of the field line of this name, or `undefined` unless there is exactly one. */
  one(name: string): string | undefined {
    const at = this.#find(name, 0);
    return at === -1 || this.#find(name, at + 2) !== -1 ? undefined : this.#valueAt(at);
  }

  has(name: string): boolean {
    return this.#find(name, 0) !== -1;
  }

  *[Symbol.iterator](): Generator<[name: string, value: string], void, undefined> {
    for (let at = 0; at < this.#flat.length; at += 2) yield [this.#flat[at]!, this.#valueAt(at)];
  }

  /** Where the next field line of this name is, from `from` on; -1 when there is none. */
  #find(name: string, from: number): number {
    for (let at = from; at < this.#flat.length; at += 2) if (sameName(this.#flat[at]!, name)) return at;
    return -1;
  }

  #valueAt(at: number): string {
    return trimmed(this.#flat[at + 1]!);
  }
}

function sameName(one: string, other: string): boolean {
  return one === other || (one.length === other.length && asciiLowerCase(one) === asciiLowerCase(other));
}

/** An element of `Sec-WebSocket-Extensions`: RFC 6455 §9.1. `true` is the value of a parameter that has none. */
export interface Extension {
  readonly name: string;
  readonly parameters: readonly (readonly [name: string, value: string | true])[];
}

/** RFC 9110 §5.6.2: whether the text is a token, in which form methods, subprotocols and extensions are named. */
export function isToken(text: string): boolean {
  return /^[!#$%&'*+\-.^_`|~\dA-Za-z]+$/.test(text);
}

/** RFC 9110 §5.5: whether the text can be the value of a header field. CR, LF and NUL, above all, can't. */
export function isFieldValue(text: string): boolean {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(text);
}

/** Lowers A to Z and nothing else: to `toLowerCase`, a Kelvin sign is a `k`. */
export function asciiLowerCase(text: string): string {
  return /^[\x00-\x7f]*$/.test(text)
    ? text.toLowerCase()
    : text.replace(/[A-Z]+/g, (capitals) => capitals.toLowerCase());
}

/**
 * Whether one of the elements of a comma list, spread over the lines, is this token (without regard to ASCII case). What
 * the other elements are does not matter: those of `Upgrade` are products, such as `TLS/1.0`, rather than tokens.
 */
export function listHasToken(values: readonly string[], token: string): boolean {
  const wanted = asciiLowerCase(token);
  const isWanted = (element: string): boolean => asciiLowerCase(trimmed(element)) === wanted;
  // Mostly the token stands alone.
  return values.some((line) => isWanted(line) || line.split(',').some(isWanted));
}

/**
 * Reads `1#token` from all lines of a header field. `undefined`: the grammar is broken, to which a field without any
 * element belongs. No lines: no tokens.
 */
export function parseTokenList(values: readonly string[]): string[] | undefined {
  return parseList(values, (scanner) => scanner.token());
}

/**
 * Reads `Sec-WebSocket-Extensions` from all its lines. `undefined`: the grammar is broken.
 *
 *     extension-list  = 1#extension
 *     extension       = extension-token *( ";" extension-param )
 *     extension-param = token [ "=" (token | quoted-string) ]
 */
export function parseExtensions(values: readonly string[]): Extension[] | undefined {
  return parseList(values, (scanner) => {
    const name = scanner.token();
    if (name === undefined) return undefined;
    const parameters: (readonly [string, string | true])[] = [];
    while (scanner.skip(';')) {
      const parameter = scanner.token();
      const value = scanner.skip('=') ? (scanner.token() ?? scanner.quotedToken()) : true;
      if (parameter === undefined || value === undefined) return undefined;
      parameters.push([parameter, value]);
    }
    return { name, parameters };
  });
}

/** Writes extensions as one value of `Sec-WebSocket-Extensions`. @throws LocalProtocolError on what is not a token */
export function serializeExtensions(extensions: readonly Extension[]): string {
  if (extensions.length === 0) return '';
  const element = ({ name, parameters }: Extension): string =>
    [
      checked(name),
      ...parameters.map(([key, value]) => checked(key) + (value === true ? '' : `=${checked(value)}`)),
    ].join('; ');
  return extensions.map(element).join(', ');
}

function checked(text: string): string {
  if (!isToken(text)) throw new LocalProtocolError(`${JSON.stringify(text)} is not a token (RFC 6455 §9.1)`);
  return text;
}

/** RFC 9110 §5.6.1.2: "A recipient MUST parse and ignore a reasonable number of empty list elements". */
function parseList<T>(values: readonly string[], parseElement: (scanner: Scanner) => T | undefined): T[] | undefined {
  const elements: T[] = [];
  for (const line of values) {
    const scanner = new Scanner(line);
    do {
      if (scanner.atEndOfElement) continue;
      const element = parseElement(scanner);
      if (element === undefined || !scanner.atEndOfElement) return undefined;
      elements.push(element);
    } while (scanner.skip(','));
  }
  // "1#": at least one element, once the field is there at all.
  return elements.length === 0 && values.length > 0 ? undefined : elements;
}

const tokenAt = /[!#$%&'*+\-.^_`|~\dA-Za-z]+/y;
// RFC 6455 §9.1: "When using the quoted-string syntax variant, the value after quoted-string unescaping MUST conform to the
// 'token' ABNF." So nothing else can stand in the quotes, and a comma or quote inside them can't be a matter of dispute.
const quotedTokenAt = /"(?:\\?[!#$%&'*+\-.^_`|~\dA-Za-z])+"/y;

/** Walks along a line, over the white space that RFC 2616 §2.1 implies between any two words of a grammar. */
class Scanner {
  readonly #line: string;
  #at = 0;

  constructor(line: string) {
    this.#line = line;
    this.#skipSpace();
  }

  get atEndOfElement(): boolean {
    return this.#at === this.#line.length || this.#line[this.#at] === ',';
  }

  skip(character: string): boolean {
    if (this.#line[this.#at] !== character) return false;
    this.#at++;
    this.#skipSpace();
    return true;
  }

  token(): string | undefined {
    return this.#match(tokenAt);
  }

  quotedToken(): string | undefined {
    return this.#match(quotedTokenAt)?.slice(1, -1).replaceAll('\\', '');
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#line)?.[0];
    if (match === undefined) return undefined;
    this.#at += match.length;
    this.#skipSpace();
    return match;
  }

  #skipSpace(): void {
    while (isSpace(this.#line[this.#at])) this.#at++;
  }
}

/** Drops spaces and tabs at both ends; `trim` would drop U+00A0, which a header field can contain, as well. */
function trimmed(text: string): string {
  let start = 0;
  let end = text.length;
  while (isSpace(text[start])) start++;
  while (end > start && isSpace(text[end - 1])) end--;
  return text.slice(start, end);
}

function isSpace(character: string | undefined): boolean {
  return character === ' ' || character === '\t';
}
