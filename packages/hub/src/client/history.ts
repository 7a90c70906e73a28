/** What a topic keeps, read by `tidewire.topic.history`. */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { validated } from '../contract/contract.ts';
import { HubError } from '../contract/errors.ts';
import type { Position, Publisher } from '../contract/publication.ts';
import type { Calls } from './call.ts';
import { isPosition, timeIn, toPublisher } from './shapes.ts';
import { isDict } from './wamp-lists.ts';

export interface HistoryOptions {
  /** So many of the newest. @default without `after`: 100 */
  readonly last?: number;
  /** What came after this position. */
  readonly after?: Position;
  /** At most so many. @default the hub's */
  readonly limit?: number;
}

export interface HistoryEntry<D> {
  readonly position: Position;
  /** ms since 1970, the hub's clock. */
  readonly time: number;
  readonly data: D;
  readonly publisher?: Publisher;
}

export interface History<D = any> {
  /** Oldest first. */
  readonly publications: readonly HistoryEntry<D>[];
  /** The topic's newest. */
  readonly position: Position;
  /** False: `after` is not in the log any more, so something between may be lost. */
  readonly held: boolean;
}

/** Rejects with `invalid` when an entry is against the contract. */
export async function readHistory(
  calls: Calls,
  topic: string,
  schema: StandardSchemaV1,
  options: HistoryOptions,
): Promise<History> {
  const what = options.after === undefined ? { last: 100, ...options } : options;
  const { kwargs = {} } = await calls.ask('tidewire.topic.history', { kwargs: { topic, ...what } });
  const { publications: list } = kwargs;
  const { position } = kwargs;
  if (!Array.isArray(list) || !isPosition(position)) throw unreadable();
  const publications = await Promise.all(list.map((entry: unknown) => entryOf(entry, schema)));
  return { publications, position, held: kwargs['held'] !== false };
}

async function entryOf(entry: unknown, schema: StandardSchemaV1): Promise<HistoryEntry<unknown>> {
  if (!isDict(entry)) throw unreadable();
  const { position } = entry;
  if (!isPosition(position)) throw unreadable();
  const publisher = toPublisher(entry['publisher']);
  const data = await validated(schema, entry['data']);
  return { position, time: timeIn(entry, 'time') ?? 0, data, ...(publisher && { publisher }) };
}

const unreadable = (): HubError => new HubError('protocol-violation', 'The history came in a form that is none');
