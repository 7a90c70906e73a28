/**
 * The contract: one value that both sides import. It names topics and calls, and gives each a schema, so that names,
 * parameters and payloads are typed by the compiler and checked at run time, in both directions.
 *
 * A schema is anything that implements Standard Schema (https://standardschema.dev): Valibot, Zod, ArkType and others.
 * Rule of this file: it runs in browsers, and brings no schema library.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { ParamsOf } from 'tidewire';
import { HubError } from './errors.ts';
import { checkTopicPattern } from './topic-pattern.ts';

/** What goes in, what comes out, and what comes on the way there. */
export interface CallContract {
  readonly input: StandardSchemaV1;
  readonly output: StandardSchemaV1;
  /** Progress that a handler reports before its output. @default none is typed, and none may be sent */
  readonly progress?: StandardSchemaV1;
}

export interface Contract {
  /** Schemas of publications, by the pattern of their topics: `support.{ticket}`. */
  readonly topics: Readonly<Record<string, StandardSchemaV1>>;
  readonly calls: Readonly<Record<string, CallContract>>;
}

/** Names of a contract's topics and calls. */
export type TopicOf<C extends Contract> = keyof C['topics'] & string;
export type CallOf<C extends Contract> = keyof C['calls'] & string;

/** The parameters of a pattern: `{ ticket: string }` for `support.{ticket}`. */
export type TopicParams<Pattern extends string> = ParamsOf<Pattern>;

/** What is published on a topic, as a sender writes it and as a receiver gets it. */
export type DataIn<C extends Contract, T extends TopicOf<C>> = StandardSchemaV1.InferInput<C['topics'][T]>;
export type DataOf<C extends Contract, T extends TopicOf<C>> = StandardSchemaV1.InferOutput<C['topics'][T]>;

/** What a caller passes, and what a handler gets of it. */
export type InputIn<C extends Contract, N extends CallOf<C>> = StandardSchemaV1.InferInput<C['calls'][N]['input']>;
export type InputOf<C extends Contract, N extends CallOf<C>> = StandardSchemaV1.InferOutput<C['calls'][N]['input']>;
/** What a handler returns, and what a caller gets of it. */
export type OutputIn<C extends Contract, N extends CallOf<C>> = StandardSchemaV1.InferInput<C['calls'][N]['output']>;
export type OutputOf<C extends Contract, N extends CallOf<C>> = StandardSchemaV1.InferOutput<C['calls'][N]['output']>;
export type ProgressOf<C extends Contract, N extends CallOf<C>> = C['calls'][N] extends {
  readonly progress: infer P extends StandardSchemaV1;
}
  ? StandardSchemaV1.InferOutput<P>
  : never;

/** Gives a contract back as it is, typed to the letter. @throws TypeError on a topic pattern or a name of a call that is none */
export function defineContract<
  const T extends Readonly<Record<string, StandardSchemaV1>> = Record<never, never>,
  const C extends Readonly<Record<string, CallContract>> = Record<never, never>,
>(contract: { readonly topics?: T; readonly calls?: C }): { readonly topics: T; readonly calls: C } {
  const { topics = {} as T, calls = {} as C } = contract;
  for (const pattern of Object.keys(topics)) checkTopicPattern(pattern);
  for (const name of Object.keys(calls)) checkCallName(name);
  return { topics, calls };
}

/** A name of a call is a WAMP URI: parts without white space and `#`, joined by dots. @throws TypeError */
export function checkCallName(name: string): void {
  if (!/^[^\s#.]+(?:\.[^\s#.]+)*$/.test(name)) throw new TypeError(`${JSON.stringify(name)} is no name of a call`);
}

/** The schema of whatever can be sent: for topics and calls whose payloads are nobody's business. */
export const anything: StandardSchemaV1<any, any> = {
  '~standard': { version: 1, vendor: 'tidewire', validate: (value: unknown) => ({ value }) },
};

/** As `validated`, at once where the schema answers at once: then it throws, too. */
export function validatedSoon(schema: StandardSchemaV1, value: unknown): unknown | Promise<unknown> {
  const checked = schema['~standard'].validate(value);
  return checked instanceof Promise ? checked.then(outcome) : outcome(checked);
}

/** Checks a value. @throws HubError `invalid`, which says what is wrong and where; its `data` are the schema's issues */
export async function validated<S extends StandardSchemaV1>(
  schema: S,
  value: unknown,
): Promise<StandardSchemaV1.InferOutput<S>> {
  const checked = schema['~standard'].validate(value);
  return outcome(checked instanceof Promise ? await checked : checked);
}

/** As `validated`, for a schema that answers at once; `undefined` where it does not. */
export function validatedNow(schema: StandardSchemaV1, value: unknown): { readonly value: unknown } | undefined {
  const checked = schema['~standard'].validate(value);
  return checked instanceof Promise ? undefined : { value: outcome(checked) };
}

/** More are not told: a value may be wrong in a million places. */
const mostIssues = 10;

function outcome<T>(result: StandardSchemaV1.Result<T>): T {
  if (result.issues === undefined) return result.value;
  const issues = result.issues.slice(0, mostIssues).map(({ message, path }) => ({ message, path: pathOf(path) }));
  const [first] = issues;
  const where = first?.path ? `${first.path}: ` : '';
  throw new HubError('invalid', `${where}${first?.message ?? 'not valid'}`, { data: issues });
}

function pathOf(path: StandardSchemaV1.Issue['path']): string {
  return (path ?? []).map((segment) => String(typeof segment === 'object' ? segment.key : segment)).join('.');
}
