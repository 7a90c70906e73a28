/** One ticket as one side sees it: its conversation, who types, what has been read, and how many are unread. */

import type { OutboxChange } from '@tidewire/hub/client';
import { Conversation } from '../shared/conversation.ts';
import { messageId } from '../shared/message-id.ts';
import type { Progress } from '../shared/message-list.ts';
import { type PageTopics, saidOf } from '../shared/page-topics.ts';
import { ReadMark } from '../shared/read-mark.ts';
import type { Entry, Read, Side, SupportContract, Ticket, Typing } from './contract.ts';

export interface TicketRoomOptions {
  readonly page: PageTopics<SupportContract>;
  readonly ticket: Ticket;
  readonly side: Side;
  readonly label: string;
  /** What there is to see of it has changed. */
  changed(): void;
}

/** Unread messages are counted up to here. */
const maxCounted = 100;

export class TicketRoom {
  readonly conversation: Conversation;
  readonly #options: TicketRoomOptions;
  readonly #ending = new AbortController();
  readonly #mark: ReadMark;
  /** Places of what the other side wrote. */
  readonly #theirs: number[] = [];
  #preview = '';
  #readByThem = 0;
  #connected = false;
  #visible = false;

  constructor(options: TicketRoomOptions) {
    const { page, ticket, side, label } = options;
    const topics = topicsOf(page, ticket.id);
    this.#options = options;
    this.conversation = new Conversation({
      me: page.user,
      label,
      empty: 'Nothing is written yet.',
      send: (text) => this.say(text),
      typing: (typing) => void topics.typing.send({ from: page.user, typing }),
      typingChanged: () => options.changed(),
    });
    this.#mark = new ReadMark((offset) => topics.read.publish({ side, offset }));
    this.#follow(topics);
  }

  /** How many messages of the other side nobody on this side has read. */
  get unread(): number {
    return this.#theirs.filter((offset) => offset > this.#mark.offset).length;
  }

  /** The newest message, in short; or that somebody types. */
  get preview(): string {
    return this.conversation.typing.someone ? 'typing …' : this.#preview;
  }

  /** Whether somebody can see it: then what comes is read. */
  set visible(visible: boolean) {
    this.#visible = visible;
    this.#update();
  }

  /** Sends a message: shown at once, and as sent once the hub has it. */
  say(text: string): boolean {
    const { page, ticket, side } = this.#options;
    const message = { type: 'message', id: messageId(), text, from: page.user, side } as const;
    const { list } = this.conversation;
    list.pending(message, page.client.now());
    this.#update();
    topicsOf(page, ticket.id)
      .ticket.publish(message, { key: message.id })
      .catch((error: unknown) => list.refused(message.id, saidOf(error)));
    return true;
  }

  end(): void {
    this.#ending.abort();
  }

  #follow(topics: ReturnType<typeof topicsOf>): void {
    const { page, side } = this.#options;
    const { signal } = this.#ending;
    const refused = (): void => this.end();
    const caughtUp = (): void => {
      this.conversation.list.settled();
      this.#update();
    };
    const publication = (entry: Entry, item: { position: { offset: number }; time: number }): void =>
      this.#entry(entry, item.position.offset, item.time);
    page.follow(topics.ticket, { publication, caughtUp, refused }, { last: maxCounted, counts: true, signal });
    page.watchOutbox(topics.ticket, (entry, change) => this.#waits(entry, change), signal);
    const read = (mark: Read): void => {
      if (mark.side === side) this.#mark.told(mark.offset);
      else this.#readByThem = Math.max(this.#readByThem, mark.offset);
      this.#update();
    };
    page.follow(topics.read, { publication: read, refused }, { signal });
    const heard = ({ from, typing }: Typing): void => {
      if (from.id !== page.user.id) this.conversation.typing.heard(from, typing);
    };
    page.follow(topics.typing, { publication: heard, refused }, { signal });
    page.watchConnected((connected) => {
      this.#connected = connected;
      this.#update();
    }, signal);
  }

  /** Something of one's own waits, or does not any more: what was written before the page was loaded anew, too. */
  #waits(entry: Entry, change: OutboxChange): void {
    if (entry.type !== 'message') return;
    const { list } = this.conversation;
    if (change.published === undefined && change.error === undefined) {
      list.pending(entry, this.#options.page.client.now());
    }
    list.outbox(entry.id, change);
    this.#update();
  }

  #entry(entry: Entry, offset: number, time: number): void {
    const { list, typing } = this.conversation;
    if (entry.type === 'message') {
      list.confirmed(entry, offset, time);
      typing.heard(entry.from, false);
      this.#preview = entry.text;
      if (entry.side !== this.#options.side) this.#theirs.push(offset);
      if (this.#theirs.length > maxCounted) this.#theirs.shift();
    } else list.event(`event-${offset}`, `${entry.by.name} ${done[entry.what]} the ticket`, offset, time);
    this.#update();
  }

  #update(): void {
    if (this.#ending.signal.aborted) return;
    const newest = this.#theirs.at(-1);
    if (this.#visible && newest !== undefined) this.#mark.reached(newest);
    this.conversation.list.progress(this.#connected, (offset) => (offset <= this.#readByThem ? read : sent));
    this.#options.changed();
  }
}

const done = { opened: 'opened', taken: 'took', closed: 'closed' } as const;
const sent: Progress = { state: 'sent', says: 'sent' };
const read: Progress = { state: 'read', says: 'read' };

function topicsOf({ client }: PageTopics<SupportContract>, ticket: string) {
  return {
    ticket: client.topic('support.ticket.{ticket}', { ticket }),
    read: client.topic('support.read.{ticket}', { ticket }),
    typing: client.topic('support.typing.{ticket}', { ticket }),
  };
}
