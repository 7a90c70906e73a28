/**
 * A conversation as people read it: oldest first, what is not acknowledged yet at the end, and beside what one wrote
 * oneself how far it has come. It keeps to the newest unless somebody reads further up, and lets go of old lines.
 *
 * Rule of this file: a message is known by the id that its writer gave it, so that one that comes back is shown once.
 */
import type { OutboxChange } from '@tidewire/hub/client';
import { button, element, say, words } from './element.ts';
import { heldBackWords } from './held-back.ts';
import type { User } from './identity.ts';
import { timeElement, timeOfDay } from './times.ts';

/** What somebody wrote. */
export interface Message {
  readonly id: string;
  readonly text: string;
  readonly from: User;
}

/** How far a message has come; the words are for people. */
export interface Progress {
  readonly state: 'waiting' | 'sending' | 'sent' | 'delivered' | 'read' | 'refused';
  readonly says: string;
}

interface Line {
  readonly item: HTMLLIElement;
  readonly from: string;
  /** Where it shows how far it has come: on one's own. */
  readonly progress: HTMLElement | undefined;
  /** Why it waits though there is a connection. */
  heldBack?: string | undefined;
  /** Its place in the topic; none until the hub has it. */
  offset: number | undefined;
  /** It came by the topic, so it stands where it belongs. */
  placed: boolean;
}

const maxLines = 300;

export interface MessageListOptions {
  readonly me: User;
  /** For who does not see it: what this is a list of. */
  readonly label: string;
  /** What stands there while there is nothing. */
  readonly empty: string;
  /** Makes the names of others buttons, and hears which was pressed. @default they are text */
  named?(user: User): void;
}

export class MessageList {
  readonly root: HTMLElement;
  readonly #me: User;
  readonly #named: MessageListOptions['named'];
  readonly #list: HTMLOListElement;
  readonly #empty: HTMLElement;
  readonly #toNewest: HTMLButtonElement;
  readonly #lines = new Map<string, Line>();
  #connected = false;

  constructor({ me, label, empty, named }: MessageListOptions) {
    this.#me = me;
    this.#named = named;
    // Busy until it has caught up: nobody wants the whole past read out.
    const attributes = { class: 'talk-list', role: 'log', 'aria-live': 'polite', 'aria-label': label, tabindex: 0 };
    this.#list = element('ol', { ...attributes, 'aria-busy': 'true' });
    this.#empty = element('p', { class: 'talk-empty' }, empty);
    this.#toNewest = button('Newest ↓', () => this.toNewest(), { class: 'talk-newest', hidden: true });
    this.root = element('div', { class: 'talk-frame' }, this.#list, this.#empty, this.#toNewest);
    this.#list.addEventListener('scroll', () => {
      if (this.#isAtNewest()) this.#toNewest.hidden = true;
    });
  }

  /** The past is complete: what comes is new, and read out. */
  settled(): void {
    this.#list.removeAttribute('aria-busy');
  }

