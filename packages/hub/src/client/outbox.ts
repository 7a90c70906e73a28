/**
 * Publications until the hub has acknowledged them: in order per topic, one under way for each topic, repeated with the
 * same key after a loss or a refusal that is temporary. So each happens once, and none overtakes another.
 *
 * Bounded in number and bytes; over the bound `publish` rejects at once. With a storage it survives the end of the page:
 * what was loaded goes out first; what becomes of it is told to whoever watches, as nobody waits for it.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { Backoff } from 'tidewire/browser';
import { validated, validatedNow } from '../contract/contract.ts';
import { HubError } from '../contract/errors.ts';
import type { Position } from '../contract/publication.ts';
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
  /**
   * The code of a refusal that is temporary, such as `rate-limited`, or `timeout` where the hub did not answer: this one, and
   * those of its topic behind it, wait for another attempt. Absent: nothing holds it back but the connection.
   */
  readonly heldBack?: string;
}

/** A publication in the outbox, and what has become of it: it waits still, unless it is `published` or there is an `error`. */
export interface OutboxChange extends PendingPublication {
  readonly published?: Published;
  /** Why it was refused for good, or the reason with which its signal gave it up. */
  readonly error?: unknown;
}

export type OutboxListener = (change: OutboxChange) => void;

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

type Outcome = Pick<OutboxChange, 'published' | 'error'>;

/** By the hub. */
type Answered = { readonly published?: Published; readonly error?: HubError };

interface Entry extends PendingPublication {
  readonly bytes: number;
  settle(outcome: Outcome): void;
  /** Given up while it was under way. */
  abandoned?: boolean;
}

/** Publications of one topic. The first is under way while `attempt` is set. */
interface Lane {
  readonly backoff: Backoff;
  entries: Entry[];
  /** What is answered to another attempt comes too late. */
  attempt?: object | undefined;
  timer?: unknown;
  heldBack?: string | undefined;
}

/** How long the hub may take to answer one attempt, ms. */
const answerTimeout = 30_000;

export class Outbox implements Member {
  readonly #link: Link;
  readonly #options: OutboxOptions;
  readonly #lanes = new Map<string, Lane>();
  /** Every entry, in the order of the calls. */
  readonly #entries = new Set<Entry>();
  readonly #listeners = new Set<OutboxListener>();
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
    return Array.from(this.#entries, (entry) => this.#shown(entry));
  }

