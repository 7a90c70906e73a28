/** The list of notifications, the bell with how many are unread, and the same number in the document's title. */
import { button, element, fill, say, words } from '../shared/element.ts';
import { notice } from '../shared/notices.ts';
import { partOf } from '../shared/part-of.ts';
import { timeElement } from '../shared/times.ts';
import type { Mark } from './contract.ts';
import { type Entry, type Inbox, keyOf } from './inbox.ts';

/** More are kept, but nobody scrolls that far. */
const maxShown = 100;

interface Row {
  readonly entry: Entry;
  readonly item: HTMLLIElement;
  readonly mark: HTMLButtonElement;
}

const title: string = document.title;

export class InboxView {
  readonly #inbox: Inbox;
  readonly #send: (mark: Mark) => void;
  readonly #list = partOf(document, '#inbox-list', HTMLOListElement);
  readonly #empty = partOf(document, '#inbox-empty', HTMLElement);
  readonly #bell = partOf(document, '#inbox-bell', HTMLElement);
  readonly #count = partOf(document, '#inbox-count', HTMLElement);
  readonly #news = partOf(document, '#inbox-news', HTMLElement);
  readonly #all = partOf(document, '#inbox-all', HTMLButtonElement);
  readonly #rows = new Map<string, Row>();

  /** `send` publishes a mark; `signal` ends it when the window becomes somebody else. */
  constructor(inbox: Inbox, send: (mark: Mark) => void, signal: AbortSignal) {
    this.#inbox = inbox;
    this.#send = send;
    fill(this.#list);
    this.#all.addEventListener('click', () => this.#markAll(), { signal });
    for (const choice of document.querySelectorAll<HTMLInputElement>('input[name="inbox-show"]')) {
      choice.addEventListener('change', () => this.show(), { signal });
    }
    this.show();
  }

  /** Marks one as read, here at once and in the other windows when the hub has it. */
  markRead(entry: Entry): void {
    if (this.#inbox.isRead(entry)) return;
    const { feed, offset } = entry;
    const mark: Mark = { reach: 'one', feed, offset };
    this.#inbox.mark(mark);
    this.show();
    this.#send(mark);
  }

  /** One came just now: it is read out, and shown at the edge where the list is out of sight. */
  arrived(entry: Entry): void {
    const { item } = this.#row(entry);
    const says = `${entry.told.from.name}: ${entry.told.title}`;
    item.classList.add('new');
    const { top, bottom } = item.getBoundingClientRect();
    if (bottom > 0 && top < innerHeight) say(this.#news, says);
    else notice(says, { stays: 4000 });
  }

  /** Shows what is in the inbox now. Rows stay the same elements, so that focus does not move. */
  show(): void {
    const entries = this.#inbox.entries.slice(0, maxShown);
    this.#letGo();
    let before: Element | null = null;
    for (const entry of entries) {
      const { item } = this.#row(entry);
      const place: Element | null = before === null ? this.#list.firstElementChild : before.nextElementSibling;
      if (place !== item) this.#list.insertBefore(item, place);
      before = item;
    }
    for (const row of this.#rows.values()) this.#showRow(row);
    this.#showCount();
  }

  #letGo(): void {
    const shown = new Set(this.#inbox.entries.slice(0, maxShown));
    for (const [key, { entry, item }] of this.#rows) {
      if (shown.has(entry)) continue;
      item.remove();
      this.#rows.delete(key);
    }
  }

  #row(entry: Entry): Row {
    const key = keyOf(entry);
    const known = this.#rows.get(key);
    if (known) return known;
    const { told, feed, time } = entry;
    const mark = button('Mark as read', () => this.#markOne(entry), { class: 'plain inbox-mark' });
    const item = element(
      'li',
      { class: 'inbox-item', 'data-told': told.id },
      element(
        'p',
        { class: 'inbox-meta' },
        element('span', { class: 'unseen', 'data-part': 'state' }),
        words(told.from.name, { class: 'inbox-from' }),
        feed === 'everyone' && element('span', { class: 'inbox-tag' }, 'to everyone'),
        timeElement(time),
      ),
      words(told.title, { class: 'inbox-title' }),
      told.text !== '' && words(told.text, { class: 'inbox-text' }),
      mark,
    );
    const row = { entry, item, mark };
    this.#rows.set(key, row);
    return row;
  }

  #showRow({ entry, item, mark }: Row): void {
    const read = this.#inbox.isRead(entry);
    item.dataset['read'] = String(read);
    mark.hidden = read;
    say(partOf(item, '[data-part="state"]', HTMLElement), read ? 'Read. ' : 'Unread. ');
  }

  #showCount(): void {
    const { unread } = this.#inbox;
    const onlyUnread = partOf(document, '#inbox-only-unread', HTMLInputElement).checked;
    this.#list.dataset['show'] = onlyUnread ? 'unread' : 'all';
    const shown = onlyUnread ? unread : this.#inbox.entries.length;
    this.#empty.hidden = shown > 0;
    this.#list.hidden = shown === 0;
    say(this.#empty, onlyUnread ? 'All is read.' : 'Nothing yet. Send yourself something.');
    this.#bell.dataset['unread'] = String(unread);
    this.#all.disabled = unread === 0;
    say(this.#count, unread === 0 ? 'none unread' : `${unread} unread`);
    document.title = unread > 0 ? `(${unread}) ${title}` : title;
  }

  /** Whoever goes through the list by keyboard goes on with the next one. */
  #markOne(entry: Entry): void {
    const { item } = this.#row(entry);
    const rows = [...this.#list.children];
    const next = [...rows.slice(rows.indexOf(item) + 1), ...rows.slice(0, rows.indexOf(item)).toReversed()];
    this.markRead(entry);
    const to = next.map((each) => each.querySelector<HTMLElement>('.inbox-mark:not([hidden])')).find(Boolean);
    (to ?? this.#list).focus();
  }

  #markAll(): void {
    const marks = this.#inbox.marksForAll();
    for (const mark of marks) this.#inbox.mark(mark);
    this.show();
    for (const mark of marks) this.#send(mark);
    if (marks.length > 0) this.#list.focus();
  }
}
