/**
 * Publications until the hub has acknowledged them: in order per topic, one under way for each topic, repeated with the
 * same key after a loss or a refusal that is temporary. So each happens once, and none overtakes another.
 *
 * Bounded in number and bytes; over the bound `publish` rejects at once. With a storage it survives the end of the page:
 * what was loaded goes out first, and what the hub then refuses for good is told to `onError`, as nobody waits for it.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { Backoff } from 'tidewire/browser';
import { validated, validatedNow } from '../hub/contract.ts';
import { HubError } from '../hub/errors.ts';
import type { Position } from '../hub/publication.ts';
import type { Link, Member } from './link.ts';
import { entryIn, isPosition } from './shapes.ts';
import type { WampConnection } from './wamp-connection.ts';
import { isDict, isString } from './wamp-lists.ts';

export interface PublishOptions {
  /** Makes it happen once per topic and user. @default a random one */
  readonly key?: string;
  /** Gives it up; when it was on its way already, it may still happen. Rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface Published {
  readonly position: Position;
  /** The key had been used before; `position` is the first one's. */
  readonly duplicate: boolean;
}

/** A publication that waits for its acknowledgement. */
export interface PendingPublication {
  readonly topic: string;
  readonly key: string;
  readonly data: unknown;
}

/** Where an outbox survives the end of the page. See `outboxStorage` for a ready one. */
export interface OutboxStorage {
  /** What was saved last; anything that is none is ignored. */
  load(): unknown;
  /** Called with the whole outbox after every change, in the same turn. */
  save(pending: readonly PendingPublication[]): void;
}

export interface OutboxOptions extends Partial<OutboxStorage> {
  /** Publications that may wait. @default 1_000 */
  readonly maxMessages?: number;
  /** Bytes of them, serialized. @default 1 MiB */
  readonly maxBytes?: number;
}

interface Entry extends PendingPublication {
  readonly bytes: number;
  resolve(published: Published): void;
  reject(reason: unknown): void;
  /** Given up while it was under way. */
  abandoned: boolean;
}

/** Publications of one topic. The first is under way while `attempt` is set. */
interface Lane {
  readonly entries: Entry[];
  readonly backoff: Backoff;
  /** What is answered to another attempt comes too late. */
  attempt: object | undefined;
  timer: unknown;
}

/** How long the hub may take to answer one attempt, ms. */
const answerTimeout = 30_000;

export class Outbox implements Member {
  readonly #link: Link;
  readonly #options: OutboxOptions;
  readonly #lanes = new Map<string, Lane>();
  /** Every entry, in the order of the calls. */
  readonly #entries = new Set<Entry>();
  #bytes = 0;
  #session: WampConnection | undefined;
  /** Validations under way by schemas that do not answer at once. */
  #validating = 0;
  #turn: Promise<unknown> = Promise.resolve();
  #saving = false;

  constructor(link: Link) {
    this.#link = link;
    this.#options = link.options.outbox ?? {};
    this.#load();
    link.add(this);
  }

