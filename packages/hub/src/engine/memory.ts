/**
 * The engine without a store: what it keeps, it keeps while the process lives, and it answers at once. A restart is noticed,
 * since the next process calls its logs by other epochs.
 */
import type { Draft, Position, Publication } from '../contract/publication.ts';
import type { Appended, Engine, EngineListener, LogPage, LogRead, Once, Retention } from './engine.ts';
import { Epochs } from './epochs.ts';
import { MemoryLogs } from './memory-logs.ts';

export interface MemoryEngineOptions {
  /** Topics that are held at a time. At the bound, those that hold nothing are forgotten. @default 100_000 */
  readonly maxTopics?: number;
  /** About what all logs may take together, bytes. At the bound a topic can only replace its own history. @default 256 MiB */
  readonly maxBytes?: number;
  /** ms since 1970, the clock that drafts get their `time` from. @default Date.now */
  readonly now?: () => number;
}

/** An engine that keeps topics in memory. It answers every call at once. */
export interface MemoryEngine extends Engine {
  start(listener: EngineListener): void;
  append(topic: string, draft: Draft, retention: Retention, once?: Once): Appended;
  readAfter(topic: string, position: Position, limit: number, maxBytes: number): LogRead;
  readLatest(topic: string, limit: number): LogPage;
  readRetained(topic: string): LogPage;
  tops(topics: readonly string[]): readonly Position[];
  stop(): void;
}

/** Makes an engine that keeps topics in memory, for one process and as long as it lives. */
export function memoryEngine(options: MemoryEngineOptions = {}): MemoryEngine {
  const { maxTopics = 100_000, maxBytes = 256 * 1024 * 1024, now = Date.now } = options;
  let listener: EngineListener | undefined;
  const isLive = (topic: string): boolean => listener?.isLive?.(topic) ?? false;
  const published = (publication: Publication): void => listener?.published(publication);
  const logs = new MemoryLogs({ now, maxTopics, maxBytes, isLive, epochs: new Epochs() });
  return {
    name: 'memory',
    promise: 'while the process lives',
    start: (told) => {
      listener = told;
    },
    append: (topic, draft, retention, once) => logs.append(topic, draft, retention, once, published),
    readAfter: (topic, position, limit, maxBytes) => logs.readAfter(topic, position, limit, maxBytes),
    readLatest: (topic, limit) => logs.readLatest(topic, limit),
    readRetained: (topic) => logs.readRetained(topic),
    tops: (topics) => topics.map((topic) => logs.topOf(topic)),
    stop: () => {},
  };
}
