/** The agent's desk: the list of tickets with who is here and what is unread, and the one that is open. */
import { button, element, fill, say, words } from '../shared/element.ts';
import { notice } from '../shared/notices.ts';
import { type PageTopics, saidOf } from '../shared/page-topics.ts';
import type { SupportContract, Ticket } from './contract.ts';
import { TicketRoom } from './ticket-room.ts';
import { TicketRow } from './ticket-row.ts';
import type { View } from './view.ts';

/** One ticket at the desk. */
interface Place {
  ticket: Ticket;
  readonly row: TicketRow;
  /** Open tickets have one from the start, so that what is unread is known; a closed one when it is looked at. */
  room: TicketRoom | undefined;
  /** Takes away the notice that it was opened. */
  noticed: (() => void) | undefined;
}

const maxClosedShown = 30;
/** Beyond it the closed ones are forgotten, those that changed first before the others. */
const maxKnown = 500;

export class DeskView implements View {
  readonly root: HTMLElement = element('div', { class: 'support-desk-frame' });
  readonly #page: PageTopics<SupportContract>;
  readonly #changed: (unread: number) => void;
  readonly #places = new Map<string, Place>();
  readonly #open = element('ul', { class: 'ticket-list', 'aria-label': 'Open tickets' });
  readonly #closed = element('ul', { class: 'ticket-list', 'aria-label': 'Closed tickets' });
  readonly #none = element('p', { class: 'ticket-none' }, 'No ticket is open.');
  readonly #more = element('details', { hidden: true }, element('summary', {}, 'Closed'), this.#closed);
  readonly #ticket = element('section', { class: 'card support-ticket', 'aria-label': 'The ticket' });
  readonly #here = element('p', { class: 'here', 'aria-live': 'polite' });
  #ending = new AbortController();
  #visitors: ReadonlySet<string> = new Set();
  #selected: string | undefined;
  #visible = true;
  #settled = false;

  constructor(page: PageTopics<SupportContract>, changed: (unread: number) => void) {
    this.#page = page;
    this.#changed = changed;
    this.#enter();
  }

  set visible(visible: boolean) {
    this.#visible = visible;
    for (const [id, { room }] of this.#places) if (room) room.visible = visible && id === this.#selected;
  }

  end(): void {
    this.#ending.abort();
    for (const { room } of this.#places.values()) room?.end();
    this.#places.clear();
  }

  /** Goes to the desk; the hub says whether we may. */
  #enter(focus?: 'focus'): void {
    const { client } = this.#page;
    this.#ending = new AbortController();
    const { signal } = this.#ending;
    this.#settled = false;
    this.#selected = undefined;
    this.#page.follow(
      client.topic('support.desk'),
      {
        joined: () => this.root.firstElementChild?.classList.contains('support-desk') || this.#showDesk(focus),
        publication: (ticket) => this.#update(ticket),
        caughtUp: () => {
          this.#settled = true;
        },
        refused: () => this.#showDoor(),
      },
      { signal },
    );
  }