  /** Tells of every publication that waits, and then of each change. */
  watch(listener: OutboxListener): () => void {
    this.#listeners.add(listener);
    for (const change of this.pending) this.#link.attempt(() => listener(change));
    return () => this.#listeners.delete(listener);
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
    const entry = this.#add({ topic, key, data }, ({ published, error }) =>
      published ? resolve(published) : reject(error),
    );
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
      this.#hold(lane);
    }
  }

  closed(): void {
    for (const lane of this.#lanes.values()) this.#stop(lane);
    this.#lanes.clear();
    // What is stored stays stored: an outbox that ends is not one that is empty.
    for (const { settle } of this.#entries) settle({ error: this.#link.whyClosed });
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
  #add(publication: PendingPublication, settle: Entry['settle']): Entry {
    if (this.#link.isClosed) throw this.#link.whyClosed;
    const { maxMessages = 1_000, maxBytes = 1 << 20 } = this.#options;
    const bytes = this.#sizeOf(publication);
    if (this.#entries.size >= maxMessages || this.#bytes + bytes > maxBytes) {
      throw new HubError('too-many', 'The outbox is full');
    }
    const entry: Entry = { ...publication, bytes, settle };
    this.#entries.add(entry);
    this.#bytes += bytes;
    const { topic } = publication;
    let lane = this.#lanes.get(topic);
    if (lane === undefined) {
      lane = { entries: [], backoff: new Backoff({}, this.#link.options.random) };
      this.#lanes.set(topic, lane);
    }
    lane.entries.push(entry);
    this.#save();
    this.#tell(entry);
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
    const answered = (outcome: Answered) => {
      if (lane.attempt !== attempt) return;
      this.#stop(lane);
      this.#answered(lane, entry, outcome);
    };
    const failed = (error: HubError) => answered({ error });
    lane.timer = this.#link.clock.setTimeout(() => failed(new HubError('timeout')), answerTimeout);
    this.#session.call(
      'tidewire.topic.publish',
      { kwargs: { topic, data, key } },
      {},
      {
        done: ({ kwargs = {} }) => {
          const position = entryIn(kwargs, 'position', isPosition);
          answered({ published: { position, duplicate: kwargs['duplicate'] === true } });
        },
        failed,
      },
    );
  }

  #answered(lane: Lane, entry: Entry, outcome: Answered): void {
    const { error } = outcome;
    if (error?.temporary && !entry.abandoned) {
      const again = () => {
        lane.timer = undefined;
        this.#pump(entry.topic);
      };
      lane.timer = this.#link.clock.setTimeout(again, lane.backoff.next());
      return this.#hold(lane, error.code);
    }
    lane.backoff.reset();
    this.#remove(lane, entry);
    this.#hold(lane);
    this.#settle(entry, outcome);
    this.#pump(entry.topic);
  }

  #settle(entry: Entry, outcome: Outcome): void {
    entry.settle(outcome);
    this.#tell(entry, outcome);
  }

  /** @param code why; undefined: nothing does */
  #hold(lane: Lane, code?: string): void {
    if (lane.heldBack === code) return;
    lane.heldBack = code;
    for (const entry of lane.entries) this.#tell(entry);
  }

  #tell(entry: Entry, outcome?: Outcome): void {
    const change = { ...this.#shown(entry), ...outcome };
    for (const listener of [...this.#listeners]) this.#link.attempt(() => listener(change));
  }

  #shown({ topic, key, data }: Entry): PendingPublication {
    const heldBack = this.#lanes.get(topic)?.heldBack;
    return { topic, key, data, ...(heldBack && { heldBack }) };
  }

  #stop(lane: Lane): void {
    this.#link.clock.clearTimeout(lane.timer);
    lane.timer = undefined;
    lane.attempt = undefined;
  }

  #giveUp(entry: Entry, error: unknown): void {
    this.#settle(entry, { error });
    const lane = this.#lanes.get(entry.topic);
    if (lane === undefined) return;
    const isFirst = lane.entries[0] === entry;
    // One that is under way keeps its place until it is answered, so that the order stays.
    if (isFirst && lane.attempt !== undefined) entry.abandoned = true;
    else {
      this.#remove(lane, entry);
      if (isFirst) this.#stop(lane);
      this.#pump(entry.topic);
    }
  }

  #remove(lane: Lane, entry: Entry): void {
    lane.entries = lane.entries.filter((each) => each !== entry);
    if (this.#entries.delete(entry)) this.#bytes -= entry.bytes;
    this.#save();
  }

  #load(): void {
    const settle = ({ error }: Outcome) => {
      if (error && !this.#link.isClosed && this.#listeners.size === 0) this.#link.report(error);
    };
    this.#link.attempt(() => {
      const stored = this.#options.load?.();
      if (!Array.isArray(stored)) return;
      for (const entry of stored as unknown[]) {
        if (!isDict(entry)) continue;
        const { topic, key, data } = entry;
        if (isString(topic) && isString(key)) this.#add({ topic, key, data }, settle);
      }
    });
  }

  #save(): void {
    if (this.#saving || this.#options.save === undefined) return;
    this.#saving = true;
    queueMicrotask(() => {
      this.#saving = false;
      if (!this.#link.isClosed) this.#link.attempt(() => this.#options.save!(this.pending));
    });
  }
}

/** 128 random bits. `crypto.randomUUID` is only there for pages that came by TLS. */
function randomKey(): string {
  return crypto.getRandomValues(new Uint32Array(4)).reduce((key, part) => key + part.toString(36).padStart(7, '0'), '');
}
