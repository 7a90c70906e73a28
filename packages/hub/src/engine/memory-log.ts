/**
 * One topic's log in memory: the newest publications in a row, the newest of each retained key, and the idempotency keys.
 * Each part is made when it is first needed, since most topics of a large hub hold one or none.
 *
 * Rule: what goes, goes from the oldest end, so that what is left has no holes, and the id of the newest that went stays.
 */
import type { Draft, Position, Publication } from '../contract/publication.ts';
import { type LogPage, type LogRead, type Once, publicationOf, type Retention } from './engine.ts';

/** Bytes that all logs of an engine take together, about. */
export interface Tally {
  bytes: number;
}

interface UsedKey {
  readonly offset: number;
  readonly id: number;
  readonly time: number;
}

/** About what a publication takes beside its data: objects, their places, the strings of the publisher. */
const publicationBytes = 300;
/** About what an idempotency key takes beside its text. */
const keyBytes = 150;

const noPublications: Publication[] = [];

/** What a publication counts in the tally, for each place that holds it. */
export function bytesOf(draft: Draft): number {
  return draft.size + publicationBytes;
}

/** What an idempotency key counts in the tally. */
export function bytesOfKey(key: string): number {
  return 2 * key.length + keyBytes;
}

/** Scope and key as one text, such that no two pairs give the same. */
export function keyOf({ scope, key }: Once): string {
  return `${scope.length}:${scope}${key}`;
}

export class MemoryLog {
  readonly topic: string;
  readonly epoch: string;
  /** Appended to since the engine last looked: what lies idle is forgotten first. */
  touched = true;
  readonly #tally: Tally;
  #retention: Retention;
  #offset = 0;
  #id = 0;
  #trimmedId = 0;
  /** From `#first` on, the history; before it, room that is given back from time to time. */
  #row = noPublications;
  #first = 0;
  /** Sum of `size` in the history. */
  #size = 0;
  /** In the order of their newest publication. */
  #retained: Map<string, Publication> | undefined;
  #used: Map<string, UsedKey> | undefined;
  #once: Once | undefined;

  constructor(topic: string, epoch: string, retention: Retention, tally: Tally) {
    this.topic = topic;
    this.epoch = epoch;
    this.#retention = retention;
    this.#tally = tally;
  }

