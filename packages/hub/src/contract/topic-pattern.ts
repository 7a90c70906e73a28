/**
 * Names of topics, and patterns of them: `support.{ticket}` stands for `support.42`, where `ticket` is `42`. `**` as the
 * last part stands for one part or more, whatever they are.
 *
 * A topic's name is a WAMP URI in the loose sense: parts without white space, `#` and `.`, joined by dots. A literal
 * pattern is found before one with parameters, and those are tried in the order in which they were given.
 */

type Part = { readonly literal: string } | { readonly name: string } | 'rest';

/** The longest name of a topic, in characters. */
export const maxTopicName = 512;

/** One part of a name, and so the value of a parameter. */
const partPattern = /^[^\s#.{}]+$/;
const namePattern = /^[^\s#.]+(?:\.[^\s#.]+)*$/;

/** Whether a name can be a topic's. Linear in its length. */
export function isTopicName(name: string): boolean {
  return name.length <= maxTopicName && namePattern.test(name);
}

/** @throws TypeError on a pattern that stands for nothing */
export function checkTopicPattern(pattern: string): void {
  parsePattern(pattern);
}

/** The topic's name for these parameters. @throws TypeError when one is missing, or can't stand in a name */
export function topicName(pattern: string, params: Readonly<Record<string, unknown>> = {}): string {
  const name = parsePattern(pattern)
    .map((part) => {
      if (part === 'rest') throw new TypeError(`${pattern} stands for many topics: name the one that is meant`);
      if ('literal' in part) return part.literal;
      const value = Object.hasOwn(params, part.name) ? String(params[part.name] ?? '') : '';
      if (partPattern.test(value)) return value;
      throw new TypeError(
        `${JSON.stringify(value)} can't be {${part.name}} of ${pattern}: no dots, blanks, # or braces`,
      );
    })
    .join('.');
  if (name.length > maxTopicName) throw new TypeError(`A topic's name has at most ${maxTopicName} characters`);
  return name;
}

export interface TopicMatch<T> {
  readonly value: T;
  readonly pattern: string;
  readonly params: Readonly<Record<string, string>>;
}

/** Values by pattern; finds the one for a topic's name. */
export class TopicPatterns<T> {
  readonly #literal = new Map<string, TopicMatch<T>>();
  readonly #patterns: { readonly pattern: string; readonly parts: readonly Part[]; readonly value: T }[] = [];
  readonly #shapes = new Map<string, string>();

  /** @throws TypeError on a pattern that stands for nothing, or for the same topics as another one */
  set(pattern: string, value: T): void {
    const parts = parsePattern(pattern);
    const shape = parts.map((part) => (part === 'rest' ? '**' : 'literal' in part ? part.literal : '{}')).join('.');
    const twin = this.#shapes.get(shape);
    if (twin !== undefined) throw new TypeError(`${twin} and ${pattern} stand for the same topics`);
    this.#shapes.set(shape, pattern);
    if (parts.every((part) => part !== 'rest' && 'literal' in part)) {
      this.#literal.set(pattern, { value, pattern, params: {} });
      return;
    }
    this.#patterns.push({ pattern, parts, value });
    // What takes everything takes it last.
    this.#patterns.sort((a, b) => Number(a.parts.includes('rest')) - Number(b.parts.includes('rest')));
  }

  match(name: string): TopicMatch<T> | undefined {
    const literal = this.#literal.get(name);
    if (literal !== undefined) return literal;
    if (this.#patterns.length === 0) return undefined;
    const values = name.split('.');
    for (const { pattern, parts, value } of this.#patterns) {
      const params = matchParts(parts, values);
      if (params !== undefined) return { value, pattern, params };
    }
    return undefined;
  }
}

function parsePattern(pattern: string): Part[] {
  const names = new Set<string>();
  const texts = pattern.split('.');
  return texts.map((text, i) => {
    if (text === '**') {
      if (i === texts.length - 1) return 'rest';
      throw new TypeError(`** can only be the last part of ${pattern}`);
    }
    const name = /^\{([A-Za-z_]\w*)\}$/.exec(text)?.[1];
    if (name === undefined) {
      if (partPattern.test(text)) return { literal: text };
      throw new TypeError(
        `${JSON.stringify(text)} in ${JSON.stringify(pattern)} is neither a name in braces nor a part`,
      );
    }
    if (names.has(name)) throw new TypeError(`{${name}} stands twice in ${pattern}`);
    names.add(name);
    return { name };
  });
}

function matchParts(parts: readonly Part[], values: readonly string[]): Record<string, string> | undefined {
  const rest = parts.at(-1) === 'rest';
  if (rest ? values.length < parts.length : values.length !== parts.length) return undefined;
  const params: [name: string, value: string][] = [];
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]!;
    if (part === 'rest') break;
    const value = values[i]!;
    if ('name' in part) params.push([part.name, value]);
    else if (part.literal !== value) return undefined;
  }
  return Object.fromEntries(params);
}
