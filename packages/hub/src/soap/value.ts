/**
 * Plain values and the elements that hold them. XML does not say what is a number and what a text, so each field has its
 * type written down, and nothing is guessed:
 *
 *   { text: 'string', count: 'int', tags: ['string'], author: { name: 'string' }, 'note?': 'string', reply: 'string|null' }
 *
 * A field is a child element of its name, in the namespace of the service. `[type]` is a list: the element any number of
 * times. `'name?'` may be missing: undefined. `'type|null'` may be null: `xsi:nil` (XML Schema Part 1 §2.6.2). Written in the
 * order of the definition, read in any; unknown children are passed over, as data contracts do, so that a newer peer may
 * say more. Children without a namespace are read as well, since schemas with unqualified local elements are common.
 *
 * Rule of this file: a peer's wrong value comes back as a Sender fault that names the field; ours throws.
 */
import { SoapFault, senderFault } from './fault.ts';
import {
  attributeOf,
  childElements,
  element,
  namespaces,
  textOf,
  trimmed,
  type XmlElement,
  type XmlNode,
} from './xml.ts';
import { isNcName } from './xml-writer.ts';

/** What a scalar is in XML Schema and here. */
export interface ScalarValues {
  /** `xs:string`, white space and all. */
  string: string;
  /** `xs:boolean`: `true`, `false`, `1`, `0`. */
  boolean: boolean;
  /** `xs:integer` within ±(2^53 - 1). */
  int: number;
  /** `xs:double`, `INF`, `-INF` and `NaN` included. */
  double: number;
  /** `xs:base64Binary`. */
  base64: Uint8Array;
}

export type ScalarName = keyof ScalarValues;
export type ScalarType = ScalarName | `${ScalarName}|null`;
export type FieldType = ScalarType | RecordType | readonly [ScalarType | RecordType];

/** Fields by name; a name that ends in `?` may be missing. */
export interface RecordType {
  readonly [name: string]: FieldType;
}

/** The value of a type. */
export type ValueOf<T> = T extends ScalarName
  ? ScalarValues[T]
  : T extends `${infer S extends ScalarName}|null`
    ? ScalarValues[S] | null
    : T extends readonly [infer U]
      ? ValueOf<U>[]
      : { -readonly [K in keyof T as K extends `${string}?` ? never : K]: ValueOf<T[K]> } & {
          -readonly [K in keyof T as K extends `${infer N}?` ? N : never]?: ValueOf<T[K]>;
        };

/** @throws TypeError on a definition that no value could have. */
export function checkRecordType(type: RecordType, path: string): void {
  if (typeof type !== 'object' || type === null || Array.isArray(type)) {
    throw new TypeError(`${path} has no type ${JSON.stringify(type)}`);
  }
  const names = new Set<string>();
  for (const { name, optional, type: field } of fieldsOf(type)) {
    const where = `${path}.${name}`;
    if (!isNcName(name)) throw new TypeError(`${path}: ${JSON.stringify(name)} can't be a name in XML`);
    if (names.has(name)) throw new TypeError(`${where} is there twice`);
    names.add(name);
    if (!isList(field)) checkItemType(field, where);
    else if (optional) throw new TypeError(`${where}: a list that is missing is an empty one`);
    else if (field.length !== 1) throw new TypeError(`${where}: a list has one type`);
    else checkItemType(field[0], where);
  }
}

function checkItemType(type: ScalarType | RecordType, path: string): void {
  if (typeof type !== 'string') return checkRecordType(type, path);
  if (!Object.hasOwn(scalars, scalarOf(type))) throw new TypeError(`${path} has no type ${JSON.stringify(type)}`);
}

interface Field {
  readonly name: string;
  readonly optional: boolean;
  readonly type: FieldType;
}

function fieldsOf(type: RecordType): Field[] {
  return Object.entries(type).map(([key, field]) => {
    const optional = key.endsWith('?');
    return { name: optional ? key.slice(0, -1) : key, optional, type: field };
  });
}

function isList(type: FieldType): type is readonly [ScalarType | RecordType] {
  return Array.isArray(type);
}

function scalarOf(type: ScalarType): ScalarName {
  return (mayBeNull(type) ? type.slice(0, -'|null'.length) : type) as ScalarName;
}

function mayBeNull(type: ScalarType | RecordType): boolean {
  return typeof type === 'string' && type.endsWith('|null');
}

/** Reads the fields of an element; a Sender fault when they are not of their types. */
export function parseRecord<T extends RecordType>(
  type: T,
  from: XmlElement,
  namespace: string,
): ValueOf<T> | SoapFault {
  try {
    return readRecord(type, from, namespace, from.name) as ValueOf<T>;
  } catch (error) {
    if (error instanceof SoapFault) return error;
    throw error;
  }
}

function readRecord(type: RecordType, from: XmlElement, namespace: string, path: string): Record<string, unknown> {
  const byName = new Map<string, XmlElement[]>();
  for (const child of childElements(from)) {
    if (child.namespace !== namespace && child.namespace !== '') continue;
    const same = byName.get(child.name);
    if (same === undefined) byName.set(child.name, [child]);
    else same.push(child);
  }
  const record: Record<string, unknown> = {};
  for (const field of fieldsOf(type)) {
    const value = readField(field, byName.get(field.name) ?? [], namespace, `${path}/${field.name}`);
    if (value !== undefined) Object.defineProperty(record, field.name, { value, ...ordinary });
  }
  return record;
}