  get top(): Position {
    return { epoch: this.epoch, offset: this.#offset, id: this.#id };
  }

  /** Nothing but its position would be lost with it. */
  get isEmpty(): boolean {
    return this.#count === 0 && this.#retained === undefined && this.#used === undefined;
  }

  /** The position of the publication that this key was used for, while it is remembered. */
  firstOf(once: Once, now: number): Position | undefined {
    if (this.#used === undefined) return undefined;
    this.#once = once;
    this.#forgetKeys(now);
    const first = this.#used?.get(keyOf(once));
    return first && { epoch: this.epoch, offset: first.offset, id: first.id };
  }

  append(draft: Draft, retention: Retention, once: Once | undefined, now: number): Publication {
    const publication = publicationOf(draft, this.topic, this.epoch, ++this.#offset);
    this.#id = draft.id;
    this.#retention = retention;
    this.touched = true;
    if (once !== undefined) this.#remember(once, now);
    this.#retain(publication);
    if (retention.history === null) {
      while (this.#count > 0) this.#letGo();
      this.#trimmedId = draft.id;
    } else {
      if (this.#row === noPublications) this.#row = [];
      this.#row.push(publication);
      this.#size += draft.size;
      this.#tally.bytes += bytesOf(draft);
      this.trim(now);
    }
    return publication;
  }

  /** Lets go what is too old, too many or too large, and idempotency keys whose time is over. */
  trim(now: number): void {
    const { history } = this.#retention;
    if (history !== null) {
      while (this.#count > history.count || this.#size > history.bytes) this.#letGo();
      while (this.#count > 0 && this.#row[this.#first]!.time + history.age <= now) this.#letGo();
    }
    if (this.#used !== undefined) this.#forgetKeys(now);
  }

  /** How much the tally could sink for the sake of a publication with this key. */
  yields(key: string): number {
    const replaced = this.#retained?.get(key);
    return this.#size + this.#count * publicationBytes + (replaced ? bytesOf(replaced) : 0);
  }

  /** Lets the oldest of the history go until the tally sinks to `bytes`, or none is left. */
  yieldTo(bytes: number): void {
    while (this.#count > 0 && this.#tally.bytes > bytes) this.#letGo();
  }

  /** Takes itself out of the tally. It must not be used after that. */
  drop(): void {
    while (this.#count > 0) this.#letGo();
    for (const publication of this.#retained?.values() ?? []) this.#tally.bytes -= bytesOf(publication);
    for (const key of this.#used?.keys() ?? []) this.#tally.bytes -= bytesOfKey(key);
  }

  readAfter(position: Position, limit: number, maxBytes: number): LogRead {
    const { top } = this;
    if (!this.#holds(position)) return { top, publications: [], held: false };
    const start = this.#first + position.offset - this.#trimmedOffset;
    const most = Math.min(this.#row.length, start + limit);
    let end = start;
    for (let bytes = 0; end < most; end++) {
      bytes += this.#row[end]!.size;
      if (bytes > maxBytes && end > start) break;
    }
    return { top, publications: this.#row.slice(start, end), held: true };
  }

  readLatest(limit: number): LogPage {
    return { top: this.top, publications: this.#row.slice(Math.max(this.#first, this.#row.length - limit)) };
  }

  readRetained(): LogPage {
    return { top: this.top, publications: [...(this.#retained?.values() ?? [])] };
  }

  get #count(): number {
    return this.#row.length - this.#first;
  }

  get #trimmedOffset(): number {
    return this.#offset - this.#count;
  }

  /** Whether this position was given out by this life of the log, and all after it is still here. */
  #holds({ epoch, offset, id }: Position): boolean {
    if (epoch !== this.epoch || !Number.isSafeInteger(offset)) return false;
    const place = offset - this.#trimmedOffset;
    if (place < 0 || place > this.#count) return false;
    return id === (place === 0 ? this.#trimmedId : this.#row[this.#first + place - 1]!.id);
  }

  #letGo(): void {
    const oldest = this.#row[this.#first]!;
    this.#trimmedId = oldest.id;
    this.#size -= oldest.size;
    this.#tally.bytes -= bytesOf(oldest);
    // What went must not be kept alive by its place.
    this.#row[this.#first++] = undefined as unknown as Publication;
    if (this.#first === this.#row.length) this.#row = noPublications;
    else if (this.#first < 32 || this.#first * 2 < this.#row.length) return;
    else this.#row = this.#row.slice(this.#first);
    this.#first = 0;
  }

  #retain(publication: Publication): void {
    const { retainedKeys } = this.#retention;
    if (retainedKeys > 0) {
      this.#retained ??= new Map();
      this.#unretain(publication.key);
      this.#retained.set(publication.key, publication);
      this.#tally.bytes += bytesOf(publication);
    }
    if (this.#retained === undefined) return;
    for (const key of this.#retained.keys()) {
      if (this.#retained.size <= retainedKeys) return;
      this.#unretain(key);
    }
    this.#retained = undefined;
  }

  #unretain(key: string): void {
    const old = this.#retained!.get(key);
    if (old === undefined) return;
    this.#retained!.delete(key);
    this.#tally.bytes -= bytesOf(old);
  }

  #remember(once: Once, now: number): void {
    const key = keyOf(once);
    this.#once = once;
    this.#used ??= new Map();
    this.#used.set(key, { offset: this.#offset, id: this.#id, time: now });
    this.#tally.bytes += bytesOfKey(key);
    this.#forgetKeys(now);
  }

  #forgetKeys(now: number): void {
    const { age, count } = this.#once!;
    for (const [key, { time }] of this.#used!) {
      if (this.#used!.size <= count && time + age > now) return;
      this.#used!.delete(key);
      this.#tally.bytes -= bytesOfKey(key);
    }
    this.#used = undefined;
  }
}