  /** Shows a message of one's own that the hub has not acknowledged. False: it is shown already. */
  pending(message: Message, time: number): boolean {
    if (this.#lines.has(message.id)) return false;
    this.#add(message, undefined, time);
    return true;
  }

  /** Says how it is with a message of one's own in the outbox: what holds it back, that the hub has it, or why it is refused. */
  outbox(id: string, { heldBack, published, error }: Pick<OutboxChange, 'heldBack' | 'published' | 'error'>): void {
    const line = this.#lines.get(id);
    if (line?.progress === undefined) return;
    line.heldBack = heldBack;
    if (published) this.acknowledged(id, published.position.offset);
    else if (error !== undefined) this.refused(id, error instanceof Error ? error.message : String(error));
    else if (line.offset === undefined) write(line.progress, this.#underWay(line));
  }

  /** The hub has it; it comes by the topic in a moment, or has come. */
  acknowledged(id: string, offset: number): void {
    const line = this.#lines.get(id);
    if (line) line.offset ??= offset;
  }

  /** Shows a message at its place in the topic. */
  confirmed(message: Message, offset: number, time: number): void {
    const line = this.#lines.get(message.id);
    if (line === undefined) return this.#add(message, offset, time);
    if (line.placed) return;
    // It may have been shown ahead of what others wrote before it.
    line.offset = offset;
    line.placed = true;
    this.#place(line);
  }

  /** Takes what the hub has refused for good: it stays, and says so. */
  refused(id: string, why: string): void {
    const line = this.#lines.get(id);
    if (line?.progress === undefined || line.placed) return;
    line.item.classList.add('refused');
    write(line.progress, { state: 'refused', says: `not sent: ${why}` });
  }

  /** Shows that something happened, in the line of messages. */
  event(id: string, says: string, offset: number, time: number): void {
    if (this.#lines.has(id)) return;
    const item = element('li', { class: 'talk-event' }, says, ' ', timeElement(time, timeOfDay(time)));
    this.#insert(id, { item, from: '', progress: undefined, offset, placed: true });
  }

  /** Says anew how far each of one's own messages has come: `progressOf` those that the hub has, by their place. */
  progress(connected: boolean, progressOf: (offset: number) => Progress): void {
    this.#connected = connected;
    for (const line of this.#lines.values()) {
      const { progress, offset, item } = line;
      if (progress === undefined || item.classList.contains('refused')) continue;
      write(progress, offset === undefined ? this.#underWay(line) : progressOf(offset));
    }
  }

  toNewest(): void {
    this.#list.scrollTop = this.#list.scrollHeight;
    this.#toNewest.hidden = true;
  }

  #underWay({ heldBack }: Pick<Line, 'heldBack'>): Progress {
    if (!this.#connected) return { state: 'waiting', says: 'waiting for the connection' };
    return heldBack ? { state: 'waiting', says: heldBackWords(heldBack) } : { state: 'sending', says: 'sending …' };
  }

  #add({ id, text, from }: Message, offset: number | undefined, time: number): void {
    const mine = from.id === this.#me.id;
    const progress = mine ? element('span', { class: 'talk-progress' }) : undefined;
    if (progress) write(progress, offset === undefined ? this.#underWay({}) : { state: 'sent', says: 'sent' });
    const item = element(
      'li',
      { class: mine ? 'mine' : undefined, 'data-message': id },
      mine ? element('span', { class: 'unseen' }, 'You: ') : this.#name(from),
      words(text, { class: 'talk-text' }),
      element('span', { class: 'talk-meta' }, timeElement(time, timeOfDay(time)), progress && ' · ', progress),
    );
    this.#insert(id, { item, from: from.id, progress, offset, placed: offset !== undefined });
  }

  #name(from: User): HTMLElement {
    const named = this.#named;
    if (named === undefined) return words(from.name, { class: 'talk-from' });
    const made = button('', () => named(from), { class: 'talk-from plain' });
    made.append(words(from.name));
    return made;
  }

  #insert(id: string, line: Line): void {
    // Whoever writes wants to see it.
    const atNewest = !line.placed || this.#isAtNewest();
    this.#empty.hidden = true;
    this.#lines.set(id, line);
    this.#place(line);
    this.#trim();
    if (atNewest) this.toNewest();
    else if (!this.#list.hasAttribute('aria-busy')) this.#toNewest.hidden = false;
  }

  /** Behind what came by the topic, before what did not yet. */
  #place(line: Line): void {
    const { item } = line;
    const next = line.placed ? this.#firstPending() : undefined;
    if (next) next.item.before(item);
    else if (item.nextElementSibling || item.parentElement === null) this.#list.append(item);
    this.#join(item);
    if (item.nextElementSibling) this.#join(item.nextElementSibling);
  }

  #firstPending(): Line | undefined {
    for (const line of this.#lines.values()) if (!line.placed) return line;
    return undefined;
  }

  /** Messages of one person in a row stand closer, and have the name once. */
  #join(item: Element): void {
    const before = item.previousElementSibling;
    const [from, same] = [item, before].map((each) => this.#fromOf(each));
    item.classList.toggle('joined', from !== '' && from === same);
  }

  #fromOf(item: Element | null | undefined): string {
    if (!(item instanceof HTMLElement)) return '';
    return this.#lines.get(item.dataset['message'] ?? '')?.from ?? '';
  }

  #trim(): void {
    for (const [id, { item, placed }] of this.#lines) {
      if (this.#lines.size <= maxLines) return;
      if (!placed) continue;
      item.remove();
      this.#lines.delete(id);
    }
  }

  #isAtNewest(): boolean {
    const { scrollHeight, scrollTop, clientHeight } = this.#list;
    return scrollHeight - scrollTop - clientHeight < 32;
  }
}

function write(into: HTMLElement, { state, says }: Progress): void {
  into.dataset['state'] = state;
  say(into, says);
}
