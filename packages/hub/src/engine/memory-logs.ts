/**
 * The logs of many topics in memory, within two bounds: topics, and bytes of all logs together.
 *
 * Rule at the bounds: what is kept is not let go for a newcomer. Topics that hold nothing any more are forgotten, and with them
 * only their position (see Epochs); then the newcomer is refused. A topic at the bound in bytes can still replace its own
 * history. There is no timer: every append looks at one topic more, so that what lies idle gets old as well.
 */
import { HubError } from '../contract/errors.ts';
import type { Draft, Position, Publication } from '../contract/publication.ts';
import type { Appended, LogPage, LogRead, Once, Retention } from './engine.ts';
import type { Epochs } from './epochs.ts';
import { bytesOf, bytesOfKey, keyOf, MemoryLog, type Tally } from './memory-log.ts';

export interface MemoryLogsInit {
  readonly now: () => number;
  readonly epochs: Epochs;
  readonly maxTopics: number;
  readonly maxBytes: number;
  /** Whether somebody is subscribed to a topic: its log is not forgotten. */
  readonly isLive: (topic: string) => boolean;
}

/** How many topics are looked at for room before a newcomer is refused; the next one looks further. */
const lookedAtForRoom = 64;

export class MemoryLogs {
  readonly #now: () => number;
  readonly #epochs: Epochs;
  readonly #maxTopics: number;
  readonly #maxBytes: number;
  readonly #isLive: (topic: string) => boolean;
  readonly #logs = new Map<string, MemoryLog>();
  readonly #tally: Tally = { bytes: 0 };
  #cursor = this.#logs.values();

  constructor(init: MemoryLogsInit) {
    this.#now = init.now;
    this.#epochs = init.epochs;
    this.#maxTopics = init.maxTopics;
    this.#maxBytes = init.maxBytes;
    this.#isLive = init.isLive;
  }

  get size(): number {
    return this.#logs.size;
  }

  /** About what the logs take. */
  get bytes(): number {
    return this.#tally.bytes;
  }

  has(topic: string): boolean {
    return this.#logs.has(topic);
  }

  /** Appends, and tells `published` before it returns. @throws HubError at a bound; then nothing has happened */
  append(
    topic: string,
    draft: Draft,
    retention: Retention,
    once: Once | undefined,
    published: (publication: Publication) => void,
  ): Appended {
    const now = this.#now();
    let log = this.#logs.get(topic);
    const first = once && log?.firstOf(once, now);
    if (first) return { position: first, duplicate: true };
    this.#age(1, now);
    this.#makeBytes(log, draft, retention, once, now);
    log ??= this.#make(topic, retention, now);
    const publication = log.append(draft, retention, once, now);
    published(publication);
    return { position: log.top, duplicate: false };
  }

  readAfter(topic: string, position: Position, limit: number, maxBytes: number): LogRead {
    const log = this.#fresh(topic);
    if (log !== undefined) return log.readAfter(position, limit, maxBytes);
    const { top } = this;
    const held = position.epoch === top.epoch && position.offset === 0 && position.id === 0;
    return { top, publications: [], held };
  }

  readLatest(topic: string, limit: number): LogPage {
    return this.#fresh(topic)?.readLatest(limit) ?? { top: this.top, publications: [] };
  }

  readRetained(topic: string): LogPage {
    return this.#logs.get(topic)?.readRetained() ?? { top: this.top, publications: [] };
  }

  topOf(topic: string): Position {
    return this.#logs.get(topic)?.top ?? this.top;
  }

  /** The top of topics that nothing was ever published on. */
  get top(): Position {
    return { epoch: this.#epochs.current, offset: 0, id: 0 };
  }

  /** Lets a topic go with all that it holds; its positions are held no more. */
  forget(topic: string): void {
    const log = this.#logs.get(topic);
    if (log === undefined) return;
    this.#epochs.renew();
    log.drop();
    this.#logs.delete(topic);
  }

  #fresh(topic: string): MemoryLog | undefined {
    const log = this.#logs.get(topic);
    log?.trim(this.#now());
    return log;
  }

  #make(topic: string, retention: Retention, now: number): MemoryLog {
    if (this.#logs.size >= this.#maxTopics) {
      for (const idle of this.#age(lookedAtForRoom, now)) this.forget(idle);
      if (this.#logs.size >= this.#maxTopics) throw new HubError('too-many', 'There are too many topics at the moment');
    }
    const log = new MemoryLog(topic, this.#epochs.current, retention, this.#tally);
    this.#logs.set(topic, log);
    return log;
  }

  /** Trims so many topics, each in its turn, and names those that lie idle and hold nothing. */
  #age(steps: number, now: number): string[] {
    const idle: string[] = [];
    for (let i = 0; i < steps; i++) {
      const { value: log } = this.#cursor.next();
      if (log === undefined) {
        this.#cursor = this.#logs.values();
        continue;
      }
      log.trim(now);
      if (log.isEmpty && !log.touched && !this.#isLive(log.topic)) idle.push(log.topic);
      if (steps > 1) log.touched = false;
    }
    return idle;
  }

  #makeBytes(
    log: MemoryLog | undefined,
    draft: Draft,
    retention: Retention,
    once: Once | undefined,
    now: number,
  ): void {
    let needed = once === undefined ? 0 : bytesOfKey(keyOf(once));
    if (retention.history !== null) needed += bytesOf(draft);
    if (retention.retainedKeys > 0) needed += bytesOf(draft);
    if (needed === 0 || this.#tally.bytes + needed <= this.#maxBytes) return;
    this.#age(lookedAtForRoom, now);
    const yields = log?.yields(draft.key) ?? 0;
    if (this.#tally.bytes + needed - yields > this.#maxBytes)
      throw new HubError('unavailable', 'The memory for topics is used up at the moment');
    log?.yieldTo(this.#maxBytes - needed);
  }
}
