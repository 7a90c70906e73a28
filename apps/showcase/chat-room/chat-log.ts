/** The list of lines of the chat: keeps to the newest unless somebody reads further up, and lets go of old ones. */
import { element, words } from '../shared/element.ts';
import { partOf } from '../shared/part-of.ts';
import { timeElement, timeOfDay } from '../shared/times.ts';

const maxLinesShown = 300;

/** A line as it is shown. */
export interface ShownLine {
  readonly speaker: string;
  readonly text: string;
  /** How it came, such as `soap`; said beside it unless it came from a page. */
  readonly via: string;
  /** ms since 1970. */
  readonly time: number;
  readonly mine: boolean;
}

export class ChatLog {
  readonly #list: HTMLOListElement = partOf(document, '#chat-log', HTMLOListElement);
  readonly #empty: HTMLElement = partOf(document, '#chat-empty', HTMLElement);
  readonly #toNewest: HTMLButtonElement = partOf(document, '#chat-newest', HTMLButtonElement);
  /** Our own lines that the hub has not told us of yet, by their id. */
  readonly #pending = new Map<string, HTMLLIElement>();

  constructor() {
    this.#toNewest.addEventListener('click', () => this.#scrollToNewest());
    this.#list.addEventListener('scroll', () => {
      if (this.#isAtNewest()) this.#toNewest.hidden = true;
    });
  }

  /** A line is in the chat. One of ours takes the place of what was pending. */
  add(line: ShownLine, id: string | undefined): void {
    const pending = id === undefined ? undefined : this.#pending.get(id);
    if (pending !== undefined) {
      this.#pending.delete(id!);
      pending.remove();
    }
    this.#append(itemOf(line), line.mine);
  }

  /** A line of ours that is on its way. */
  pending(line: ShownLine, id: string): void {
    const item = itemOf(line);
    item.classList.add('pending');
    item.lastElementChild?.replaceWith(element('span', { class: 'waits' }, 'on its way'));
    this.#pending.set(id, item);
    this.#append(item, true);
  }

  /** The hub has refused a line for good: it stays, and says so. */
  refused(id: string, why: string): void {
    const item = this.#pending.get(id);
    if (item === undefined) return;
    item.classList.add('refused');
    item.querySelector('.waits')?.remove();
    item.append(element('span', { class: 'why' }, `not said: ${why}`));
  }

  note(says: string): void {
    this.#append(element('li', { class: 'note' }, says), false);
  }

  clear(): void {
    this.#list.replaceChildren();
    this.#pending.clear();
    this.#empty.hidden = false;
  }

  #append(item: HTMLLIElement, follow: boolean): void {
    const atNewest = follow || this.#isAtNewest();
    this.#empty.hidden = true;
    this.#list.append(item);
    // What is on its way stands behind what has arrived.
    if (!item.classList.contains('pending')) this.#list.append(...this.#pending.values());
    while (this.#list.childElementCount > maxLinesShown) this.#list.firstElementChild?.remove();
    if (atNewest) this.#scrollToNewest();
    else this.#toNewest.hidden = false;
  }

  #isAtNewest(): boolean {
    return this.#list.scrollHeight - this.#list.scrollTop - this.#list.clientHeight < 24;
  }

  #scrollToNewest(): void {
    this.#list.scrollTop = this.#list.scrollHeight;
    this.#toNewest.hidden = true;
  }
}

function itemOf({ speaker, text, via, time, mine }: ShownLine): HTMLLIElement {
  const byOther = via === '' || via.startsWith('wamp.2') ? [] : [' ', element('span', { class: 'via' }, via)];
  return element(
    'li',
    { class: mine ? 'mine' : undefined },
    element('span', { class: 'said' }, words(speaker, { class: 'speaker' }), ' ', words(text), ...byOther),
    timeElement(time, timeOfDay(time)),
  );
}
