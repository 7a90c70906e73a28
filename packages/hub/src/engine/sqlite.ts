/**
 * The engine that keeps topics in a file, by SQLite in a worker: its stalls never stop the event loop. Acknowledged means on
 * the disk (see `synchronous`). One process has the file at a time.
 *
 * Topics that keep nothing (no history, nothing retained) never touch the disk: they are counted in memory, and their idempotency
 * keys are remembered there, for as long as the process lives. Once a topic has been in the file it stays there, whatever it
 * keeps, for its positions' sake.
 */
import { HubError } from '../contract/errors.ts';
import type { Draft, Position, Publication } from '../contract/publication.ts';
import {
  type Appended,
  type Engine,
  type EngineListener,
  type LogPage,
  type LogRead,
  type Once,
  publicationOf,
  type Retention,
  type Soon,
} from './engine.ts';
import { Epochs } from './epochs.ts';
import { MemoryLogs } from './memory-logs.ts';
import { decodeBody, encodeBody } from './publication-bytes.ts';
import type { Answer, LogRow, Operation, RowPage } from './sqlite-protocol.ts';
import { StoreThread } from './store-thread.ts';

export interface SqliteEngineOptions {
  /**
   * When a publication counts as kept. `full`: when the disk says that it has it, so it survives a loss of power. `normal`: when
   * the operating system has it, so it survives the end of the process, also by `kill -9`; a loss of power may take the newest,
   * which their readers then notice. @default 'full'
   */
  readonly synchronous?: 'full' | 'normal';
  /** Topics in the file, and as many in memory. At the bound, those that hold nothing are forgotten. @default 100_000 */
  readonly maxTopics?: number;
  /** What the file may grow to, bytes. Beyond it appends are refused as `unavailable`. @default 16 GiB */
  readonly maxFileBytes?: number;
  /** Operations that may wait for the disk; more are refused as `unavailable`. @default 10_000 */
  readonly maxWaiting?: number;
  /** What waits for the disk, bytes. @default 64 MiB */
  readonly maxWaitingBytes?: number;
  /** How often old publications of idle topics are looked for, ms; `null`: only when a topic is appended to. @default 10_000 */
  readonly sweepInterval?: number | null;
  /** How long `start` waits for another process to let go of the file, ms. @default 1000 */
  readonly lockTimeout?: number;
  /** ms since 1970, the clock that drafts get their `time` from. @default Date.now */
  readonly now?: () => number;
}

type Append = Extract<Operation, { does: 'append' }>;

const promises = {
  full: 'a loss of power, as far as the disk keeps what it has confirmed',
  normal: 'the end of the process; a loss of power may take the newest, which is noticed',
} as const;

/** About what an operation takes beside the body. */
const operationBytes = 500;
const mebibyte = 1024 * 1024;

/** Makes an engine that keeps topics in this file, which is made when it is not there. */
export function sqliteEngine(file: string, options: SqliteEngineOptions = {}): Engine {
  return new SqliteEngine(file, options);
}

class SqliteEngine implements Engine {
  readonly name = 'sqlite';
  readonly promise: string;
  readonly #file: string;
  readonly #options: SqliteEngineOptions;
  readonly #now: () => number;
  /** The generation is shared with the worker, so that both call a log that is made the same. */
  readonly #epochs = new Epochs(undefined, new Int32Array(new SharedArrayBuffer(4)));
  readonly #memory: MemoryLogs;
  /** Topics in the file. */
  readonly #stored = new Set<string>();
  #listener: EngineListener | undefined;
  #thread: StoreThread | undefined;
  #sweep: NodeJS.Timeout | undefined;

  constructor(file: string, options: SqliteEngineOptions) {
    const { synchronous = 'full', maxTopics = 100_000, now = Date.now } = options;
    this.promise = promises[synchronous];
    this.#file = file;
    this.#options = options;
    this.#now = now;
    const isLive = (topic: string): boolean => this.#listener?.isLive?.(topic) ?? false;
    this.#memory = new MemoryLogs({ now, epochs: this.#epochs, maxTopics, maxBytes: 256 * mebibyte, isLive });
  }

  async start(listener: EngineListener): Promise<void> {
    const { synchronous = 'full', maxTopics = 100_000, maxFileBytes = 16 * 1024 * mebibyte } = this.#options;
    const { maxWaiting = 10_000, maxWaitingBytes = 64 * mebibyte, lockTimeout = 1000 } = this.#options;
    const { sweepInterval = 10_000 } = this.#options;
    const { cell: generation } = this.#epochs;
    const init = { file: this.#file, synchronous, maxTopics, maxFileBytes, lockTimeout, generation };
    this.#listener = listener;
    this.#thread = new StoreThread(
      workerScript,
      init,
      { maxWaiting, maxWaitingBytes },
      {
        forgotten: (topics) => {
          for (const topic of topics) this.#stored.delete(topic);
        },
        failed: (error) => listener.failed(error),
      },
    );
    const { run, topics } = await this.#thread.opened;
    this.#epochs.continue(run);
    for (const topic of topics) this.#stored.add(topic);
    if (sweepInterval !== null) this.#sweep = setInterval(() => this.#sweepOnce(), sweepInterval).unref();
  }