/** Also where a field is named `__proto__`. */
const ordinary = { enumerable: true, writable: true, configurable: true };

function readField(field: Field, found: readonly XmlElement[], namespace: string, path: string): unknown {
  const { type } = field;
  if (isList(type)) return found.map((each) => readItem(type[0], each, namespace, path));
  if (found.length > 1) throw senderFault(`${path} is there ${found.length} times`);
  if (found[0] !== undefined) return readItem(type, found[0], namespace, path);
  if (field.optional) return undefined;
  throw senderFault(`${path} is missing`);
}

function readItem(type: ScalarType | RecordType, from: XmlElement, namespace: string, path: string): unknown {
  if (isNil(from)) {
    if (mayBeNull(type)) return null;
    throw senderFault(`${path} must not be nil`);
  }
  if (typeof type !== 'string') return readRecord(type, from, namespace, path);
  const text = textOf(from);
  const value = text === undefined ? undefined : scalars[scalarOf(type)].read(text);
  if (value === undefined) throw senderFault(`${path} is not of type ${scalarOf(type)}`);
  return value;
}

function isNil(from: XmlElement): boolean {
  const nil = trimmed(attributeOf(from, namespaces.instance, 'nil') ?? '');
  return nil === 'true' || nil === '1';
}

/** Writes a record as an element. @throws TypeError on a value that is not of its type. */
export function serializeRecord(type: RecordType, value: unknown, namespace: string, name: string): XmlNode {
  return element(namespace, name, writeFields(type, value, namespace, name));
}

function writeFields(type: RecordType, value: unknown, namespace: string, path: string): XmlNode[] {
  if (typeof value !== 'object' || value === null)
    throw new TypeError(`${path} is an object with fields, not ${value}`);
  return fieldsOf(type).flatMap((field) =>
    writeField(field, (value as Record<string, unknown>)[field.name], namespace, `${path}.${field.name}`),
  );
}

function writeField({ name, optional, type }: Field, value: unknown, namespace: string, path: string): XmlNode[] {
  if (optional && value === undefined) return [];
  if (!isList(type)) return [writeItem(type, value, namespace, name, path)];
  if (!Array.isArray(value)) throw new TypeError(`${path} is a list, not ${value}`);
  return value.map((each) => writeItem(type[0], each, namespace, name, path));
}

function writeItem(
  type: ScalarType | RecordType,
  value: unknown,
  namespace: string,
  name: string,
  path: string,
): XmlNode {
  if (typeof type !== 'string') return element(namespace, name, writeFields(type, value, namespace, path));
  if (value === null && mayBeNull(type)) {
    return element(namespace, name, [], [{ namespace: namespaces.instance, name: 'nil', value: 'true' }]);
  }
  const text = scalars[scalarOf(type)].write(value);
  if (text === undefined) throw new TypeError(`${path} is of type ${type}, which ${String(value)} is not`);
  return element(namespace, name, [text]);
}

interface Scalar {
  /** `undefined`: the text is none of these. */
  read(text: string): unknown;
  write(value: unknown): string | undefined;
}

const booleans: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
]);

const scalars: Readonly<Record<ScalarName, Scalar>> = {
  string: {
    read: ownText,
    write: (value) => (typeof value === 'string' ? value : undefined),
  },
  boolean: {
    read: (text) => booleans.get(trimmed(text)),
    write: (value) => (typeof value === 'boolean' ? String(value) : undefined),
  },
  int: {
    read: (text) => {
      const value = /^[+-]?\d+$/.test(trimmed(text)) ? Number(trimmed(text)) : undefined;
      return Number.isSafeInteger(value) ? value! + 0 : undefined;
    },
    write: (value) => (Number.isSafeInteger(value) ? String(value) : undefined),
  },
  double: { read: readDouble, write: writeDouble },
  base64: { read: readBase64, write: writeBase64 },
};

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * The same text in memory of its own. An engine may have made it a view of the message that it was found in, and whoever
 * keeps a word of it, such as the history of a topic, would keep all that came beside.
 */
function ownText(text: string): string {
  return decoder.decode(encoder.encode(text));
}

function readDouble(text: string): number | undefined {
  const value = trimmed(text);
  if (value === 'INF') return Number.POSITIVE_INFINITY;
  if (value === '-INF') return Number.NEGATIVE_INFINITY;
  if (value === 'NaN') return Number.NaN;
  return /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[Ee][+-]?\d+)?$/.test(value) ? Number(value) : undefined;
}

function writeDouble(value: unknown): string | undefined {
  if (typeof value !== 'number') return undefined;
  if (Number.isFinite(value)) return Object.is(value, -0) ? '-0' : String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? 'INF' : '-INF';
}

function readBase64(text: string): Uint8Array | undefined {
  const packed = text.replace(/[ \t\r\n]+/g, '');
  if (packed.length % 4 !== 0 || !/^[A-Za-z\d+/]*={0,2}$/.test(packed)) return undefined;
  return Uint8Array.from(atob(packed), (character) => character.charCodeAt(0));
}

function writeBase64(value: unknown): string | undefined {
  if (!(value instanceof Uint8Array)) return undefined;
  let octets = '';
  for (const byte of value) octets += String.fromCharCode(byte);
  return btoa(octets);
}