  get pending(): readonly PendingPublication[] {
    return Array.from(this.#entries, ({ topic, key, data }) => ({ topic, key, data }));
  }

  async publish(
    topic: string,
    schema: StandardSchemaV1,
    data: unknown,
    { key = randomKey(), signal }: PublishOptions = {},
  ): Promise<Published> {
    signal?.throwIfAborted();
    if (validatedNow(schema, data) === undefined || this.#validating > 0) await this.#validated(schema, data);
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<Published>();
    const entry = this.#add({ topic, key, data }, resolve, reject);
    const abort = () => this.#giveUp(entry, signal!.reason);
    signal?.addEventListener('abort', abort);
    return promise.finally(() => signal?.removeEventListener('abort', abort));
  }

  connected(session: WampConnection): void {
    this.#session = session;
    for (const topic of [...this.#lanes.keys()]) this.#pump(topic);
  }

  disconnected(): void {
    this.#session = undefined;
    for (const lane of this.#lanes.values()) {
      this.#stop(lane);
      const [first] = lane.entries;
      if (first?.abandoned) this.#remove(lane, first);
    }
  }

  closed(): void {
    for (const lane of this.#lanes.values()) this.#stop(lane);
    this.#lanes.clear();
    // What is stored stays stored: an outbox that ends is not one that is empty.
    for (const { reject } of this.#entries) reject(this.#link.whyClosed);
  }

  /** Waits its turn, so that no publication overtakes one whose schema takes its time. */
  async #validated(schema: StandardSchemaV1, data: unknown): Promise<void> {
    this.#validating++;
    const mine = this.#turn.then(() => validated(schema, data));
    this.#turn = mine.catch(() => {});
    try {
      await mine;
    } finally {
      this.#validating--;
    }
  }

  /** @throws HubError when it can't be kept */
  #add(publication: PendingPublication, resolve: Entry['resolve'], reject: Entry['reject']): Entry {
    if (this.#link.isClosed) throw this.#link.whyClosed;
    const { maxMessages = 1_000, maxBytes = 1 << 20 } = this.#options;
    const bytes = this.#sizeOf(publication);
    if (this.#entries.size >= maxMessages || this.#bytes + bytes > maxBytes) {
      throw new HubError('too-many', 'The outbox is full');
    }
    const entry: Entry = { ...publication, bytes, resolve, reject, abandoned: false };
    this.#entries.add(entry);
    this.#bytes += bytes;
    const { topic } = publication;
    let lane = this.#lanes.get(topic);
    if (lane === undefined) {
      const backoff = new Backoff({}, this.#link.options.random);
      lane = { entries: [], backoff, attempt: undefined, timer: undefined };
      this.#lanes.set(topic, lane);
    }
    lane.entries.push(entry);
    this.#save();
    this.#pump(topic);
    return entry;
  }

  #sizeOf({ data }: PendingPublication): number {
    try {
      return this.#link.options.serializer.serialize([data]).length;
    } catch (cause) {
      throw new HubError('invalid', undefined, { cause });
    }
  }

  /** Sends the first of a topic, unless it is under way. */
  #pump(topic: string): void {
    const lane = this.#lanes.get(topic);
    const entry = lane?.entries[0];
    if (lane === undefined || this.#session === undefined) return;
    if (entry === undefined) return void this.#lanes.delete(topic);
    if (lane.attempt !== undefined || lane.timer !== undefined) return;
    const attempt = {};
    lane.attempt = attempt;
    const { key, data } = entry;
    const timeout = () => failed(new HubError('timeout'));
    lane.timer = this.#link.clock.setTimeout(timeout, answerTimeout);
    const settle = (): boolean => {
      if (lane.attempt !== attempt) return false;
      this.#stop(lane);
      return true;
    };
    const failed = (error: HubError) => settle() && this.#failed(topic, lane, entry, error);
    this.#session.call(
      'tidewire.topic.publish',
      { kwargs: { topic, data, key } },
      {},
      {
        done: ({ kwargs = {} }) => {
          const published = {
            position: entryIn(kwargs, 'position', isPosition),
            duplicate: kwargs['duplicate'] === true,
          };
          if (!settle()) return;
          lane.backoff.reset();
          this.#remove(lane, entry);
          entry.resolve(published);
          this.#pump(topic);
        },
        failed,
      },
    );
  }

  #failed(topic: string, lane: Lane, entry: Entry, error: HubError): void {
    if (error.temporary && !entry.abandoned) {
      lane.timer = this.#link.clock.setTimeout(() => {
        lane.timer = undefined;
        this.#pump(topic);
      }, lane.backoff.next());
      return;
    }
    this.#remove(lane, entry);
    entry.reject(error);
    this.#pump(topic);
  }

  #stop(lane: Lane): void {
    this.#link.clock.clearTimeout(lane.timer);
    lane.timer = undefined;
    lane.attempt = undefined;
  }

  #giveUp(entry: Entry, reason: unknown): void {
    const lane = this.#lanes.get(entry.topic);
    entry.reject(reason);
    if (lane === undefined) return;
    // One that is under way keeps its place until it is answered, so that the order stays.
    if (lane.attempt !== undefined && lane.entries[0] === entry) entry.abandoned = true;
    else {
      const first = lane.entries[0] === entry;
      this.#remove(lane, entry);
      if (first) this.#stop(lane);
      this.#pump(entry.topic);
    }
  }

  #remove(lane: Lane, entry: Entry): void {
    const at = lane.entries.indexOf(entry);
    if (at !== -1) lane.entries.splice(at, 1);
    if (this.#entries.delete(entry)) this.#bytes -= entry.bytes;
    this.#save();
  }

  #load(): void {
    let stored: unknown;
    try {
      stored = this.#options.load?.();
      if (!Array.isArray(stored)) return;
      for (const entry of stored as unknown[]) {
        if (!isDict(entry)) continue;
        const { topic, key, data } = entry;
        if (!isString(topic) || !isString(key)) continue;
        this.#add(
          { topic, key, data },
          () => {},
          (error) => this.#link.isClosed || this.#link.report(error),
        );
      }
    } catch (error) {
      this.#link.report(error);
    }
  }

  #save(): void {
    if (this.#saving || this.#options.save === undefined) return;
    this.#saving = true;
    queueMicrotask(() => {
      this.#saving = false;
      if (this.#link.isClosed) return;
      try {
        this.#options.save!(this.pending);
      } catch (error) {
        this.#link.report(error);
      }
    });
  }
}

/** 128 random bits. `crypto.randomUUID` is only there for pages that came by TLS. */
function randomKey(): string {
  return crypto.getRandomValues(new Uint32Array(4)).reduce((key, part) => key + part.toString(36).padStart(7, '0'), '');
}
