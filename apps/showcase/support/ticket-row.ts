/** A ticket in the desk's list. */
import { button, element, fill, say, words } from '../shared/element.ts';
import { ago } from '../shared/times.ts';
import type { Ticket } from './contract.ts';

export interface RowState {
  readonly ticket: Ticket;
  /** This agent has taken it. */
  readonly mine: boolean;
  /** The visitor's page is open. */
  readonly here: boolean;
  readonly unread: number;
  readonly preview: string;
  readonly selected: boolean;
}

export class TicketRow {
  readonly root: HTMLLIElement;
  readonly #button: HTMLButtonElement;
  readonly #name = element('span', { class: 'ticket-name' });
  readonly #here = element('span', { class: 'here' });
  readonly #unread = element('span', { class: 'unread', hidden: true });
  readonly #preview = element('span', { class: 'ticket-preview' });
  readonly #state = element('span', { class: 'ticket-state' });

  constructor(choose: () => void) {
    this.#button = button('', choose, { class: 'ticket-row' });
    fill(this.#button, this.#name, this.#unread, this.#preview, this.#state, this.#here);
    this.root = element('li', {}, this.#button);
  }

  focus(): void {
    this.#button.focus();
  }

  show({ ticket, mine, here, unread, preview, selected }: RowState): void {
    const { id, visitor, state, agent, opened } = ticket;
    this.root.dataset['ticket'] = id;
    if (this.#name.textContent !== `${visitor.name} ${id}`) {
      fill(this.#name, words(visitor.name), element('span', { class: 'ticket-number' }, ` ${id}`));
    }
    this.#here.dataset['here'] = String(here);
    say(this.#here, here ? 'here' : 'has left');
    this.#unread.hidden = unread === 0;
    say(this.#unread, unread > 99 ? '99+' : String(unread));
    this.#unread.setAttribute('aria-label', `${unread} unread`);
    say(this.#preview, preview);
    const taken = agent === undefined ? 'waits for an agent' : mine ? 'yours' : `taken by ${agent.name}`;
    say(this.#state, state === 'closed' ? `closed ${ago(ticket.closed ?? opened)}` : `${taken} · ${ago(opened)}`);
    this.root.classList.toggle('waits', state === 'open' && agent === undefined);
    if (selected) this.#button.setAttribute('aria-current', 'true');
    else this.#button.removeAttribute('aria-current');
  }
}
