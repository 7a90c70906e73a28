/**
 * The chat of the page. What is said goes to the server and is shown when it comes back, so every window shows the same
 * lines in the same order. A line that never came back because the connection broke is named: nothing is lost silently.
 */
import { type ChatLine, cleanName, guestName, readLine, writeLine } from './chat-line.ts';
import { type ConnectionState, openConnection } from './connection.ts';
import { partOf } from './part-of.ts';

const maxLinesShown = 300;

/** Connects the panel to the chat of this server. */
export function startChat(): void {
  const log = new ChatLog();
  const name = new NameField(partOf(document, '#chat-name', HTMLInputElement));
  const form = partOf(document, '#chat-form', HTMLFormElement);
  const text = partOf(document, '#chat-text', HTMLInputElement);
  const send = partOf(document, '#chat-send', HTMLButtonElement);
  const pill = partOf(document, '#chat-state', HTMLElement);
  /** Our lines that did not come back yet, oldest first: the chat keeps the order of each who speaks. */
  const underWay: string[] = [];
  let connected = false;
  let lost = false;

  const connection = openConnection('/chatService', {
    message(line) {
      const mine = underWay[0] === line;
      if (mine) underWay.shift();
      log.add(readLine(line), mine);
    },
    state(state: ConnectionState, says: string) {
      pill.dataset['state'] = state;
      if (pill.textContent !== says) pill.textContent = says;
      const was = connected;
      connected = state === 'connected';
      send.disabled = !connected;
      if (connected && lost) log.note('Connected again. What was said meanwhile is not shown here.');
      if (was && !connected) {
        lost = true;
        log.note('The connection was lost.');
        for (const line of underWay.splice(0)) log.note(`Perhaps nobody got this: “${readLine(line).words}”`);
      }
    },
  });

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const words = text.value.trim();
    if (words === '' || send.disabled) return;
    const line = writeLine(name.value, words);
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

  /** Text nodes only: what others write is never read as markup. */
  add({ name, words }: ChatLine, mine: boolean): void {
    const item = document.createElement('li');
    item.classList.toggle('mine', mine);
    const said = document.createElement('span');
    said.className = 'said';
    if (name !== undefined) {
      const speaker = document.createElement('bdi');
      speaker.className = 'speaker';
      speaker.textContent = name;
      said.append(speaker, ' ');
    }
    const spoken = document.createElement('bdi');
    spoken.textContent = words;
    said.append(spoken);
    const when = document.createElement('time');
    const now = new Date();
    when.dateTime = now.toISOString();
    when.textContent = now.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
    item.append(said, when);
    this.#append(item, mine);
  }

  note(says: string): void {
    const item = document.createElement('li');
    item.className = 'note';
    item.textContent = says;
    this.#append(item, false);
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

/**
 * Who you are. A chosen name is kept for every window of this browser; until you choose, each window has a guest's name
 * of its own, so that two windows can be told apart.
 */
class NameField {
  readonly #field: HTMLInputElement;
  #name: string;

  constructor(field: HTMLInputElement) {
    this.#field = field;
    this.#name = cleanName(read('localStorage', 'name') ?? '') || cleanName(read('sessionStorage', 'guest') ?? '');
    if (this.#name === '') {
      this.#name = guestName();
      keep('sessionStorage', 'guest', this.#name);
    }
    field.value = this.#name;
    field.addEventListener('change', () => this.#choose(field.value));
    field.addEventListener('keydown', (event) => {
      if (event.key === 'Enter') field.blur();
      if (event.key === 'Escape') field.value = this.#name;
    });
  }

  get value(): string {
    return this.#name;
  }

  #choose(text: string): void {
    const chosen = cleanName(text);
    if (chosen !== '' && chosen !== this.#name) {
      this.#name = chosen;
      keep('localStorage', 'name', chosen);
    }
    this.#field.value = this.#name;
  }
}

type Storing = 'localStorage' | 'sessionStorage';

// In a browser that is told to keep nothing the very name of a storage throws; a choice then lasts as long as the window.
function read(storage: Storing, key: string): string | undefined {
  try {
    return window[storage].getItem(`tidewire-showcase-${key}`) ?? undefined;
  } catch {
    return undefined;
  }
}

function keep(storage: Storing, key: string, value: string): void {
  try {
    window[storage].setItem(`tidewire-showcase-${key}`, value);
  } catch {}
}
