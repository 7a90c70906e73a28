/**
 * The chat of the page. What is said goes to the server and is shown when it comes back, so every window shows the same
 * lines in the same order. A line that never came back because the connection broke is named: nothing is lost silently.
 */
import { openConnection } from '../shared/connection.ts';
import { pageBadge } from '../shared/connection-badge.ts';
import type { ConnectionStatus } from '../shared/connection-words.ts';
import { element, words } from '../shared/element.ts';
import { identity } from '../shared/identity.ts';
import { nameField } from '../shared/name-field.ts';
import { partOf } from '../shared/part-of.ts';
import { timeElement, timeOfDay } from '../shared/times.ts';
import { type ChatLine, readLine, writeLine } from './chat-line.ts';

const maxLinesShown = 300;

/** Connects the page to the chat of this server. */
export function startChat(): void {
  const log = new ChatLog();
  const form = partOf(document, '#chat-form', HTMLFormElement);
  const text = partOf(document, '#chat-text', HTMLInputElement);
  const send = partOf(document, '#chat-send', HTMLButtonElement);
  const badge = pageBadge();
  /** Our lines that did not come back yet, oldest first: the chat keeps the order of each who speaks. */
  const underWay: string[] = [];
  let connected = false;
  let lost = false;

  const ready = (): void => {
    send.disabled = !connected || identity.user === undefined;
  };
  const enter = (status: ConnectionStatus): void => {
    badge.show(status);
    const was = connected;
    connected = status.state === 'connected';
    ready();
    if (connected && lost) log.note('Connected again. What was said meanwhile is not shown here.');
    if (!was || connected) return;
    lost = true;
    log.note('The connection was lost.');
    for (const line of underWay.splice(0)) log.note(`Perhaps nobody got this: “${readLine(line).words}”`);
  };

  partOf(document, '#chat-who', HTMLElement).append(nameField());
  identity.watch(ready);
  const connection = openConnection('/chatService', {
    message(line) {
      const mine = underWay[0] === line;
      if (mine) underWay.shift();
      log.add(readLine(line), mine);
    },
    status: enter,
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const said = text.value.trim();
    if (said === '' || send.disabled) return;
    const line = writeLine(identity.user?.name ?? '', said);
    underWay.push(line);
    connection.send(line);
    text.value = '';
    text.focus();
  });
}

/** The list of lines: keeps to the newest unless somebody reads further up. */
class ChatLog {
  readonly #list: HTMLOListElement = partOf(document, '#chat-log', HTMLOListElement);
  readonly #empty: HTMLElement = partOf(document, '#chat-empty', HTMLElement);
  readonly #toNewest: HTMLButtonElement = partOf(document, '#chat-newest', HTMLButtonElement);

  constructor() {
    this.#toNewest.addEventListener('click', () => this.#scrollToNewest());
    this.#list.addEventListener('scroll', () => {
      if (this.#isAtNewest()) this.#toNewest.hidden = true;
    });
  }

  add({ name, words: said }: ChatLine, mine: boolean): void {
    const speaker = name === undefined ? [] : [words(name, { class: 'speaker' }), ' '];
    const now = Date.now();
    this.#append(
      element(
        'li',
        { class: mine ? 'mine' : undefined },
        element('span', { class: 'said' }, ...speaker, words(said)),
        timeElement(now, timeOfDay(now)),
      ),
      mine,
    );
  }

  note(says: string): void {
    this.#append(element('li', { class: 'note' }, says), false);
  }

  #append(item: HTMLLIElement, follow: boolean): void {
    const atNewest = follow || this.#isAtNewest();
    this.#empty.hidden = true;
    this.#list.append(item);
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
