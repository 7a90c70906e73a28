/**
 * The badge in every page's header that says how its connection is: connecting, connected, reconnecting in N s, offline,
 * caught up: 14, missed some. The state is also in `data-state`, for style and tests.
 */
import { type ConnectionStatus, spokenFor, wordsFor } from './connection-words.ts';
import { say } from './element.ts';
import { partOf } from './part-of.ts';

/** How long "caught up: 14" stays before it becomes "connected", ms. */
const caughtUpStays = 8000;

export class ConnectionBadge {
  readonly #root: HTMLElement;
  readonly #shown: Element;
  readonly #spoken: Element;
  #status: ConnectionStatus = { state: 'connecting' };
  #due = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(root: HTMLElement) {
    this.#root = root;
    this.#shown = partOf(root, '[data-part="shown"]', HTMLElement);
    this.#spoken = partOf(root, '[data-part="spoken"]', HTMLElement);
    for (const change of ['online', 'offline']) addEventListener(change, () => this.#write());
  }

  /** Shows a status until the next one. */
  show(status: ConnectionStatus): void {
    this.#status = status;
    this.#due = status.state === 'reconnecting' ? performance.now() + status.delay : 0;
    this.#root.hidden = false;
    this.#write();
  }

  #write(): void {
    clearTimeout(this.#timer);
    const waiting = this.#status.state === 'reconnecting';
    const status: ConnectionStatus = waiting && navigator.onLine === false ? { state: 'offline' } : this.#status;
    const left = this.#due - performance.now();
    this.#root.dataset['state'] = status.state;
    say(this.#shown, wordsFor(status, left));
    say(this.#spoken, spokenFor(status));
    if (status.state === 'reconnecting' && left > 0) this.#timer = setTimeout(() => this.#write(), 250);
    if (status.state === 'caught-up') this.#timer = setTimeout(() => this.show({ state: 'connected' }), caughtUpStays);
  }
}

/** The badge of this page's header. */
export function pageBadge(): ConnectionBadge {
  return new ConnectionBadge(partOf(document, '#connection', HTMLElement));
}