  append(topic: string, draft: Draft, retention: Retention, once?: Once): Soon<Appended> {
    const keepsNothing = retention.history === null && retention.retainedKeys === 0;
    if (keepsNothing && !this.#stored.has(topic))
      return this.#memory.append(topic, draft, retention, once, (publication) =>
        this.#listener?.published(publication),
      );
    // UTF-8 has no form for half a surrogate pair; two such keys would become one.
    for (const text of [topic, draft.key, once?.scope, once?.key])
      if (text?.isWellFormed() === false) throw new HubError('invalid', 'A name or key is not well-formed Unicode');
    const operation = appendOf(topic, draft, retention, once, this.#now());
    this.#memory.forget(topic);
    const receive = (answer: Answer): Appended => this.#appended(topic, draft, answer as Appended | null);
    return this.#perform(operation, receive, operation.draft.body.byteLength);
  }

  readAfter(topic: string, position: Position, limit: number, maxBytes: number): Soon<LogRead> {
    if (this.#memory.has(topic)) return this.#memory.readAfter(topic, position, limit, maxBytes);
    const { epoch, offset, id } = position;
    const operation: Operation = {
      does: 'readAfter',
      topic,
      position: { epoch, offset, id },
      limit,
      maxBytes,
      now: this.#now(),
    };
    return this.#perform(operation, (answer) => {
      const { held } = answer as RowPage;
      return { ...pageOf(topic, answer), held };
    });
  }

  readLatest(topic: string, limit: number): Soon<LogPage> {
    if (this.#memory.has(topic)) return this.#memory.readLatest(topic, limit);
    const operation: Operation = { does: 'readLatest', topic, limit, now: this.#now() };
    return this.#perform(operation, (answer) => pageOf(topic, answer));
  }

  readRetained(topic: string): Soon<LogPage> {
    if (this.#memory.has(topic)) return this.#memory.readRetained(topic);
    return this.#perform({ does: 'readRetained', topic }, (answer) => pageOf(topic, answer));
  }

  tops(topics: readonly string[]): Soon<readonly Position[]> {
    const here = topics.map((topic) => (this.#memory.has(topic) ? this.#memory.topOf(topic) : undefined));
    const asked = topics.filter((_, i) => here[i] === undefined);
    if (asked.length === 0) return here as Position[];
    return this.#perform({ does: 'tops', topics: asked }, (answer) => {
      const rest = (answer as Position[]).values();
      return here.map((top) => top ?? rest.next().value!);
    });
  }

  async stop(): Promise<void> {
    clearInterval(this.#sweep);
    await this.#thread?.stop();
  }

  #perform<T>(operation: Operation, receive: (answer: Answer) => T, bytes = 0): Promise<T> {
    if (this.#thread === undefined) throw new TypeError('The engine has not been started');
    return this.#thread.perform(operation, bytes + operationBytes, receive);
  }

  #appended(topic: string, draft: Draft, answer: Appended | null): Appended {
    if (answer === null) throw new HubError('too-many', 'There are too many topics at the moment');
    this.#stored.add(topic);
    const { position, duplicate } = answer;
    if (!duplicate) this.#listener?.published(publicationOf(draft, topic, position.epoch, position.offset));
    return answer;
  }

  #sweepOnce(): void {
    // What goes wrong is told to the listener by the thread; the sweep itself can wait.
    this.#perform({ does: 'sweep', now: this.#now() }, () => {}).catch(() => {});
  }
}

/** Beside this file, with the same ending: sources run as they are, and so does what is compiled. */
const workerScript = new URL(
  `./sqlite-worker${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`,
  import.meta.url,
);

/** Only what the worker needs of the hub's objects: they may hold what can't be sent. */
function appendOf(topic: string, draft: Draft, retention: Retention, once: Once | undefined, now: number): Append {
  const { id, time, size, key } = draft;
  const { history, retainedKeys } = retention;
  return {
    does: 'append',
    topic,
    draft: { id, time, size, key, body: bodyOf(draft) },
    retention: {
      history: history && { count: history.count, age: history.age, bytes: history.bytes },
      retainedKeys,
    },
    once: once && { scope: once.scope, key: once.key, age: once.age, count: once.count },
    now,
  };
}

function bodyOf(draft: Draft): Uint8Array {
  try {
    return encodeBody(draft);
  } catch (error) {
    throw new HubError('invalid', 'The data has no form in the store', { cause: error });
  }
}

function pageOf(topic: string, answer: Answer): LogPage {
  const { top, rows } = answer as RowPage;
  return { top, publications: rows.map((row) => publicationFrom(topic, top.epoch, row)) };
}

function publicationFrom(topic: string, epoch: string, { offset, id, time, size, key, body }: LogRow): Publication {
  return { id, time, size, key, ...decodeBody(body), topic, epoch, offset };
}
