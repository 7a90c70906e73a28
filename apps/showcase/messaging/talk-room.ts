/** One talk as one of its members sees it: what was written, how far it has come, who types, and how much is unread. */
import type { OutboxChange } from '@tidewire/hub/client';
import { Conversation } from '../shared/conversation.ts';
import { messageId } from '../shared/message-id.ts';
import { type PageTopics, saidOf } from '../shared/page-topics.ts';
import { ReadMark } from '../shared/read-mark.ts';
import type { Entry, Mark, MessagingContract, Talk, Typing } from './contract.ts';
import { Receipts } from './receipts.ts';

export interface TalkRoomOptions {
  readonly page: PageTopics<MessagingContract>;
  readonly talk: Talk;
  readonly label: string;
  /** What there is to see of it has changed. */
  changed(): void;
}

/** Unread messages are counted up to here. */
const maxCounted = 100;

export class TalkRoom {
  readonly conversation: Conversation;
  talk: Talk;
  readonly #options: TalkRoomOptions;
  readonly #ending = new AbortController();
  readonly #delivered: ReadMark;
  readonly #read: ReadMark;
  readonly #receipts = new Receipts();
  /** Places of what others wrote. */
  readonly #theirs: number[] = [];
  #preview = '';
  #time = 0;
  #connected = false;
  #visible = false;

  constructor(options: TalkRoomOptions) {
    const { page, talk, label } = options;
    const { user } = page;
    const topics = topicsOf(page, talk.id);
    this.#options = options;
    this.talk = talk;
    this.conversation = new Conversation({
      me: user,
      label,
      empty: 'Nothing is written yet.',
      send: (text) => this.say(text),
      typing: (typing) => void topics.typing.send({ from: user, typing }),
      typingChanged: () => options.changed(),
    });
    const markOf = (kind: Mark['kind']): ReadMark =>
      new ReadMark((offset) => topics.marks.publish({ user: user.id, kind, offset }));
    this.#delivered = markOf('delivered');
    this.#read = markOf('read');
    this.#follow(topics);
  }

  /** How many messages of others this user has not read, in whatever window. */
  get unread(): number {
    return this.#theirs.filter((offset) => offset > this.#read.offset).length;
  }

  /** The newest message, in short; or that somebody types. */
  get preview(): string {
    return this.conversation.typing.someone ? 'typing …' : this.#preview;
  }

  /** When something was written last, ms since 1970; 0: never. */
  get time(): number {
    return this.#time;
  }

  /** Whether somebody can see it: then what comes is read. */
  set visible(visible: boolean) {
    this.#visible = visible;
    this.#update();
  }

  /** Sends a message: shown at once, as waiting while there is no connection, and as sent once the hub has it. */
  say(text: string): boolean {
    const { client, user } = this.#options.page;
    const message = { type: 'message', id: messageId(), text, from: user } as const;
    const { list } = this.conversation;
    const { talk } = topicsOf(this.#options.page, this.talk.id);
    list.pending(message, client.now());
    this.#wrote(message.text, client.now());
    talk.publish(message, { key: message.id }).catch((error: unknown) => list.refused(message.id, saidOf(error)));
    this.#update();
    return true;
  }

  end(): void {
    this.#ending.abort();
  }

  #follow({ talk, marks, typing }: ReturnType<typeof topicsOf>): void {
    const { page } = this.#options;
    const { signal } = this.#ending;
    const refused = (): void => this.end();
    const caughtUp = (): void => {
      this.conversation.list.settled();
      this.#update();
    };
    const publication = (entry: Entry, item: { position: { offset: number }; time: number }): void =>
      this.#entry(entry, item.position.offset, item.time);
    page.follow(talk, { publication, caughtUp, refused }, { last: maxCounted, counts: true, signal });
    page.watchOutbox(talk, (entry, change) => this.#waits(entry, change), signal);
    page.follow(marks, { publication: (mark) => this.#mark(mark), refused }, { signal });
    const heard = ({ from, typing: types }: Typing): void => {
      if (from.id !== page.user.id) this.conversation.typing.heard(from, types);
    };
    page.follow(typing, { publication: heard, refused }, { signal });
    page.watchConnected((connected) => {
      this.#connected = connected;
      this.#update();
    }, signal);
  }

  /** Something of one's own waits, or does not any more: what was written before the page was loaded anew, too. */
  #waits(entry: Entry, change: OutboxChange): void {
    if (entry.type !== 'message') return;
    const { list } = this.conversation;
    const now = this.#options.page.client.now();
    const waits = change.published === undefined && change.error === undefined;
    if (waits && list.pending(entry, now)) this.#wrote(entry.text, now);
    list.outbox(entry.id, change);
    this.#update();
  }

  #entry(entry: Entry, offset: number, time: number): void {
    const { list, typing } = this.conversation;
    if (entry.type === 'message') {
      list.confirmed(entry, offset, time);
      typing.heard(entry.from, false);
      this.#wrote(entry.text, time);
      if (entry.from.id !== this.#options.page.user.id) {
        this.#theirs.push(offset);
        this.#delivered.reached(offset);
      }
      if (this.#theirs.length > maxCounted) this.#theirs.shift();
    } else {
      list.event(`event-${offset}`, happened(entry), offset, time);
      this.#time = Math.max(this.#time, time);
    }
    this.#update();
  }

  #wrote(text: string, time: number): void {
    this.#preview = text;
    this.#time = Math.max(this.#time, time);
  }

  #mark(mark: Mark): void {
    if (mark.user === this.#options.page.user.id) {
      (mark.kind === 'read' ? this.#read : this.#delivered).told(mark.offset);
    } else this.#receipts.told(mark);
    this.#update();
  }

  #update(): void {
    if (this.#ending.signal.aborted) return;
    const newest = this.#theirs.at(-1);
    if (this.#visible && newest !== undefined) this.#read.reached(newest);
    const me = this.#options.page.user.id;
    const others = this.talk.members.filter(({ id }) => id !== me).map(({ id }) => id);
    this.conversation.list.progress(this.#connected, (offset) => this.#receipts.progressOf(offset, others));
    this.#options.changed();
  }
}

function happened({ what, by, whom }: Extract<Entry, { type: 'event' }>): string {
  if (what === 'created') return `${by.name} made the group`;
  return what === 'left' ? `${by.name} left` : `${by.name} added ${whom}`;
}

function topicsOf({ client }: PageTopics<MessagingContract>, talk: string) {
  return {
    talk: client.topic('messaging.talk.{talk}', { talk }),
    marks: client.topic('messaging.marks.{talk}', { talk }),
    typing: client.topic('messaging.typing.{talk}', { talk }),
  };
}
