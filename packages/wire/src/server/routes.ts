/**
 * Paths with parameters: `/rooms/{room}` matches `/rooms/42` and says that `room` is `42`. A literal path is found before one
 * with parameters, and those are tried in the order in which they were given.
 */

/** The names in braces of a path, as a type: `ParamsOf<'/rooms/{room}'>` is `{ room: string }`. */
export type ParamsOf<Path extends string> = string extends Path
  ? Record<string, string>
  : Path extends `${string}{${infer Name}}${infer Rest}`
    ? { [K in Name]: string } & ParamsOf<Rest>
    : unknown;

export interface Match<T> {
  readonly route: T;
  readonly params: Record<string, string>;
}

/** Shared by all who come by a literal path. */
const noParams: Record<string, string> = Object.freeze({});

type Segment = { readonly literal: string } | { readonly name: string };

export class Routes<T> {
  readonly #literal = new Map<string, Match<T>>();
  readonly #patterns: { readonly segments: readonly Segment[]; readonly route: T }[] = [];

  /** @throws TypeError on a path that can't match anything, and on two that match the same. */
  constructor(routes: Readonly<Record<string, T>>) {
    const shapes = new Map<string, string>();
    for (const [path, route] of Object.entries(routes)) {
      const segments = parsePath(path);
      const shape = segments.map((segment) => ('literal' in segment ? segment.literal : '{}')).join('/');
      const twin = shapes.get(shape);
      if (twin !== undefined) throw new TypeError(`${quoted(twin)} and ${quoted(path)} match the same paths`);
      shapes.set(shape, path);
      if (segments.every((segment) => 'literal' in segment)) this.#literal.set(path, { route, params: noParams });
      else this.#patterns.push({ segments, route });
    }
  }

  /** The route of a path, which has no query any more; `undefined` when there is none. */
  match(path: string): Match<T> | undefined {
    const literal = this.#literal.get(path);
    if (literal !== undefined) return literal;
    if (this.#patterns.length === 0) return undefined;
    const parts = path.split('/');
    for (const { segments, route } of this.#patterns) {
      const params = matchSegments(segments, parts);
      if (params !== undefined) return { route, params };
    }
    return undefined;
  }
}

function parsePath(path: string): Segment[] {
  if (!path.startsWith('/')) throw new TypeError(`A route's path starts with "/", not as ${quoted(path)} does`);
  // It is compared with what stands in requests, where other characters come as "%C3%A9".
  if (!/^[\x21-\x7e]*$/.test(path)) throw new TypeError(`${quoted(path)} has to be percent-encoded`);
  const names = new Set<string>();
  return path.split('/').map((segment) => {
    const name = /^\{([A-Za-z_]\w*)\}$/.exec(segment)?.[1];
    if (name === undefined) {
      if (!/[{}?#]/.test(segment)) return { literal: segment };
      throw new TypeError(`${quoted(segment)} in ${quoted(path)} is neither a name in braces nor plain text`);
    }
    if (names.has(name)) throw new TypeError(`{${name}} stands twice in ${quoted(path)}`);
    names.add(name);
    return { name };
  });
}

function matchSegments(segments: readonly Segment[], parts: readonly string[]): Record<string, string> | undefined {
  if (segments.length !== parts.length) return undefined;
  const params: [name: string, value: string][] = [];
  for (const [i, segment] of segments.entries()) {
    const part = parts[i]!;
    if ('literal' in segment) {
      if (segment.literal !== part) return undefined;
      continue;
    }
    const value = decode(part);
    if (value === undefined || value === '') return undefined;
    params.push([segment.name, value]);
  }
  // Assigned one by one, a parameter with the name `__proto__` would be lost.
  return Object.fromEntries(params);
}

function decode(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
