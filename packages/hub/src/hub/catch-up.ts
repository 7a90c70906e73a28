/**
 * The way of one subscription through its topic's log, from where it begins to the log's end, a page at a time. What is
 * published meanwhile is simply more of the log: so there is no race between history and live.
 *
 * Rule of this file: it finds what comes next and sends nothing.
 */

import type { Position, Publication } from '../contract/publication.ts';
import type { LogRead, Soon } from '../engine/engine.ts';
import type { LiveTopic, Start } from './live-topic.ts';

/** There may be `more`; this is the `end` of the log; or what comes next is `lost`, since the log holds it no more. */
export type Reading = 'more' | 'end' | 'lost';

/** How much of the log is read at a time. */
const pageSize = 128;
const pageBytes = 256 * 1024;

export class CatchUp {
  readonly #topic: LiveTopic;
  readonly #mayGet: (publication: Publication) => boolean;
  #page: readonly Publication[];
  #next = 0;
  #skipped = 0;
  #cursor: Position;

  constructor(topic: LiveTopic, { publications, through }: Start, mayGet: (publication: Publication) => boolean) {
    this.#topic = topic;
    this.#mayGet = mayGet;
    this.#page = publications;
    this.#cursor = through;
    this.#skip();
  }

  /** The place in the log that has been read to. */
  get cursor(): Position {
    return this.#cursor;
  }

  get hasNext(): boolean {
    return this.#next < this.#page.length;
  }

  /** So many since the last that was taken are not for this subscriber. */
  get skipped(): number {
    return this.#skipped;
  }

  take(): Publication | undefined {
    const publication = this.#page[this.#next++];
    this.#skipped = 0;
    this.#skip();
    return publication;
  }

  /** Reads on, once there is no next one. */
  read(): Soon<Reading> {
    if (this.#topic.isAt(this.#cursor)) return 'end';
    const read = this.#topic.readAfter(this.#cursor, pageSize, pageBytes);
    return read instanceof Promise ? read.then((found) => this.#turnTo(found)) : this.#turnTo(read);
  }

  #turnTo({ held, publications }: LogRead): Soon<Reading> {
    if (!held) return 'lost';
    const last = publications.at(-1);
    if (last === undefined) return this.#judge();
    this.#page = publications;
    this.#next = 0;
    this.#cursor = last;
    this.#skip();
    return 'more';
  }

  /** Goes on to one that is for this subscriber, on this page. */
  #skip(): void {
    for (; this.hasNext && !this.#mayGet(this.#page[this.#next]!); this.#next++) this.#skipped++;
  }

  /**
   * The log ends here, and the topic knows of another end: the topic reads the log too, and finds out which is true. That
   * this is the end is not for a promise to tell: when it is heard, the topic may have gone on.
   */
  async #judge(): Promise<Reading> {
    await this.#topic.repair();
    const { epoch, offset } = this.#topic.top;
    const goesOn = epoch === this.#cursor.epoch && offset > this.#cursor.offset;
    return goesOn || this.#topic.isAt(this.#cursor) ? 'more' : 'lost';
  }
}