  /** Before the desk: whoever wants to becomes an agent here, and the page says so. */
  #showDoor(): void {
    this.end();
    this.#changed(0);
    const act = async (): Promise<void> => {
      try {
        await this.#page.client.call('support.enter', null);
        this.#enter('focus');
      } catch (error) {
        notice(`The desk could not be entered: ${saidOf(error)}`, { kind: 'bad' });
      }
    };
    const { name } = this.#page.user;
    fill(
      this.root,
      element(
        'section',
        { class: 'card prose support-door' },
        element('h2', {}, 'Enter the desk'),
        element(
          'p',
          {},
          'In this demonstration whoever enters is an agent, and reads every ticket. Elsewhere, the role would come from your own sign-in. The server keeps it for ',
          words(name),
          ' until they leave the desk.',
        ),
        element('p', {}, button('Enter the desk', act)),
      ),
    );
  }

  #showDesk(focus?: 'focus'): void {
    const { signal } = this.#ending;
    const title = element('h2', { id: 'tickets-title', tabindex: -1 }, 'Tickets');
    const leave = button('Leave the desk', () => this.#leave(), { class: 'plain' });
    fill(this.#ticket, element('p', { class: 'support-nothing' }, 'Choose a ticket to read it.'));
    fill(
      this.root,
      element(
        'div',
        { class: 'support-desk' },
        element(
          'section',
          { class: 'card support-tickets', 'aria-labelledby': 'tickets-title' },
          element('div', { class: 'card-head' }, title, element('div', { class: 'card-side' }, leave)),
          this.#none,
          this.#open,
          this.#more,
        ),
        this.#ticket,
      ),
    );
    this.#page.watchPresence(
      this.#page.client.topic('support.lobby'),
      (visitors) => {
        this.#visitors = visitors;
        this.#show();
      },
      signal,
    );
    this.#page.watchConnected((connected) => this.root.classList.toggle('no-line', !connected), signal);
    this.#show();
    // The button that was pressed is gone: the keyboard goes on where what it opened begins.
    if (focus) title.focus();
  }

  async #leave(): Promise<void> {
    try {
      await this.#page.client.call('support.leave', null);
      this.#showDoor();
      this.root.querySelector('button')?.focus();
    } catch (error) {
      notice(saidOf(error), { kind: 'bad' });
    }
  }

  #update(ticket: Ticket): void {
    const known = this.#places.get(ticket.id);
    const place = known ?? {
      ticket,
      row: new TicketRow(() => this.#select(ticket.id)),
      room: undefined,
      noticed: undefined,
    };
    place.ticket = ticket;
    this.#places.set(ticket.id, place);
    if (ticket.state === 'open') place.room ??= this.#roomOf(ticket);
    if (known === undefined && this.#settled && ticket.state === 'open') {
      place.noticed = notice(`${ticket.visitor.name} has opened ticket ${ticket.id}`, {
        action: { says: 'Read it', run: () => this.#select(ticket.id) },
      });
    }
    if (ticket.id === this.#selected) this.#showTicket(place);
    if (this.#places.size > maxKnown) this.#forgetOne();
    this.#show();
  }

  #forgetOne(): void {
    for (const [id, { ticket, room }] of this.#places) {
      if (ticket.state === 'open' || id === this.#selected) continue;
      room?.end();
      this.#places.delete(id);
      return;
    }
  }

  #roomOf(ticket: Ticket): TicketRoom {
    const label = `Ticket ${ticket.id} of ${ticket.visitor.name}`;
    return new TicketRoom({ page: this.#page, ticket, side: 'agent', label, changed: () => this.#show() });
  }

  #select(id: string): void {
    const place = this.#places.get(id);
    if (place === undefined) return;
    this.#selected = id;
    place.noticed?.();
    place.room ??= this.#roomOf(place.ticket);
    this.visible = this.#visible;
    this.#showTicket(place);
    this.#show();
    place.room.conversation.list.toNewest();
    place.room.conversation.focus();
  }

  #showTicket({ ticket, room }: Place): void {
    if (room === undefined) return;
    const title = element(
      'h2',
      {},
      words(ticket.visitor.name),
      element('span', { class: 'ticket-number' }, ` ticket ${ticket.id}`),
    );
    const mine = ticket.agent?.id === this.#page.user.id;
    const close = button('Close the ticket', () => this.#call('support.close', ticket.id), { class: 'plain' });
    const back = button('‹ Tickets', () => this.#back(), { class: 'plain support-back' });
    const side = element('div', { class: 'card-side' }, mine && ticket.state === 'open' && close);
    const head = element('div', { class: 'card-head' }, back, title, side);
    room.conversation.open(...this.#whyNot(ticket));
    if (this.#ticket.contains(room.conversation.root)) this.#ticket.firstElementChild?.replaceWith(head);
    else fill(this.#ticket, head, this.#here, room.conversation.root);
    this.root.firstElementChild?.classList.add('reading');
  }

  /** Why this agent can't write now, and what can be done about it. */
  #whyNot({ id, state, agent, visitor }: Ticket): [why: string | undefined, ...actions: Node[]] {
    const me = this.#page.user.id;
    const take = (says: string) => button(says, () => this.#call('support.take', id));
    if (state === 'closed') return ['This ticket is closed.'];
    if (visitor.id === me) return ['This ticket is your own. Be somebody else in one of the windows to answer it.'];
    if (agent === undefined) return ['Nobody has taken it yet.', take('Take the ticket')];
    if (agent.id !== me) return [`${agent.name} has taken it.`, take('Take it over')];
    return [undefined];
  }

  async #call(name: 'support.take' | 'support.close', id: string): Promise<void> {
    try {
      this.#update(await this.#page.client.call(name, id));
      this.#places.get(id)?.room?.conversation.focus();
    } catch (error) {
      notice(saidOf(error), { kind: 'bad' });
    }
  }

  #back(): void {
    const row = this.#places.get(this.#selected ?? '')?.row;
    this.#selected = undefined;
    this.visible = this.#visible;
    fill(this.#ticket, element('p', { class: 'support-nothing' }, 'Choose a ticket to read it.'));
    this.root.firstElementChild?.classList.remove('reading');
    this.#show();
    row?.focus();
  }

  #show(): void {
    if (this.#ending.signal.aborted) return;
    const places = [...this.#places.values()];
    let unread = 0;
    for (const { ticket, row, room } of places) {
      unread += room?.unread ?? 0;
      row.show({
        ticket,
        mine: ticket.agent?.id === this.#page.user.id,
        here: this.#visitors.has(ticket.visitor.id),
        unread: room?.unread ?? 0,
        preview: room?.preview ?? '',
        selected: ticket.id === this.#selected,
      });
    }
    const open = places.filter(({ ticket }) => ticket.state === 'open').sort((a, b) => this.#order(a) - this.#order(b));
    const closed = places.filter(({ ticket }) => ticket.state === 'closed');
    closed.sort((a, b) => (b.ticket.closed ?? 0) - (a.ticket.closed ?? 0));
    arrange(this.#open, open);
    arrange(this.#closed, closed.slice(0, maxClosedShown));
    this.#none.hidden = open.length > 0;
    this.#more.hidden = closed.length === 0;
    const visitor = this.#places.get(this.#selected ?? '')?.ticket.visitor;
    if (visitor) {
      const here = this.#visitors.has(visitor.id);
      this.#here.dataset['here'] = String(here);
      say(this.#here, here ? `${visitor.name} is here` : `${visitor.name} has left`);
    }
    this.#changed(unread);
  }

  /** What waits for somebody first, then one's own, then the others'; each by age. */
  #order({ ticket: { agent, opened } }: Place): number {
    const group = agent === undefined ? 0 : agent.id === this.#page.user.id ? 1 : 2;
    return group * 1e15 + opened;
  }
}

/** Puts rows into an order; what stands right stays, with the keyboard's focus. */
function arrange(list: Element, places: readonly Place[]): void {
  const wanted = places.map(({ row }) => row.root);
  const same = wanted.length === list.childElementCount && wanted.every((row, at) => list.children[at] === row);
  if (!same) list.replaceChildren(...wanted);
}
